"""One push of WeChat's server, read: pure, bounded, with nothing unexpected inside."""

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from xml.parsers.expat import ExpatError

_OPENID: Final = re.compile(r"[A-Za-z0-9_@-]{1,64}")
_DIGITS: Final = re.compile(r"[0-9]{1,20}")
_EVENT: Final = re.compile(r"[a-z0-9_]{1,64}")
_TEXT_CHARACTERS: Final = 2048
_KEY_CHARACTERS: Final = 1024
_STATUS_CHARACTERS: Final = 64


class UnreadablePushError(ValueError):
    """The body is not a message of WeChat."""


class Kind(StrEnum):
    """What a push means to us."""

    TEXT = "text"
    OTHER_MESSAGE = "other_message"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    CLICK = "click"
    TEMPLATE_RESULT = "template_result"
    REVOKED = "revoked"
    OTHER_EVENT = "other_event"


WORK: Final = frozenset({Kind.FOLLOW, Kind.UNFOLLOW, Kind.TEMPLATE_RESULT, Kind.REVOKED})
"""What the worker behind the queue has to do something about."""

# Event names of wechatpy (lower case) and of chat/events.py.
_KINDS: Final = {
    "subscribe": Kind.FOLLOW,
    "subscribe_scan": Kind.FOLLOW,
    "unsubscribe": Kind.UNFOLLOW,
    "click": Kind.CLICK,
    "templatesendjobfinish": Kind.TEMPLATE_RESULT,
    "user_authorization_revoke": Kind.REVOKED,
    "user_authorization_cancellation": Kind.REVOKED,
}


@dataclass(frozen=True, slots=True)
class Push:
    """A message or an event. `text` is the person's own words: never stored, never logged."""

    kind: Kind
    openid: str
    account: str
    created_at: int
    key: str
    text: str = field(default="", repr=False)
    event_key: str = ""
    message_id: str = ""
    status: str = ""


def read_push(xml: str) -> Push:
    """Read the XML of a push; raises UnreadablePushError for anything else.

    `key` tells duplicates: WeChat repeats a message with the same MsgId, an event with
    the same sender and second (2.1 of the callback rules), to which we add the event and
    its own key, since several events may share a second.
    """
    from wechatpy import parse_message

    from chalicelib.chat import events  # noqa: F401 - importing registers them

    try:
        return _read(parse_message(xml))
    except (
        ExpatError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
    ):
        # wechatpy trusts its input: each malformation stumbles in a way of its own
        raise UnreadablePushError from None


def _read(message: Any) -> Push:
    fields: dict[str, Any] = message._data  # noqa: SLF001 - all that unknown messages have
    if fields["MsgType"].lower() == "event":
        return _read_event(message, fields)
    kind = Kind.TEXT if message.type == "text" else Kind.OTHER_MESSAGE
    openid, message_id = _matching(_OPENID, fields["FromUserName"]), _message_id(fields)
    created_at = _matching(_DIGITS, fields["CreateTime"])
    return Push(
        kind=kind,
        openid=openid,
        account=_matching(_OPENID, fields["ToUserName"]),
        created_at=int(created_at),
        key=_digest("message", openid, message_id or created_at),
        text=_text(fields.get("Content"), _TEXT_CHARACTERS) if kind is Kind.TEXT else "",
        message_id=message_id,
    )


def _read_event(message: Any, fields: dict[str, Any]) -> Push:
    # a subscribe by QR code gets an event name of wechatpy's own
    event = _matching(_EVENT, str(getattr(message, "event", None) or fields["Event"]).lower())
    kind = _KINDS.get(event, Kind.OTHER_EVENT)
    sender, message_id = _matching(_OPENID, fields["FromUserName"]), _message_id(fields)
    created_at = _matching(_DIGITS, fields["CreateTime"])
    event_key = _text(fields.get("EventKey"), _KEY_CHARACTERS)
    return Push(
        kind=kind,
        openid=_matching(_OPENID, message.openid) if kind is Kind.REVOKED else sender,
        account=_matching(_OPENID, fields["ToUserName"]),
        created_at=int(created_at),
        key=_digest("event", sender, created_at, event, event_key, message_id),
        event_key=event_key,
        message_id=message_id,
        status=_text(fields.get("Status"), _STATUS_CHARACTERS),
    )


def _message_id(fields: dict[str, Any]) -> str:
    """MsgId of a message, MsgID of a template result; events have none."""
    found = fields.get("MsgId") or fields.get("MsgID")
    return _matching(_DIGITS, found) if found else ""


def _matching(shape: re.Pattern[str], value: Any) -> str:
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise UnreadablePushError
    return value


def _text(value: Any, characters: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnreadablePushError
    return value[:characters]


def _digest(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()
