"""What a handler may answer, and the headers that every answer carries."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from chalice.app import Response

from chalicelib.core.settings import Settings

NO_STORE = "no-store"
FOREVER = "public, max-age=31536000, immutable"
HTML = "text/html; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"
JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Page:
    """A template of a room, filled with one frozen view model."""

    template: str
    view: Any
    status: int = 200
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeeOther:
    """Go and look there (303): how every successful form ends."""

    to: str
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """A body that is ready to send."""

    body: str
    content_type: str = PLAIN
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Page | SeeOther | Text


def as_json(values: Mapping[str, Any], status: int = 200) -> Text:
    """Return an answer to one of our scripts; `ok` says whether it worked."""
    body = {"ok": status < HTTPStatus.BAD_REQUEST, **values}
    return Text(json.dumps(body, ensure_ascii=False), JSON, status)


def security_headers(settings: Settings) -> dict[str, str]:
    """Return the headers of every answer (OWASP ASVS 5.0, 3.4)."""
    # a form whose sign-in has ended is led to WeChat, and browsers check that step too
    wechat = "{0.scheme}://{0.netloc}".format(urlsplit(settings.wechat_open_url))
    # phones send pictures to the bucket and see them from there; blob: shows them before
    pictures = settings.documents_origin
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        f"img-src 'self' data: blob: {pictures}; connect-src 'self' {pictures}; "
        f"form-action 'self' {wechat}; base-uri 'none'; "
        f"frame-ancestors {settings.frame_ancestors}"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    if settings.secure:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return headers


def response(
    settings: Settings,
    body: str,
    content_type: str,
    *,
    status: int = 200,
    cache: str = NO_STORE,
    cookies: tuple[str, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Build the gateway's answer; the only place that does."""
    all_headers: dict[str, Any] = {
        **security_headers(settings),
        "Content-Type": content_type,
        "Cache-Control": cache,
        **(headers or {}),
    }
    if cookies:
        all_headers["Set-Cookie"] = list(cookies)
    return Response(body=body, status_code=status, headers=all_headers)


def ours(settings: Settings, made: Response) -> Response:
    """Return a page in the place of what the framework answers by itself, headers and all.

    It does so for a content type that a form does not have, and for a method without a route.
    """
    if "Content-Security-Policy" in made.headers:
        return made
    from chalicelib.web.errors import FAILSAFE

    return response(settings, FAILSAFE, HTML, status=made.status_code)
