"""Small JSON files that survive `kill -9`: each save replaces the whole file at once."""

from __future__ import annotations

from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


class Saved(Generic[M]):
    """One model kept in one file; `value` is the live copy, `save()` makes it last.

    A file that no longer fits the model (an older release wrote it) is set aside as
    `*.unreadable` and the default takes its place, so that a start never fails on it.
    """

    def __init__(self, path: Path, default: M) -> None:
        self._path = path
        self.value: M = self._load(default)

    def _load(self, default: M) -> M:
        try:
            return type(default).model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return default
        except ValidationError:
            self._path.replace(self._path.with_suffix(".unreadable"))
            return default

    def save(self) -> None:
        """Write the value next to the file, then put it in its place in one step."""
        write_atomically(self._path, self.value.model_dump_json(indent=1).encode())


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file so that a reader sees the old or the new content, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)
