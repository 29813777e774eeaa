"""Take the pictures of the README: `python -m tests.browser.pictures` → infra/pictures/*.png.

Everybody and everything on them is invented. A palette keeps each below 150 kB.
"""

import os
import re
from io import BytesIO
from pathlib import Path

import click
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from infra.paths import ROOT
from tests.browser import chromium, console
from tests.browser.printed import Printed
from tests.browser.test_access import printed

FOLDER = ROOT / "infra" / "pictures"
MOST_BYTES = 150_000
COLOURS = 64
PHONE = {"width": 375, "height": 812}
OFFICE = {"width": 1366, "height": 768}
# The accounts of tests are called by their first names; people on a picture have whole ones.
NAMES = {"anna": "韦初核", "bob": "覃复核", "mia": "黄财务", "rita": "农放行", "dora": "蒙审计"}
ON_PHONE = {"home": "home", "bill": "subsidy-case"}
AT_THE_DESK = {"review": "case-taken", "payout": "batch-settling", "statistics": "statistics"}


def named(html: str) -> str:
    """Give the people of the console their names."""
    for account, name in NAMES.items():
        html = html.replace(f"{account} 的姓名", name)
        html = re.sub(rf"\b{account}\b", name, html)
    return html


def small(png: bytes) -> bytes:
    """Return a picture with a palette; it must not weigh more than a README should."""
    image = Image.open(BytesIO(png)).convert("RGB")
    out = BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    if out.tell() > MOST_BYTES:
        raise click.ClickException(f"{out.tell():,} bytes are more than {MOST_BYTES:,}")
    return out.getvalue()


def take(browser: Browser, folder: Path) -> None:
    """Take all five."""
    phone = browser.new_context(viewport=PHONE, device_scale_factor=2, locale="zh-CN")
    shown = Printed(phone.new_page(), printed(care=False))
    for name, page in ON_PHONE.items():
        shown.open(page)
        if name == "bill":
            shown.page.locator(".ma-bill").first.evaluate(
                "e => (e.closest('section, .ma-card') || e).scrollIntoView({block: 'start'})"
            )
        (folder / f"{name}.png").write_bytes(small(shown.page.screenshot()))
    office = browser.new_context(viewport=OFFICE, locale="zh-CN")
    pages = {name: named(html) for name, html in console.all_pages().items()}
    desk = Printed(office.new_page(), pages)
    for name, page in AT_THE_DESK.items():
        desk.open(page)
        desk.page.wait_for_load_state("networkidle")
        (folder / f"{name}.png").write_bytes(small(desk.page.screenshot()))


def main() -> None:
    """Take the pictures into the folder that the README shows."""
    os.environ |= {
        "PREFIX": "mutual-aid-local",
        "CHAT_QUEUE": "mutual-aid-local-chat",
        "AWS_DEFAULT_REGION": "cn-northwest-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    with sync_playwright() as playwright:
        path = str(chromium.find())
        take(
            playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS[1:])), FOLDER
        )
    for file in sorted(FOLDER.glob("*.png")):
        click.echo(f"{file.relative_to(ROOT)}  {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
