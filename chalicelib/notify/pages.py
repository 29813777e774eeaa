"""站内信: list, one message, and the way to what it is about (PRODUCT A18)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from chalicelib.core.clock import beijing_minute
from chalicelib.core.errors import NotFound
from chalicelib.store.messages import PAGE, Message
from chalicelib.web.answers import Answer, Page
from chalicelib.web.room import Guard, Room
from chalicelib.web.visit import Visit

room = Room(__name__)

_NAME_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A line in the list."""

    title: str
    href: str
    time_text: str
    summary: str
    unread: bool


@dataclass(frozen=True, slots=True)
class MessagesView:
    """An employee's messages, newest first."""

    items: tuple[MessageRow, ...]
    older_href: str | None
    title: str = "我的消息"


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message."""

    title: str
    time_text: str
    text: str
    link: str
    href: str


def message_row(message: Message) -> MessageRow:
    """Return a message as a line of the list."""
    return MessageRow(
        title=message.title,
        href=f"/messages/{message.name}",
        time_text=beijing_minute(message.at),
        summary=message.text,
        unread=not message.read,
    )


@room.page("/messages", guard=Guard.MEMBER)
def messages(visit: Visit) -> Answer:
    """我的消息."""
    before = visit.query.get("before", "")[:_NAME_CHARACTERS] or None
    member_id = visit.person.record.member_id
    # one more than is shown tells whether there are older ones
    found = visit.world.messages.latest(member_id, PAGE + 1, before)
    shown, more = found[:PAGE], len(found) > PAGE
    older = f"/messages?{urlencode({'before': shown[-1].name})}" if more else None
    return Page("notify/list.html", MessagesView(tuple(map(message_row, shown)), older))


@room.page("/messages/{name}", guard=Guard.MEMBER)
def message(visit: Visit, name: str) -> Answer:
    """One message; opening it is reading it."""
    member_id = visit.person.record.member_id
    found = visit.world.messages.get(member_id, name[:_NAME_CHARACTERS])
    if found is None:
        raise NotFound
    if not found.read:
        visit.world.messages.mark_read(member_id, found.name, visit.world.clock.now())
    view = MessageView(found.title, beijing_minute(found.at), found.text, found.link, found.href)
    return Page("notify/message.html", view)
