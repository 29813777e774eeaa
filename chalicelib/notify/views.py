"""What the pages of 站内信 show, everything already text."""

from dataclasses import dataclass

from chalicelib.core.clock import beijing_minute
from chalicelib.store.messages import Message


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


def message_view(message: Message) -> MessageView:
    """Return a message as its page shows it."""
    time_text = beijing_minute(message.at)
    return MessageView(message.title, time_text, message.text, message.link, message.href)
