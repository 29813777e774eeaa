"""What one row of a bank's result does: it settles its payment once, or changes nothing.

Money moves on the first clear word only. A later word that contradicts it is written down,
named, and keeps the case from being paid again until people know more.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pynamodb.expressions.update import Action

from chalicelib.casework.case import Case, Reason
from chalicelib.casework.reasons import FAILURE_FIELDS
from chalicelib.casework.records import case_from
from chalicelib.casework.service import Casework, Step
from chalicelib.core.errors import Broken, Conflict, Refused, Unavailable
from chalicelib.payout import moves
from chalicelib.payout.models import HELD, BatchState, Dispute, PaymentState
from chalicelib.payout.results import ResultRow
from chalicelib.store import keys
from chalicelib.store.cases import CaseItem
from chalicelib.store.payouts import (
    BatchItem,
    PaymentItem,
    Payouts,
    case_key,
    payment_key,
)
from chalicelib.store.tables import Item, Key
from chalicelib.store.transaction import Transaction
from chalicelib.world import World

_log = logging.getLogger(__name__)

NOT_HERE = "付款编号不在本批次中，没有采用。请核对结果文件是否属于本批次。"
NOT_EXPORTED = "该笔付款没有交给银行，没有采用。请向银行核实这一行。"
AMOUNT_DIFFERS = "金额与付款文件不一致，没有采用。请向银行核实这一行。"
CODE_UNKNOWN = "失败代码不在 F01 至 F06 之中，没有采用。请向银行核实这一行。"
PAID_AFTER_FAILED = (
    "该笔付款此前登记为失败，银行现在说成功：没有改动，申请已暂停打款。请立即向银行核实。"
)
FAILED_AFTER_PAID = "该笔付款此前登记为成功，银行现在说失败：没有改动，请立即向银行核实。"
VERIFIED = (
    "该笔付款的结果已由两位财务人员核实，没有改动。"
    "银行若另有书面答复，请在批次中打开该笔付款重新核实。"
)
NOT_PAYING = "申请的状态与付款不一致，没有采用。请联系技术人员核对。"

_TRIES: Final = 3
_OPEN: Final = (PaymentState.RELEASED, PaymentState.UNKNOWN)
_AFTER_EXPORT: Final = (BatchState.EXPORTED, BatchState.SETTLED)
_PAID, _FAILED, _UNKNOWN = "paid", "failed", "unknown"
_CONTRADICTIONS = {
    (PaymentState.FAILED, _PAID): PAID_AFTER_FAILED,
    (PaymentState.PAID, _FAILED): FAILED_AFTER_PAID,
    (PaymentState.REMOVED, _PAID): NOT_EXPORTED,
    (PaymentState.GATHERED, _PAID): NOT_EXPORTED,
}


class Kind(StrEnum):
    """What became of a row."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row; `sentence` says what is wrong and what to do."""

    kind: Kind
    sentence: str = ""


_APPLIED, _UNCHANGED = Outcome(Kind.APPLIED), Outcome(Kind.UNCHANGED)
Found = Mapping[Key, Item]


def wanted(number: str, row: ResultRow) -> tuple[Key, Key]:
    """Return what `apply` needs to read for a row, to be read together for many."""
    return payment_key(number, row.payment_number), case_key(row.payment_number[:-2])


def apply(
    world: World, number: str, row: ResultRow, source: str, found: Found | None = None
) -> Outcome:
    """Apply a row to the payment of a batch that it names.

    `source` names file and line, so that the same line read again is the same success;
    `found` is what was read of `wanted` before. Raises Unavailable when others keep writing.
    """
    for _try in range(_TRIES):
        seen = found if found is not None else _read(world, number, row)
        found = None
        try:
            return _apply(world, number, row, source, seen)
        except Conflict:
            continue
        except Refused as refused:
            return Outcome(Kind.PROBLEM, refused.message)
    raise Unavailable


def _apply(world: World, number: str, row: ResultRow, source: str, found: Found) -> Outcome:
    payment = found.get(wanted(number, row)[0])
    if not isinstance(payment, PaymentItem):
        return Outcome(Kind.PROBLEM, NOT_HERE)
    if row.amount_fen != payment.amount_fen:
        return Outcome(Kind.PROBLEM, AMOUNT_DIFFERS)
    if payment.settled_by == source:
        return _APPLIED
    if payment.state in _OPEN:
        return _settle(world, number, row, source, (payment, _case(world, payment, found)))
    return _again(world, number, row, payment, _case(world, payment, found))


def _again(world: World, number: str, row: ResultRow, payment: PaymentItem, case: Case) -> Outcome:
    """Answer a row about a payment that is over, or never was the bank's."""
    state = PaymentState(payment.state)
    if (state, row.outcome) in _CONTRADICTIONS:
        if payment.dispute in (Dispute.DOUBLED, Dispute.SETTLED):
            return Outcome(Kind.PROBLEM, VERIFIED)
        _contradict(world, number, row, payment, case)
        return Outcome(Kind.PROBLEM, _CONTRADICTIONS[state, row.outcome])
    if state in (PaymentState.GATHERED, PaymentState.REMOVED):
        return Outcome(Kind.PROBLEM, NOT_EXPORTED)
    return _UNCHANGED


def _case(world: World, payment: PaymentItem, found: Found) -> Case:
    """Return the case of a payment; its hundredth payment has a longer number."""
    key = case_key(payment.case_number)
    item = found.get(key) or Payouts(world.database).together([key]).get(key)
    if not isinstance(item, CaseItem):
        raise Broken(f"a payment without its case: {payment.number}")
    return case_from(item)


def _settle(
    world: World, number: str, row: ResultRow, source: str, pair: tuple[PaymentItem, Case]
) -> Outcome:
    payment, case = pair
    if row.outcome == _UNKNOWN:
        return _doubt(world, number, source, payment)
    if row.outcome == _FAILED and row.code not in FAILURE_FIELDS:
        return Outcome(Kind.PROBLEM, CODE_UNKNOWN)
    if case.state != "paying" or case.data.get("payment") != payment.number:
        _log.error("payout_case_differs", extra={"number": case.number})
        return Outcome(Kind.PROBLEM, NOT_PAYING)
    Casework(world).advance(case, _step(world, number, row, source, pair))
    return _APPLIED


def _step(
    world: World, number: str, row: ResultRow, source: str, pair: tuple[PaymentItem, Case]
) -> Step:
    """Return the case's step: the bank's word, brought by the system (decision 0034)."""
    payment, case = pair
    paid = row.outcome == _PAID
    notes = {
        "code": row.code or None,
        "settled_at": world.clock.now(),
        "settled_by": source,
    }
    to = PaymentState.PAID if paid else PaymentState.FAILED
    change = moves.Change(payment, to, _AFTER_EXPORT, notes)
    mendable = bool(FAILURE_FIELDS.get(row.code))
    return Step(
        "paid" if paid else "fail" if mendable else "bounce",
        moves.SYSTEM,
        f"result:{payment.number}:{source}",
        reasons=() if paid else (Reason(row.code),),
        data=None if paid else moves.without_payment(case),
        writes=moves.changing(number, change),
    )


def _doubt(world: World, number: str, source: str, payment: PaymentItem) -> Outcome:
    """Note that the bank does not know; the case stays where it is."""
    if payment.state == PaymentState.UNKNOWN:
        return _UNCHANGED
    transaction = world.transaction()
    notes = {"settled_by": source}
    change = moves.Change(payment, PaymentState.UNKNOWN, _AFTER_EXPORT, notes)
    moves.change_in(transaction, number, change)
    transaction.commit()
    return _APPLIED


def _contradict(
    world: World, number: str, row: ResultRow, payment: PaymentItem, case: Case
) -> None:
    """Write down what the bank says against itself, and hold the case; once."""
    if payment.contradiction:
        return
    _log.error("payout_contradiction", extra={"number": payment.case_number, "code": row.outcome})
    transaction = world.transaction()
    again = _warn(transaction, number, case)
    told = {
        "contradiction": row.outcome,
        "contradicted_at": world.clock.now(),
        "contradicted_code": row.code or None,
        "warned": again or None,
    }
    first = (PaymentItem.state == payment.state) & ~PaymentItem.contradiction.exists()
    moves.dispute_in(world, transaction, payment, told, first)
    transaction.commit()


def _warn(transaction: Transaction, number: str, case: Case) -> str:
    """Warn the batch that is paying the case again, and return it; "" where none is.

    Its file may not be made or taken blindly. The case must stay as it is meanwhile, since the
    hold stops what is not released yet.
    """
    again: str = case.data.get("batch", "")
    if case.state != "paying" or again == number:
        return ""
    warned: list[Action] = [
        BatchItem.problem.set(HELD),
        BatchItem.held.add({case.number}),
        BatchItem.version.add(1),
    ]
    transaction.update(BatchItem(keys.batch(again), keys.BATCH), warned, BatchItem.pk.exists())
    same = CaseItem.version == case.version
    transaction.check(CaseItem, keys.case(case.number), keys.CASE, same, Conflict())
    return again


def _read(world: World, number: str, row: ResultRow) -> Found:
    return Payouts(world.database).together(wanted(number, row))
