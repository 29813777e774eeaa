"""What becomes of a payment of which the bank said two things: two people say what is true.

One person of finance proposes a verdict for a reason, another confirms it. Until then a hold
keeps the case from being paid. The confirmation is one transaction: the case's step (which the
machine's table allows or refuses), the payment, the counters of its batch, and the hold.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.casework.case import Actor, Case, Event, Reason
from chalicelib.casework.machine import Role
from chalicelib.casework.records import case_from
from chalicelib.casework.service import Casework, Step, note_place
from chalicelib.core.errors import Broken, Conflict, NotAllowed, NotFound, Refused
from chalicelib.payout import moves, service, verdicts
from chalicelib.payout.models import HELD, Dispute, PaymentState, Verdict
from chalicelib.payout.verdicts import Plan
from chalicelib.store import keys
from chalicelib.store.cases import CaseItem
from chalicelib.store.payouts import (
    BatchItem,
    HoldItem,
    PaymentItem,
    Payouts,
    batch_key,
    case_key,
    counted,
    hold_key,
    named_payment,
    payment_key,
    payment_name,
)
from chalicelib.store.tables import assignments
from chalicelib.store.transaction import Transaction
from chalicelib.web.staff import StaffPerson
from chalicelib.world import World

CHOOSE = "请选择核实的结论。"
REASON = "请填写依据，例如银行书面答复的编号和日期。"
REASON_LONG = "依据请控制在 200 字以内。"
NOTHING_PROPOSED = "该笔付款没有待确认的结论，请刷新后再看。"
SAME_PERSON = "提出与确认须由不同人员办理，请由其他财务人员确认。"

_REASON_LENGTH: Final = 200
_NO_LONGER: Final = {"queue": None, "queued_at": None}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Disputed:
    """A payment in dispute with its case; `other` is one that was paid beside it, in dispute too.

    `hold` names every payment of the case that is in dispute.
    """

    payment: PaymentItem
    case: Case
    hold: frozenset[str]
    other: PaymentItem | None


@dataclass(frozen=True, slots=True)
class _Verified:
    """What a confirmation writes beside the case."""

    person: StaffPerson
    disputed: Disputed
    plan: Plan
    verdict: Verdict


def listed(world: World, person: StaffPerson) -> list[tuple[PaymentItem, Case]]:
    """Return what people have to look into, the oldest first, inside a person's scope."""
    store = Payouts(world.database)
    items = store.disputed()
    batches = store.together([*dict.fromkeys(batch_key(keys.name_in(item.pk)) for item in items)])
    cases = store.together([*dict.fromkeys(case_key(item.case_number) for item in items)])
    return [
        (item, case_from(case))
        for item in items
        if isinstance(batch := batches.get(batch_key(keys.name_in(item.pk))), BatchItem)
        and batch.prefectures <= person.prefectures
        and isinstance(case := cases.get(case_key(item.case_number)), CaseItem)
    ]


def read(world: World, person: StaffPerson, number: str, payment: str) -> Disputed:
    """Return a payment that is or was in dispute; any other is NotFound."""
    service.own(world, person, number)
    if not payment.isascii() or not payment.isdigit():
        raise NotFound
    store, key = Payouts(world.database), payment_key(number, payment)
    item = store.together([key]).get(key)
    if not isinstance(item, PaymentItem) or item.dispute is None:
        raise NotFound
    wanted = (case_key(item.case_number), hold_key(item.case_number))
    found = store.together(wanted)
    case, hold = found.get(wanted[0]), found.get(wanted[1])
    if not isinstance(case, CaseItem):
        raise Broken(f"a payment without its case: {item.number}")
    named = frozenset(hold.payments or ()) if isinstance(hold, HoldItem) else frozenset[str]()
    beside = [named_payment(name) for name in sorted(named - {payment_name(item)})]
    others = store.together(beside).values()
    doubled = (o for o in others if isinstance(o, PaymentItem) and o.dispute == Dispute.DOUBLED)
    return Disputed(item, case_from(case), named, next(doubled, None))


def propose(
    world: World, person: StaffPerson, place: tuple[str, str], said: tuple[str, str], operation: str
) -> None:
    """Propose what is true of a payment (batch, payment), `said` a verdict and the reason.

    A later proposal takes the place of an earlier one; what was settled is looked into again.
    """
    service.require_finance(person)
    found = read(world, person, *place)
    if found.payment.proposal == operation:
        return
    verdict, reason = _typed(found.payment, *said)
    plan = _plan(found, verdict)
    verdicts.require(plan, found.case, person)
    item, case = found.payment, found.case
    values = {
        "proposal": operation,
        "proposed": verdict.value,
        "proposed_at": world.clock.now(),
        "proposer": person.account,
        "note": world.vault.seal(reason, place=note_place(case.number)),
    }
    transaction = world.transaction()
    if item.dispute == Dispute.SETTLED:
        moves.dispute_in(world, transaction, item, values, _unchanged(item))
    else:
        where = PaymentItem(item.pk, item.sk)
        actions = assignments(PaymentItem, values)
        transaction.update(where, actions, _unchanged(item), Conflict())
    world.audit.note_in(transaction, person.account, "payout_propose", item.number, verdict)
    transaction.commit()


def confirm(
    world: World, person: StaffPerson, place: tuple[str, str], seen: str, operation: str
) -> None:
    """Confirm the proposal that was `seen`, as another person; the same form again is nothing."""
    service.require_finance(person)
    found = read(world, person, *place)
    item, case = found.payment, found.case
    if f"verify:{operation}" in case.operations:
        return
    if not item.proposal or not item.proposed or not item.note:
        raise Refused(NOTHING_PROPOSED)
    if item.proposer == person.account:
        raise NotAllowed(SAME_PERSON)
    if item.proposal != seen:
        raise Conflict
    verdict = Verdict(item.proposed)
    plan = _plan(found, verdict)
    verified = _Verified(person, found, plan, verdict)

    def write(transaction: Transaction, _after: Case, _event: Event) -> None:
        _write(world, transaction, verified)

    casework = Casework(world)
    step = Step(
        plan.action,
        Actor(Role.FINANCE, person.account, person.member_id),
        f"verify:{operation}",
        reasons=tuple(Reason(code) for code in (plan.code,) if code),
        note=casework.open_note(case.number, item.note),
        data=plan.data,
        writes=write,
    )
    casework.advance(case, step)
    if plan.dispute is Dispute.DOUBLED:
        _log.error("payout_paid_twice", extra={"number": case.number})


def _plan(found: Disputed, verdict: Verdict) -> Plan:
    return verdicts.plan(verdict, found.payment, found.case, found.other)


def _typed(item: PaymentItem, verdict: str, reason: str) -> tuple[Verdict, str]:
    errors = {}
    if verdict not in verdicts.offered(item):
        errors["verdict"] = CHOOSE
    if not reason or len(reason) > _REASON_LENGTH:
        errors["reason"] = REASON_LONG if reason else REASON
    if errors:
        raise Refused(errors=errors)
    return Verdict(verdict), reason


def _unchanged(item: PaymentItem) -> Any:
    """Return the condition that a payment is what was read: its state, and what was proposed."""
    same = (PaymentItem.state == item.state) & (PaymentItem.dispute == item.dispute)
    if item.proposal:
        return same & (PaymentItem.proposal == item.proposal)
    return same & ~PaymentItem.proposal.exists()


def _write(world: World, transaction: Transaction, verified: _Verified) -> None:
    """Add what a confirmation changes beside the case."""
    person, found, plan = verified.person, verified.disputed, verified.plan
    item, settled = found.payment, plan.dispute is Dispute.SETTLED
    known = {
        "dispute": plan.dispute.value,
        "verdict": verified.verdict.value,
        "verified_at": world.clock.now(),
        "verifier": person.account,
        "proposal": None,
        "warned": None,
    }
    values = known | {"state": plan.to.value, **(_NO_LONGER if settled else {})}
    if plan.code:
        values["code"] = plan.code
    transaction.update(
        PaymentItem(item.pk, item.sk),
        assignments(PaymentItem, values),
        _unchanged(item) & (PaymentItem.proposer != person.account),
        Conflict(),
    )
    _count(transaction, item, _counts(item, plan.to, settled=settled))
    over = {payment_name(item)} if settled else set[str]()
    if plan.other is not None:
        _keep_other(transaction, plan.other, known)
        over.add(payment_name(plan.other))
    if over:
        _let_go(transaction, found, over)
    if item.warned:
        _unwarn(world, transaction, item.warned, item.case_number)
    name = verified.verdict.value
    world.audit.note_in(transaction, person.account, "payout_verify", item.number, name)


def _keep_other(transaction: Transaction, other: PaymentItem, known: Mapping[str, Any]) -> None:
    """Add that the other payment is the one which pays the case, and no second one."""
    values = {
        **known,
        "verdict": Verdict.PAID.value,
        "dispute": Dispute.SETTLED.value,
        **_NO_LONGER,
    }
    where = PaymentItem(other.pk, other.sk)
    transaction.update(
        where, assignments(PaymentItem, values), PaymentItem.dispute == Dispute.DOUBLED, Conflict()
    )
    _count(transaction, other, {"contradicted": -1})


def _counts(item: PaymentItem, to: PaymentState, *, settled: bool) -> dict[str, int]:
    """Return what a batch's counters change by."""
    amount, counts = int(item.amount_fen), Counter[str]()
    if settled:
        counts["contradicted"] -= 1
    for state, by in ((PaymentState(item.state), -1), (to, 1)):
        counts[state.value] += by
        if state is PaymentState.PAID:
            counts["paid_fen"] += by * amount
        if state is not PaymentState.REMOVED:
            counts["payments"] += by
            counts["total_fen"] += by * amount
    return counts


def _count(transaction: Transaction, item: PaymentItem, counts: Mapping[str, int]) -> None:
    batch = BatchItem(item.pk, keys.BATCH)
    transaction.update(batch, counted(**counts), BatchItem.pk.exists(), Conflict())


def _let_go(transaction: Transaction, found: Disputed, over: set[str]) -> None:
    """Add that some payments hold their case no longer; the hold goes with the last of them."""
    hold = HoldItem(keys.hold(found.case.number), keys.LOCK)
    if not found.hold:
        transaction.delete(hold, ~HoldItem.pk.exists(), Conflict())
        return
    same = HoldItem.payments == set(found.hold)
    if found.hold <= over:
        transaction.delete(hold, same, Conflict())
    else:
        transaction.update(hold, [HoldItem.payments.delete(over)], same, Conflict())


def _unwarn(world: World, transaction: Transaction, number: str, case_number: str) -> None:
    """Add that a batch need not fear for this case any more."""
    batch = Payouts(world.database).batch(number)
    held = batch.held if batch is not None else None
    if batch is None or not held or case_number not in held:
        return
    actions = [BatchItem.held.delete({case_number}), BatchItem.version.add(1)]
    if held == {case_number} and batch.problem == HELD:
        actions.append(BatchItem.problem.remove())
    same = (BatchItem.held == held) & (BatchItem.version == int(batch.version))
    transaction.update(BatchItem(batch.pk, batch.sk), actions, same, Conflict())
