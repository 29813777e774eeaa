"""The book of plans: every revision that was published, kept for ever, and all of them together.

A revision is an item of its own that nobody can write twice. The book repeats their dumps in one
item, because a page needs all plans and may not pay for a query; both change in one transaction.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.core.errors import Conflict, Refused
from chalicelib.store import keys
from chalicelib.store.tables import Database, Item, Key, read_together
from chalicelib.store.transaction import Transaction

TABLE = "office"
# DynamoDB takes items of 400 kB; a revision has about 5.
MOST_BYTES: Final = 380_000

Dump = Mapping[str, Any]


class BookItem(Item):
    """All revisions as a JSON list; `number` counts what was published."""

    table = TABLE
    number = NumberAttribute()
    plans = UnicodeAttribute()


class RevisionItem(Item):
    """One published revision; `number` is the book that it came with."""

    table = TABLE
    plan = UnicodeAttribute()
    digest = UnicodeAttribute()
    number = NumberAttribute()
    account = UnicodeAttribute()
    at = UTCDateTimeAttribute()


@dataclass(frozen=True, slots=True)
class Revision:
    """A published revision: its dump, the dump's digest, and who published it when."""

    version: str
    plan: Dump
    digest: str
    account: str
    at: datetime


class PlanBook:
    """Reads and extends the book of one stage."""

    def __init__(self, database: Database) -> None:
        self._database = database.use()

    def read(self) -> tuple[int, tuple[Dump, ...]]:
        """Return how often the book was extended, and all dumps in the order of publication."""
        key = book_key()
        item = read_together(self._database, [key]).get(key)
        return (int(item.number), _listed(item)) if isinstance(item, BookItem) else (0, ())

    def revisions(self) -> list[Revision]:
        """Return every revision with who published it, oldest first."""
        after_book = RevisionItem.query(keys.PLANS, consistent_read=True)
        found = [item for item in after_book if item.sk != keys.BOOK]
        return [_revision(item) for item in sorted(found, key=lambda item: item.number)]

    def publish(
        self, version: str, plan: Dump, *, seen: int, account: str, at: datetime
    ) -> Revision:
        """Add a revision to the book as it was `seen`.

        Raises Conflict when the book was extended meanwhile, Refused when the revision exists
        or the book is full. Nothing is half done.
        """
        now, dumps = self.read()
        if now != seen:
            raise Conflict
        text = canonical(plan)
        book = BookItem(keys.PLANS, keys.BOOK, number=seen + 1, plans=canonical([*dumps, plan]))
        if len(book.plans.encode()) > MOST_BYTES:
            raise Refused("方案库已满，无法再发布新的修订。")
        revision = RevisionItem(
            keys.PLANS,
            version,
            plan=text,
            digest=digest(plan),
            number=seen + 1,
            account=account,
            at=at,
        )
        same = (BookItem.number == seen) if seen else ~BookItem.pk.exists()
        transaction = Transaction(self._database)
        transaction.put(revision, ~RevisionItem.pk.exists(), Refused("该修订已发布，不能更改。"))
        transaction.put(book, same, Conflict())
        transaction.commit()
        return _revision(revision)


def book_key() -> Key:
    """Return where the book is, to be read together with other items."""
    return (BookItem, keys.PLANS, keys.BOOK)


def digest(plan: Dump) -> str:
    """Return the SHA-256 by which two dumps are the same plan."""
    return hashlib.sha256(canonical(plan).encode()).hexdigest()


def canonical(value: Any) -> str:
    """Return the one JSON spelling of a dump."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _listed(item: BookItem) -> tuple[Dump, ...]:
    return tuple(json.loads(item.plans))


def _revision(item: RevisionItem) -> Revision:
    return Revision(item.sk, json.loads(item.plan), item.digest, item.account, item.at)
