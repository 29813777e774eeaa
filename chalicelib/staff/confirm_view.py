"""The question before a decision: what it will do, word for word as the employee reads it."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.casework import reasons
from chalicelib.casework.machine import Go
from chalicelib.staff import case_parts
from chalicelib.staff.case_parts import BillRow
from chalicelib.staff.decisions import Decision
from chalicelib.staff.dossier import Dossier
from chalicelib.staff.views import QueueRow, queue_row
from chalicelib.web.staff import StaffPerson
from chalicelib.web.staff_bar import Bar, bar
from chalicelib.world import World


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


def confirm_view(
    world: World, person: StaffPerson, dossier: Dossier, decision: Decision, form: Mapping[str, str]
) -> ConfirmView:
    """Return the question about a case as it will be."""
    case, machine, panel = dossier.case, dossier.kind.machine, dossier.panel
    rule = machine.rule(case.state, decision.action)
    reached = machine.states[rule.to if isinstance(rule, Go) else case.state]
    groups = case_parts.field_groups(panel.rows, masked=True)
    pictures = case_parts.picture_groups(case.number, panel.documents, panel.pictures)
    targets = dict(case_parts.targets(groups, pictures))
    said = tuple(
        (reasons.sentence(reason.code, reason.note), targets.get(reason.target, ""))
        for reason in decision.reasons
    )
    internal = (decision.remark,) if decision.remark else ()
    settles = any(decision.action in ask.actions for ask in panel.asks)
    return ConfirmView(
        bar=bar(person),
        title=f"{machine.actions[decision.action]} {dossier.kind.prefix}{case.number}",
        head=queue_row(person, case, world.clock.now()),
        path=f"/staff/cases/{case.number}",
        action=decision.action,
        label=machine.actions[decision.action],
        leads_to=reached.label,
        told=(case.state, reached.name) in dossier.kind.messages,
        read_by_employee=() if reached.queued else said,
        internal=(*(sentence for sentence, _ in said), *internal) if reached.queued else internal,
        bill=case_parts.bill_rows(panel.bill) if settles else (),
        bill_note=panel.bill_note,
        fields=tuple((name, value) for name, value in form.items() if name != "token" and value),
    )
