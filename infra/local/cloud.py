"""The local cloud: ministack on loopback, IAM enforced, its state safe from `kill -9`.

Run by `infra.local.guard`; everything comes from the environment (CLOUD_PORT, CLOUD_STATE).
"""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final

from infra.local.snapshots import Saver, Store

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

REGION: Final = "cn-northwest-1"
# Requests whose action begins like this leave nothing behind that would have to be saved.
_READS: Final = (
    "Get", "List", "Describe", "Query", "Scan", "BatchGet", "TransactGet",
    "Decrypt", "Encrypt", "GenerateDataKey", "Receive", "Filter",
)  # fmt: skip


def environment(port: int, state: Path) -> dict[str, str]:
    """Return what the process needs to be told; `state` keeps everything it stores."""
    return {"CLOUD_PORT": str(port), "CLOUD_STATE": str(state)}


def main() -> None:
    """Serve until SIGTERM or SIGINT, then save and leave."""
    state = Path(os.environ["CLOUD_STATE"])
    store = Store(state / "pictures")
    _prepare(int(os.environ["CLOUD_PORT"]), state, store.open())
    saver = asyncio.run(_serve(int(os.environ["CLOUD_PORT"]), store))
    _stop_workers()
    saver.finish()
    # Pollers of event sources are threads that would wait for their next look.
    sys.stdout.flush()
    os._exit(0)


def _prepare(port: int, state: Path, picture: Path) -> None:
    """Set what ministack reads at import, and keep the developer's own AWS out of it."""
    scratch = state / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(picture),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "s3"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "TMPDIR": str(scratch),
        # Function workers are Python processes; the environment's own comes first.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }


async def _serve(port: int, store: Store) -> Saver:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack import app as ministack

    saver = Saver(store, ministack._build_persistence_save_dict)  # noqa: SLF001 - pinned version
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 2

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await ministack.app(scope, receive, _after_start(send, ministack, saver))
            return
        try:
            await ministack.app(scope, receive, send)
        finally:
            if _writes(scope):
                saver.touch()

    await serve(watched, config, shutdown_trigger=stop.wait)  # type: ignore[arg-type]
    return saver


def _after_start(send: Send, ministack: Any, saver: Saver) -> Send:
    async def relay(message: Message) -> None:
        if message["type"] == "lifespan.startup.complete":
            # Loaded. From here on the pictures are the only thing that is written.
            ministack.PERSIST_STATE = False
            saver.start()
        await send(message)

    return relay


def _writes(scope: Mapping[str, Any]) -> bool:
    """Tell whether a request may have changed something that has to last."""
    headers = {k.lower(): v for k, v in scope.get("headers", [])}
    if b".execute-api." in headers.get(b"host", b""):
        # The function's own calls come in as requests of their own.
        return False
    action = headers.get(b"x-amz-target", b"").decode("latin-1").rpartition(".")[2]
    if action:
        return not action.startswith(_READS)
    return scope.get("method") not in {"GET", "HEAD", "OPTIONS"}


def _stop_workers() -> None:
    from ministack.core import lambda_runtime

    lambda_runtime.reset()
