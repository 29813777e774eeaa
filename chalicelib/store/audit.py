"""Who of the staff looked at what: one item per look, by day. Never what was seen."""

from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.core.clock import Clock, beijing_date
from chalicelib.core.ids import Ids
from chalicelib.store import keys
from chalicelib.store.tables import Database, Item
from chalicelib.store.transaction import Transaction

TABLE = "office"
PAGE = 50


class AuditItem(Item):
    """One look or sign-in: on which case, and which picture of it or for what reason."""

    table = TABLE
    account = UnicodeAttribute()
    action = UnicodeAttribute()
    target = UnicodeAttribute(null=True)
    detail = UnicodeAttribute(null=True)
    at = UTCDateTimeAttribute()


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An audit item as pages need it; `key` is where the next page begins."""

    key: str
    account: str
    action: str
    target: str
    detail: str
    at: datetime


class Audit:
    """The record of looks; entries are added and never changed."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    def note(self, account: str, action: str, target: str = "", detail: str = "") -> None:
        """Record a look before it happens."""
        transaction = Transaction(self._database)
        self.note_in(transaction, account, action, target, detail)
        transaction.commit()

    def note_in(
        self,
        transaction: Transaction,
        account: str,
        action: str,
        target: str = "",
        detail: str = "",
    ) -> None:
        """Add a record to a transaction."""
        now = self._clock.now()
        item = AuditItem(
            keys.audit(beijing_date(now).isoformat()),
            self._ids.number(),
            account=account,
            action=action,
            target=target or None,
            detail=detail or None,
            at=now,
        )
        transaction.put(item, ~AuditItem.pk.exists())

    def day(self, day: str, before: str | None = None) -> list[AuditEntry]:
        """Return a page of a day in Beijing ("2026-11-23"), newest first."""
        older = AuditItem.sk < before if before else None
        found = AuditItem.query(
            keys.audit(day), older, scan_index_forward=False, limit=PAGE, consistent_read=True
        )
        return [
            AuditEntry(i.sk, i.account, i.action, i.target or "", i.detail or "", i.at)
            for i in found
        ]
