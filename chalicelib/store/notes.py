"""What staff tell one another about a case; the employee never sees it."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.core.clock import Clock
from chalicelib.core.errors import Conflict
from chalicelib.store import keys
from chalicelib.store.tables import Database, Item
from chalicelib.store.transaction import Transaction
from chalicelib.store.vault import Vault

TABLE = "office"


class NoteItem(Item):
    """A note; its text is sealed, its sort key is the operation that wrote it."""

    table = TABLE
    account = UnicodeAttribute()
    text = UnicodeAttribute()
    at = UTCDateTimeAttribute()


@dataclass(frozen=True, slots=True)
class Note:
    """A note in the clear."""

    account: str
    text: str
    at: datetime


class Notes:
    """The internal notes on cases."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def add(self, number: str, account: str, text: str, operation: str) -> None:
        """Write a note; the same operation twice is one note."""
        sealed = self._vault.seal(text, place=_place(number))
        item = NoteItem(
            keys.notes(number), operation, account=account, text=sealed, at=self._clock.now()
        )
        transaction = Transaction(self._database)
        transaction.put(item, ~NoteItem.pk.exists())
        with suppress(Conflict):
            transaction.commit()

    def of(self, number: str) -> list[Note]:
        """Return the notes on a case, newest first."""
        found = NoteItem.query(keys.notes(number), consistent_read=True)
        notes = [
            Note(i.account, self._vault.open(i.text, place=_place(number)), i.at) for i in found
        ]
        return sorted(notes, key=lambda note: note.at, reverse=True)


def _place(number: str) -> str:
    return f"{TABLE}|{keys.notes(number)}|text"
