"""An application that was submitted, as its owner follows it: state, amount, what is next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil
from typing import NamedTuple

from chalicelib.casework import figures
from chalicelib.casework.case import Case
from chalicelib.casework.timeline import TimelineRow
from chalicelib.core import masking
from chalicelib.core.clock import beijing_date, beijing_second
from chalicelib.core.money import parse_yuan
from chalicelib.documents.views import DocumentItem
from chalicelib.subsidy import page_texts as texts
from chalicelib.subsidy import payee, stay
from chalicelib.subsidy.benefit import Statement
from chalicelib.subsidy.estimates import BillView, bill_view, money_text
from chalicelib.subsidy.kind import KIND
from chalicelib.subsidy.payee import Payee
from chalicelib.subsidy.plan import Plan, Slot
from chalicelib.subsidy.states import MACHINE
from chalicelib.subsidy.stay import Stay
from chalicelib.web.result import Action

TONES = {
    "unsent": "alert",
    "draft": "alert",
    "account_repair": "alert",
    "closed": "good",
    "refused": "over",
    "deleted": "over",
}
_WAY = ("first_review", "second_review", "payable", "batched", "paying")
_CHECKED_WAY = ("account_check", "payable", "batched", "paying")
# where a stretch of the way ends, and what it is called
_MILESTONES = {
    "first_review": "初核",
    "second_review": "复核",
    "account_check": "核对账户",
    "paying": "打款",
}
# stretches of one state, so that its times are theirs
_ONE_STEP = ("first_review", "second_review", "account_check")
_CHAIN_SHOWN = 16

Facts = tuple[tuple[str, str], ...]


class Gallery(NamedTuple):
    """The pictures of one document."""

    label: str
    items: tuple[DocumentItem, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an application as it was typed, with the way back to its step."""

    title: str
    facts: Facts
    galleries: tuple[Gallery, ...]
    links: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseView:
    """An application with its progress."""

    state: str
    tone: str
    sentence: str
    facts: Facts
    expected: Facts
    bill: BillView | None
    parts: tuple[Part, ...]
    timeline: tuple[TimelineRow, ...]
    chain: str
    actions: tuple[Action, ...]
    name: str = KIND.label
    expected_title: str = texts.EXPECTED_TITLE
    chain_label: str = texts.CHAIN
    chain_note: str = texts.CHAIN_NOTE
    title: str = texts.CASE_TITLE


def shown_number(number: str) -> str:
    """Return an application's number as people read it: 「BZ1344…」."""
    return KIND.prefix + number


def sentence(case: Case) -> str:
    """Return what happens next with a case, and by when as a rule."""
    withdrawn = case.state == "draft" and not case.reasons
    return texts.STATE_SENTENCES["withdrawn" if withdrawn else case.state]


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says of a case beyond the case itself."""

    stay: Stay
    payee: Payee
    statement: Statement
    galleries: Mapping[str, tuple[Gallery, ...]]
    """By step."""
    timeline: tuple[TimelineRow, ...]
    remark: str
    edit: str
    plan: Plan | None
    recent: Mapping[str, int] = field(default_factory=dict)
    """Counters of recent cases (`casework.figures`)."""


def case_view(case: Case, told: Told, today: date) -> CaseView:
    """Return the page of an application that was submitted."""
    here = f"/subsidies/{case.number}"
    head = case.head[:_CHAIN_SHOWN]
    return CaseView(
        state=MACHINE.states[case.state].label,
        tone=TONES.get(case.state, "wait"),
        sentence=sentence(case),
        facts=(
            ("申请单号", shown_number(case.number)),
            ("创建时间", beijing_second(case.created_at)),
            (_remark_label(case), told.remark),
        ),
        expected=tuple(expected(case, told.plan, today, told.recent)),
        bill=bill_view(
            told.statement,
            total=amount_label(case),
            note=texts.BILL_DECIDED.format(version=told.statement.plan_version),
        ),
        parts=(
            Part(texts.STEP_TITLES["identity"], (), told.galleries["identity"]),
            Part(texts.STAY_TITLE, stay_facts(told.stay), told.galleries["stay"]),
            Part(texts.ACCOUNT_TITLE, payee_facts(told.payee), told.galleries["account"]),
        ),
        timeline=told.timeline,
        chain=" ".join(head[i : i + 4] for i in range(0, len(head), 4)),
        actions=(*_case_actions(case, here, told.edit), Action("返回", "/subsidies")),
    )


def _case_actions(case: Case, here: str, edit: str) -> Iterator[Action]:
    if case.state == "draft":
        yield Action("修改", edit, "primary")
        yield Action("删除申请", f"{here}/delete")
    elif case.state == "account_repair":
        yield Action(texts.REPAIR_TITLE, f"{here}/repair", "primary")
    elif case.state == "first_review" and "first_reviewer" not in case.facts:
        yield Action("撤回申请", f"{here}/withdraw")


def expected(
    case: Case, plan: Plan | None, today: date, recent: Mapping[str, int] | None = None
) -> Iterator[tuple[str, str]]:
    """Yield the stretches that lie ahead and until when they are walked, as a rule.

    The days are working days by the plan's calendar, counted from the latest step. How long
    recent cases took is told where enough of them have passed (PRODUCT C8).
    """
    way = _CHECKED_WAY if case.state == "account_check" else _WAY
    if case.state not in way:
        return
    days = 0
    for state in way[way.index(case.state) :]:
        days += MACHINE.states[state].days
        if state in _MILESTONES:
            told = figures.times(recent or {}, state) if state in _ONE_STEP else None
            took = texts.EXPECTED_RECENT.format(days=ceil(told.most)) if told else ""
            yield _MILESTONES[state], _by(case, plan, days, today) + took


def _by(case: Case, plan: Plan | None, days: int, today: date) -> str:
    if plan is None:
        return texts.EXPECTED_DAYS.format(days=days)
    day = plan.calendar.after(beijing_date(case.updated_at), days)
    late = day < today - timedelta(days=1)
    return texts.EXPECTED_LATE if late else texts.EXPECTED_BY.format(day=day)


def stay_facts(told: Stay) -> Facts:
    """Return a stay as its owner sees it again; the bill has the amounts."""
    return (
        (stay.FIELDS["hospital"], f"{told.hospital}（{told.level.label}）"),
        (stay.FIELDS["department"], told.department),
        ("住院时间", f"{told.admission} 至 {told.discharge}"),
        (stay.FIELDS["settled"], str(told.settled)),
        (stay.FIELDS["settlement"], told.settlement.label),
        (stay.FIELDS["invoice_number"], masking.account(told.invoice_number)),
    )


def money_typed(text: str) -> str:
    """Return an amount as typed the way it is read elsewhere; what is none, as it is."""
    try:
        return money_text(parse_yuan(text))
    except ValueError:
        return text


def payee_facts(told: Payee) -> Facts:
    """Return an account as its owner sees it again."""
    return (
        (payee.FIELDS["holder"], masking.name(told.holder)),
        (payee.FIELDS["bank"], told.bank),
        (payee.FIELDS["branch"], told.branch),
        (payee.FIELDS["account"], masking.account(told.account)),
    )


def amount_label(case: Case) -> str:
    """Return what an amount is called: an estimate until it was approved."""
    decided = case.state not in ("draft", "first_review", "second_review", "refused", "deleted")
    return texts.BILL_AMOUNT if decided else texts.BILL_ESTIMATE


def _remark_label(case: Case) -> str:
    return texts.FAILED if case.state == "account_repair" else "审核意见"


def galleries(
    slots: Sequence[Slot], pictures: Mapping[str, tuple[DocumentItem, ...]]
) -> dict[str, tuple[Gallery, ...]]:
    """Return the pictures of an application by step, in the order of the plan."""
    return {
        step: tuple(
            Gallery(slot.label, pictures[slot.purpose])
            for slot in slots
            if slot.step == step and pictures.get(slot.purpose)
        )
        for step in texts.STEP_TITLES
    }
