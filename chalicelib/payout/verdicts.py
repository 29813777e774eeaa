"""What a verdict on a payment would do, as people read it before they decide, and as it is done.

Pure. Whether the case may go that way is asked of the machine's table, here and once more in
the transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.casework.case import Case
from chalicelib.casework.kind import kind_of
from chalicelib.casework.machine import No
from chalicelib.casework.reasons import FAILURE_FIELDS
from chalicelib.core.errors import NotAllowed, Refused
from chalicelib.payout import moves, texts
from chalicelib.payout.models import Dispute, PaymentState, Verdict
from chalicelib.store import keys
from chalicelib.store.payouts import PaymentItem
from chalicelib.web.staff import StaffPerson

_OTHER = "F06"
"""What a failure is called that the bank gave no code for that we know."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The case's step, what the payment becomes, and what of its dispute is left.

    `words` say what will happen; `refusal` why it cannot now, "" where it can. `code` is the
    failure's; `other` a payment that turns out to have paid the case.
    """

    action: str
    to: PaymentState
    words: str
    refusal: str
    dispute: Dispute = Dispute.SETTLED
    data: Mapping[str, Any] | None = None
    code: str = ""
    other: PaymentItem | None = None


def offered(item: PaymentItem) -> tuple[Verdict, ...]:
    """Return what may be said of a payment now."""
    if item.dispute == Dispute.DOUBLED:
        return (Verdict.RECOVERED,)
    return (Verdict.PAID, Verdict.FAILED)


def plan(verdict: Verdict, item: PaymentItem, case: Case, other: PaymentItem | None) -> Plan:
    """Return what a verdict would do; `other` was paid beside it and is in dispute as well."""
    state = PaymentState(item.state)
    if verdict is Verdict.RECOVERED:
        return _same(case, PaymentState.FAILED, texts.THEN_RECOVERED)
    if verdict is Verdict.PAID:
        return _same(case, state, texts.THEN_STAYS_PAID) if _paid(state) else _was_paid(item, case)
    if _paid(state):
        return _was_not_paid(item, case, other)
    label = kind_of(case.kind).machine.states[case.state].label
    return _same(case, state, texts.THEN_STAYS_FAILED.format(state=label))


def require(chosen: Plan, case: Case, person: StaffPerson) -> None:
    """Refuse a proposal that nobody could confirm, or that is not this person's to make."""
    if person.member_id and person.member_id == case.member_id:
        raise NotAllowed(texts.OWN_DISPUTE)
    if chosen.refusal:
        raise Refused(errors={"verdict": chosen.refusal})


def _paid(state: PaymentState) -> bool:
    return state is PaymentState.PAID


def _was_paid(item: PaymentItem, case: Case) -> Plan:
    if case.state == "closed":
        words = texts.THEN_TWICE.format(number=case.data.get("payment", ""))
        refusal = _refusal(case, "verify_twice")
        return Plan("verify_twice", PaymentState.PAID, words, refusal, Dispute.DOUBLED)
    data = {**case.data, "payment": item.number, "batch": keys.name_in(item.pk)}
    refusal = _refusal(case, "verify_paid")
    return Plan("verify_paid", PaymentState.PAID, texts.THEN_PAID, refusal, data=data)


def _was_not_paid(item: PaymentItem, case: Case, other: PaymentItem | None) -> Plan:
    code = str(item.contradicted_code or item.code)
    code = code if code in FAILURE_FIELDS else _OTHER
    if other is not None:
        data = {**case.data, "payment": other.number, "batch": keys.name_in(other.pk)}
        words = texts.THEN_OTHER.format(number=other.number)
        refusal = _refusal(case, "verify")
        return Plan("verify", PaymentState.FAILED, words, refusal, data=data, other=other)
    mendable = bool(FAILURE_FIELDS[code])
    action = "verify_unpaid" if mendable else "verify_unpaid_other"
    words = texts.THEN_UNPAID[mendable]
    data = moves.without_payment(case)
    refusal = _refusal(case, action)
    return Plan(action, PaymentState.FAILED, words, refusal, data=data, code=code)


def _same(case: Case, to: PaymentState, words: str) -> Plan:
    return Plan("verify", to, words, _refusal(case, "verify"))


def _refusal(case: Case, action: str) -> str:
    rule = kind_of(case.kind).machine.rule(case.state, action)
    return rule.refusal.value if isinstance(rule, No) else ""
