"""Our copy: upright, small, without a note of where and with what it was taken."""

import io
import random

import pytest
from PIL import Image, ImageCms, ImageOps

from chalicelib.documents import pictures as making
from chalicelib.documents.header import Reason, Unfit
from chalicelib.documents.texts import REASONS
from tests.fakes import pictures


def opened(raw: bytes) -> Image.Image:
    return Image.open(io.BytesIO(raw))


def reason(raw: bytes) -> Reason:
    with pytest.raises(Unfit) as unfit:
        making.clean(raw)
    return unfit.value.reason


def dark_side(image: Image.Image) -> str:
    """Where the drawing's dark bar is."""
    grey, (width, height) = image.convert("L"), image.size
    middles = {
        "top": (width // 2, 5),
        "bottom": (width // 2, height - 6),
        "left": (5, height // 2),
        "right": (width - 6, height // 2),
    }
    return min(middles, key=lambda side: float(grey.getpixel(middles[side])))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("orientation", "side"),
    list(enumerate(["top", "top", "bottom", "bottom", "left", "right", "right", "left"], start=1)),
)
def test_the_cameras_turn_is_done_and_forgotten(orientation: int, side: str) -> None:
    raw = pictures.photo(orientation)
    made = opened(making.clean(raw).jpeg)
    assert dark_side(made) == side
    assert made.size == ImageOps.exif_transpose(opened(raw)).size
    assert not made.getexif()


def test_nothing_but_pixels_survives() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    raw = pictures.photo() + b"SECRETTAIL<script>alert(1)</script>"
    tagged = pictures.picture(
        exif=opened(raw).getexif().tobytes(), icc_profile=profile, xmp=b"SECRETXMP", dpi=(300, 300)
    )
    for source in (raw, tagged):
        made = making.clean(source)
        for copy in (made.jpeg, made.thumbnail):
            assert b"SECRET" not in copy
            assert b"<script" not in copy
            assert opened(copy).info.keys() <= {
                "jfif",
                "jfif_version",
                "jfif_unit",
                "jfif_density",
                "progressive",
                "progression",
            }
            # no application data but JFIF's, no comment
            assert not any(bytes([0xFF, marker]) in copy[:400] for marker in (0xE1, 0xE2, 0xFE))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png(mode: str) -> None:
    image = pictures.drawing(mode="L" if mode == "I;16" else mode)
    if mode == "I;16":
        wide = image.convert("I").point(lambda value: value * 257)
        image = wide.convert("I;16")
    made = opened(making.clean(pictures.picture("PNG", image)).jpeg).convert("L")
    assert made.size == (800, 500)
    assert made.getpixel((400, 10)) < 20
    assert made.getpixel((10, 490)) > 235


def test_see_through_is_white_paper() -> None:
    glass = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    palette = pictures.drawing(300, 300, "P")
    palette.putpixel((0, 0), 1)
    for raw in (
        pictures.picture("PNG", glass),
        pictures.picture("WEBP", glass, lossless=True, exact=True),
        pictures.picture("PNG", Image.new("P", (300, 300), 0), transparency=0),
    ):
        assert opened(making.clean(raw).jpeg).convert("L").getpixel((150, 150)) > 250


def test_print_colours_become_screen_colours() -> None:
    made = opened(making.clean(pictures.picture("JPEG", pictures.drawing(mode="CMYK"))).jpeg)
    assert made.mode == "RGB"
    assert dark_side(made) == "top"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 3000), (2000, 1500)),
        ((3000, 4000), (1500, 2000)),
        ((640, 480), (640, 480)),
        ((6000, 300), (2000, 100)),
    ],
)
def test_the_copy_is_as_large_as_a_reader_needs(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    made = making.clean(pictures.picture("JPEG", pictures.drawing(*size)))
    assert (made.width, made.height) == opened(made.jpeg).size == expected
    assert max(opened(made.thumbnail).size) <= 320


def test_a_noisy_photo_is_packed_into_a_megabyte() -> None:
    dice = random.Random(1)
    noise = Image.frombytes("L", (500, 500), dice.randbytes(250_000)).resize((2400, 1800))
    raw = pictures.picture(
        "JPEG", Image.merge("RGB", (noise, noise.rotate(180), noise)), quality=97
    )
    made = making.clean(raw)
    assert len(raw) > 1024 * 1024
    assert len(made.jpeg) <= 1024 * 1024
    assert len(made.thumbnail) < 60_000


def test_the_same_file_makes_the_same_copy() -> None:
    raw = pictures.photo(6)
    assert making.clean(raw) == making.clean(raw)
    assert len(making.clean(raw).sha256) == 64


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (pictures.photo()[:-800], Reason.DAMAGED),
        (pictures.picture("PNG")[:-300], Reason.DAMAGED),
        (pictures.picture("WEBP")[:-300], Reason.DAMAGED),
        (pictures.picture("JPEG", pictures.drawing(99, 500)), Reason.TOO_SMALL),
        (pictures.picture("PNG", Image.new("1", (12_001, 200))), Reason.TOO_MANY_PIXELS),
        (pictures.picture("PNG", Image.new("1", (10_000, 5_001))), Reason.TOO_MANY_PIXELS),
        (pictures.png_bomb(40_000), Reason.TOO_MANY_PIXELS),
    ],
)
def test_what_cannot_be_read_or_is_out_of_bounds(raw: bytes, expected: Reason) -> None:
    assert reason(raw) is expected


def test_a_second_size_further_in_is_damage() -> None:
    raw = pictures.picture("PNG")
    head = pictures.chunk(b"IHDR", (9000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0]))
    assert reason(raw[:33] + head + raw[33:]) is Reason.DAMAGED


def test_a_damaged_note_does_not_damage_the_picture() -> None:
    raw = pictures.picture(exif=b"Exif\0\0MM\0*\xff\xff\xff\xff garbage")
    assert making.clean(raw).width == 800


def test_every_reason_has_a_sentence_that_says_what_to_do() -> None:
    assert set(REASONS) == set(Reason)
    assert all("请" in sentence and sentence.endswith("。") for sentence in REASONS.values())
