"""Whole pictures of the local cloud on disk, each complete before it counts.

ministack writes its state when it stops cleanly and never in between. Here a picture is
taken shortly after every change, the way Redis does it: fork, and let the child write what
the parent's memory held at that instant. A picture is a folder of its own; the `current`
link moves to it in one rename, so being killed at any moment leaves the last whole one.
Unchanged files are hard links to the picture before.
"""

import copy
import fcntl
import gc
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

# How long a change may be in memory only. Decision 0003 has the measured figures.
DELAY_SECONDS: Final = 0.4
# One more picture after things have settled: consumers delete messages without a request.
_SETTLE_SECONDS: Final = 4.0
_LOCK_SECONDS: Final = 5.0
_KEPT: Final = 2
Sources = Callable[[], dict[str, Callable[[], Any]]]


class Store:
    """The folder of pictures: `gen-000001`, `gen-000002`, …, and the link `current`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def open(self) -> Path:
        """Return the newest whole picture, an empty one when there is none.

        Waits for the last picture of a process that was killed: its child outlives it.
        """
        with self._alone():
            return self._current()

    def _current(self) -> Path:
        link = self.folder / "current"
        if not link.exists():
            first = self.folder / "gen-000000"
            first.mkdir(exist_ok=True)
            self._point(first)
        return link.resolve()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def write(self, sources: dict[str, Callable[[], Any]]) -> Path:
        """Write a picture beside the current one, then make it current."""
        with self._alone():
            return self._write(self._current(), sources)

    def _write(self, before: Path, sources: dict[str, Callable[[], Any]]) -> Path:
        target = self.folder / f"gen-{int(before.name.split('-')[1]) + 1:06d}"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        self._link_code(before, target)
        for service, get_state in sources.items():
            state = get_state()
            if state is not None:
                self._write_service(before, target, service, state)
        self._carry_over(before, target)
        self._point(target)
        self._prune(target)
        return target

    def _write_service(self, before: Path, target: Path, service: str, state: Any) -> None:
        from ministack.core import persistence

        version = persistence._state_format_version(service)  # noqa: SLF001 - pinned version
        encode = persistence._json_default  # noqa: SLF001 - pinned version
        wrapped = {"__ministack_format__": version, "payload": state}
        text = json.dumps(wrapped, default=encode).encode()
        old, new = before / f"{service}.json", target / f"{service}.json"
        if old.exists() and old.stat().st_size == len(text) and old.read_bytes() == text:
            os.link(old, new)
        else:
            new.write_bytes(text)

    def _link_code(self, before: Path, target: Path) -> None:
        """Give the picture its own folder of function packages, where ministack may prune."""
        blobs = target / "lambda-blobs"
        blobs.mkdir()
        for blob in (before / "lambda-blobs").glob("*.zip"):
            os.link(blob, blobs / blob.name)
        functions = sys.modules.get("ministack.services.lambda_svc")
        if functions is not None:
            functions.CODE_BLOB_DIR = str(blobs)  # type: ignore[attr-defined]

    def _carry_over(self, before: Path, target: Path) -> None:
        """Keep the state of services that this run has not loaded."""
        for old in before.glob("*.json"):
            if not (target / old.name).exists():
                os.link(old, target / old.name)

    def _point(self, target: Path) -> None:
        fresh = self.folder / f"current.{os.getpid()}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(target.name)
        fresh.replace(self.folder / "current")

    def _prune(self, newest: Path) -> None:
        for old in sorted(self.folder.glob("gen-*"))[:-_KEPT]:
            if old != newest:
                shutil.rmtree(old, ignore_errors=True)


class Saver:
    """Takes a picture soon after each change, in a child process, one at a time."""

    def __init__(self, store: Store, sources: Sources) -> None:
        self._store = store
        self._sources = sources
        self._changed = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="saver", daemon=True)

    def start(self) -> None:
        """Begin to watch for changes."""
        self._thread.start()

    def touch(self) -> None:
        """Say that something changed; cheap, from any thread."""
        self._changed.set()

    def finish(self) -> None:
        """Take the last picture, after everything has come to rest."""
        self._stopping = True
        self._changed.set()
        self._thread.join()
        self._store.write(self._sources())

    def _run(self) -> None:
        settle = False
        while not self._stopping:
            changed = self._changed.wait(_SETTLE_SECONDS if settle else None)
            if changed:
                # Changes come in bursts: one picture for all of them.
                time.sleep(DELAY_SECONDS)
                self._changed.clear()
            if not self._stopping:
                self._picture()
            settle = changed

    def _picture(self) -> None:
        with _held(_locks()):
            pid = os.fork()
            if pid == 0:
                self._child()
        os.waitpid(pid, 0)

    def _child(self) -> None:
        # Only this thread exists here; leave without running anybody's clean-up.
        code = 1
        try:
            gc.disable()
            # The services copy what they hand out, against writers; here nobody writes, and
            # copying would be two thirds of the work.
            copy.deepcopy = _same  # type: ignore[assignment]
            self._store.write(self._sources())
            code = 0
        except BaseException as error:  # noqa: BLE001 - the child's last chance to say why
            os.write(2, f"snapshot failed: {error!r}\n".encode())
        finally:
            os._exit(code)


def _same(value: Any, _memo: Any = None) -> Any:
    return value


def _locks() -> list[threading.Lock]:
    """The locks under which the services change what must fit together."""
    names = (("dynamodb", "_lock"), ("sqs", "_queues_lock"))
    modules = ((sys.modules.get(f"ministack.services.{m}"), lock) for m, lock in names)
    return [getattr(module, lock) for module, lock in modules if module is not None]


@contextmanager
def _held(locks: list[threading.Lock]) -> Iterator[None]:
    """Hold all locks; one that does not come free in time is done without."""
    with ExitStack() as stack:
        for lock in locks:
            if lock.acquire(timeout=_LOCK_SECONDS):
                stack.callback(lock.release)
        yield
