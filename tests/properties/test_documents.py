"""Whatever bytes come: a clean picture with nothing of them left, or a reason."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chalicelib.documents.header import Reason, Unfit
from chalicelib.documents.pictures import LONGEST_EDGE, clean
from tests.fakes import pictures

SMALL = pictures.drawing(120, 110)
HEADS = (
    b"",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\0\0\0\0WEBP",
    b"RIFF\0\0\0\0WEBPVP8X",
)
SOURCES = [pictures.picture(kind, SMALL) for kind in ("JPEG", "PNG", "WEBP")]


@given(head=st.sampled_from(HEADS), tail=st.binary(max_size=400))
def test_random_bytes_are_never_a_document(head: bytes, tail: bytes) -> None:
    with pytest.raises(Unfit) as unfit:
        clean(head + tail)
    assert unfit.value.reason in Reason


@given(st.sampled_from(SOURCES), st.data())
def test_a_picture_with_a_changed_byte_is_a_picture_or_refused(
    source: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(source) - 1))
    value = data.draw(st.integers(0, 255))
    try:
        made = clean(source[:at] + bytes([value]) + source[at + 1 :])
    except Unfit:
        return
    image = Image.open(io.BytesIO(made.jpeg))
    assert image.format == "JPEG"
    assert image.size == (made.width, made.height)
    assert max(image.size) <= LONGEST_EDGE


@given(st.sampled_from(SOURCES), st.binary(min_size=8, max_size=200))
def test_what_hangs_behind_a_picture_is_left_behind(source: bytes, tail: bytes) -> None:
    assert clean(source + tail).jpeg == clean(source).jpeg


@given(st.sampled_from(SOURCES), st.data())
def test_half_a_picture_is_refused(source: bytes, data: st.DataObject) -> None:
    keep = data.draw(st.integers(0, len(source) // 2))
    with pytest.raises(Unfit):
        clean(source[:keep])
