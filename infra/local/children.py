"""Processes that `make run` starts: logged, waited for, and ended with it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from infra.errors import InfraError
from infra.paths import ROOT

_STOP_SECONDS: Final = 15
_START_SECONDS: Final = 30


class Child:
    """One Python module running in a process of its own."""

    def __init__(
        self,
        name: str,
        module: str,
        *,
        log: Path,
        env: Mapping[str, str],
        keeper: int | None = None,
    ) -> None:
        """Start it; it lives no longer than process `keeper` (ours unless told)."""
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            # A session of its own: Ctrl-C reaches the supervisor alone, which stops us in order.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.local.guard", str(keeper or os.getpid()), module],
                cwd=ROOT,
                env={**os.environ, **env, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    def wait_ready(self, ready: Callable[[], bool]) -> None:
        """Wait until `ready()`; raises InfraError with the end of the log when it dies first."""
        deadline = time.monotonic() + _START_SECONDS
        while not ready():
            if not self.running or time.monotonic() > deadline:
                why = "stopped" if not self.running else "did not become ready"
                raise InfraError(f"{self.name} {why}. The end of {self.log}:\n{self.tail()}")
            time.sleep(0.05)

    def tail(self, lines: int = 15) -> str:
        """Return the last lines of its log."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])

    def stop(self) -> None:
        """End it: politely, then by force."""
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def listening(port: int) -> bool:
    """Tell whether something accepts connections on a loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free(port: int) -> bool:
    """Tell whether we could listen on a loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
