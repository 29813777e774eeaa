"""WeChat, an SMS gateway and a phone on this machine: `python -m infra.local.simulators`.

Environment: SIM_PORT (8080: phone page, WeChat API), SMS_PORT (8081: SMS gateway), FRONT_URL
(http://localhost:8000: the product), SIM_STATE (.local/sim), WECHAT_JSON (.local/wechat.json),
SMS_JSON (.local/sms.json), DEMO_PEOPLE (.local/demo-people.json), SMS_SIGN_NAMES (the approved
signatures, comma separated). Everything listens on 127.0.0.1 only.
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

from infra.local.sms import Inbox, SmsGateway
from infra.local.wechat.account import AccountFile
from infra.local.wechat.api import WeChatApi
from infra.local.wechat.control import Control
from infra.local.wechat.conversation import Conversation
from infra.local.wechat.credentials import Credentials, Ledger
from infra.local.wechat.files import Saved
from infra.local.wechat.media import Media
from infra.local.wechat.menus import Menu, Menus
from infra.local.wechat.oauth import OAuth
from infra.local.wechat.push import Pusher
from infra.local.wechat.state import Changes, Clock, People, Phones, Random

HOST = "127.0.0.1"
PAGE = Path(__file__).with_name("phone")
PAGE_FILES = ("phone.css", "phone.js", "chat.js", "panels.js", "dom.js", "wechat-error.css")
POLICY = "default-src 'self'; img-src 'self' data:; frame-src {front}; frame-ancestors 'none'"


@dataclass(frozen=True)
class Options:
    """Where the simulators listen, whom they push to and where they keep their state."""

    port: int
    sms_port: int
    front_url: str
    state: Path
    wechat_json: Path
    sms_json: Path
    demo_people: Path
    sign_names: frozenset[str]
    patience: float = 5.0  # seconds that a push waits for its answer

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Options:
        """Read the environment; raises ValueError when a port is not a number."""
        names = env.get("SMS_SIGN_NAMES", "广西职工互助,广西职工保障互助协会")
        return cls(
            port=int(env.get("SIM_PORT", "8080")),
            sms_port=int(env.get("SMS_PORT", "8081")),
            front_url=env.get("FRONT_URL", "http://localhost:8000").rstrip("/"),
            state=Path(env.get("SIM_STATE", ".local/sim")),
            wechat_json=Path(env.get("WECHAT_JSON", ".local/wechat.json")),
            sms_json=Path(env.get("SMS_JSON", ".local/sms.json")),
            demo_people=Path(env.get("DEMO_PEOPLE", ".local/demo-people.json")),
            sign_names=frozenset(name.strip() for name in names.split(",")),
        )


@dataclass(frozen=True)
class Running:
    """The simulators while they run."""

    page_url: str
    sms_url: str
    conversation: Conversation


def random_text() -> str:
    """32 unguessable letters and digits."""
    return secrets.token_hex(16)


@asynccontextmanager
async def running(
    options: Options, *, clock: Clock = time.time, random: Random = random_text
) -> AsyncIterator[Running]:
    """Both servers, from here to the end of the block (port 0 takes a free one).

    Raises OSError when a port is taken.
    """
    changes = Changes()
    gateway = SmsGateway(
        keys_file=options.sms_json,
        file=Saved(options.state / "sms.json", Inbox()),
        changes=changes,
        clock=clock,
        random=random,
        sign_names=options.sign_names,
    )
    # the product's callback is always on this machine: no proxy, no shared cookies
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        pusher = Pusher(
            http, options.front_url + "/wechat", clock, random, patience=options.patience
        )
        app, conversation, control = wechat_app(options, gateway, pusher, changes, clock, random)
        sms_app = web.Application()
        sms_app.add_routes(gateway.routes())
        page, sms = _runner(app), _runner(sms_app)
        try:
            page_url = await _listen(page, options.port, "localhost")
            sms_url = await _listen(sms, options.sms_port, HOST)
            yield Running(page_url, sms_url, conversation)
        finally:
            control.closing.set()
            changes.announce()
            await page.cleanup()
            await sms.cleanup()


def wechat_app(
    options: Options,
    gateway: SmsGateway,
    pusher: Pusher,
    changes: Changes,
    clock: Clock,
    random: Random,
) -> tuple[web.Application, Conversation, Control]:
    """Phone page, control API, WeChat API and OAuth on one origin."""
    state = options.state
    accounts = AccountFile(options.wechat_json)
    credentials = Credentials(Saved(state / "credentials.json", Ledger()), clock, random)
    phones = Phones(Saved(state / "phones.json", People()), changes, clock, random)
    menus = Menus(Saved(state / "menu.json", Menu()), changes)
    conversation = Conversation(phones, menus, accounts, pusher, clock)
    control = Control(
        accounts=accounts,
        credentials=credentials,
        phones=phones,
        menus=menus,
        conversation=conversation,
        pusher=pusher,
        sms=gateway,
        changes=changes,
        people_file=options.demo_people,
        front_url=options.front_url,
    )
    api = WeChatApi(
        accounts=accounts,
        credentials=credentials,
        phones=phones,
        menus=menus,
        conversation=conversation,
        media=Media(state / "media", clock, random),
        clock=clock,
        random=random,
    )
    oauth = OAuth(
        accounts=accounts,
        credentials=credentials,
        phones=phones,
        web_domain=urlsplit(options.front_url).netloc,
        random=random,
        phone_of=control.phone_of,
    )
    app = web.Application(client_max_size=12 * 1024 * 1024)
    app.add_routes([*api.routes(), *oauth.routes(), *control.routes()])
    app.add_routes(page_routes(options.front_url))
    return app, conversation, control


def page_routes(front_url: str) -> list[web.RouteDef]:
    """The phone page and its files, hand-written and served as they are."""
    headers = {
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": POLICY.format(front=front_url),
    }

    def serve(name: str) -> web.RouteDef:
        async def handle(request: web.Request) -> web.FileResponse:
            return web.FileResponse(PAGE / name, headers=headers)

        return web.get("/" if name == "index.html" else f"/{name}", handle)

    return [serve(name) for name in ("index.html", "emblem.svg", *PAGE_FILES)]


def _runner(app: web.Application) -> web.AppRunner:
    return web.AppRunner(app, access_log=None, shutdown_timeout=1.0)


async def _listen(runner: web.AppRunner, port: int, host_name: str) -> str:
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    return f"http://{host_name}:{runner.addresses[0][1]}"


async def _run(options: Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(options) as simulators:
        print(f"模拟手机 {simulators.page_url} · 短信网关 {simulators.sms_url}", flush=True)
        await stop.wait()


def main() -> int:
    """Run until Ctrl-C or SIGTERM; 1 when a port is taken."""
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
            f"模拟器无法启动：端口 {options.port} 或 {options.sms_port} 已被占用"
            f"（{problem.strerror}）。请停掉占用者，或用 SIM_PORT、SMS_PORT 换端口。",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
