"""The local cloud without its stage, for what would take moto hours: tables, a bucket, a key."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stage import free_ports

START_SECONDS = 60


@contextmanager
def running() -> Iterator[None]:
    """Let whatever asks for AWS in this process find an empty cloud in another one."""
    port = free_ports().cloud
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [Path(sys.executable).with_name("ministack")],
        env=os.environ
        | {
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_REGION": "cn-northwest-1",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.environ["AWS_ENDPOINT_URL"] = url
    try:
        _wait(f"{url}/_ministack/health")
        yield
    finally:
        del os.environ["AWS_ENDPOINT_URL"]
        server.kill()
        server.wait()


def _wait(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            assert time.monotonic() < deadline, "the local cloud does not start"
            time.sleep(0.1)
