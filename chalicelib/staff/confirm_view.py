"""The question before a decision: what it will do, word for word as the employee reads it."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.casework import reasons
from chalicelib.casework.case import Case
from chalicelib.casework.kind import Kind, Settled, kind_of
from chalicelib.casework.machine import Go
from chalicelib.staff import case_parts
from chalicelib.staff.case_parts import BillRow
from chalicelib.staff.decisions import Decision
from chalicelib.staff.views import QueueRow, queue_row
from chalicelib.web.staff import StaffPerson
from chalicelib.web.staff_bar import Bar, bar
from chalicelib.world import World


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: whose decision about which case, and what it will hold then."""

    person: StaffPerson
    case: Case
    decision: Decision
    will_be: Settled | None


@dataclass(frozen=True, slots=True)
class ConfirmView:
    """What a decision will do, before it does."""

    bar: Bar
    title: str
    head: QueueRow
    path: str
    action: str
    label: str
    leads_to: str
    told: bool
    read_by_employee: tuple[tuple[str, str], ...]
    """Sentences, each with what it points at."""
    internal: tuple[str, ...]
    bill: tuple[BillRow, ...]
    """The amount as it will stand, where the action decides about it."""
    bill_note: str
    fields: tuple[tuple[str, str], ...]


def confirm_view(world: World, question: Question, form: Mapping[str, str]) -> ConfirmView:
    """Return the question about a case as it will be."""
    person, case, decision = question.person, question.case, question.decision
    kind, will_be = kind_of(case.kind), question.will_be
    machine = kind.machine
    rule = machine.rule(case.state, decision.action)
    reached = machine.states[rule.to if isinstance(rule, Go) else case.state]
    targets = _targets(world, kind, case) if decision.reasons else {}
    said = tuple(
        (reasons.sentence(reason.code, reason.note), targets.get(reason.target, ""))
        for reason in decision.reasons
    )
    internal = (decision.remark,) if decision.remark else ()
    return ConfirmView(
        bar=bar(person),
        title=f"{machine.actions[decision.action]} {kind.prefix}{case.number}",
        head=queue_row(person, case, world.clock.now()),
        path=f"/staff/cases/{case.number}",
        action=decision.action,
        label=machine.actions[decision.action],
        leads_to=reached.label,
        told=(case.state, reached.name) in kind.messages,
        read_by_employee=() if reached.queued else said,
        internal=(*(sentence for sentence, _ in said), *internal) if reached.queued else internal,
        bill=case_parts.bill_rows(will_be.bill) if will_be else (),
        bill_note=will_be.bill_note if will_be else "",
        fields=tuple((name, value) for name, value in form.items() if name != "token" and value),
    )


def _targets(world: World, kind: Kind, case: Case) -> dict[str, str]:
    """Return what a reason may point at, with its name."""
    panel = kind.panel(world, case)
    groups = case_parts.field_groups(panel.rows, masked=True)
    pictures = case_parts.picture_groups(case.number, panel.documents, panel.pictures)
    return dict(case_parts.targets(groups, pictures))
