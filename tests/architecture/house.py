"""The house, as the architecture tests see it: its files, its code, its routes."""

import ast
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)


@dataclass(frozen=True, order=True)
class Finding:
    """A place that breaks a rule."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


@cache
def files() -> tuple[str, ...]:
    """Paths of all files that are or would be committed, from the top of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = listed.stdout.decode().split("\0")
    return tuple(sorted({path for path in paths if path and (ROOT / path).is_file()}))


def read(path: str) -> str:
    """Return a text file."""
    return (ROOT / path).read_text("utf-8")


def sources(*places: str) -> Iterator[Source]:
    """Yield the Python files at or below some places."""
    for path in files():
        inside = any(path == place or path.startswith(place + "/") for place in places)
        if path.endswith(".py") and inside:
            yield Source(path, read(path))


def product() -> list[Source]:
    """Return what runs in the functions."""
    return list(sources("app.py", "chalicelib"))


@cache
def app() -> Any:
    """Return the Chalice app, as the CLI would import it."""
    os.environ.setdefault("CHAT_QUEUE", "mutual-aid-local-chat")
    os.environ.setdefault("PREFIX", "mutual-aid-local")
    from app import app as made

    return made


def routes() -> dict[tuple[str, str], Any]:
    """Return (method, path) → route entry."""
    return {
        (method, path): entry
        for path, methods in app().routes.items()
        for method, entry in methods.items()
    }


def doors() -> dict[tuple[str, str], Any]:
    """Return (method, path) → door of the route."""
    return {key: getattr(entry.view_function, "door", None) for key, entry in routes().items()}


def said(findings: list[Finding]) -> str:
    """Return findings as lines for an assertion."""
    return "\n".join(map(str, sorted(findings)))
