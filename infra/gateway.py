"""Pages that the gateway answers by itself: unknown paths, too large, too busy, broken.

They are complete in themselves (no asset, no script), so that they cannot fail. The front
door of the local cloud serves the same ones.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from infra.paths import TEMPLATES


@dataclass(frozen=True, slots=True)
class Page:
    """One GatewayResponse; `status` None keeps the status that API Gateway chose."""

    kind: str
    status: int | None
    title: str
    text: str


# The response types of API Gateway's REST APIs that people can meet.
PAGES: Final = (
    Page(
        "MISSING_AUTHENTICATION_TOKEN",
        404,
        "页面不存在",
        "您访问的页面可能已经移走，请从首页重新进入。",
    ),
    Page("REQUEST_TOO_LARGE", 413, "内容太大", "提交的内容超过了大小限制，请减少后再试。"),
    Page("THROTTLED", 429, "访问人数较多", "请稍候片刻，再重新打开本页。"),
    Page("DEFAULT_4XX", None, "无法打开页面", "请求的内容有误，请从首页重新进入。"),
    Page("DEFAULT_5XX", None, "系统繁忙", "您填写的内容没有问题，请稍后再试一次。"),
)


def page_for(status: int) -> Page:
    """Return the page that stands for an HTTP status."""
    for page in PAGES:
        if page.status == status:
            return page
    return PAGES[-1] if status >= 500 else PAGES[-2]


@cache
def html(page: Page) -> str:
    """Return the page in ASCII (character references), which no template engine can harm."""
    frame = (TEMPLATES / "gateway.html").read_text("utf-8")
    parts = {"@title@": page.title, "@text@": page.text, "@style@": _style()}
    for mark, value in parts.items():
        frame = frame.replace(mark, value)
    return frame.encode("ascii", "xmlcharrefreplace").decode()


@cache
def headers() -> dict[str, str]:
    """Return the headers of every such page; the one style block is allowed by its hash."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


def responses() -> dict[str, Any]:
    """Return them as the API's definition carries them.

    Inside the definition rather than as resources: API Gateway takes them over with the
    deployment, and SAM makes a new deployment when the definition changes.
    """
    return {page.kind: _response(page) for page in PAGES}


def _response(page: Page) -> dict[str, Any]:
    # Content-Type follows from the template's key; static header values are quoted twice.
    named = {k: v for k, v in headers().items() if k != "Content-Type"}
    # The first template answers whoever accepts neither; all get the page.
    response: dict[str, Any] = {
        "responseParameters": {
            f"gatewayresponse.header.{name}": _quoted(value) for name, value in named.items()
        },
        "responseTemplates": {"text/html": html(page)},
    }
    if page.status:
        response["statusCode"] = page.status
    return response


def _quoted(value: str) -> str:
    return "'" + value + "'"


@cache
def _style() -> str:
    return (TEMPLATES / "gateway.css").read_text("utf-8").replace("\n", "")
