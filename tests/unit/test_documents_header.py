"""Format and size are read from the first bytes, and nothing else is believed."""

import pytest
from PIL import Image

from chalicelib.documents.header import Header, Reason, Unfit, inspect
from tests.fakes import pictures

SIZE = (640, 360)
KINDS = {
    "jpeg": pictures.picture("JPEG", pictures.drawing(*SIZE)),
    "progressive": pictures.picture("JPEG", pictures.drawing(*SIZE), progressive=True),
    "cmyk": pictures.picture("JPEG", pictures.drawing(*SIZE, mode="CMYK")),
    "png": pictures.picture("PNG", pictures.drawing(*SIZE)),
    "grey": pictures.picture("PNG", pictures.drawing(*SIZE, mode="L")),
    "webp": pictures.picture("WEBP", pictures.drawing(*SIZE)),
    "lossless": pictures.picture("WEBP", pictures.drawing(*SIZE), lossless=True),
    "extended": pictures.picture(
        "WEBP", pictures.drawing(*SIZE), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0"
    ),
}
FORMATS = {"png": "PNG", "grey": "PNG", "webp": "WEBP", "lossless": "WEBP", "extended": "WEBP"}


def reason(raw: bytes) -> Reason:
    with pytest.raises(Unfit) as unfit:
        inspect(raw)
    return unfit.value.reason


@pytest.mark.parametrize("name", KINDS)
def test_format_and_size(name: str) -> None:
    assert inspect(KINDS[name]) == Header(FORMATS.get(name, "JPEG"), *SIZE)


def test_a_cameras_thumbnail_is_not_the_picture() -> None:
    exif = Image.Exif()
    exif[0x010F] = "x" * 500 + pictures.picture("JPEG", pictures.drawing(160, 120)).hex()
    raw = pictures.picture("JPEG", pictures.drawing(*SIZE), exif=exif.tobytes())
    assert (inspect(raw).width, inspect(raw).height) == SIZE


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_moves_is_known(kind: str) -> None:
    frames = [pictures.drawing(*SIZE), pictures.drawing(*SIZE).rotate(180)]
    raw = pictures.picture(kind, frames[0], save_all=True, append_images=frames[1:])
    assert inspect(raw).animated


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("keep", [3, 8, 12, 16, 20, 24])
def test_a_picture_cut_off_in_its_head_is_damaged(name: str, keep: int) -> None:
    short = KINDS[name][:keep]
    expected = {Reason.DAMAGED, Reason.NOT_A_PICTURE}
    assert reason(short) in expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", Reason.EMPTY),
        (b"\0", Reason.NOT_A_PICTURE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Reason.NOT_A_PICTURE),
        (b"<!doctype html><script>alert(1)</script>", Reason.NOT_A_PICTURE),
        (b"%PDF-1.7", Reason.NOT_A_PICTURE),
        (b"PK\x03\x04", Reason.NOT_A_PICTURE),
        (b"GIF89a\x01\x00\x01\x00", Reason.NOT_A_PICTURE),
        (b"II*\x00 tiff", Reason.NOT_A_PICTURE),
        (b"RIFF\x00\x00\x00\x00WAVE", Reason.NOT_A_PICTURE),
        (b"\x00\x00\x00\x1cftypheic", Reason.HEIC),
        (b"\x00\x00\x00\x1cftypavif", Reason.NOT_A_PICTURE),
        (b"\xff\xd8\xff\xd9", Reason.DAMAGED),
        (b"\xff\xd8\xff\xda\x00\x02", Reason.DAMAGED),
        (b"\xff\xd8\xff\xe0\x00\x00" + b"\xff" * 40, Reason.DAMAGED),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, Reason.DAMAGED),
        (b"RIFF\x00\x00\x00\x00WEBPVP9 " + b"\0" * 40, Reason.DAMAGED),
    ],
)
def test_what_is_no_picture(raw: bytes, expected: Reason) -> None:
    assert reason(raw) is expected
