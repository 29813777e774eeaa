"""From what a phone sent to our own copy: decoded, turned upright, stripped, encoded again.

Only pixels survive: no EXIF, no GPS, no colour profile, nothing hidden behind the picture.
"""

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.documents.header import Header, Reason, Unfit, inspect

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST_EDGE = 2000
THUMBNAIL_EDGE = 320
LARGEST_SIDE = 12_000
SMALLEST_SIDE = 100
# Decoding takes up to 12 bytes a pixel, WebP's decoder 16 (measured, decision 0025).
_MOST_PIXELS = {"JPEG": 50_000_000, "PNG": 50_000_000, "WEBP": 25_000_000}
_TYPICAL_BYTES = 1024 * 1024
_QUALITIES = (82, 74, 66, 58)
_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Picture:
    """A clean JPEG with its thumbnail; sizes in pixels."""

    width: int
    height: int
    jpeg: bytes
    thumbnail: bytes

    @property
    def sha256(self) -> str:
        """The name of exactly this picture."""
        return hashlib.sha256(self.jpeg).hexdigest()


def clean(raw: bytes) -> Picture:
    """Return our copy of a picture; raises Unfit with the reason for everything else."""
    header = inspect(raw)
    _refuse_sizes(header)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a camera's careless notes
            image = _upright(raw, header)
    except Exception as error:  # whatever breaks a decoder is no picture to rest a case on
        raise Unfit(Reason.DAMAGED) from error
    jpeg = _within(image, _TYPICAL_BYTES)
    width, height = image.size
    image.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    return Picture(width, height, jpeg, _encoded(image, _QUALITIES[0]))


def _refuse_sizes(header: Header) -> None:
    sides = (header.width, header.height)
    if header.animated:
        raise Unfit(Reason.ANIMATED)
    if 0 in sides:
        raise Unfit(Reason.DAMAGED)
    if max(sides) > LARGEST_SIDE or sides[0] * sides[1] > _MOST_PIXELS[header.format]:
        raise Unfit(Reason.TOO_MANY_PIXELS)
    if min(sides) < SMALLEST_SIDE:
        raise Unfit(Reason.TOO_SMALL)


def _upright(raw: bytes, header: Header) -> "Image":
    """Decode, shrink, turn by the camera's note and drop all notes."""
    # named here, or Pillow would load all it knows to find them
    from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

    Image.MAX_IMAGE_PIXELS = max(_MOST_PIXELS.values())
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    opened = Image.open(io.BytesIO(raw), formats=[header.format])
    if opened.size != (header.width, header.height):
        raise Unfit(Reason.DAMAGED)
    turn = _TURNS.get(_orientation(opened))
    image = _smooth(opened)
    # for a JPEG this also lets the decoder skip what would be thrown away
    image.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
    flat = _on_white(image)
    upright = flat.transpose(Image.Transpose[turn]) if turn else flat
    upright.info = {}
    return upright


# EXIF 2.32, tag 0x0112
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


def _orientation(image: "Image") -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - a damaged note does not make a damaged picture
        return 1


def _smooth(image: "Image") -> "Image":
    """Return the picture in a mode whose pixels can be averaged."""
    if image.mode.startswith("I"):  # 16 bits of grey
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA") or ("transparency" in image.info and image.mode != "RGBA"):
        return image.convert("RGBA")
    return image


def _on_white(image: "Image") -> "Image":
    from PIL import Image

    if image.mode in ("LA", "RGBA"):
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image.convert("RGB"), mask=image.getchannel("A"))
        return paper
    return image.convert("L" if image.mode == "L" else "RGB")


def _within(image: "Image", most: int) -> bytes:
    """Encode in the best quality that fits, or in the last."""
    encoded = b""
    for quality in _QUALITIES:
        encoded = _encoded(image, quality)
        if len(encoded) <= most:
            break
    return encoded


def _encoded(image: "Image", quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True)
    return buffer.getvalue()
