"""The front door: what a custom domain and API Gateway do between a person and the functions.

It forwards to the REST API of the local cloud and adds what the emulator leaves out: the
gateway's own pages for unknown paths and failures, the size limit, the time limit, and gzip.
Run by `infra.local.guard` with FRONT_PORT, FRONT_CLOUD (its URL) and FRONT_API (the API's id).
"""

import gzip
import json
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, web
from multidict import CIMultiDict
from yarl import URL

from infra import gateway

# API Gateway: payload of 10 MB, integration of 29 s.
LIMIT_BYTES: Final = 10 * 1024 * 1024
_TIMEOUT_SECONDS: Final = 29
_SESSION: Final = web.AppKey("session", ClientSession)
_MIN_COMPRESSED: Final = 1024
_HOP: Final = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
     "transfer-encoding", "upgrade", "host", "content-length"}
)  # fmt: skip
# What the emulator says where API Gateway would use its MISSING_AUTHENTICATION_TOKEN response.
_UNKNOWN: Final = frozenset({"not found", "missing authentication token"})


def environment(port: int, cloud: str, api: str) -> dict[str, str]:
    """Return what the process needs to be told."""
    return {"FRONT_PORT": str(port), "FRONT_CLOUD": cloud, "FRONT_API": api}


def main() -> None:
    """Serve on loopback until SIGTERM."""
    door = Door(os.environ["FRONT_CLOUD"], os.environ["FRONT_API"])
    web.run_app(
        door.application(),
        host="127.0.0.1",
        port=int(os.environ["FRONT_PORT"]),
        access_log=None,
        print=None,
        shutdown_timeout=2,
    )


class Door:
    """Forwards every request to one REST API."""

    def __init__(self, cloud: str, api: str) -> None:
        self._cloud = cloud
        self._host = f"{api}.execute-api.localhost:{URL(cloud).port}"

    def application(self) -> web.Application:
        """Return the aiohttp application."""
        app = web.Application(client_max_size=LIMIT_BYTES)
        app.router.add_route("*", "/{path:.*}", self.handle)
        app.cleanup_ctx.append(_open)
        return app

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request; failures between here and the function become pages."""
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _page(413)
        try:
            status, headers, content = await self._forward(request, body)
        except TimeoutError:
            return _page(504)
        except ClientError:
            return _page(503)
        own = _gateway_status(status, headers, content)
        return _page(own) if own else _answer(request, status, headers, content)

    async def _forward(
        self, request: web.Request, body: bytes
    ) -> tuple[int, "CIMultiDict[str]", bytes]:
        url = URL(f"{self._cloud}/api{request.raw_path}", encoded=True)
        headers = self._headers(request)
        async with request.app[_SESSION].request(
            request.method,
            url,
            headers=headers,
            data=body or None,
            allow_redirects=False,
            skip_auto_headers=("Accept", "Content-Type", "User-Agent"),
        ) as response:
            return response.status, response.headers.copy(), await response.read()

    def _headers(self, request: web.Request) -> "CIMultiDict[str]":
        headers = CIMultiDict((k, v) for k, v in request.headers.items() if k.lower() not in _HOP)
        chain = [headers.get("X-Forwarded-For", ""), request.remote or "127.0.0.1"]
        headers["Host"] = self._host
        headers["X-Forwarded-For"] = ", ".join(part for part in chain if part)
        headers["X-Forwarded-Proto"] = request.scheme
        headers["X-Forwarded-Port"] = str(request.url.port)
        headers["X-Forwarded-Host"] = request.host
        # We compress; asking the emulator to do it would only hide the bytes from us.
        headers["Accept-Encoding"] = "identity"
        return headers


async def _open(app: web.Application) -> AsyncIterator[None]:
    timeout = ClientTimeout(total=_TIMEOUT_SECONDS, sock_connect=2)
    async with ClientSession(
        timeout=timeout, cookie_jar=DummyCookieJar(), auto_decompress=False
    ) as session:
        app[_SESSION] = session
        yield


def _gateway_status(status: int, headers: Mapping[str, str], content: bytes) -> int | None:
    """Return the status of the gateway's own answer; None when a function answered."""
    if "json" not in headers.get("Content-Type", "") or status < 400:
        return None
    try:
        message = str(json.loads(content).get("message", "")).lower()
    except (ValueError, AttributeError):
        return None
    if status in {403, 404} and message in _UNKNOWN:
        return 404
    if status >= 500 and message:
        return status
    return None


def _page(status: int) -> web.Response:
    page = gateway.page_for(status)
    return web.Response(status=status, body=gateway.html(page).encode(), headers=gateway.headers())


def _answer(
    request: web.Request, status: int, headers: "CIMultiDict[str]", content: bytes
) -> web.Response:
    kept = CIMultiDict((k, v) for k, v in _items(headers) if k.lower() not in _HOP)
    if _compressible(request, kept, content):
        content = gzip.compress(content, 6, mtime=0)
        kept["Content-Encoding"] = "gzip"
        kept.add("Vary", "Accept-Encoding")
    return web.Response(status=status, body=content, headers=kept)


def _items(headers: "CIMultiDict[str]") -> Iterable[tuple[str, str]]:
    """Every header as often as it came: several cookies are several headers."""
    return headers.items()


def _compressible(request: web.Request, headers: Mapping[str, str], content: bytes) -> bool:
    accepted = "gzip" in request.headers.get("Accept-Encoding", "")
    return accepted and len(content) >= _MIN_COMPRESSED and "Content-Encoding" not in headers
