"""What moves a batch or one of its payments: single transactions with everything they touch.

A payment moves only together with its case, and the batch's counters with both. So the counters
are true at every moment, and whoever looks last finds that a work is at its end.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.casework.case import Actor, Case, Event
from chalicelib.casework.kind import Payable
from chalicelib.casework.machine import Role
from chalicelib.core.errors import AppError, Conflict
from chalicelib.payout.models import WORK, BatchState, Dispute, LeftCode, Limits, PaymentState
from chalicelib.store import keys
from chalicelib.store.payouts import (
    BatchItem,
    HoldItem,
    LeftItem,
    PaymentItem,
    counted,
    in_state,
    payee_place,
    payment_name,
)
from chalicelib.store.tables import assignments
from chalicelib.store.transaction import Transaction
from chalicelib.web.staff import StaffPerson
from chalicelib.world import World

_COUNTERS: Final = (
    "payments",
    "total_fen",
    "gathered",
    "released",
    "unknown",
    "paid",
    "paid_fen",
    "failed",
    "removed",
    "contradicted",
    "downloads",
)
SYSTEM: Final = Actor(Role.SYSTEM, "payout")
Writes = Callable[[Transaction, Case, Event], None]
OnPayment = Callable[[PaymentItem, Case], None]


class Full(AppError):
    """The batch takes no more payments, or is gathered no longer."""


class Held(AppError):
    """The case must not be paid until people know more."""


@dataclass(frozen=True, slots=True)
class Change:
    """How a payment changes: from a state, with what is noted of it."""

    payment: PaymentItem
    to: PaymentState
    batch: tuple[BatchState, ...]
    """What the batch may be at."""
    notes: Mapping[str, Any]


def new_batch(
    world: World,
    person: StaffPerson,
    places: frozenset[str],
    most: tuple[int, Limits],
    operation: str,
) -> BatchItem:
    """Return an empty batch that a person begins to gather: at most so many, within limits."""
    now, number = world.clock.now(), world.ids.number()
    wanted, within = most
    nothing: dict[str, Any] = dict.fromkeys(_COUNTERS, 0)
    return BatchItem(
        keys.batch(number),
        keys.BATCH,
        number=number,
        owner=keys.BATCHES,
        state=BatchState.GATHERING.value,
        version=1,
        prefectures=set(places),
        created_at=now,
        changed_at=now,
        operation=operation,
        maker=person.account,
        maker_member=person.member_id or None,
        person=person.account,
        person_member=person.member_id or None,
        wanted=wanted,
        most_fen=within.per_batch_fen,
        single_fen=within.per_payment_fen,
        queue=keys.WORKING,
        queued_at=now.isoformat(),
        **nothing,
    )


def gathering(world: World, batch: BatchItem, case: Case, payable: Payable, attempt: int) -> Writes:
    """Return what is written when a case joins a batch: its payment, within the limits."""
    number = keys.payment_number(case.number, attempt)
    payee = {
        "holder": payable.holder,
        "bank": payable.bank,
        "branch": payable.branch,
        "account": payable.account,
    }
    place = payee_place(batch.number, number)
    item = PaymentItem(
        keys.batch(batch.number),
        keys.payment(number),
        number=number,
        kind=case.kind,
        case_number=case.number,
        attempt=attempt,
        amount_fen=payable.amount_fen,
        payee=world.vault.seal(json.dumps(payee, ensure_ascii=False), place=place),
        state=PaymentState.GATHERED.value,
        gathered_at=world.clock.now(),
    )
    room = in_state(BatchState.GATHERING) & (BatchItem.payments < batch.wanted)
    fits = BatchItem.total_fen <= int(batch.most_fen) - payable.amount_fen
    more = counted(payments=1, total_fen=payable.amount_fen, gathered=1)

    def write(transaction: Transaction, _after: Case, _event: Event) -> None:
        not_held(transaction, case.number)
        transaction.put(item, ~PaymentItem.pk.exists(), Conflict())
        transaction.update(_batch(batch.number), more, room & fits, Full())

    return write


def changing(number: str, change: Change, left: LeftItem | None = None) -> Writes:
    """Return what is written when a payment changes with its case."""

    def write(transaction: Transaction, after: Case, _event: Event) -> None:
        if change.to is PaymentState.RELEASED:
            not_held(transaction, after.number)
        change_in(transaction, number, change)
        if left is not None:
            transaction.put(left)

    return write


def change_in(transaction: Transaction, number: str, change: Change) -> None:
    """Add a change of a payment, and what it means for the batch's counters."""
    payment, amount = change.payment, int(change.payment.amount_fen)
    counts = {payment.state: -1, change.to.value: 1}
    if change.to is PaymentState.REMOVED:
        counts |= {"payments": -1, "total_fen": -amount}
    if change.to is PaymentState.PAID:
        counts["paid_fen"] = amount
    transaction.update(
        PaymentItem(keys.batch(number), keys.payment(payment.number)),
        assignments(PaymentItem, {"state": change.to.value, **change.notes}),
        PaymentItem.state == payment.state,
        Conflict(),
    )
    transaction.update(_batch(number), counted(**counts), in_state(*change.batch), Conflict())


def dispute_in(
    world: World,
    transaction: Transaction,
    payment: PaymentItem,
    told: Mapping[str, Any],
    condition: Condition,
) -> None:
    """Add that people have to look into a payment: it is listed, counted, and holds its case."""
    values = {
        "dispute": Dispute.OPEN.value,
        "queue": keys.DISPUTED,
        "queued_at": world.clock.now().isoformat(),
        **told,
    }
    item = PaymentItem(payment.pk, payment.sk)
    transaction.update(item, assignments(PaymentItem, values), condition, Conflict())
    batch = _batch(keys.name_in(payment.pk))
    transaction.update(batch, counted(contradicted=1), BatchItem.pk.exists(), Conflict())
    hold = HoldItem(keys.hold(payment.case_number), keys.LOCK)
    named = HoldItem.payments.add({payment_name(payment)})
    transaction.update(hold, [HoldItem.number.set(payment.case_number), named])


def left(world: World, number: str, case_number: str, code: LeftCode) -> LeftItem:
    """Return the item that names a case which a batch goes without."""
    return LeftItem(
        keys.batch(number),
        keys.left(case_number),
        case_number=case_number,
        code=code.value,
        at=world.clock.now(),
    )


def not_held(transaction: Transaction, case_number: str) -> None:
    """Demand that nothing keeps a case from being paid; raises Held."""
    free = ~HoldItem.pk.exists()
    transaction.check(HoldItem, keys.hold(case_number), keys.LOCK, free, Held())


def without_payment(case: Case) -> dict[str, Any]:
    """Return a case's data once its payment is over."""
    return {**case.data, "payment": "", "batch": ""}


def move_in(
    world: World,
    transaction: Transaction,
    step: tuple[str, BatchState, BatchState],
    also: Mapping[str, Any] | None = None,
    condition: Condition | None = None,
) -> None:
    """Add that a batch (number, from, to) goes on; Conflict when it was elsewhere."""
    number, before, after = step
    now = world.clock.now()
    working = after in WORK
    values: dict[str, Any] = {
        "state": after.value,
        "changed_at": now,
        "queue": keys.WORKING if working else None,
        "queued_at": now.isoformat() if working else None,
        "holder": None,
        "busy_until": None,
        **(also or {}),
    }
    actions: list[Action] = [*assignments(BatchItem, values), BatchItem.version.add(1)]
    expected = in_state(before)
    if condition is not None:
        expected &= condition
    transaction.update(_batch(number), actions, expected, Conflict())


def move(
    world: World,
    step: tuple[str, BatchState, BatchState],
    also: Mapping[str, Any] | None = None,
    condition: Condition | None = None,
) -> bool:
    """Let a batch go on; False when it is elsewhere already, or not as the condition says."""
    transaction = world.transaction()
    move_in(world, transaction, step, also, condition)
    try:
        transaction.commit()
    except Conflict:
        return False
    return True


def files_json(files: Mapping[str, Any]) -> str:
    """Return how a batch keeps its files."""
    return json.dumps({ext: asdict(file) for ext, file in files.items()})


def _batch(number: str) -> BatchItem:
    return BatchItem(keys.batch(number), keys.BATCH)
