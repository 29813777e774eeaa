"""Carries pushes to the product's callback, with WeChat's patience: 5 seconds, 3 retries."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Literal

import aiohttp

from infra.local.wechat.account import Account
from infra.local.wechat.envelope import BadReply, Envelope, read_reply, seal, signature
from infra.local.wechat.state import Bubble, Clock, Random

log = logging.getLogger("simulators.push")

RETRIES = 3
MAX_REPLY_BYTES = 64 * 1024


@dataclass(frozen=True)
class Delivery:
    """How a push ended. `problem` is for the developer, never shown in the chat."""

    outcome: Literal["reply", "silent", "failed"]
    attempts: int
    problem: str = ""
    reply: Bubble | None = None


class Pusher:
    """Posts signed pushes; the same body again when no answer comes in time."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        callback: str,
        clock: Clock,
        random: Random,
        *,
        patience: float = 5.0,
        pause: float = 0.5,
    ) -> None:
        self._http = http
        self._callback = callback
        self._clock = clock
        self._random = random
        self._timeout = aiohttp.ClientTimeout(total=patience)
        self._pause = pause

    async def push(
        self, account: Account, fields: dict[str, str | int], *, safe_mode: bool
    ) -> Delivery:
        """Deliver one push; never raises for what the callback does."""
        openid = str(fields["FromUserName"])
        problem = ""
        for attempt in range(1, RETRIES + 2):
            envelope = self._seal(account, fields, safe_mode=safe_mode)
            try:
                body = await self._post(envelope)
                bubble = read_reply(account, body, openid=openid, safe_mode=safe_mode)
            except BadReply as bad:
                return self._ended(fields, Delivery("failed", attempt, str(bad)))
            except TimeoutError:
                problem = "no answer in time"
                continue
            except aiohttp.ClientError as error:
                problem = f"not reachable: {type(error).__name__}"
                await asyncio.sleep(self._pause)
                continue
            outcome: Literal["reply", "silent"] = "reply" if bubble else "silent"
            return self._ended(fields, Delivery(outcome, attempt, reply=bubble))
        return self._ended(fields, Delivery("failed", RETRIES + 1, problem))

    async def verify(self, account: Account) -> Delivery:
        """The GET of 「提交服务器配置」: the callback must echo the echostr."""
        stamp, nonce, echo = str(int(self._clock())), self._nonce(), self._random()
        query = {
            "signature": signature(account.token, stamp, nonce),
            "timestamp": stamp,
            "nonce": nonce,
            "echostr": echo,
        }
        try:
            async with self._http.get(
                self._callback, params=query, timeout=self._timeout
            ) as answer:
                same = answer.status == 200 and await answer.text() == echo
        except (TimeoutError, aiohttp.ClientError) as error:
            return Delivery("failed", 1, f"not reachable: {type(error).__name__}")
        return Delivery("reply", 1) if same else Delivery("failed", 1, "echostr was not echoed")

    def _seal(self, account: Account, fields: dict[str, str | int], *, safe_mode: bool) -> Envelope:
        return seal(
            account,
            fields,
            safe_mode=safe_mode,
            timestamp=int(self._clock()),
            nonce=self._nonce(),
        )

    async def _post(self, envelope: Envelope) -> str:
        async with self._http.post(
            self._callback,
            params=envelope.query,
            data=envelope.body,
            headers={"Content-Type": "text/xml"},
            timeout=self._timeout,
            allow_redirects=False,
        ) as answer:
            raw = await answer.content.read(MAX_REPLY_BYTES)
            if answer.status != 200:
                raise BadReply(f"the callback answered HTTP {answer.status}")
            return raw.decode("utf-8", "replace")

    def _nonce(self) -> str:
        return "".join(c for c in self._random() if c.isalnum())[:10]

    def _ended(self, fields: dict[str, str | int], delivery: Delivery) -> Delivery:
        kind = fields.get("Event") or fields["MsgType"]
        level = logging.WARNING if delivery.outcome == "failed" else logging.INFO
        log.log(
            level,
            "push %s: %s after %d attempt(s)%s",
            kind,
            delivery.outcome,
            delivery.attempts,
            f" ({delivery.problem})" if delivery.problem else "",
        )
        return delivery
