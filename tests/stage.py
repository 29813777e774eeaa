"""One running stage for a whole test session: `python -m infra local` on free ports.

Workers of pytest-xdist share it: the first one starts it, a file lock makes the others wait,
and it ends with the process that the session began in.
"""

import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.local.place import Place, Ports
from infra.paths import ROOT
from infra.session import Cloud

_START_SECONDS = 240  # the first time, libraries for the package are fetched


@dataclass(frozen=True)
class Running:
    """Where the stage is, and how to reach its cloud as its operator."""

    place: Place
    pid: int

    @property
    def url(self) -> str:
        return self.place.ports.front_url

    @property
    def phone_url(self) -> str:
        return self.place.ports.phone_url

    @property
    def cloud(self) -> Cloud:
        return Cloud(self.place.stage(), endpoint=self.place.ports.cloud_url)

    def infra(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the operator against it, as from a shell."""
        return subprocess.run(
            [sys.executable, "-m", "infra", *words],
            cwd=ROOT,
            env=environment(self.place),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def shared(tmp_root: Path) -> Running:
    """Return the session's stage; `tmp_root` is the same folder for all workers."""
    with (tmp_root / "stage.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = tmp_root / "stage.json"
        if known.exists():
            return _known(tmp_root, json.loads(known.read_text()))
        # Once for the session, also when it fails: nobody waits for the same failure again.
        try:
            running = start(Place(tmp_root / "stage", free_ports()), keeper=session_pid())
        except AssertionError as error:
            known.write_text(json.dumps({"failure": str(error)}))
            raise
        found = {"pid": running.pid, "ports": asdict(running.place.ports)}
        known.write_text(json.dumps(found))
        return running


def _known(tmp_root: Path, found: dict[str, Any]) -> Running:
    if "failure" in found:
        raise AssertionError(found["failure"])
    return Running(Place(tmp_root / "stage", Ports(**found["ports"])), found["pid"])


def start(place: Place, *, keeper: int) -> Running:
    """Start a stage and wait for its addresses; fails with what it printed."""
    place.folder.mkdir(parents=True, exist_ok=True)
    log = place.folder / "up.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra", "local"],
            cwd=ROOT,
            env={**environment(place), "KEEPER_PID": str(keeper)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while not re.search(r"^Ready", log.read_text(), re.MULTILINE):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            logs = "\n".join(
                p.read_text("utf-8", "replace")[-3000:] for p in (place.folder / "log").glob("*")
            )
            raise AssertionError(f"the stage did not start:\n{log.read_text()}\n{logs}")
        time.sleep(0.1)
    # Nobody waits for it: it outlives this worker, and ends with the keeper.
    process.returncode = 0
    return Running(place, process.pid)


def session_pid() -> int:
    """The process that the test session began in: pytest itself, or xdist's controller."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def session_folder(base: Path) -> Path:
    """The folder that all workers of a session see, from one worker's base temp folder."""
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def free_ports() -> Ports:
    """Three ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(3)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    numbers = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return Ports(*numbers)


def environment(place: Place) -> dict[str, str]:
    """The environment of `infra local` and of commands that talk to it."""
    quiet = {
        k: v for k, v in os.environ.items() if k not in {"MAKELEVEL", "FRESH", "AWS_ENDPOINT_URL"}
    }
    return {
        **quiet,
        "LOCAL_DIR": str(place.folder),
        "FRONT_PORT": str(place.ports.front),
        "PHONE_PORT": str(place.ports.phone),
        "CLOUD_PORT": str(place.ports.cloud),
        "COLUMNS": "120",
    }


def forget(place: Place) -> None:
    """Remove everything that a stage kept."""
    shutil.rmtree(place.folder, ignore_errors=True)
