"""站内信: list, one message, and the way to what it is about (PRODUCT A18)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chalicelib.core.errors import NotFound
from chalicelib.web.answers import Answer, Page
from chalicelib.web.room import Guard, Room
from chalicelib.web.visit import Visit

if TYPE_CHECKING:
    from chalicelib.store.tables import Key

room = Room(__name__)

_NAME_CHARACTERS = 60


@room.page("/messages", guard=Guard.MEMBER)
def messages(visit: Visit) -> Answer:
    """我的消息."""
    from urllib.parse import urlencode

    from chalicelib.notify.views import MessagesView, message_row
    from chalicelib.store.messages import PAGE

    before = visit.query.get("before", "")[:_NAME_CHARACTERS] or None
    member_id = visit.person.record.member_id
    # one more than is shown tells whether there are older ones
    found = visit.world.messages.latest(member_id, PAGE + 1, before)
    shown, more = found[:PAGE], len(found) > PAGE
    older = f"/messages?{urlencode({'before': shown[-1].name})}" if more else None
    return Page("notify/list.html", MessagesView(tuple(map(message_row, shown)), older))


def _message(params: Mapping[str, str], member_id: str) -> "list[Key]":
    from chalicelib.store.messages import message_key

    return [message_key(member_id, params["name"][:_NAME_CHARACTERS])]


@room.page("/messages/{name}", guard=Guard.MEMBER, also=_message)
def message(visit: Visit, name: str) -> Answer:
    """One message; opening it is reading it."""
    from chalicelib.notify.views import message_view
    from chalicelib.store.messages import found_message

    member_id = visit.person.record.member_id
    found = found_message(visit.found, member_id, name[:_NAME_CHARACTERS])
    if found is None:
        raise NotFound
    if not found.read:
        visit.world.messages.mark_read(member_id, found.name, visit.world.clock.now())
    return Page("notify/message.html", message_view(found))
