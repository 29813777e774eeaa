"""The doctor's look at money: has every case exactly the payment that its state says?

A payment and its case change in one transaction, and the batch's counters with them. So each of
them can be told from the others, and what differs was not done by this program. A batch that is
being worked on while it is read is read again, and left alone when it does not keep still.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from chalicelib.casework.case import Case
from chalicelib.casework.records import case_from
from chalicelib.payout.models import BatchState, Dispute, PaymentState
from chalicelib.store import keys
from chalicelib.store.cases import CaseItem
from chalicelib.store.payouts import (
    BatchItem,
    HoldItem,
    PaymentItem,
    Payouts,
    case_key,
    hold_key,
    named_payment,
    payment_key,
    payment_name,
)
from chalicelib.store.tables import Database, Item, read_together

Words = tuple[str, str]
"""Where something is wrong, and what."""

# the clock asks again after ten minutes, every five
_STANDS: Final = timedelta(minutes=30)
_TRIES: Final = 3
_COUNTED: Final = tuple(state.value for state in PaymentState)
_CASE_STATE: Final = {
    PaymentState.GATHERED: "batched",
    PaymentState.RELEASED: "paying",
    PaymentState.UNKNOWN: "paying",
    PaymentState.PAID: "closed",
}
_IN_PAYMENT: Final = frozenset({"batched", "paying"})


@dataclass(frozen=True, slots=True)
class Claim:
    """What a case says of its payment."""

    state: str
    payment: str
    version: int


@dataclass
class _Sums:
    """What the payments of a batch come to."""

    total_fen: int = 0
    paid_fen: int = 0
    contradicted: int = 0
    payments: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))

    def add(self, item: PaymentItem) -> None:
        self.payments[item.state] += 1
        self.contradicted += _disputed(item)
        if item.state != PaymentState.REMOVED:
            self.total_fen += int(item.amount_fen)
        if item.state == PaymentState.PAID:
            self.paid_fen += int(item.amount_fen)


def claim(case: Case) -> Claim:
    """Return what a case says of its payment."""
    return Claim(case.state, str(case.data.get("payment", "")), case.version)


def findings(
    database: Database,
    batches: Sequence[str],
    claims: Mapping[str, Claim],
    now: datetime,
    holds: Sequence[str] = (),
) -> Iterator[Words]:
    """Yield everything that is wrong with payments.

    `batches` were found by a scan; those made since are added. `claims` are of all cases,
    `holds` the cases that something holds.
    """
    store = Payouts(database)
    unmet = {n: one for n, one in claims.items() if one.payment or one.state in _IN_PAYMENT}
    paid: dict[str, str] = {}
    named: dict[str, set[str]] = {number: set() for number in holds}
    for number in dict.fromkeys([*batches, *_listed()]):
        for item in store.payments(number):
            yield from _payment(database, number, item, claims)
            if unmet.get(item.case_number, Claim("", "", 0)).payment == item.number:
                del unmet[item.case_number]
            if _disputed(item):
                named.setdefault(item.case_number, set()).add(payment_name(item))
            if item.state == PaymentState.PAID:
                before = paid.setdefault(item.case_number, item.number)
                if before != item.number:
                    yield item.case_number, f"paid twice: {before} and {item.number}"
        yield from _batch(store, number, now)
    yield from _holds(database, named)
    for number, one in unmet.items():
        if _still(database, number, one):
            yield number, f"it is {one.state}, and its payment {one.payment or '?'} is nowhere"


def _holds(database: Database, named: Mapping[str, set[str]]) -> Iterator[Words]:
    """Compare holds with the payments in dispute that a case is said to have."""
    for number, names in named.items():
        key = hold_key(number)
        before = _names(read_together(database, [key]).get(key))
        wanted = {name: named_payment(name) for name in sorted(names | before)}
        found = read_together(database, [key, *wanted.values()])
        held = _names(found.get(key))
        for name, where in wanted.items():
            item, payment = found.get(where), name.rpartition("/")[2]
            disputed = isinstance(item, PaymentItem) and _disputed(item)
            if disputed and name not in held:
                yield number, f"payment {payment} is in dispute, and nothing holds its case"
            if name in held and not disputed:
                yield number, f"it is held for payment {payment}, which is in no dispute"


def _names(hold: Item | None) -> set[str]:
    return set(hold.payments) if isinstance(hold, HoldItem) else set()


def _disputed(item: PaymentItem) -> bool:
    return item.dispute in (Dispute.OPEN, Dispute.DOUBLED)


def _listed() -> Iterator[str]:
    """Batches that were made while the cases were read; the index alone is not trusted."""
    found = BatchItem.by_owner.query(keys.BATCHES, scan_index_forward=False)
    yield from (item.number for item in islice(found, 1000))


def _payment(
    database: Database, number: str, item: PaymentItem, claims: Mapping[str, Claim]
) -> Iterator[Words]:
    """Compare a payment with its case; both are read again before they count as different."""
    if item.dispute == Dispute.OPEN:
        said = f"payment {item.number} is {item.state}, and the bank also said {item.contradiction}"
        yield item.case_number, said
    elif item.dispute == Dispute.DOUBLED:
        yield item.case_number, f"payment {item.number} was the second and is to be recovered"
    if _disputed(item) != (item.queue == keys.DISPUTED):
        yield item.case_number, f"payment {item.number} is in dispute, and is on no list"
    one = claims.get(item.case_number)
    if one is not None and _agree(item, one):
        return
    found = read_together(database, [payment_key(number, item.number), case_key(item.case_number)])
    payment = found.get(payment_key(number, item.number))
    case = found.get(case_key(item.case_number))
    if not isinstance(case, CaseItem):
        yield item.case_number, f"payment {item.number} has no case"
    elif isinstance(payment, PaymentItem) and not _agree(payment, claim(case_from(case))):
        yield item.case_number, f"it is {case.state}, its payment {item.number} {payment.state}"


def _agree(item: PaymentItem, one: Claim) -> bool:
    expected = _CASE_STATE.get(PaymentState(item.state))
    if item.dispute == Dispute.DOUBLED:
        return one.state == expected and one.payment != item.number
    if expected is None:
        return one.payment != item.number
    return (one.state, one.payment) == (expected, item.number)


def _still(database: Database, number: str, one: Claim) -> bool:
    """Tell whether a case stands where it stood when it was examined."""
    found = read_together(database, [case_key(number)]).get(case_key(number))
    return isinstance(found, CaseItem) and found.version == one.version


def _batch(store: Payouts, number: str, now: datetime) -> Iterator[Words]:
    """Compare a batch's counters with its payments, and see whether it stands still."""
    for _try in range(_TRIES):
        batch, sums = store.batch(number), _Sums()
        for item in store.payments(number):
            sums.add(item)
        after = store.batch(number)
        if batch is None or after is None:
            yield number, "payments without their batch"
            return
        if batch.serialize() == after.serialize():
            yield from _numbers(batch, sums)
            yield from _standing(store, batch, now)
            return


def _numbers(batch: BatchItem, sums: _Sums) -> Iterator[Words]:
    live = sum(sums.payments.values()) - sums.payments[PaymentState.REMOVED]
    expected = {
        **sums.payments,
        "payments": live,
        "total_fen": sums.total_fen,
        "paid_fen": sums.paid_fen,
        "contradicted": sums.contradicted,
    }
    for name, value in expected.items():
        if getattr(batch, name) != value:
            yield (
                batch.number,
                f"the batch says {name} {getattr(batch, name)}, its payments {value}",
            )
    if batch.payments > batch.wanted or batch.total_fen > batch.most_fen:
        yield batch.number, "the batch is above its limits"


def _standing(store: Payouts, batch: BatchItem, now: datetime) -> Iterator[Words]:
    if batch.problem:
        yield batch.number, f"its file needs a person: {batch.problem}"
    if batch.queued_at and now - datetime.fromisoformat(batch.queued_at) > _STANDS:
        yield batch.number, f"the batch stands in {BatchState(batch.state)} since {batch.queued_at}"
    for file in store.shown(batch.number).results:
        if file.queued_at and now - datetime.fromisoformat(file.queued_at) > _STANDS:
            yield batch.number, f"a result file is being read since {file.queued_at}"
