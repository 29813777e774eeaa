"""WeChat, an SMS gateway, a bank and a phone on this machine: `python -m infra.local.simulators`.

One port on 127.0.0.1 serves all of them: GET / is the phone page, POST / the SMS API (Tencent's
SDK always posts to / of its endpoint), /cgi-bin, /sns and /connect are WeChat's, /bank is the bank.
Environment: PHONE_PORT (8080), FRONT_URL (http://localhost:8000: the product), LOCAL_DIR (.local:
reads wechat.json, sms.json, demo-people.json and demo-staff.json there, keeps its own state
in sim/).
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from infra.local.bank.counter import Counter
from infra.local.bank.counter_page import CounterPage
from infra.local.demo_files import DemoFiles
from infra.local.sms import Inbox, SmsGateway
from infra.local.wechat.account import AccountFile
from infra.local.wechat.api import WeChatApi
from infra.local.wechat.control import Control
from infra.local.wechat.conversation import Conversation
from infra.local.wechat.cookies import Jar
from infra.local.wechat.credentials import Credentials, Ledger
from infra.local.wechat.files import Saved
from infra.local.wechat.media import Media
from infra.local.wechat.menus import Menu, Menus
from infra.local.wechat.oauth import OAuth
from infra.local.wechat.parts import Parts
from infra.local.wechat.push import Pusher
from infra.local.wechat.state import Changes, Clock, People, Phones, Random

HOST = "127.0.0.1"
PAGE = Path(__file__).with_name("phone")
PAGE_FILES = (
    "phone.css",
    "phone.js",
    "chat.js",
    "panels.js",
    "staff.js",
    "dom.js",
    "wechat-error.css",
)
POLICY = (
    "default-src 'self'; img-src 'self' data:; frame-src 'self' {front} https:; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Options:
    """Where the simulators listen, whom they push to and where they keep their state."""

    port: int
    front_url: str
    folder: Path
    cookies: frozenset[str] = frozenset({"sid", "pre"})  # the product's, one jar per phone
    patience: float = 5.0  # seconds that a push waits for its answer

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Options:
        """Read the environment; raises ValueError when a port is not a number."""
        return cls(
            port=int(env.get("PHONE_PORT", "8080")),
            front_url=env.get("FRONT_URL", "http://localhost:8000").rstrip("/"),
            folder=Path(env.get("LOCAL_DIR", ".local")),
        )

    @property
    def state(self) -> Path:
        """The folder of the simulators' own files."""
        return self.folder / "sim"


@dataclass(frozen=True)
class Running:
    """The simulators while they run."""

    url: str
    conversation: Conversation


def random_text() -> str:
    """32 unguessable letters and digits."""
    return secrets.token_hex(16)


@asynccontextmanager
async def running(
    options: Options, *, clock: Clock = time.time, random: Random = random_text
) -> AsyncIterator[Running]:
    """The server, from here to the end of the block (port 0 takes a free one).

    Raises OSError when the port is taken.
    """
    # the product's callback is always on this machine: no proxy, no shared cookies
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        parts = wechat_parts(options, http, clock, random)
        gateway = sms_gateway(options, parts)
        control = Control(
            parts,
            gateway,
            demo=DemoFiles(options.folder, clock),
            front_url=options.front_url,
            jar=Jar(options.cookies),
        )
        app = phone_app(options, parts, control)
        app.add_routes(gateway.routes())
        app.add_routes(bank_page(options, clock).routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        try:
            await runner.setup()
            await web.TCPSite(runner, HOST, options.port).start()
            yield Running(f"http://localhost:{runner.addresses[0][1]}", parts.conversation)
        finally:
            control.closing.set()
            parts.changes.announce()
            await runner.cleanup()


def wechat_parts(
    options: Options, http: aiohttp.ClientSession, clock: Clock, random: Random
) -> Parts:
    """Put WeChat together from its files."""
    state, changes = options.state, Changes()
    accounts = AccountFile(options.folder / "wechat.json")
    phones = Phones(Saved(state / "phones.json", People()), changes, clock, random)
    menus = Menus(Saved(state / "menu.json", Menu()), changes)
    callback = options.front_url + "/wechat"
    pusher = Pusher(http, callback, clock, random, patience=options.patience)
    return Parts(
        accounts=accounts,
        credentials=Credentials(Saved(state / "credentials.json", Ledger()), clock, random),
        phones=phones,
        menus=menus,
        media=Media(state / "media", clock, random),
        conversation=Conversation(phones, menus, accounts, pusher, clock),
        pusher=pusher,
        changes=changes,
        clock=clock,
        random=random,
    )


def sms_gateway(options: Options, parts: Parts) -> SmsGateway:
    """Put the SMS gateway together; the phone page shows its inbox."""
    return SmsGateway(
        keys_file=options.folder / "sms.json",
        file=Saved(options.state / "sms.json", Inbox()),
        changes=parts.changes,
        clock=parts.clock,
        random=parts.random,
    )


def bank_page(options: Options, clock: Clock) -> CounterPage:
    """Put the bank together; payment files are carried to it by hand, as to a real one."""
    return CounterPage(Counter(options.state / "bank", clock), options.front_url)


def phone_app(options: Options, parts: Parts, control: Control) -> web.Application:
    """Phone page, control API, WeChat API and OAuth on one origin."""
    domain = urlsplit(options.front_url).netloc
    oauth = OAuth(parts, web_domain=domain, phone_of=control.phone_of)
    app = web.Application(client_max_size=12 * 1024 * 1024)
    app.add_routes([*WeChatApi(parts).routes(), *oauth.routes(), *control.routes()])
    app.add_routes(page_routes(options.front_url))
    return app


def page_routes(front_url: str) -> list[web.RouteDef]:
    """The phone page and its files, hand-written and served as they are."""
    headers = {
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": POLICY.format(front=front_url),
    }

    def serve(name: str) -> web.RouteDef:
        async def handle(_request: web.Request) -> web.FileResponse:
            return web.FileResponse(PAGE / name, headers=headers)

        return web.get("/" if name == "index.html" else f"/{name}", handle)

    return [serve(name) for name in ("index.html", "emblem.svg", *PAGE_FILES)]


async def _run(options: Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(options) as simulators:
        print(f"模拟手机 {simulators.url}", flush=True)
        await stop.wait()


def main() -> int:
    """Run until Ctrl-C or SIGTERM; 1 when the port is taken."""
    argparse.ArgumentParser(
        prog="python -m infra.local.simulators",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    options = Options.from_env(os.environ)
    try:
        asyncio.run(_run(options))
    except OSError as problem:
        print(
            f"模拟器无法启动：{problem.strerror}。"
            f"如果端口 {options.port} 已被占用，请停掉占用它的程序，或用 PHONE_PORT 换一个端口。",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
