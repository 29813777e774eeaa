"""Files that pretend: none becomes a document, and the worker stays within its memory.

All go through one worker process in turn, so that its peak is the worst of them all.
"""

import io
import json
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.fakes import pictures

ROOT = Path(__file__).resolve().parent.parent.parent
FUNCTION_MB = 1024
HTML = b"<!doctype html><html><script>alert(document.domain)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'


def a_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(50_000_000))
    return buffer.getvalue()


def moving(kind: str) -> bytes:
    frames = [pictures.drawing(), pictures.drawing().rotate(180)]
    return pictures.picture(kind, frames[0], save_all=True, append_images=frames[1:])


def wide_grey() -> bytes:
    image = pictures.drawing(mode="L").convert("I").point(lambda value: value * 257)
    return pictures.picture("PNG", image.convert("I;16"))


def largest_png() -> bytes:
    """50 million see-through dots in a palette: the most that a decoder is given."""
    width, height = 10_000, 5_000
    packer = zlib.compressobj(6)
    rows = bytes((1 + width) * 100)
    body = b"".join([*(packer.compress(rows) for _ in range(height // 100)), packer.flush()])
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    parts = [
        pictures.chunk(b"IHDR", size + bytes([8, 3, 0, 0, 0])),
        pictures.chunk(b"PLTE", bytes(768)),
        pictures.chunk(b"tRNS", bytes(256)),
        pictures.chunk(b"IDAT", body),
        pictures.chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def many_scans() -> bytes:
    """A progressive JPEG that repeats its last scan two thousand times."""
    raw = pictures.picture("JPEG", pictures.drawing(2000, 2000), progressive=True)
    last = raw.rindex(b"\xff\xda")
    return raw[:last] + raw[last:-2] * 2000 + raw[-2:]


def text_bomb() -> bytes:
    """A small PNG with 40 notes that unfold to a megabyte and more each."""
    raw = pictures.picture("PNG")
    note = pictures.chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(30_000_000)))
    return raw[:33] + note * 40 + raw[33:]


JPEG, PNG = pictures.photo(), pictures.picture("PNG")
REFUSED = {
    "nothing": (b"", "empty"),
    "html": (HTML, "not_a_picture"),
    "svg": (SVG, "not_a_picture"),
    "pdf": (b"%PDF-1.7\n" + HTML, "not_a_picture"),
    "zip": (a_zip(), "not_a_picture"),
    "gif": (pictures.picture("GIF", pictures.drawing(mode="P")), "not_a_picture"),
    "tiff": (pictures.picture("TIFF"), "not_a_picture"),
    "heic": (b"\0\0\0\x18ftypheic" + bytes(400), "heic"),
    "script-behind-magic": (b"\xff\xd8\xff" + HTML, "damaged"),
    "html-behind-png": (b"\x89PNG\r\n\x1a\n" + HTML, "damaged"),
    "html-behind-webp": (b"RIFF\0\0\0\0WEBP" + HTML, "damaged"),
    "zip-behind-jpeg-head": (JPEG[:400] + a_zip(), "damaged"),
    "truncated-jpeg": (JPEG[: len(JPEG) // 2], "damaged"),
    "truncated-png": (PNG[: len(PNG) // 2], "damaged"),
    "png-40000": (pictures.png_bomb(40_000), "too_many_pixels"),
    "many-scans": (many_scans(), "damaged"),
    "text-bomb": (text_bomb(), "damaged"),
    "moving-png": (moving("PNG"), "animated"),
    "moving-webp": (moving("WEBP"), "animated"),
    "dot": (pictures.picture("PNG", Image.new("L", (1, 1))), "too_small"),
    "eleven-megabytes": (JPEG + bytes(11_000_000), "too_large"),
}
# Pictures, if odd ones: the copy holds their pixels and nothing else.
CLEAN = {
    "photo": JPEG,
    "png-sent-as-jpeg": PNG,
    "webp": pictures.picture("WEBP"),
    "cmyk": pictures.picture("JPEG", pictures.drawing(mode="CMYK")),
    "sixteen-bits": wide_grey(),
    "picture-and-zip": JPEG + a_zip(),
    "picture-and-html": pictures.picture(comment=HTML) + HTML,
    "largest": largest_png(),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("files")
    files = CLEAN | {name: body for name, (body, _) in REFUSED.items()}
    for name, body in files.items():
        (folder / name).write_bytes(body)
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.worker_child", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("name", REFUSED)
def test_a_disguised_file_never_becomes_a_document(report: dict[str, Any], name: str) -> None:
    assert report["verdicts"][name] == ["refused", REFUSED[name][1]]


@pytest.mark.parametrize("name", CLEAN)
def test_an_odd_picture_is_still_a_picture(report: dict[str, Any], name: str) -> None:
    assert report["verdicts"][name] == ["clean", ""]


def test_nothing_that_was_sent_is_kept(report: dict[str, Any]) -> None:
    assert report["left"] == []


def test_the_worker_stays_within_its_memory(report: dict[str, Any]) -> None:
    assert report["memory"] < FUNCTION_MB * 0.8
