"""Finds Chromium, or installs it: `python -m tests.browser.chromium`.

In this order: CHROMIUM (a path), the system's, Playwright's own. Installing tries
Playwright's download, then Debian's packages with their Chinese fonts.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
DEBIAN = ("chromium", "fonts-noto-cjk")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
_LAUNCH_SECONDS = 60
_INSTALL_SECONDS = 900


class NoChromiumError(RuntimeError):
    """There is no browser to test with; the message says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "No Chromium was found. Run `python -m tests.browser.chromium` to install one, "
            "or name one: CHROMIUM=/path/to/chromium."
        )


def find() -> Path:
    """Return a Chromium that is there; raises NoChromiumError."""
    for path in _candidates():
        if path.is_file() and os.access(path, os.X_OK):
            return path
    raise NoChromiumError


def _candidates() -> Iterator[Path]:
    named = os.environ.get("CHROMIUM")
    if named:
        yield Path(named)
        return
    yield from (Path(found) for name in NAMES if (found := shutil.which(name)))
    # starts a process of its own, so it is asked last
    with sync_playwright() as playwright:
        yield Path(playwright.chromium.executable_path)


def starts(path: Path) -> bool:
    """Tell whether it really runs here: a missing library shows only then."""
    command = [str(path), *FLAGS, "--dump-dom", "data:text/html,<p>ready</p>"]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=_LAUNCH_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "ready" in answer.stdout


def _working() -> Path | None:
    return next((path for path in _candidates() if path.is_file() and starts(path)), None)


def _run(*command: str) -> None:
    click.echo(f"$ {' '.join(command)}")
    try:
        subprocess.run(command, timeout=_INSTALL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        click.echo(problem)


def _install() -> Path | None:
    _run(sys.executable, "-m", "playwright", "install", "chromium")
    found = _working()
    if found is None and shutil.which("apt-get"):
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        _run(*root, "apt-get", "update", "-q")
        _run(*root, "apt-get", "install", "-q", "-y", "--no-install-recommends", *DEBIAN)
        found = _working()
    return found


def main() -> int:
    """Make sure that a browser runs; 1 when none can be had."""
    found = _working() or _install()
    if found is None:
        click.echo(NoChromiumError(), err=True)
        return 1
    click.echo(f"Chromium: {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
