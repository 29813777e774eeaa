"""What the console shows of payments of which the bank said two things, everything already text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.casework import reasons
from chalicelib.casework.case import Case
from chalicelib.casework.kind import kind_of
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework
from chalicelib.core.clock import beijing_minute
from chalicelib.core.money import yuan
from chalicelib.payout import models, payees, texts, verdicts
from chalicelib.payout.disputes import Disputed
from chalicelib.payout.models import Dispute, PaymentState, Verdict
from chalicelib.payout.views import HOME
from chalicelib.store import keys
from chalicelib.store.payouts import PaymentItem
from chalicelib.web.staff import StaffPerson
from chalicelib.web.staff_bar import Bar, bar
from chalicelib.world import World


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A payment in the list, or the head of its page."""

    href: str
    number: str
    state: str
    tone: str
    amount: str
    first: str
    second: str
    case: str
    case_state: str


@dataclass(frozen=True, slots=True)
class ListView:
    """All payments that people have to look into."""

    bar: Bar
    rows: tuple[DisputeRow, ...]
    title: str = "待核实付款"


@dataclass(frozen=True, slots=True)
class Option:
    """A verdict that may be proposed: what follows from it, or why it cannot be chosen now."""

    value: str
    label: str
    words: str
    refusal: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A verdict that waits for another person; `mine` where this person may not confirm it."""

    label: str
    words: str
    who: str
    reason: str
    seen: str
    mine: str


@dataclass(frozen=True, slots=True)
class DisputeView:
    """One payment: what the bank said, what people found out, and what they may say now."""

    bar: Bar
    row: DisputeRow
    path: str
    batch: str
    batch_href: str
    case_href: str
    facts: tuple[tuple[str, str], ...]
    settled: str
    settled_by: str
    proposal: Proposal | None
    acts: bool
    folded: bool
    ask: str
    options: tuple[Option, ...]
    reason: str
    title: str
    errors: Mapping[str, str] = field(default_factory=dict)


def list_view(person: StaffPerson, found: Sequence[tuple[PaymentItem, Case]]) -> ListView:
    """Return the list."""
    return ListView(bar(person, HOME), tuple(_row(item, case) for item, case in found))


def dispute_view(
    world: World,
    person: StaffPerson,
    found: Disputed,
    typed: tuple[str, str],
    errors: Mapping[str, str],
) -> DisputeView:
    """Return one payment; `typed` is the verdict and the reason of a form that was refused."""
    item, case = found.payment, found.case
    row, batch = _row(item, case), keys.name_in(item.pk)
    settled = item.dispute == Dispute.SETTLED
    return DisputeView(
        bar=bar(person, HOME),
        row=row,
        path=row.href,
        batch=batch,
        batch_href=f"{HOME}/{batch}",
        case_href=f"/staff/cases/{case.number}",
        facts=_facts(world, item, row),
        settled=texts.VERDICTS[str(item.verdict)] if settled else "",
        settled_by=_settled_by(item) if settled else "",
        proposal=_proposal(world, person, found),
        acts=Role.FINANCE in person.roles,
        folded=settled or (bool(item.proposal) and not errors),
        ask=texts.ASK_AGAIN if settled else texts.ASK_OTHER if item.proposal else texts.ASK,
        options=tuple(_option(one, found, typed[0]) for one in verdicts.offered(item)),
        reason=typed[1],
        title=f"核实付款 {item.number}",
        errors=errors,
    )


def _row(item: PaymentItem, case: Case) -> DisputeRow:
    kind = kind_of(case.kind)
    dispute = Dispute(str(item.dispute))
    state = dispute.label
    if item.proposal:
        state = f"{state}，{texts.PROPOSED}" if dispute is Dispute.DOUBLED else texts.PROPOSED
    return DisputeRow(
        href=f"{HOME}/{keys.name_in(item.pk)}/disputes/{item.number}",
        number=item.number,
        state=state,
        tone="done" if dispute is Dispute.SETTLED else "wait" if item.proposal else "bad",
        amount=yuan(int(item.amount_fen)),
        first=_said(_first(item), str(item.code or ""), item.settled_at),
        second=_said(str(item.contradiction), item.contradicted_code or "", item.contradicted_at),
        case=f"{kind.prefix}{case.number}",
        case_state=kind.machine.states[case.state].label,
    )


def _first(item: PaymentItem) -> str:
    """Return what the bank said first; of a payment it was never told of, nothing."""
    if item.state == PaymentState.REMOVED or not item.settled_at:
        return PaymentState.REMOVED.value
    return "failed" if item.contradiction == "paid" else "paid"


def _said(outcome: str, code: str, at: datetime | None) -> str:
    label = PaymentState(outcome).label
    if outcome == PaymentState.FAILED and code:
        label = f"{label}（{reasons.label(code)}）"
    return f"{label} {beijing_minute(at)}" if at else label


def _facts(world: World, item: PaymentItem, row: DisputeRow) -> tuple[tuple[str, str], ...]:
    batch = keys.name_in(item.pk)
    payee = payees.masked(world, batch, [models.payment_of(item)]).get(item.number)
    told = [("金额", f"¥{row.amount}"), ("银行先说", row.first), ("银行后说", row.second)]
    told.append(("付款现在", PaymentState(item.state).label))
    if payee:
        told.append(("收款人", f"{payee.holder} {payee.account}"))
    return tuple(told)


def _settled_by(item: PaymentItem) -> str:
    at = beijing_minute(item.verified_at) if item.verified_at else ""
    return texts.VERIFIED_BY.format(proposer=item.proposer, verifier=item.verifier, at=at)


def _proposal(world: World, person: StaffPerson, found: Disputed) -> Proposal | None:
    item = found.payment
    if not item.proposal or not item.proposed or not item.note:
        return None
    verdict = Verdict(item.proposed)
    plan = verdicts.plan(verdict, item, found.case, found.other)
    at = beijing_minute(item.proposed_at) if item.proposed_at else ""
    mine = texts.OWN_PROPOSAL if item.proposer == person.account else plan.refusal
    return Proposal(
        label=verdict.label,
        words=plan.words,
        who=f"{at} 由 {item.proposer} 提出",
        reason=Casework(world).open_note(item.case_number, item.note),
        seen=item.proposal,
        mine=mine,
    )


def _option(verdict: Verdict, found: Disputed, chosen: str) -> Option:
    plan = verdicts.plan(verdict, found.payment, found.case, found.other)
    value = verdict.value
    return Option(value, verdict.label, plan.words, plan.refusal, chosen=value == chosen)
