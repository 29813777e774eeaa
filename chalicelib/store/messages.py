"""站内信: what an employee was told, and how much of it is unread (PRODUCT A18).

The counter moves in the transaction that writes or reads a message, so it is never a
guess; it is read together with the session.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.core import keeping
from chalicelib.core.errors import Conflict
from chalicelib.store import keys
from chalicelib.store.due import member_due_in
from chalicelib.store.tables import Database, Item, Key
from chalicelib.store.transaction import Transaction

TABLE = "members"
PAGE = 20


class MessageItem(Item):
    """One message, in the words that were sent."""

    table = TABLE
    title = UnicodeAttribute()
    text = UnicodeAttribute()
    link = UnicodeAttribute()
    href = UnicodeAttribute()
    at = UTCDateTimeAttribute()
    read_at = UTCDateTimeAttribute(null=True)


class UnreadItem(Item):
    """How many messages an employee has not opened."""

    table = TABLE
    unread = NumberAttribute()


@dataclass(frozen=True, slots=True)
class Message:
    """A message as pages need it; `link` is the label of the way to `href`."""

    name: str
    title: str
    text: str
    link: str
    href: str
    at: datetime
    read: bool = False


class Messages:
    """What employees were told."""

    def __init__(self, database: Database) -> None:
        self._database = database.use()

    def put_in(self, transaction: Transaction, member_id: str, message: Message) -> None:
        """Add to a transaction: a new message, and one more unread."""
        pk = keys.member(member_id)
        item = MessageItem(
            pk,
            keys.message(message.name),
            title=message.title,
            text=message.text,
            link=message.link,
            href=message.href,
            at=message.at,
        )
        transaction.put(item, ~MessageItem.pk.exists())
        transaction.update(UnreadItem(pk, keys.UNREAD), [UnreadItem.unread.add(1)])
        member_due_in(transaction, member_id, message.at, keeping.MESSAGES)

    def latest(self, member_id: str, count: int, before: str | None = None) -> list[Message]:
        """Return the newest messages, newest first, older than `before` when paging."""
        first = keys.message("")
        # "~" follows every character of a name
        last = keys.message(before or "~")
        found = MessageItem.query(
            keys.member(member_id),
            MessageItem.sk.between(first, last),
            scan_index_forward=False,
            limit=count + 1,
        )
        messages = [_message(item) for item in found]
        return [message for message in messages if message.name != before][:count]

    def mark_read(self, member_id: str, name: str, at: datetime) -> None:
        """Note that a message was opened; only the first time counts."""
        pk, sk = keys.member(member_id), keys.message(name)
        transaction = Transaction(self._database)
        unread = MessageItem.pk.exists() & ~MessageItem.read_at.exists()
        transaction.update(MessageItem(pk, sk), [MessageItem.read_at.set(at)], unread)
        transaction.update(UnreadItem(pk, keys.UNREAD), [UnreadItem.unread.add(-1)])
        try:
            transaction.commit()
        except Conflict:
            return


def message_key(member_id: str, name: str) -> Key:
    """Return where one message of an employee is, to be read with the session."""
    return MessageItem, keys.member(member_id), keys.message(name)


def found_message(found: Mapping[Key, Item], member_id: str, name: str) -> Message | None:
    """Return one message of an employee among items that were read."""
    item = found.get(message_key(member_id, name))
    return _message(item) if isinstance(item, MessageItem) else None


def _message(item: MessageItem) -> Message:
    return Message(
        name=item.sk.removeprefix(keys.MESSAGE_PREFIX),
        title=item.title,
        text=item.text,
        link=item.link,
        href=item.href,
        at=item.at,
        read=item.read_at is not None,
    )
