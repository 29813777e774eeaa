"""What people agreed to, and what else they did with their account: a ledger that only grows.

member#<id>  consent#<number>#<kind>   given or withdrawn; the latest of a kind counts
             standing#<kind>           the latest of that kind once more, so that a transaction
                                       can demand an agreement unread
             history#<number>          bound, moved, unbound, revoked, changed, exported, deleted
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.core import keeping
from chalicelib.core.errors import AppError
from chalicelib.store import keys
from chalicelib.store.due import member_due_in
from chalicelib.store.tables import Database, Item, Key, query_all
from chalicelib.store.transaction import Transaction

TABLE = "members"
POLICY = "policy"
"""The kind of the consent that comes with a binding, and ends with it."""
# for the sensitive: before the first picture, with the account, with pictures of documents
HEALTH, BANK, EVIDENCE = "subsidy_health", "subsidy_bank", "change_evidence"
KINDS = (POLICY, HEALTH, BANK, EVIDENCE)


class ConsentItem(Item):
    """A consent given or withdrawn; never changed, never removed with the binding."""

    table = TABLE
    kind = UnicodeAttribute()
    version = UnicodeAttribute()
    given = BooleanAttribute()
    at = UTCDateTimeAttribute()
    channel = UnicodeAttribute()


class StandingItem(Item):
    """How the consent of a kind stands: its latest entry."""

    table = TABLE
    version = UnicodeAttribute()
    given = BooleanAttribute()


class HistoryItem(Item):
    """A security event of an employee."""

    table = TABLE
    kind = UnicodeAttribute()
    at = UTCDateTimeAttribute()


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to, and where."""

    kind: str
    version: str
    given: bool
    channel: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger."""

    kind: str
    version: str
    given: bool
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Happened:
    """A security event."""

    kind: str
    at: datetime


def note_in(
    transaction: Transaction,
    member_id: str,
    *,
    kind: str,
    number: str,
    at: datetime,
    consents: Sequence[Consent] = (),
) -> None:
    """Add to a transaction: a security event, and the consents given or withdrawn with it."""
    pk = keys.member(member_id)
    transaction.put(HistoryItem(pk, keys.history(number), kind=kind, at=at))
    for consent in consents:
        entry = ConsentItem(
            pk,
            keys.consent(number, consent.kind),
            kind=consent.kind,
            version=consent.version,
            given=consent.given,
            at=at,
            channel=consent.channel,
        )
        transaction.put(entry, ~ConsentItem.pk.exists())
        standing = keys.standing(consent.kind)
        transaction.put(StandingItem(pk, standing, version=consent.version, given=consent.given))
    member_due_in(transaction, member_id, at, keeping.HISTORY)


def agreed_in(transaction: Transaction, member_id: str, kind: str, error: AppError) -> None:
    """Add to a transaction that a consent stands; never in the one that gives it."""
    given = StandingItem.given == True  # noqa: E712 - builds a condition
    transaction.check(StandingItem, keys.member(member_id), keys.standing(kind), given, error)


def standing_keys(member_id: str) -> list[Key]:
    """Return where all kinds of consent stand, to be read with other things."""
    return [_standing_key(member_id, kind) for kind in KINDS]


def withdrawals(member_id: str, found: Mapping[Key, Item], channel: str) -> list[Consent]:
    """Return what to note when all that was given is withdrawn; `found` by `standing_keys`."""
    standing = {kind: found.get(_standing_key(member_id, kind)) for kind in KINDS}
    return [
        Consent(kind, item.version, given=False, channel=channel)
        for kind, item in standing.items()
        if isinstance(item, StandingItem) and item.given
    ]


def ledger(member_id: str) -> list[Entry]:
    """Return an employee's whole ledger, newest first."""
    found = ConsentItem.query(
        keys.member(member_id),
        ConsentItem.sk.startswith(keys.CONSENT_PREFIX),
        consistent_read=True,
        scan_index_forward=False,
    )
    return [_entry(item) for item in found]


def records(database: Database, member_id: str) -> tuple[list[Entry], list[Happened]]:
    """Return an employee's ledger and security events, newest first, in one query."""
    first, last = keys.RECORDS
    found = query_all(
        database,
        TABLE,
        KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
        ExpressionAttributeValues={
            ":pk": {"S": keys.member(member_id)},
            ":first": {"S": first},
            ":last": {"S": last},
        },
        ScanIndexForward=False,
        ConsistentRead=True,
    )
    given, events = list[Entry](), list[Happened]()
    for raw in found:
        if raw["sk"]["S"].startswith(keys.CONSENT_PREFIX):
            given.append(_entry(ConsentItem.from_raw_data(raw)))
        elif raw["sk"]["S"].startswith(keys.HISTORY_PREFIX):
            item = HistoryItem.from_raw_data(raw)
            events.append(Happened(item.kind, item.at))
    return given, events


def in_force(entries: Iterable[Entry]) -> Mapping[str, Entry]:
    """Return the consents that hold, by kind; `entries` come newest first."""
    latest: dict[str, Entry] = {}
    for entry in entries:
        latest.setdefault(entry.kind, entry)
    return {kind: entry for kind, entry in latest.items() if entry.given}


def withdrawal(entry: Entry, channel: str) -> Consent:
    """Return what to note when a consent is withdrawn."""
    return Consent(entry.kind, entry.version, given=False, channel=channel)


def _standing_key(member_id: str, kind: str) -> Key:
    return StandingItem, keys.member(member_id), keys.standing(kind)


def _entry(item: ConsentItem) -> Entry:
    return Entry(item.kind, item.version, item.given, item.channel, item.at)
