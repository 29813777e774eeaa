"""The three works on a batch before the bank: gather, release, dissolve; each a slice at a time.

A slice may run twice, beside another one, or end anywhere: every payment is decided by its own
transaction, and the last look at the counters moves the batch on.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.casework.case import Actor, Case
from chalicelib.casework.kind import Payable, kind_of
from chalicelib.casework.machine import Role
from chalicelib.casework.records import case_from
from chalicelib.casework.service import Casework, Step
from chalicelib.core.clock import Clock
from chalicelib.core.errors import Broken, Conflict, NotAllowed, Refused
from chalicelib.payout import moves
from chalicelib.payout.models import BatchState, LeftCode, PaymentState
from chalicelib.store import keys
from chalicelib.store.cases import CaseItem
from chalicelib.store.payouts import (
    BatchItem,
    PaymentItem,
    Payouts,
    case_key,
    chunks,
)
from chalicelib.world import World

_log = logging.getLogger(__name__)

PAYABLE: Final = "payable"
_NAMED_TOGETHER: Final = 50


@dataclass
class Budget:
    """What one message may cost: a number of payments, and an end."""

    clock: Clock
    ends: datetime
    payments: int

    @classmethod
    def of(cls, clock: Clock, *, payments: int, within: timedelta) -> "Budget":
        """Return a budget that begins now."""
        return cls(clock, clock.now() + within, payments)

    def take(self, payments: int = 1) -> None:
        """Spend some of it."""
        self.payments -= payments

    @property
    def spent(self) -> bool:
        """Whether another message should go on."""
        return self.payments <= 0 or self.clock.now() >= self.ends


def gather(world: World, batch: BatchItem, budget: Budget, since: str) -> str | None:
    """Take waiting cases into a batch, oldest first; returns since when to go on, if at all."""
    store, left = Payouts(world.database), dict[str, LeftCode]()
    more = _fill(world, batch, budget, since, left)
    _name(world, batch, left)
    if more is None:
        _gathered(world, store, batch.number)
    return more


def release(world: World, batch: BatchItem, budget: Budget, after: str) -> str | None:
    """Release the payments of a batch; what this person may not release is moved out."""

    def one(payment: PaymentItem, case: Case) -> None:
        _release(world, batch, payment, case)

    return _each(world, batch, budget, after, one)


def dissolve(world: World, batch: BatchItem, budget: Budget, after: str) -> str | None:
    """Give the cases of a batch back to those that wait."""

    def one(payment: PaymentItem, case: Case) -> None:
        _take_out(world, batch, payment, case, None)

    return _each(world, batch, budget, after, one)


def _fill(
    world: World, batch: BatchItem, budget: Budget, since: str, left: dict[str, LeftCode]
) -> str | None:
    waiting = Payouts(world.database).waiting(PAYABLE, sorted(batch.prefectures), since)
    for queued_at, item in waiting:
        # a whole moment at a time, since the next slice begins with its moment again
        if budget.spent and queued_at > since:
            return queued_at
        budget.take()
        try:
            code = _take_in(world, batch, case_from(item))
        except moves.Full:
            return None
        if code is not None:
            left[item.number] = code
        if len(left) >= _NAMED_TOGETHER:
            _name(world, batch, left)
    return None


def _take_in(world: World, batch: BatchItem, case: Case) -> LeftCode | None:
    payable_of = kind_of(case.kind).payable
    if payable_of is None:
        return None
    try:
        payable = payable_of(world, case)
    except (Broken, LookupError, TypeError, ValueError) as error:
        # one damaged case must not hold up a batch
        about = {"number": case.number, "error": type(error).__name__}
        _log.error("payout_damaged", extra=about)
        return LeftCode.DAMAGED
    if not 0 < payable.amount_fen <= batch.single_fen:
        return LeftCode.AMOUNT
    return _join(world, batch, case, payable)


def _join(world: World, batch: BatchItem, case: Case, payable: Payable) -> LeftCode | None:
    attempt = int(case.data.get("payments", 0)) + 1
    number = keys.payment_number(case.number, attempt)
    step = Step(
        "batch",
        Actor(Role.FINANCE, batch.maker, batch.maker_member or ""),
        f"batch:{batch.number}:{number}",
        data={**case.data, "payments": attempt, "payment": number, "batch": batch.number},
        writes=moves.gathering(world, batch, case, payable, attempt),
    )
    try:
        Casework(world).advance(case, step)
    except moves.Held:
        return LeftCode.HELD
    except NotAllowed:
        return _barred(batch.maker_member, case)
    except Refused:
        return LeftCode.BUSY
    except Conflict:
        # the index told of a case that somebody has moved since
        return None
    return None


def _gathered(world: World, store: Payouts, number: str) -> None:
    """Close the list, as it is now."""
    batch = store.batch(number)
    if batch is None or batch.state != BatchState.GATHERING:
        return
    to = BatchState.READY if batch.payments else BatchState.DISSOLVED
    same = BatchItem.payments == int(batch.payments)
    moves.move(world, (number, BatchState.GATHERING, to), condition=same)


def _each(
    world: World, batch: BatchItem, budget: Budget, after: str, one: moves.OnPayment
) -> str | None:
    """Do something with each payment that nobody released or removed yet."""
    store = Payouts(world.database)
    for portion in chunks(store.payments(batch.number, after)):
        open_ones = [item for item in portion if item.state == PaymentState.GATHERED]
        wanted = [case_key(item.case_number) for item in open_ones]
        found = store.together(wanted)
        for item, key in zip(open_ones, wanted, strict=True):
            case = found.get(key)
            if isinstance(case, CaseItem):
                one(item, case_from(case))
        budget.take(len(open_ones) or 1)
        if budget.spent:
            return portion[-1].number
    _all_moved(world, store, batch.number)
    return None


def _release(world: World, batch: BatchItem, payment: PaymentItem, case: Case) -> None:
    actor = Actor(Role.FINANCE, str(batch.person), batch.person_member or "")
    change = moves.Change(payment, PaymentState.RELEASED, (BatchState.RELEASING,), {})
    step = Step(
        "release",
        actor,
        f"release:{payment.number}",
        writes=moves.changing(batch.number, change),
    )
    try:
        Casework(world).advance(case, step)
    except moves.Held:
        _take_out(world, batch, payment, case, LeftCode.HELD)
    except NotAllowed:
        _take_out(world, batch, payment, case, _barred(batch.person_member, case))
    except (Refused, Conflict) as error:
        # in somebody's hands for a while: the batch stands, and the clock comes again
        about = {"number": case.number, "error": type(error).__name__}
        _log.warning("payout_waits", extra=about)


def _take_out(
    world: World, batch: BatchItem, payment: PaymentItem, case: Case, code: LeftCode | None
) -> None:
    """Give a case back to those that wait, and name it where it was barred."""
    named = moves.left(world, batch.number, case.number, code) if code else None
    notes = {"code": code.value if code else None}
    works = (BatchState.RELEASING, BatchState.DISSOLVING)
    change = moves.Change(payment, PaymentState.REMOVED, works, notes)
    step = Step(
        "unbatch",
        _outsider(batch, case),
        f"unbatch:{payment.number}",
        data=moves.without_payment(case),
        writes=moves.changing(batch.number, change, named),
    )
    try:
        Casework(world).advance(case, step)
    except (Refused, Conflict) as error:
        about = {"number": case.number, "error": type(error).__name__}
        _log.warning("payout_waits", extra=about)


def _all_moved(world: World, store: Payouts, number: str) -> None:
    """Close a work once no payment is left that it has to move."""
    batch = store.batch(number)
    if batch is None or batch.gathered:
        return
    nobody = BatchItem.gathered == 0
    if batch.state == BatchState.DISSOLVING or not batch.payments:
        before = BatchState(batch.state)
        if before in (BatchState.DISSOLVING, BatchState.RELEASING):
            moves.move(world, (number, before, BatchState.DISSOLVED), condition=nobody)
    elif batch.state == BatchState.RELEASING:
        step = (number, BatchState.RELEASING, BatchState.RELEASED)
        moves.move(world, step, condition=nobody)


def _outsider(batch: BatchItem, case: Case) -> Actor:
    """Nobody acts on their own case, not even to leave it to others: then its maker does."""
    if batch.person and batch.person_member != case.member_id:
        return Actor(Role.FINANCE, batch.person, batch.person_member or "")
    return Actor(Role.FINANCE, batch.maker, batch.maker_member or "")


def _barred(member_id: str | None, case: Case) -> LeftCode:
    return LeftCode.OWN if member_id == case.member_id else LeftCode.SIGNED


def _name(world: World, batch: BatchItem, codes: dict[str, LeftCode]) -> None:
    """Write down which cases a batch goes without; writing it twice is writing it once."""
    if not codes:
        return
    transaction = world.transaction()
    for case_number, code in codes.items():
        transaction.put(moves.left(world, batch.number, case_number, code))
    codes.clear()
    transaction.commit()
