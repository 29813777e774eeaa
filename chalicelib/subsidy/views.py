"""What the pages of an application show around its forms: the list, the way in, the questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.casework.case import Case
from chalicelib.core.clock import beijing_second
from chalicelib.subsidy import page_texts as texts
from chalicelib.subsidy.benefit import Statement
from chalicelib.subsidy.estimates import money_text
from chalicelib.subsidy.forms import FieldView
from chalicelib.subsidy.kind import KIND
from chalicelib.subsidy.plan import Plan, Settlement, Slot
from chalicelib.subsidy.progress import TONES, Facts, amount_label, sentence, shown_number
from chalicelib.subsidy.states import MACHINE
from chalicelib.web.result import Action


class Needed(NamedTuple):
    """A document to have at hand."""

    label: str
    hint: str
    required: bool
    sample: str


@dataclass(frozen=True, slots=True)
class Card:
    """One application in the list."""

    state: str
    tone: str
    sentence: str
    facts: Facts
    links: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class ListView:
    """「补助申请」: an employee's applications, newest first."""

    cards: tuple[Card, ...]
    more_href: str | None
    notice: str = ""
    name: str = KIND.label
    title: str = texts.LIST_TITLE
    empty_title: str = texts.EMPTY_TITLE
    empty_text: str = texts.EMPTY_TEXT


@dataclass(frozen=True, slots=True)
class NewView:
    """What to know and agree to before an application is begun."""

    plan: str
    mark: str
    deadline: str
    needed: tuple[tuple[str, tuple[Needed, ...]], ...]
    errors: Mapping[str, str]
    agreed: bool = False
    intro: str = texts.NEW_INTRO
    need_title: str = texts.NEED_TITLE
    data_title: str = texts.DATA_TITLE
    data_points: tuple[str, ...] = texts.DATA_POINTS
    agree_text: str = texts.CONSENT_HEALTH
    title: str = texts.NEW_TITLE


@dataclass(frozen=True, slots=True)
class RepairView:
    """The account of a payment that failed; all but `fields` is as it was."""

    action: str
    version: str
    state: str
    facts: Facts
    fields: tuple[FieldView, ...]
    errors: Mapping[str, str]
    note: str = texts.REPAIR_NOTE
    name: str = KIND.label
    submit_text: str = texts.REPAIR_SUBMIT
    title: str = texts.REPAIR_TITLE

    @property
    def order(self) -> tuple[str, ...]:
        """The fields as they stand on the page, for the list of errors."""
        return tuple(field.name for field in self.fields)


@dataclass(frozen=True, slots=True)
class ConfirmView:
    """The question before something is taken back."""

    number: str
    action: str
    back: str
    consequences: tuple[str, ...]
    submit_text: str
    title: str


def unsent_card(number: str, created_at: str, step: str) -> Card:
    """Return the card of what was never submitted; `step` is where to go on."""
    here = f"/subsidies/{number}"
    return Card(
        state=texts.UNSENT,
        tone=TONES["unsent"],
        sentence=texts.STATE_SENTENCES["unsent"],
        facts=(("申请单号", shown_number(number)), ("创建时间", created_at)),
        links=(Action("删除", f"{here}/delete"), Action("继续填写", f"{here}/{step}", "primary")),
    )


def case_card(case: Case, remark: str, statement: Statement, edit: str) -> Card:
    """Return the card of a case; `remark` is what was objected to, `edit` where to mend it."""
    return Card(
        state=MACHINE.states[case.state].label,
        tone=TONES.get(case.state, "wait"),
        sentence=sentence(case),
        facts=(
            ("申请单号", shown_number(case.number)),
            ("创建时间", beijing_second(case.created_at)),
            (amount_label(case), money_text(statement.amount_fen)),
            ("备注", remark),
        ),
        links=_card_links(case, edit),
    )


def _card_links(case: Case, edit: str) -> tuple[Action, ...]:
    here = f"/subsidies/{case.number}"
    progress = Action("审核进度", here)
    if case.state == "draft":
        return (Action("删除", f"{here}/delete"), progress, Action("修改", edit, "primary"))
    if case.state == "account_repair":
        return (progress, Action(texts.REPAIR_TITLE, f"{here}/repair", "primary"))
    return (progress,)


def new_view(plan: Plan, errors: Mapping[str, str], *, agreed: bool) -> NewView:
    """Return the way in, with the documents that a plan asks for."""
    always = [slot for slot in plan.slots if set(slot.settlements) == set(Settlement)]
    needed = [(texts.NEED_ALWAYS, tuple(map(_needed, always)))]
    for settlement in Settlement:
        more = [slot for slot in plan.checklist(settlement) if slot not in always]
        if more:
            title = texts.NEED_ELSE.format(label=settlement.label)
            needed.append((title, tuple(map(_needed, more))))
    return NewView(
        plan=plan.name,
        mark=texts.BILL_MARK if plan.example else "",
        deadline=texts.DEADLINE_TEXT.format(rule=plan.deadline.label),
        needed=tuple(needed),
        errors=errors,
        agreed=agreed,
    )


def _needed(slot: Slot) -> Needed:
    return Needed(slot.label, slot.hint, slot.required, slot.sample)


def delete_view(number: str, back: str) -> ConfirmView:
    """Return the question before an application is deleted."""
    action = f"/subsidies/{number}/delete"
    consequences = texts.DELETE_CONSEQUENCES
    return ConfirmView(shown_number(number), action, back, consequences, "删除", texts.DELETE_TITLE)


def withdraw_view(number: str) -> ConfirmView:
    """Return the question before an application is withdrawn."""
    here = f"/subsidies/{number}"
    consequences = texts.WITHDRAW_CONSEQUENCES
    return ConfirmView(
        shown_number(number),
        f"{here}/withdraw",
        here,
        consequences,
        "撤回",
        texts.WITHDRAW_TITLE,
    )


def repair_view(
    case: Case,
    fields: tuple[FieldView, ...],
    errors: Mapping[str, str],
    *,
    amount: str,
    reason: str,
) -> RepairView:
    """Return the page on which an account is mended."""
    return RepairView(
        action=f"/subsidies/{case.number}/repair",
        version=str(case.version),
        state=MACHINE.states[case.state].label,
        facts=(
            ("申请单号", shown_number(case.number)),
            (texts.BILL_AMOUNT, amount),
            (texts.FAILED, reason),
        ),
        fields=fields,
        errors=errors,
    )
