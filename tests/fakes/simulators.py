"""The simulators on a free port in a thread, in front of a product that only pretends.

The thread lets tests use the blocking clients that the product uses (wechatpy, Tencent's SDK).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import requests
from aiohttp import web

from infra.local.simulators import Options, Running, running

APP_ID = "wx0123456789abcdef"
APP_SECRET = "s" * 32
TOKEN = "callbacktoken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SECRET_ID, SECRET_KEY = "AKIDsimulated", "simulated-secret-key"


@dataclass
class Hand:
    """A clock that the test turns."""

    now: float = 1_795_415_280.0  # 2026-11-23 14:28 in Beijing

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Received:
    """One request at the fake callback."""

    method: str
    query: dict[str, str]
    body: str


Reply = Callable[[Received], str]


@dataclass
class FakeProduct:
    """A callback that answers as told, and one page behind OAuth."""

    received: list[Received] = field(default_factory=list)
    replies: list[Reply | str | float | int] = field(default_factory=list)
    url: str = ""
    api_url: str = ""

    def app(self) -> web.Application:
        """Its routes."""
        app = web.Application()
        app.router.add_route("*", "/wechat", self.callback)
        app.router.add_get("/me", self.page)
        return app

    async def callback(self, request: web.Request) -> web.Response:
        """Record; then the next reply: text, status (int), seconds of silence (float)."""
        got = Received(request.method, dict(request.query), await request.text())
        self.received.append(got)
        if request.method == "GET" and not self.replies:
            return web.Response(text=request.query.get("echostr", ""))
        reply = self.replies.pop(0) if self.replies else "success"
        if isinstance(reply, float):
            await asyncio.sleep(reply)
            return web.Response(text="success")
        if isinstance(reply, int):
            return web.Response(status=reply)
        return web.Response(text=reply if isinstance(reply, str) else reply(got))

    async def page(self, request: web.Request) -> web.Response:
        """Says whose openid the browser came with; remembers it in a cookie."""
        openid = request.cookies.get("sid")
        if openid is None and "code" not in request.query:
            back = quote(f"{self.url}/me", safe="")
            raise web.HTTPFound(
                f"{self.api_url}/connect/oauth2/authorize?appid={APP_ID}&redirect_uri={back}"
                "&response_type=code&scope=snsapi_base&state=abc#wechat_redirect"
            )
        if openid is None:
            openid = await self._openid(request.query["code"])
        text = (
            "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>我的</title><body><h1>我的</h1><p id=openid>{openid}</p>"
            "<script>parent.postMessage({type: 'title', title: document.title}, '*')</script>"
        )
        response = web.Response(text=text, content_type="text/html")
        response.set_cookie("sid", openid, path="/", samesite="Lax", httponly=True)
        return response

    async def _openid(self, code: str) -> str:
        query = {
            "appid": APP_ID,
            "secret": APP_SECRET,
            "code": code,
            "grant_type": "authorization_code",
        }
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{self.api_url}/sns/oauth2/access_token", params=query) as answer,
        ):
            return str((await answer.json())["openid"])


def _report(started: Future[asyncio.Event], lived: Future[None]) -> None:
    problem = lived.exception()
    if problem and not started.done():
        started.set_exception(problem)


class Live:
    """Simulators that run; `state` and the clock outlive a stop and a start."""

    def __init__(self, folder: Path, *, patience: float = 0.2) -> None:
        self.folder = folder
        self.clock = Hand()
        self.product = FakeProduct()
        self.simulators: Running
        self._patience = patience
        self._loop: asyncio.AbstractEventLoop
        folder.mkdir(parents=True, exist_ok=True)
        self.wechat_json = folder / "wechat.json"
        self.wechat_json.write_text(
            json.dumps(
                {"app_id": APP_ID, "app_secret": APP_SECRET, "token": TOKEN, "aes_key": AES_KEY}
            )
        )
        keys = {"secret_id": SECRET_ID, "secret_key": SECRET_KEY}
        (folder / "sms.json").write_text(json.dumps(keys))

    @property
    def url(self) -> str:
        """The phone page and the WeChat API."""
        return self.simulators.url

    def control(self, action: str, **order: Any) -> dict[str, Any]:
        """POST to the control API; the answer must be a success."""
        answer = requests.post(f"{self.url}/sim/{action}", json=order, timeout=20)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def chat(self, phone: str = "phone-1") -> list[dict[str, Any]]:
        """A phone's chat."""
        answer = requests.get(f"{self.url}/sim/chat", params={"phone": phone}, timeout=20)
        return list(answer.json()["chat"])

    def openid(self, index: int = 0) -> str:
        """The WeChat user of a phone."""
        state = requests.get(f"{self.url}/sim/state", timeout=20).json()
        return str(state["phones"][index]["openid"])

    def settle(self) -> None:
        """Wait for pushes in the background."""
        asyncio.run_coroutine_threadsafe(self.simulators.conversation.settle(), self._loop).result(
            20
        )

    @contextmanager
    def up(self) -> Iterator[Live]:
        """Start the simulators and the product, stop them at the end."""
        started: Future[asyncio.Event] = Future()

        async def life() -> None:
            ended = asyncio.Event()
            self._loop = asyncio.get_running_loop()
            runner = web.AppRunner(self.product.app(), shutdown_timeout=0.5)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.product.url = f"http://localhost:{runner.addresses[0][1]}"
            try:
                async with running(self._options(), clock=self.clock) as self.simulators:
                    self.product.api_url = self.simulators.url
                    started.set_result(ended)
                    await ended.wait()
            finally:
                await runner.cleanup()

        with ThreadPoolExecutor(1) as pool:
            lived = pool.submit(asyncio.run, life())
            lived.add_done_callback(lambda done: _report(started, done))
            ended = started.result(20)
            try:
                yield self
            finally:
                self._loop.call_soon_threadsafe(ended.set)
                lived.result(20)

    def _options(self) -> Options:
        return Options(
            port=0, front_url=self.product.url, folder=self.folder, patience=self._patience
        )
