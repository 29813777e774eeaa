"""The phone page's own JSON API, also the remote control of the tests.

Every POST takes `Content-Type: application/json` and may name a phone by `"phone": "phone-2"`;
otherwise it is the browser's phone (cookie `sim_phone`), otherwise the first one. Calls that
push to the product answer when the push has ended:
`{"delivery": {"outcome": "reply"|"silent"|"failed", "attempts": n, "problem": "…"}}`.
What a phone cannot do is 409 with `{"error": "…"}`, unreadable input is 400.

    GET  /sim/state                     everything the page shows, for the browser's phone
    GET  /sim/events                    Server-Sent Events; each `data:` is a version number
    POST /sim/current    {"phone"}      which phone this browser holds; swaps its web cookies
    POST /sim/phones     {"label"?}     one more phone with a new WeChat user → {id, openid, …}
    POST /sim/follow     {}             关注
    POST /sim/unfollow   {}             取消关注
    POST /sim/text       {"text"}       say something to the account
    POST /sim/menu       {"path": [1, 0]} or {"name": "我的"}
                                        tap a button → {"type", "name", "url", "delivery"?}
    GET  /sim/chat       ?phone=        {"chat": […]} oldest first
    GET  /sim/sms        ?number=       {"messages": […]} newest first; each has id, phone,
                                        text, code, template, at
    GET  /sim/staff                     {"staff": […]|null, "seconds", "left"}: demo accounts of
                                        the console, each account, name, roles, password, code;
                                        the codes change every `seconds`, next in `left`
    POST /sim/sms/clear  {}             empty the inbox
    POST /sim/switches   {"safe_mode"?, "ip_whitelisted"?, "snapshot_user"?, "sms_outage"?,
                          "sms_blacklist"?: […], "refuses_messages"?} → the switches in force
    POST /sim/expire     {}             end every access token
    POST /sim/verify     {}             the signed GET with echostr (「提交服务器配置」)
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from infra.local.demo_files import DemoFiles
from infra.local.sms import SmsGateway
from infra.local.wechat.account import ACCOUNT_NAME
from infra.local.wechat.conversation import NotPossible
from infra.local.wechat.cookies import PHONE_COOKIE, Jar
from infra.local.wechat.parts import Parts
from infra.local.wechat.push import Delivery
from infra.local.wechat.state import Phone, Switches

HEARTBEAT_SECONDS = 15.0


class Order(BaseModel):
    """The JSON of a POST; each action reads what it needs."""

    model_config = ConfigDict(extra="forbid", strict=True)

    phone: str | None = None
    label: str | None = None
    text: str = ""
    path: list[int] | None = None
    name: str | None = None
    safe_mode: bool | None = None
    ip_whitelisted: bool | None = None
    snapshot_user: bool | None = None
    sms_outage: bool | None = None
    sms_blacklist: list[str] | None = None
    refuses_messages: bool | None = None


Action = Callable[[Phone, Order], Awaitable[dict[str, Any]]]


class Control:
    """The routes below /sim."""

    def __init__(
        self, parts: Parts, sms: SmsGateway, *, demo: DemoFiles, front_url: str, jar: Jar
    ) -> None:
        self._accounts = parts.accounts
        self._credentials = parts.credentials
        self._phones = parts.phones
        self._menus = parts.menus
        self._conversation = parts.conversation
        self._pusher = parts.pusher
        self._changes = parts.changes
        self._sms = sms
        self._demo = demo
        self._front_url = front_url
        self._jar = jar
        self.closing = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        """Every route of the table above."""
        actions: dict[str, Action] = {
            "/sim/phones": self.add_phone,
            "/sim/follow": self.follow,
            "/sim/unfollow": self.unfollow,
            "/sim/text": self.text,
            "/sim/menu": self.menu,
            "/sim/sms/clear": self.clear_sms,
            "/sim/switches": self.switches,
            "/sim/expire": self.expire,
            "/sim/verify": self.verify,
        }
        return [
            web.get("/sim/state", self.state),
            web.get("/sim/events", self.events),
            web.get("/sim/chat", self.chat),
            web.get("/sim/sms", self.sms),
            web.get("/sim/staff", self.staff),
            web.post("/sim/current", self.current),
            *(web.post(path, self._posted(action)) for path, action in actions.items()),
        ]

    def phone_of(self, request: web.Request) -> Phone:
        """The phone that this browser holds."""
        return self._phones.by_id(request.cookies.get(PHONE_COOKIE)) or self._phones.all[0]

    async def state(self, request: web.Request) -> web.Response:
        """Everything the page shows."""
        phone = self.phone_of(request)
        account = self._accounts.current()
        buttons = self._menus.current.buttons
        return _answer(
            {
                "version": self._changes.version,
                "account": {"name": ACCOUNT_NAME, "deployed": account is not None},
                "front_url": self._front_url,
                "phone": _outside(phone),
                "phones": [_outside(p) for p in self._phones.all],
                "menu": [b.model_dump() for b in buttons],
                "chat": [b.model_dump() for b in phone.chat],
                "sms": self._messages(""),
                "switches": self._switches(phone),
                "people": self._demo.people(),
            }
        )

    async def events(self, request: web.Request) -> web.StreamResponse:
        """A version number at once and at each change; a comment now and then in between."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        with suppress(ConnectionResetError):  # the page was closed
            await self._tell(response)
        return response

    async def _tell(self, response: web.StreamResponse) -> None:
        version = self._changes.version
        await response.write(f"data: {version}\n\n".encode())
        while not self.closing.is_set():
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    version = await self._changes.after(version)
            except TimeoutError:
                await response.write(b": still here\n\n")
            else:
                await response.write(f"data: {version}\n\n".encode())

    async def chat(self, request: web.Request) -> web.Response:
        """A phone's chat, oldest first."""
        phone = self._phones.by_id(request.query.get("phone")) or self.phone_of(request)
        return _answer({"chat": [b.model_dump() for b in phone.chat]})

    async def sms(self, request: web.Request) -> web.Response:
        """The inbox, newest first, of one number or of all."""
        return _answer({"messages": self._messages(request.query.get("number", ""))})

    async def staff(self, _request: web.Request) -> web.Response:
        """The console's demo accounts and their codes of this moment."""
        return _answer(self._demo.staff())

    async def current(self, request: web.Request) -> web.Response:
        """Take another phone into the hand: its web view has its own cookies."""
        order = await _order(request)
        chosen = self._phones.by_id(order.phone)
        if chosen is None:
            return _answer({"error": "没有这部手机"}, status=409)
        held = self.phone_of(request)
        response = _answer({"phone": _outside(chosen)})
        self._jar.change_hands(request, response, held=held, chosen=chosen)
        self._phones.save()
        return response

    async def add_phone(self, _phone: Phone, order: Order) -> dict[str, Any]:
        """One more WeChat user."""
        label = order.label or f"第 {len(self._phones.all) + 1} 部手机"
        return {"phone": _outside(self._phones.add(label))}

    async def follow(self, phone: Phone, _order: Order) -> dict[str, Any]:
        """关注."""
        return {"delivery": _told(await self._conversation.follow(phone))}

    async def unfollow(self, phone: Phone, _order: Order) -> dict[str, Any]:
        """取消关注."""
        return {"delivery": _told(await self._conversation.unfollow(phone))}

    async def text(self, phone: Phone, order: Order) -> dict[str, Any]:
        """Say something."""
        return {"delivery": _told(await self._conversation.say(phone, order.text))}

    async def menu(self, phone: Phone, order: Order) -> dict[str, Any]:
        """Tap a menu button."""
        path = order.path
        if path is None:
            path = self._conversation.find_button(order.name or "")
        press = await self._conversation.press(phone, path)
        told = {"type": press.type, "name": press.name, "url": press.url}
        return told | ({"delivery": _told(press.delivery)} if press.delivery else {})

    async def clear_sms(self, _phone: Phone, _order: Order) -> dict[str, Any]:
        """Empty the inbox."""
        self._sms.clear()
        return {"messages": []}

    async def switches(self, phone: Phone, order: Order) -> dict[str, Any]:
        """Change the switches that are named."""
        asked = order.model_dump(include=set(Switches.model_fields), exclude_none=True)
        if asked:
            self._phones.set_switches(self._phones.switches.model_copy(update=asked))
        self._sms.switch(outage=order.sms_outage, blacklist=order.sms_blacklist)
        if order.refuses_messages is not None:
            phone.refuses_messages = order.refuses_messages
            self._phones.save()
        return {"switches": self._switches(phone)}

    async def expire(self, _phone: Phone, _order: Order) -> dict[str, Any]:
        """End every access token."""
        self._credentials.expire_tokens()
        return {"expired": True}

    async def verify(self, _phone: Phone, _order: Order) -> dict[str, Any]:
        """Ask the callback to echo."""
        account = self._accounts.current()
        if account is None:
            raise NotPossible("公众号还没有部署")
        return {"delivery": _told(await self._pusher.verify(account))}

    def _posted(self, action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            order = await _order(request)
            named = self._phones.by_id(order.phone)
            if order.phone and named is None:
                return _answer({"error": "没有这部手机"}, status=409)
            try:
                return _answer(await action(named or self.phone_of(request), order))
            except NotPossible as problem:
                return _answer({"error": str(problem)}, status=409)

        return handle

    def _switches(self, phone: Phone) -> dict[str, Any]:
        inbox = self._sms.inbox
        return self._phones.switches.model_dump() | {
            "sms_outage": inbox.outage,
            "sms_blacklist": inbox.blacklist,
            "refuses_messages": phone.refuses_messages,
        }

    def _messages(self, number: str) -> list[dict[str, Any]]:
        newest = reversed(self._sms.inbox.messages)
        return [m.model_dump() for m in newest if not number or m.phone == number]


async def _order(request: web.Request) -> Order:
    if request.content_type != "application/json":
        raise _bad("Content-Type: application/json is needed")
    try:
        return Order.model_validate_json(await request.read() or b"{}")
    except ValidationError as error:
        fields = ", ".join(str(p["loc"][0]) if p["loc"] else "body" for p in error.errors())
        raise _bad(f"unreadable: {fields}") from None


def _bad(message: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": message}), content_type="application/json")


def _answer(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store"})


def _outside(phone: Phone) -> dict[str, Any]:
    return {
        "id": phone.id,
        "label": phone.label,
        "openid": phone.openid,
        "following": phone.following,
    }


def _told(delivery: Delivery) -> dict[str, Any]:
    return {
        "outcome": delivery.outcome,
        "attempts": delivery.attempts,
        "problem": delivery.problem,
    }
