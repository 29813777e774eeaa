"""Behind the queue: who follows us, who took an authorisation back, what became of messages.

Also the account's menu, which only ops change and only a function with the fixed
address may push.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from chalicelib.chat.menu import check_menu
from chalicelib.chat.push import WORK, Kind
from chalicelib.core.clock import Clock
from chalicelib.core.errors import AppError
from chalicelib.core.ids import Ids
from chalicelib.gateways.wechat import WeChatRefused

_log = logging.getLogger(__name__)


# WeChat reports in seconds; whoever sent the message may still be writing its msgid down.
_SETTLED_SECONDS = 600


class BadBodyError(ValueError):
    """A queue message that nobody can handle."""


class EarlyError(Exception):
    """A report about a message that is not in the ledger yet: it comes again."""


class Followers(Protocol):
    """Remembers who follows the account; an older event never undoes a newer one."""

    def revoke(self, openid: str, *, event_at: int, number: str, at: datetime) -> bool:
        """End the binding that is older than the event; False when there is none."""
        ...

    def record_follow(self, openid: str, *, subscribed: bool, event_at: int) -> None:
        """Note a follow or an unfollow; `event_at` in epoch seconds."""
        ...


class Receipts(Protocol):
    """Remembers what became of messages that were sent."""

    def record_receipt(self, receipt: str, *, delivered: bool, code: str) -> bool:
        """Note the provider's report; False when no message has this receipt (yet)."""
        ...


class Menus(Protocol):
    """The menu side of the WeChat gateway."""

    def get_menu(self) -> dict[str, Any] | None: ...

    def push_menu(self, menu: Mapping[str, Any]) -> None: ...


class WorkerWorld(Protocol):
    """What the worker touches."""

    @property
    def clock(self) -> Clock: ...

    @property
    def ids(self) -> Ids: ...

    @property
    def members(self) -> Followers: ...

    @property
    def deliveries(self) -> Receipts: ...


class AdminWorld(Protocol):
    """What the menu function touches."""

    @property
    def wechat(self) -> Menus: ...


def handle(records: Sequence[Mapping[str, Any]], world: WorkerWorld) -> dict[str, Any]:
    """Handle SQS records; failed ones return to the queue alone, and end in its DLQ."""
    failed = []
    for record in records:
        try:
            _handle_one(str(record.get("body", "")), world)
        except Exception as error:  # noqa: BLE001 - one bad record must not take others along
            # the class only: messages of a library may quote the body
            _log.warning("chat_record_failed", extra={"error": type(error).__name__})
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def handle_admin(payload: Mapping[str, Any], world: AdminWorld) -> dict[str, Any]:
    """Serve the ops CLI: {"action": "get_menu"} or {"action": "push_menu", "menu": {…}}.

    Returns {"ok": true, "menu": …} or {"ok": false, "errcode": …, "errmsg": …};
    errcode 0 means that WeChat was not asked, -1 that it did not answer.
    """
    try:
        if payload.get("action") == "get_menu":
            return {"ok": True, "menu": world.wechat.get_menu()}
        if payload.get("action") == "push_menu":
            return _push(payload.get("menu"), world)
    except WeChatRefused as refusal:
        return _failure(refusal.errcode, refusal.detail or refusal.message)
    except AppError as error:
        return _failure(-1, error.message)
    return _failure(0, "action must be get_menu or push_menu")


def _push(menu: Any, world: AdminWorld) -> dict[str, Any]:
    problems = check_menu(menu)
    if problems:
        return _failure(0, "; ".join(problems))
    world.wechat.push_menu(menu)
    return {"ok": True, "menu": menu}


def _failure(errcode: int, errmsg: str) -> dict[str, Any]:
    return {"ok": False, "errcode": errcode, "errmsg": errmsg}


def _handle_one(text: str, world: WorkerWorld) -> None:
    kind, body = _parsed(text)
    if kind is Kind.TEMPLATE_RESULT:
        _template_result(body, world)
        return
    if kind is Kind.REVOKED:
        _revoked(body, world)
        return
    world.members.record_follow(
        body["openid"], subscribed=kind is Kind.FOLLOW, event_at=body["created_at"]
    )


def _template_result(body: Mapping[str, Any], world: WorkerWorld) -> None:
    receipt, status = str(body.get("message_id", "")), str(body.get("status", ""))
    _log.info("chat_template_result", extra={"message_id": receipt, "status": status})
    known = world.deliveries.record_receipt(receipt, delivered=status == "success", code=status)
    age = world.clock.now().timestamp() - body["created_at"]
    if not known and age < _SETTLED_SECONDS:
        raise EarlyError


def _revoked(body: Mapping[str, Any], world: WorkerWorld) -> None:
    """Whoever takes their authorisation back in WeChat is bound no more."""
    at, number = world.clock.now(), world.ids.number()
    openid, event_at = body["openid"], body["created_at"]
    ended = world.members.revoke(openid, event_at=event_at, number=number, at=at)
    _log.info("chat_authorisation_revoked", extra={"state": "ended" if ended else "unbound"})


def _parsed(text: str) -> tuple[Kind, dict[str, Any]]:
    body = json.loads(text)
    if not isinstance(body, dict):
        raise BadBodyError
    kind = Kind(str(body.get("kind")))
    if kind not in WORK:
        raise BadBodyError
    created_at = body.get("created_at")
    if not isinstance(created_at, int) or isinstance(created_at, bool):
        raise BadBodyError
    if not isinstance(body.get("openid"), str) or not body["openid"]:
        raise BadBodyError
    return kind, body
