"""Batches of payments, in the cases table: each payment changes together with its case.

batch#<no>  batch            state and counters, changed with every payment
            import#<id>      a result file, and how far it was read
            left#<case>      a case that the batch goes without
            payment#<no>     one attempt to pay one case
            row#<id>#<line>  a line of a result file that was not taken
hold#<case> lock             the bank contradicts itself: not paid until people know more
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar

from pynamodb.attributes import (
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.store import keys
from chalicelib.store.cases import TABLE, CaseItem, OwnerIndex, QueueIndex
from chalicelib.store.tables import Database, Item, Key, query_all, read_together

PAGE: Final = 50
LISTED: Final = 20
_HEAD: Final = 100
_Kind = TypeVar("_Kind", bound=Item)
_TOGETHER: Final = 50
"""Payments that are read at once: with case and hold they stay below 100 items."""


class BatchItem(Item):
    """A batch. `total_fen` and the numbers below it are those of its payments, always.

    `most_fen`, `single_fen` and `wanted` are its limits; `busy_until` (epoch seconds) and
    `holder` say which worker has it; `files` is JSON; `operation` is the last form's; `held`
    are cases in its file of which the bank says that it may have paid them before.
    """

    table = TABLE
    number = UnicodeAttribute()
    owner = UnicodeAttribute()
    state = UnicodeAttribute()
    version = NumberAttribute()
    prefectures = UnicodeSetAttribute()
    created_at = UTCDateTimeAttribute()
    changed_at = UTCDateTimeAttribute()
    operation = UnicodeAttribute()
    maker = UnicodeAttribute()
    maker_member = UnicodeAttribute(null=True)
    person = UnicodeAttribute(null=True)
    person_member = UnicodeAttribute(null=True)
    releaser = UnicodeAttribute(null=True)
    wanted = NumberAttribute()
    most_fen = NumberAttribute()
    single_fen = NumberAttribute()
    payments = NumberAttribute()
    total_fen = NumberAttribute()
    gathered = NumberAttribute()
    released = NumberAttribute()
    unknown = NumberAttribute()
    paid = NumberAttribute()
    paid_fen = NumberAttribute()
    failed = NumberAttribute()
    removed = NumberAttribute()
    contradicted = NumberAttribute()
    files = UnicodeAttribute(null=True)
    exported_at = UTCDateTimeAttribute(null=True)
    downloads = NumberAttribute()
    problem = UnicodeAttribute(null=True)
    held = UnicodeSetAttribute(null=True)
    queue = UnicodeAttribute(null=True)
    queued_at = UnicodeAttribute(null=True)
    holder = UnicodeAttribute(null=True)
    busy_until = NumberAttribute(null=True)
    by_owner = OwnerIndex()


class PaymentItem(Item):
    """One attempt to pay one case; `payee` is sealed.

    `settled_by` names file and line that settled it, `contradiction` what the bank said
    against that later (`contradicted_code`: why not, where it then failed). From then on it
    has a `dispute`, and in the index a place until two people have settled that: one proposes
    a verdict with a sealed note (`proposal` is the form's), another confirms it. `warned` is
    the batch that was paying the case again by then.
    """

    table = TABLE
    number = UnicodeAttribute()
    kind = UnicodeAttribute()
    case_number = UnicodeAttribute()
    attempt = NumberAttribute()
    amount_fen = NumberAttribute()
    payee = UnicodeAttribute()
    state = UnicodeAttribute()
    gathered_at = UTCDateTimeAttribute()
    code = UnicodeAttribute(null=True)
    settled_at = UTCDateTimeAttribute(null=True)
    settled_by = UnicodeAttribute(null=True)
    contradiction = UnicodeAttribute(null=True)
    contradicted_at = UTCDateTimeAttribute(null=True)
    contradicted_code = UnicodeAttribute(null=True)
    dispute = UnicodeAttribute(null=True)
    warned = UnicodeAttribute(null=True)
    proposal = UnicodeAttribute(null=True)
    proposed = UnicodeAttribute(null=True)
    proposed_at = UTCDateTimeAttribute(null=True)
    proposer = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    verdict = UnicodeAttribute(null=True)
    verified_at = UTCDateTimeAttribute(null=True)
    verifier = UnicodeAttribute(null=True)
    queue = UnicodeAttribute(null=True)
    queued_at = UnicodeAttribute(null=True)


class LeftItem(Item):
    """A case that is not paid with a batch, and why (a code)."""

    table = TABLE
    case_number = UnicodeAttribute()
    code = UnicodeAttribute()
    at = UTCDateTimeAttribute()


class ResultItem(Item):
    """A result file; `rows` were read, and came to the three counts."""

    table = TABLE
    number = UnicodeAttribute()
    state = UnicodeAttribute()
    account = UnicodeAttribute()
    began_at = UTCDateTimeAttribute()
    ended_at = UTCDateTimeAttribute(null=True)
    object_version = UnicodeAttribute()
    rows = NumberAttribute()
    applied = NumberAttribute()
    unchanged = NumberAttribute()
    problems = NumberAttribute()
    sentence = UnicodeAttribute(null=True)
    queue = UnicodeAttribute(null=True)
    queued_at = UnicodeAttribute(null=True)
    holder = UnicodeAttribute(null=True)
    busy_until = NumberAttribute(null=True)


class RowItem(Item):
    """A line of a result file that was not taken, with the sentence that says why."""

    table = TABLE
    line = NumberAttribute()
    field = UnicodeAttribute()
    payment = UnicodeAttribute(null=True)
    sentence = UnicodeAttribute()


class HoldItem(Item):
    """A case that must not be paid: of each payment named here the bank said two things.

    `payments` are written batch/payment; the item goes with the last of them.
    """

    table = TABLE
    number = UnicodeAttribute()
    payments = UnicodeSetAttribute()


@dataclass
class Shown:
    """What a page shows of a batch; `cut` where one read could not bring all of it."""

    cut: bool = False
    batch: BatchItem | None = None
    results: list[ResultItem] = field(default_factory=list)
    left: list[LeftItem] = field(default_factory=list)
    payments: list[PaymentItem] = field(default_factory=list)

    def add(self, raw: dict[str, Any]) -> None:
        """Sort an item in, by its sort key."""
        sk: str = raw["sk"]["S"]
        if sk == keys.BATCH:
            self.batch = BatchItem.from_raw_data(raw)
        elif sk.startswith(keys.RESULT_PREFIX):
            self.results.append(ResultItem.from_raw_data(raw))
        elif sk.startswith(keys.LEFT_PREFIX):
            self.left.append(LeftItem.from_raw_data(raw))
        else:
            self.payments.append(PaymentItem.from_raw_data(raw))


class Payouts:
    """Reads batches and what belongs to them; nothing here writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def batch(self, number: str) -> BatchItem | None:
        """Return a batch as it is now."""
        return self._one(BatchItem, batch_key(number))

    def result(self, number: str, result_id: str) -> ResultItem | None:
        """Return a result file as it is now."""
        return self._one(ResultItem, (ResultItem, keys.batch(number), keys.result(result_id)))

    def listed(self, before: str | None) -> list[BatchItem]:
        """Return a page of all batches, newest first."""
        older = BatchItem.number < before if before else None
        found = BatchItem.by_owner.query(
            keys.BATCHES, older, scan_index_forward=False, limit=LISTED
        )
        return list(found)

    def shown(self, number: str, after: str = "") -> Shown:
        """Read a batch, what stands before its payments, and a page of these and one more.

        One round trip for the first page, two for the others.
        """
        shown = Shown()
        first, last = keys.PAYMENT_HEAD
        last = last if after else keys.payment("~")
        found = [*islice(self._raw(keys.batch(number), first, last, _HEAD), _HEAD)]
        for raw in found:
            shown.add(raw)
        shown.cut = len(found) == _HEAD and not after
        if after:
            shown.payments += islice(self.payments(number, after, PAGE + 1), PAGE + 1)
        return shown

    def payments(self, number: str, after: str = "", limit: int = 0) -> Iterator[PaymentItem]:
        """Yield a batch's payments in the order of their numbers, read as they are needed."""
        first = keys.payment(after) if after else keys.PAYMENT_PREFIX
        last = keys.payment("~")
        for raw in self._raw(keys.batch(number), first, last, limit=limit + 1 if limit else 0):
            if raw["sk"]["S"] != first:
                yield PaymentItem.from_raw_data(raw)

    def problems(self, number: str, result_id: str, after: int = 0) -> list[RowItem]:
        """Return a page of the lines of a file that were not taken."""
        first = keys.row(result_id, after + 1)
        last = keys.rows(result_id) + "~"
        found = self._raw(keys.batch(number), first, last, limit=PAGE)
        return [RowItem.from_raw_data(raw) for raw in islice(found, PAGE)]

    def together(self, wanted: Sequence[Key]) -> Mapping[Key, Item]:
        """Read up to 100 items in one trip; of nothing, nothing."""
        return read_together(self._database, wanted) if wanted else {}

    def waiting(
        self, state: str, prefectures: Sequence[str], since: str
    ) -> Iterator[tuple[str, CaseItem]]:
        """Yield (queued at, case) of some queues, oldest first, from a moment on."""
        queues = [self._queue(keys.queue(state, place), since) for place in prefectures]
        for raw in heapq.merge(*queues, key=lambda raw: raw["queued_at"]["S"]):
            yield raw["queued_at"]["S"], CaseItem.from_raw_data(raw)

    def standing(self, before: datetime) -> Iterator[BatchItem | ResultItem]:
        """Yield what a worker should have gone on with, untouched since a moment."""
        for raw in self._queue(keys.WORKING, "", before.isoformat()):
            kind = BatchItem if raw["sk"]["S"] == keys.BATCH else ResultItem
            yield kind.from_raw_data(raw)

    def disputed(self) -> list[PaymentItem]:
        """Return the payments that people have to look into, the oldest first."""
        found = islice(self._queue(keys.DISPUTED, ""), PAGE)
        return [PaymentItem.from_raw_data(raw) for raw in found]

    def _one(self, kind: type[_Kind], key: Key) -> _Kind | None:
        found = read_together(self._database, [key]).get(key)
        return found if isinstance(found, kind) else None

    def _raw(self, pk: str, first: str, last: str, limit: int) -> Iterator[dict[str, Any]]:
        more = {"Limit": limit} if limit else {}
        return query_all(
            self._database,
            TABLE,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": {"S": pk},
                ":first": {"S": first},
                ":last": {"S": last},
            },
            ConsistentRead=True,
            **more,
        )

    def _queue(self, queue: str, since: str, before: str = "~") -> Iterator[dict[str, Any]]:
        return query_all(
            self._database,
            TABLE,
            IndexName=QueueIndex.Meta.index_name,
            KeyConditionExpression="#queue = :queue AND queued_at BETWEEN :since AND :before",
            ExpressionAttributeNames={"#queue": "queue"},
            ExpressionAttributeValues={
                ":queue": {"S": queue},
                ":since": {"S": since or "0"},
                ":before": {"S": before},
            },
            Limit=PAGE,
        )


def batch_key(number: str) -> Key:
    """Return where a batch is, to be read together with other items."""
    return (BatchItem, keys.batch(number), keys.BATCH)


def payment_key(number: str, payment: str) -> Key:
    """Return where a payment of a batch is."""
    return (PaymentItem, keys.batch(number), keys.payment(payment))


def hold_key(case_number: str) -> Key:
    """Return where the hold on a case is, if there is one."""
    return (HoldItem, keys.hold(case_number), keys.LOCK)


def payment_name(item: PaymentItem) -> str:
    """Return how a hold names a payment: its batch and its number."""
    return f"{keys.name_in(item.pk)}/{item.number}"


def named_payment(name: str) -> Key:
    """Return where a payment is that a hold names."""
    number, _, payment = name.partition("/")
    return payment_key(number, payment)


def case_key(case_number: str) -> Key:
    """Return where a case is."""
    return (CaseItem, keys.case(case_number), keys.CASE)


def payee_place(number: str, payment: str) -> str:
    """Return what the sealed payee of a payment is tied to."""
    return f"{TABLE}|{keys.batch(number)}|{keys.payment(payment)}"


def counted(**changes: int) -> list[Action]:
    """Return the update that adds to a batch's numbers."""
    return [getattr(BatchItem, name).add(change) for name, change in changes.items() if change]


def in_state(*states: str) -> Condition:
    """Return the condition that a batch is in one of some states."""
    return BatchItem.state.is_in(*states)


def chunks(payments: Iterator[PaymentItem]) -> Iterator[list[PaymentItem]]:
    """Yield payments in portions that can be read with their cases in one trip."""
    while portion := [*islice(payments, _TOGETHER)]:
        yield portion
