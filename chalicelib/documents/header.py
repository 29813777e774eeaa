"""What a picture says of itself, read from its first bytes before any decoder sees it.

Names and content types lie; magic bytes and sizes are read here, in plain Python, so
that a file which claims 40,000 × 40,000 pixels is refused before memory is asked for.
Sources: ITU T.81 annex B (JPEG), W3C PNG 5 and 11.2, RFC 9649 (WebP).
"""

import struct
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a file cannot be used; the sentences are in `texts`."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_A_PICTURE = "not_a_picture"
    HEIC = "heic"
    ANIMATED = "animated"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"
    DAMAGED = "damaged"


class Unfit(Exception):
    """A file is not a picture that we take."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Header:
    """Format by Pillow's name, and the size in pixels."""

    format: str
    width: int
    height: int
    animated: bool = False


_PNG = b"\x89PNG\r\n\x1a\n"
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _END = 0xDA, 0xD9
# Cameras write about ten; each costs a pass over the whole picture.
_MOST_SCANS = 50


def inspect(raw: bytes) -> Header:
    """Return the header of a JPEG, PNG or WebP; raises Unfit for anything else."""
    if not raw:
        raise Unfit(Reason.EMPTY)
    try:
        if raw.startswith(b"\xff\xd8\xff"):
            return _jpeg(raw)
        if raw.startswith(_PNG):
            return _png(raw)
        if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
            return _webp(raw)
    except (struct.error, IndexError) as error:
        raise Unfit(Reason.DAMAGED) from error
    heic = raw[4:8] == b"ftyp" and raw[8:12] in _HEIC_BRANDS
    raise Unfit(Reason.HEIC if heic else Reason.NOT_A_PICTURE)


def _jpeg(raw: bytes) -> Header:
    """Walk the markers to the frame header; thumbnails lie inside segments and are passed."""
    at = 2
    while True:
        if raw[at] != 0xFF:
            raise Unfit(Reason.DAMAGED)
        while raw[at] == 0xFF:  # fill bytes
            at += 1
        marker = raw[at]
        at += 1
        if marker in _STANDALONE:
            continue
        if marker in (_SCAN, _END):
            raise Unfit(Reason.DAMAGED)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", raw, at + 3)
            _refuse_many_scans(raw, at)
            return Header("JPEG", width, height)
        (length,) = struct.unpack_from(">H", raw, at)
        at += max(length, 2)


def _refuse_many_scans(raw: bytes, at: int) -> None:
    """Markers cannot occur inside of a scan's data, so they can be counted up to the end."""
    end = raw.find(bytes([0xFF, _END]), at)
    if raw.count(bytes([0xFF, _SCAN]), at, end if end >= 0 else len(raw)) > _MOST_SCANS:
        raise Unfit(Reason.DAMAGED)


def _png(raw: bytes) -> Header:
    """Read IHDR, then look for an animation's control chunk before the first data."""
    length, kind, width, height = struct.unpack_from(">I4sII", raw, len(_PNG))
    if (length, kind) != (13, b"IHDR"):
        raise Unfit(Reason.DAMAGED)
    at = len(_PNG)
    while kind != b"IDAT":
        length, kind = struct.unpack_from(">I4s", raw, at)
        if kind == b"acTL":
            return Header("PNG", width, height, animated=True)
        at += 12 + length
    return Header("PNG", width, height)


def _webp(raw: bytes) -> Header:
    """Read the first chunk: extended, lossless or lossy."""
    kind = raw[12:16]
    if kind == b"VP8X":
        flags, *sides = struct.unpack_from("<B3x3s3s", raw, 20)
        width, height = (int.from_bytes(side, "little") + 1 for side in sides)
        return Header("WEBP", width, height, animated=bool(flags & 0b10))
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", raw, 21)
        return Header("WEBP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", raw, 26)
        return Header("WEBP", width & 0x3FFF, height & 0x3FFF)
    raise Unfit(Reason.DAMAGED)
