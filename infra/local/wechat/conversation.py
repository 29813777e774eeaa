"""What people do on their phone and what the account sends them: use cases over the state."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Literal

from infra.local.wechat.account import AccountFile
from infra.local.wechat.errors import Refusal
from infra.local.wechat.menus import Button, Menus
from infra.local.wechat.push import Delivery, Pusher
from infra.local.wechat.state import Bubble, Clock, Phone, Phones
from infra.local.wechat.templates import fill

APOLOGY = "该公众号提供的服务出现故障，请稍后再试"
SAME_MESSAGE_SECONDS = 600  # client_msg_id: sent once within ten minutes
TEXT_LIMIT = 600

Fields = dict[str, str | int]


class NotPossible(Exception):
    """The phone cannot do that now; a Chinese sentence for the page."""


@dataclass(frozen=True)
class Press:
    """What a menu button did: opened a page or sent a click."""

    type: Literal["view", "click"]
    name: str
    url: str = ""
    delivery: Delivery | None = None


class Conversation:
    """Follow, talk, tap, and be notified."""

    def __init__(
        self,
        phones: Phones,
        menus: Menus,
        accounts: AccountFile,
        pusher: Pusher,
        clock: Clock,
    ) -> None:
        self._phones = phones
        self._menus = menus
        self._accounts = accounts
        self._pusher = pusher
        self._clock = clock
        self._sent: dict[tuple[str, str], tuple[float, int]] = {}
        self._background: set[asyncio.Task[Delivery]] = set()

    async def follow(self, phone: Phone) -> Delivery:
        """关注: remembered, then told to the product."""
        if phone.following:
            raise NotPossible("已经关注了公众号")
        phone.following, phone.followed_at = True, int(self._clock())
        self._phones.show(phone, Bubble(side="notice", text="您已关注公众号"))
        return await self._event(phone, "subscribe", {"EventKey": ""}, visible=True)

    async def unfollow(self, phone: Phone) -> Delivery:
        """取消关注."""
        self._must_follow(phone)
        phone.following = False
        self._phones.show(phone, Bubble(side="notice", text="您已取消关注"))
        return await self._event(phone, "unsubscribe", {"EventKey": ""}, visible=False)

    async def say(self, phone: Phone, text: str) -> Delivery:
        """A text to the account."""
        self._must_follow(phone)
        if not 1 <= len(text.strip()) <= TEXT_LIMIT:
            raise NotPossible(f"请输入 1 到 {TEXT_LIMIT} 个字")
        self._phones.show(phone, Bubble(side="me", text=text))
        fields: Fields = {"MsgType": "text", "Content": text, "MsgId": self._phones.next_id()}
        return await self._push(phone, fields, visible=True)

    async def press(self, phone: Phone, path: list[int]) -> Press:
        """Tap a menu button by its position: [1], or [1, 0] for the first of the second."""
        self._must_follow(phone)
        button = self._button(path)
        if button.type == "view":
            menu_id = {"MenuId": self._menus.current.menu_id}
            self._later(self._event(phone, "VIEW", {"EventKey": button.url, **menu_id}))
            return Press("view", button.name, button.url)
        delivery = await self._event(phone, "CLICK", {"EventKey": button.key}, visible=True)
        return Press("click", button.name, delivery=delivery)

    def find_button(self, name: str) -> list[int]:
        """The position of the button with that name."""
        for i, top in enumerate(self._menus.current.buttons):
            for j, sub in enumerate(top.sub_button):
                if sub.name == name:
                    return [i, j]
            if top.name == name and not top.sub_button:
                return [i]
        raise NotPossible(f"菜单里没有「{name}」")

    def send_template(self, body: dict[str, Any]) -> int:
        """Deliver a template message; returns its msgid.

        Refusals: 40003 unknown openid, 43004 not following, 40037 and 47003 of `fill`. The same
        client_msg_id to the same person within ten minutes gives the first msgid again.
        """
        phone = self._phones.by_openid(str(body.get("touser") or ""))
        if phone is None:
            raise Refusal(40003, "invalid openid")
        template, lines = fill(str(body.get("template_id") or ""), body.get("data"))
        if not phone.following:
            raise Refusal(43004, "require subscribe")
        repeated = self._repeated(phone, str(body.get("client_msg_id") or ""))
        if repeated:
            return repeated
        url = str(body.get("url") or "")
        msg_id = self._phones.next_id()
        if not phone.refuses_messages:
            card = Bubble(
                side="account", kind="template", text=template.title, url=url, fields=lines
            )
            self._phones.show(phone, card)
        status = "failed:user block" if phone.refuses_messages else "success"
        if key := str(body.get("client_msg_id") or ""):
            self._sent[phone.openid, key] = (self._clock(), msg_id)
        job: Fields = {"MsgID": msg_id, "Status": status}
        self._later(self._event(phone, "TEMPLATESENDJOBFINISH", job))
        return msg_id

    async def settle(self) -> None:
        """Wait for pushes that nobody waits for (tests, and the end of the process)."""
        while self._background:
            await asyncio.gather(*self._background, return_exceptions=True)

    def _repeated(self, phone: Phone, client_msg_id: str) -> int | None:
        since = self._clock() - SAME_MESSAGE_SECONDS
        self._sent = {key: sent for key, sent in self._sent.items() if sent[0] > since}
        found = self._sent.get((phone.openid, client_msg_id))
        return found[1] if found else None

    def _must_follow(self, phone: Phone) -> None:
        if not phone.following:
            raise NotPossible("请先关注公众号")

    def _button(self, path: list[int]) -> Button:
        buttons, button = self._menus.current.buttons, None
        for index in path:
            if not 0 <= index < len(buttons):
                raise NotPossible("菜单里没有这个按钮")
            button = buttons[index]
            buttons = button.sub_button
        if button is None or button.sub_button:
            raise NotPossible("请点一个具体的菜单项")
        return button

    def _later(self, push: Coroutine[Any, Any, Delivery]) -> None:
        task = asyncio.get_running_loop().create_task(push)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _event(
        self, phone: Phone, event: str, more: Fields, *, visible: bool = False
    ) -> Delivery:
        return await self._push(
            phone, {"MsgType": "event", "Event": event, **more}, visible=visible
        )

    async def _push(self, phone: Phone, fields: Fields, *, visible: bool) -> Delivery:
        account = self._accounts.current()
        if account is None:
            delivery = Delivery("failed", 0, "no official account has been deployed yet")
        else:
            head: Fields = {
                "ToUserName": account.original_id,
                "FromUserName": phone.openid,
                "CreateTime": int(self._clock()),
            }
            safe = self._phones.switches.safe_mode
            delivery = await self._pusher.push(account, head | fields, safe_mode=safe)
        if delivery.reply and phone.following:
            self._phones.show(phone, delivery.reply)
        elif delivery.outcome == "failed" and visible:
            self._phones.show(phone, Bubble(side="notice", text=APOLOGY))
        return delivery
