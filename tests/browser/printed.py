"""Pages that are only printed: their HTML with the built files, in a browser without a server."""

import re
from collections.abc import Mapping
from io import BytesIO
from urllib.parse import urlsplit

from PIL import Image, ImageDraw
from playwright.sync_api import Page, Route

from infra import assets

SITE = "https://pages.test"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def _picture() -> bytes:
    """Something that looks like a sheet of paper."""
    out = BytesIO()
    paper = Image.new("RGB", (900, 600), (246, 243, 236))
    pen = ImageDraw.Draw(paper)
    pen.rectangle((60, 40, 840, 90), fill=(190, 60, 60))
    for line in range(130, 560, 36):
        pen.rectangle((60, line, 240 + line * 7 % 500, line + 12), fill=(120, 120, 120))
    paper.save(out, "PNG")
    return out.getvalue()


class Printed:
    """A browser page that answers its own requests from `pages` (path → HTML)."""

    def __init__(self, page: Page, pages: Mapping[str, str]) -> None:
        self.page, self.pages = page, pages
        self._dist = assets.build().directory
        self._image = _picture()
        page.route(f"{SITE}/**", self._answer)

    def open(self, name: str) -> None:
        """Show one of the pages."""
        self.page.goto(f"{SITE}/{name}")

    def _answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            file = self._dist / path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), content_type=_TYPES[file.suffix])
        elif path.removeprefix("/") in self.pages:
            html = self.pages[path.removeprefix("/")]
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif re.search(r"/(pictures?|documents)\b", path):
            route.fulfill(body=self._image, content_type="image/png")
        else:
            route.fulfill(status=404, body="")
