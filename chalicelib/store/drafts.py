"""Applications that are still being written, and the list that an employee sees them in.

case#<number>  draft    all that was typed, sealed; becomes a case under the same number
member#<id>    drafts   the numbers of those that no case stands behind yet, and of open cases
A draft without a case stands in the owner index beside the cases, so one query lists both. A
case that came back is listed itself; its draft only holds what is typed meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import (
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.condition import size

from chalicelib.core.errors import AppError
from chalicelib.store import keys
from chalicelib.store.cases import PAGE, TABLE, CaseItem, OwnerIndex
from chalicelib.store.tables import Database, Item, Key, read_together
from chalicelib.store.transaction import Transaction

KEPT_DAYS = 180


class DraftItem(Item):
    """What somebody has typed so far; `body` is sealed JSON, `version` counts savings."""

    table = TABLE
    member_id = UnicodeAttribute()
    version = NumberAttribute()
    body = UnicodeAttribute()
    updated_at = UTCDateTimeAttribute()
    expires_at = NumberAttribute()
    owner = UnicodeAttribute(null=True)
    number = UnicodeAttribute(null=True)


class DraftsItem(Item):
    """The drafts that an employee has begun and not submitted, and the cases that are not over.

    Empty sets do not exist. A draft that ran out is counted until somebody looks.
    """

    table = TABLE
    numbers = UnicodeSetAttribute(null=True)
    cases = UnicodeSetAttribute(null=True)

    @property
    def open_numbers(self) -> frozenset[str]:
        """What is not over, and perhaps drafts that ran out."""
        return frozenset({*(self.numbers or ()), *(self.cases or ())})


@dataclass(frozen=True, slots=True)
class Owned:
    """A page of what an employee has of a kind; `last` is where the next page begins."""

    cases: list[CaseItem]
    drafts: list[DraftItem]
    last: str


def draft_key(number: str) -> Key:
    """Return where the draft of an application is."""
    return (DraftItem, keys.case(number), keys.DRAFT)


def drafts_key(member_id: str) -> Key:
    """Return where the numbers of an employee's drafts are."""
    return (DraftsItem, keys.member(member_id), keys.DRAFTS)


def list_owned(
    database: Database, member_id: str, kind: str, before: str | None, now: datetime
) -> Owned:
    """Return cases and drafts together, newest first: one page, one query."""
    condition, names = "#owner = :owner", {"#owner": "owner"}
    values = {":owner": {"S": keys.owner(member_id, kind)}}
    if before:
        condition += " AND #number < :before"
        names, values = names | {"#number": "number"}, values | {":before": {"S": before}}
    answer = database.client.query(
        TableName=database.name(TABLE),
        IndexName=OwnerIndex.Meta.index_name,
        KeyConditionExpression=condition,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values,
        ScanIndexForward=False,
        Limit=PAGE,
    )
    found = answer["Items"]
    drafts = [DraftItem.from_raw_data(item) for item in found if item["sk"]["S"] == keys.DRAFT]
    return Owned(
        cases=[CaseItem.from_raw_data(item) for item in found if item["sk"]["S"] == keys.CASE],
        drafts=[draft for draft in drafts if draft.expires_at > now.timestamp()],
        last=found[-1]["number"]["S"] if found and "LastEvaluatedKey" in answer else "",
    )


def save_in(
    transaction: Transaction, draft: DraftItem, *, seen: int | None, error: AppError
) -> None:
    """Add to a transaction: the draft, unless it is not as it was `seen` (None: not there)."""
    unmoved = ~DraftItem.pk.exists() if seen is None else DraftItem.version == seen
    transaction.put(draft, unmoved, error)


def remove_in(transaction: Transaction, number: str, *, seen: int | None, error: AppError) -> None:
    """Add to a transaction: the draft goes, unless it is not as it was `seen`."""
    unmoved = ~DraftItem.pk.exists() if seen is None else DraftItem.version == seen
    transaction.delete(DraftItem(keys.case(number), keys.DRAFT), unmoved, error)


def count_in(
    transaction: Transaction, member_id: str, number: str, *, at_most: int, error: AppError
) -> None:
    """Add to a transaction: one more draft, of which a person may have so many."""
    item = DraftsItem(keys.member(member_id), keys.DRAFTS)
    room = ~DraftsItem.numbers.exists() | (size("numbers") < at_most)  # type: ignore[no-untyped-call]
    transaction.update(item, [DraftsItem.numbers.add({number})], room, error)


def open_in(transaction: Transaction, member_id: str, number: str) -> None:
    """Add to a transaction: this is an open case, and a draft no more."""
    item = DraftsItem(keys.member(member_id), keys.DRAFTS)
    actions = [DraftsItem.numbers.delete({number}), DraftsItem.cases.add({number})]
    transaction.update(item, actions)


def close_in(transaction: Transaction, member_id: str, number: str) -> None:
    """Add to a transaction: this case is over."""
    item = DraftsItem(keys.member(member_id), keys.DRAFTS)
    transaction.update(item, [DraftsItem.cases.delete({number})])


def none_in(transaction: Transaction, member_id: str, error: AppError) -> None:
    """Add to a transaction: nothing is open, and no draft is counted."""
    nothing = ~DraftsItem.numbers.exists() & ~DraftsItem.cases.exists()
    transaction.check(*drafts_key(member_id), nothing, error)


def forget_expired(database: Database, member_id: str, now: datetime) -> bool:
    """Stop counting drafts that ran out; whether there were any."""
    key = drafts_key(member_id)
    counted = read_together(database, [key]).get(key)
    numbers = set(counted.numbers or ()) if isinstance(counted, DraftsItem) else set[str]()
    found = read_together(database, map(draft_key, numbers)) if numbers else {}
    alive = {
        number
        for number in numbers
        if isinstance(item := found.get(draft_key(number)), DraftItem)
        and item.expires_at > now.timestamp()
    }
    if numbers == alive:
        return False
    transaction = Transaction(database)
    uncount_in(transaction, member_id, numbers - alive)
    transaction.commit()
    return True


def uncount_in(transaction: Transaction, member_id: str, numbers: Iterable[str]) -> None:
    """Add to a transaction: these are drafts no more."""
    item = DraftsItem(keys.member(member_id), keys.DRAFTS)
    transaction.update(item, [DraftsItem.numbers.delete(set(numbers))])
