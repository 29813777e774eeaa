"""Handling one push: answer within five seconds, whatever fails behind it.

Only events with work to do touch store and queue. An event is queued before it is
marked as seen, so that a crash between the two repeats it rather than loses it; the
worker records the same event twice to the same effect.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from chalicelib.chat.push import WORK, Kind, Push
from chalicelib.store import keys

_log = logging.getLogger(__name__)

SEEN_SECONDS: Final = 24 * 60 * 60


class Seen(Protocol):
    """Short-lived marks (the moments table, with a client that gives up quickly)."""

    def get(self, key: str) -> Mapping[str, str] | None: ...

    def put_once(self, key: str, ttl_seconds: int) -> bool: ...


class Queue(Protocol):
    """Where events wait for the worker."""

    def put(self, body: Mapping[str, Any]) -> None: ...


def take_in(push: Push, seen: Callable[[], Seen], queue: Callable[[], Queue]) -> None:
    """Queue an event for the worker unless it was queued before; never raises.

    `seen` and `queue` are called only when needed: making a client may fail too.
    """
    if push.kind not in WORK:
        return
    mark = keys.moment("callback", push.key)
    try:
        if seen().get(mark) is not None:
            _log.info("chat_duplicate")
            return
        remembers = True
    except Exception:  # noqa: BLE001 - the answer must leave in time whatever is broken
        _log.warning("chat_seen_unavailable")
        remembers = False
    try:
        queue().put(body_of(push))
    except Exception:  # noqa: BLE001 - the same
        _log.error("chat_event_lost", extra={"kind": push.kind})
        return
    if remembers:
        _mark(mark, seen)


def body_of(push: Push) -> dict[str, Any]:
    """Return what the worker gets: ids and times, nothing a person wrote."""
    body: dict[str, Any] = {
        "kind": push.kind.value,
        "openid": push.openid,
        "created_at": push.created_at,
        "key": push.key,
    }
    if push.kind is Kind.TEMPLATE_RESULT:
        body |= {"message_id": push.message_id, "status": push.status}
    return body


def _mark(mark: str, seen: Callable[[], Seen]) -> None:
    try:
        seen().put_once(mark, SEEN_SECONDS)
    except Exception:  # noqa: BLE001 - a missing mark costs one repeated event
        _log.warning("chat_seen_unavailable")
