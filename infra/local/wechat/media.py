"""Temporary media (临时素材): pictures kept for three days under an unguessable id."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field

from infra.local.wechat.errors import Refusal
from infra.local.wechat.files import Saved, write_atomically
from infra.local.wechat.state import Clock, Random

KEPT_SECONDS = 3 * 86400
IMAGE_BYTES = 10 * 1024 * 1024
_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"GIF8": "image/gif"}


class Medium(BaseModel):
    """What is known of one uploaded file."""

    media_id: str
    content_type: str
    created_at: int


class Shelf(BaseModel):
    """The index file's content."""

    media: list[Medium] = Field(default_factory=list)


class Media:
    """Stores and returns pictures; refuses what is no picture."""

    def __init__(self, folder: Path, clock: Clock, random: Random) -> None:
        self._folder = folder
        self._index = Saved(folder / "index.json", Shelf())
        self._clock = clock
        self._random = random

    def upload(self, kind: str, content: bytes) -> Medium:
        """Keep a picture: 40004 for a kind without pictures, 40005 no picture, 40009 too big."""
        if kind not in ("image", "thumb"):
            raise Refusal(40004, "invalid media type")
        if len(content) > IMAGE_BYTES:
            raise Refusal(40009, "invalid image size")
        content_type = next((t for m, t in _MAGIC.items() if content.startswith(m)), None)
        if content_type is None:
            raise Refusal(40005, "invalid file type")
        medium = Medium(
            media_id=self._random(), content_type=content_type, created_at=int(self._clock())
        )
        write_atomically(self._folder / medium.media_id, content)
        self._drop_old()
        self._index.value.media.append(medium)
        self._index.save()
        return medium

    def get(self, media_id: str) -> tuple[Medium, bytes]:
        """A kept picture; 40007 for an id that is unknown or over."""
        self._drop_old()
        for medium in self._index.value.media:
            if medium.media_id == media_id:
                return medium, (self._folder / media_id).read_bytes()
        raise Refusal(40007, "invalid media_id")

    def _drop_old(self) -> None:
        since = self._clock() - KEPT_SECONDS
        for medium in [m for m in self._index.value.media if m.created_at <= since]:
            (self._folder / medium.media_id).unlink(missing_ok=True)
            self._index.value.media.remove(medium)
