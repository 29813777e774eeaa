"""The address that WeChat's server talks to."""

import logging
from typing import TYPE_CHECKING, Final

from chalicelib.web.answers import Answer, Text
from chalicelib.web.room import Guard, Room
from chalicelib.web.visit import Visit

if TYPE_CHECKING:
    from chalicelib.chat.callback import CallbackKeys

_log = logging.getLogger(__name__)

room = Room(__name__)

XML: Final = "application/xml; charset=utf-8"
# What Chalice takes a request without a Content-Type for.
_NO_TYPE: Final = "application/json"
_SILENCE: Final = "success"


@room.raw(
    "/wechat",
    methods=["GET", "POST"],
    guard=Guard.SIGNED,
    content_types=["text/xml", "application/xml", _NO_TYPE],
)
def wechat_callback(visit: Visit) -> Answer:
    """Verify the address (GET) or answer a push (POST); nonsense gets 400 or 403."""
    from chalicelib.chat.callback import UnsignedError, echo
    from chalicelib.chat.push import UnreadablePushError

    keys = _keys(visit)
    try:
        if visit.method == "GET":
            return Text(echo(visit.query, keys, _now(visit)))
        return _answered(visit, keys)
    except UnsignedError:
        _log.warning("chat_unsigned")
        return Text("签名不正确。", status=403)
    except UnreadablePushError:
        _log.warning("chat_unreadable")
        return Text("消息无法读取。", status=400)


def _answered(visit: Visit, keys: "CallbackKeys") -> Text:
    from chalicelib.chat.callback import open_push, seal_reply
    from chalicelib.chat.inbox import take_in
    from chalicelib.chat.replies import answer, load_replies
    from chalicelib.store.bound import is_bound

    world = visit.world
    raw = room.current_request.raw_body
    body = raw.encode() if isinstance(raw, str) else raw
    opened = open_push(visit.query, body, keys, _now(visit))
    take_in(opened.push, lambda: world.quick_moments, lambda: world.chat_queue)
    replies = load_replies(world.settings.base_url)
    text = answer(opened.push, replies, lambda: is_bound(world, opened.push.openid))
    if text is None:
        return Text(_SILENCE)
    return Text(seal_reply(text, opened, keys, _now(visit)), content_type=XML)


def _keys(visit: Visit) -> "CallbackKeys":
    from chalicelib.chat.callback import CallbackKeys

    settings = visit.world.settings
    return CallbackKeys.from_secret(
        settings.wechat_app_id, visit.world.secret(settings.wechat_secret_id)
    )


def _now(visit: Visit) -> int:
    return int(visit.world.clock.now().timestamp())
