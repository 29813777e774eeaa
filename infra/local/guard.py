"""Runs a module's `main()` for exactly as long as another process lives.

    python -m infra.local.guard PID MODULE

`kill -9` of that process cannot tell its children, so each child looks for itself. This is
what keeps `make run` from leaving anything behind, whichever way it ends.
"""

import importlib
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Final

_LOOK_SECONDS: Final = 0.25
# Saving and closing take a second or two; afterwards nothing may stay.
_GRACE_SECONDS: Final = 20


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that is dead but not yet reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        # After the command in brackets: the state; Z and X are dead. Only Linux has the file.
        state = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2]
    except OSError:
        return Path("/proc/self").exists() is False
    return state.split()[0] not in {"Z", "X"}


def watch(pid: int) -> None:
    """Send ourselves SIGTERM when `pid` is gone, and SIGKILL when that did not help."""

    def look() -> None:
        while alive(pid):
            time.sleep(_LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=look, name="guard", daemon=True).start()


def main() -> None:
    """Watch the process named first, run the module named second."""
    watch(int(sys.argv[1]))
    name = sys.argv[2]
    sys.argv = [name, *sys.argv[3:]]
    importlib.import_module(name).main()


if __name__ == "__main__":
    main()
