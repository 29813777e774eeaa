"""Removing what was kept long enough: in slices, any of which may be repeated or cut off."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.core import keeping
from chalicelib.core.clock import beijing_date
from chalicelib.store import keys
from chalicelib.store.consents import ConsentItem, HistoryItem
from chalicelib.store.documents import StoredDocument
from chalicelib.store.due import CaseDue, MemberDue
from chalicelib.store.messages import MessageItem, UnreadItem
from chalicelib.store.tables import Database, Item
from chalicelib.store.transaction import Transaction

COUNTED: Final = ("cases", "pictures", "members", "messages", "history", "consents")
"""What a report counts."""

_SLICE: Final = 40
T = TypeVar("T")


class CursorItem(Item):
    """The first day that may not be done yet."""

    table = "members"
    day = UnicodeAttribute()


class ReportItem(Item):
    """What a day's runs removed; numbers only."""

    table = "members"
    cases = NumberAttribute(default=0)
    pictures = NumberAttribute(default=0)
    members = NumberAttribute(default=0)
    messages = NumberAttribute(default=0)
    history = NumberAttribute(default=0)
    consents = NumberAttribute(default=0)


class KeptPicture(Item):
    """What is left of a case's picture: which it was, and the hash of what was looked at."""

    table = "cases"
    purpose = UnicodeAttribute()
    sha256 = UnicodeAttribute(null=True)
    removed_at = UTCDateTimeAttribute()


Counts = Mapping[str, int]
Due = CaseDue | MemberDue


class Retention:
    """What falls due, and how it goes."""

    def __init__(self, database: Database) -> None:
        self._database = database.use()

    def cursor(self) -> date | None:
        """Return the first day that may not be done yet; None before the first run."""
        try:
            item = CursorItem.get(keys.RETENTION, keys.CURSOR, consistent_read=True)
        except CursorItem.DoesNotExist:
            return None
        return date.fromisoformat(item.day)

    def move_cursor(self, day: date) -> None:
        """Note that all days before this one are done."""
        transaction = Transaction(self._database)
        transaction.put(CursorItem(keys.RETENTION, keys.CURSOR, day=day.isoformat()))
        transaction.commit()

    def due_on(self, day: date, at_most: int) -> list[Due]:
        """Return what falls due on a day."""
        pk = keys.due(day.isoformat())
        found: list[Due] = [*CaseDue.query(pk, consistent_read=True, limit=at_most)]
        left = at_most - len(found)
        if left:
            found += [*MemberDue.query(pk, consistent_read=True, limit=left)]
        return found

    def settle(self, due: Due, now: datetime) -> None:
        """Remove what one item is about, then the item; again is nothing again.

        Raises Conflict when somebody writes there at the same moment.
        """
        if isinstance(due, CaseDue):
            self._case(due, now)
            self._remove([due], "cases", now)
        else:
            self._member(due, now)
            self._remove([due], "members", now)

    def report(self, day: date) -> Counts:
        """Return what went on a day."""
        pages = ReportItem.query(keys.RETENTION, ReportItem.sk == day.isoformat())
        return next((_counts(item) for item in pages), dict.fromkeys(COUNTED, 0))

    def reports(self, days: int) -> list[tuple[str, Counts]]:
        """Return the latest reports by day, newest first."""
        digits = ReportItem.sk < keys.CURSOR  # days begin with a digit
        found = ReportItem.query(keys.RETENTION, digits, scan_index_forward=False, limit=days)
        return [(item.sk, _counts(item)) for item in found]

    def _case(self, due: CaseDue, now: datetime) -> None:
        number, owner = keys.name_in(due.sk), keys.member(due.member_id)
        linked = StoredDocument.case_number == number
        prefix = StoredDocument.sk.startswith(keys.DOCUMENT_PREFIX)
        pictures = list(StoredDocument.query(owner, prefix, linked, consistent_read=True))
        for some in _slices(pictures):
            transaction = Transaction(self._database)
            for picture in some:
                # the objects follow the item, as they do when it expires
                transaction.delete(picture, StoredDocument.case_number == number)
                transaction.put(_kept(number, picture, now))
            _commit(transaction, "pictures", len(some), now)

    def _member(self, due: MemberDue, now: datetime) -> None:
        partition = due.sk
        before = now - timedelta(days=keeping.MESSAGES + 1)
        until = max(keys.messages_until(before), due.until or "")
        messages = MessageItem.query(
            partition, MessageItem.sk.between(keys.message(""), until), consistent_read=True
        )
        for some in _slices([*messages]):
            self._messages(partition, some, now)
        self._remove([*_history(partition, now)], "history", now)
        self._remove([*_consents(partition, now)], "consents", now)

    def _messages(self, partition: str, some: Sequence[MessageItem], now: datetime) -> None:
        """Remove messages with what they count as unread."""
        transaction = Transaction(self._database)
        unread = [message for message in some if message.read_at is None]
        for message in some:
            opened = MessageItem.read_at.exists()
            gone_unread = MessageItem.pk.exists() & ~opened
            transaction.delete(message, gone_unread if message in unread else opened)
        if unread:
            fewer = UnreadItem.unread.add(-len(unread))
            transaction.update(UnreadItem(partition, keys.UNREAD), [fewer])
        _commit(transaction, "messages", len(some), now)

    def _remove(self, items: Sequence[Item], name: str, now: datetime) -> None:
        for some in _slices(items):
            transaction = Transaction(self._database)
            for item in some:
                transaction.delete(item, type(item).pk.exists())
            _commit(transaction, name, len(some), now)


def _commit(transaction: Transaction, name: str, count: int, now: datetime) -> None:
    """Remove, and count it in the day's report: both or neither."""
    report = ReportItem(keys.RETENTION, beijing_date(now).isoformat())
    transaction.update(report, [getattr(ReportItem, name).add(count)])
    transaction.commit()


def _counts(report: ReportItem) -> Counts:
    return {name: int(getattr(report, name)) for name in COUNTED}


def _kept(number: str, picture: StoredDocument, now: datetime) -> KeptPicture:
    doc_id = picture.sk.removeprefix(keys.DOCUMENT_PREFIX)
    return KeptPicture(
        keys.case(number),
        keys.picture_kept(doc_id),
        purpose=picture.purpose,
        sha256=picture.sha256,
        removed_at=now,
    )


def _history(partition: str, now: datetime) -> Iterator[HistoryItem]:
    prefix = HistoryItem.sk.startswith(keys.HISTORY_PREFIX)
    for item in HistoryItem.query(partition, prefix):
        if _gone(item.at, keeping.HISTORY, now):
            yield item


def _consents(partition: str, now: datetime) -> Iterator[ConsentItem]:
    """Yield what ended long ago: a consent ends with the next entry of its kind."""
    prefix = ConsentItem.sk.startswith(keys.CONSENT_PREFIX)
    ended: dict[str, datetime] = {}
    for item in ConsentItem.query(partition, prefix, scan_index_forward=False):
        end = ended.get(item.kind) or (None if item.given else item.at)
        if end is not None and _gone(end, keeping.CONSENTS, now):
            yield item
        ended[item.kind] = item.at


def _gone(at: datetime, days: int, now: datetime) -> bool:
    return keeping.due_day(at, days) <= beijing_date(now)


def _slices(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _SLICE):
        yield items[start : start + _SLICE]


def pictures_of(member_id: str) -> list[StoredDocument]:
    """Return what is known of all of an employee's pictures, for themselves."""
    prefix = StoredDocument.sk.startswith(keys.DOCUMENT_PREFIX)
    return list(StoredDocument.query(keys.member(member_id), prefix))
