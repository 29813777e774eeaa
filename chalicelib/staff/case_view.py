"""The page of one case, everything already text and masked unless it was asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.casework import reasons
from chalicelib.casework.kind import Check, Kind, Row
from chalicelib.casework.machine import Go, Role
from chalicelib.casework.service import Casework
from chalicelib.casework.timeline import timeline
from chalicelib.core import masking
from chalicelib.core.clock import beijing_minute
from chalicelib.staff import scope, texts
from chalicelib.staff.decisions import Decision, Line
from chalicelib.staff.dossier import Dossier
from chalicelib.staff.views import QueueRow, queue_row
from chalicelib.web.staff import StaffPerson
from chalicelib.web.staff_bar import Bar, bar
from chalicelib.world import World

_MASKS: Mapping[str, Callable[[str], str]] = {
    "name": masking.name,
    "doc_number": masking.document,
    "birth_date": lambda value: "".join("*" if c.isdigit() else c for c in value),
    "phone": masking.phone,
    "social_card": masking.account,
    "account": masking.account,
}
_KEYS = {"approve": "a", "reject": "r", "send_back": "b"}


@dataclass(frozen=True, slots=True)
class Field:
    """A line of the panel; `target` is what a reason that points here carries."""

    label: str
    new: str
    old: str
    previous: str
    changed: bool
    target: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the case."""

    label: str
    href: str
    thumb_href: str
    target: str
    ready: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the history, with who took it."""

    title: str
    by: str
    at: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """A button; `key` is the key that presses it."""

    name: str
    label: str
    key: str
    needs_reason: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the decision's form."""

    lines: tuple[Line, ...] = tuple(Line(n) for n in range(1, reasons.REASONS_AT_MOST + 1))
    remark: str = ""
    note: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether the reasons are to be seen from the start."""
        return any(not line.empty for line in self.lines) or bool(self.errors)


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as a reviewer sees it."""

    bar: Bar
    title: str
    head: QueueRow
    path: str
    version: int
    since: str
    created: str
    fields: tuple[Field, ...]
    masked: bool
    maskable: bool
    checks: tuple[tuple[str, Check], ...]
    pictures: tuple[Picture, ...]
    watermark: str
    history: tuple[Step, ...]
    notes: tuple[Step, ...]
    lease: str
    lease_tone: str
    actions: tuple[Action, ...]
    hindrance: str
    notable: bool
    """Whether this person may write notes and go on to the next case."""
    typed: Typed
    targets: tuple[tuple[str, str], ...]
    catalogue: tuple[tuple[str, str], ...]
    reveal_reasons: tuple[tuple[str, str], ...]


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
    fields: tuple[tuple[str, str], ...]


def case_view(
    world: World, person: StaffPerson, dossier: Dossier, *, typed: Typed, masked: bool = True
) -> CaseView:
    """Return the page; `masked` hides what nobody needs to read at first sight."""
    case, now = dossier.case, world.clock.now()
    fields = tuple(_field(row, masked=masked) for row in dossier.panel.rows)
    pictures = _pictures(dossier)
    actions = _actions(person, dossier)
    hindrance = scope.hindrance(person, case) if actions else ""
    lease, tone = _lease(person, dossier) if actions and not hindrance else ("", "")
    return CaseView(
        bar=bar(person),
        title=f"{dossier.kind.label} {dossier.kind.prefix}{case.number}",
        head=queue_row(person, case, now),
        path=f"/staff/cases/{case.number}",
        version=case.version,
        since=case.updated_at.isoformat(),
        created=beijing_minute(case.created_at),
        fields=fields,
        masked=masked,
        maskable=any(row.field in _MASKS for row in dossier.panel.rows),
        checks=tuple((_tone(check), check) for check in dossier.panel.checks),
        pictures=pictures,
        watermark=f"{person.account} {beijing_minute(now)} 仅供审核",
        history=_history(world, dossier),
        notes=tuple(
            Step("", note.account, beijing_minute(note.at), (note.text,)) for note in dossier.notes
        ),
        lease=lease,
        lease_tone=tone,
        actions=() if hindrance else actions,
        hindrance=hindrance,
        notable=bool(person.roles & scope.REVIEWERS),
        typed=typed,
        targets=_targets(fields, pictures),
        catalogue=tuple((text.code, text.label) for text in reasons.REASONS.values()),
        reveal_reasons=tuple(texts.REVEAL_REASONS.items()),
    )


def confirm_view(
    world: World, person: StaffPerson, dossier: Dossier, decision: Decision, form: Mapping[str, str]
) -> ConfirmView:
    """Return the question before a decision: word for word what the employee will read."""
    case, machine = dossier.case, dossier.kind.machine
    rule = machine.rule(case.state, decision.action)
    reached = machine.states[rule.to if isinstance(rule, Go) else case.state]
    fields = tuple(_field(row, masked=True) for row in dossier.panel.rows)
    targets = dict(_targets(fields, _pictures(dossier)))
    said = tuple(
        (reasons.sentence(reason.code, reason.note), targets.get(reason.target, ""))
        for reason in decision.reasons
    )
    internal = (decision.remark,) if decision.remark else ()
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
        fields=tuple((name, value) for name, value in form.items() if name != "token" and value),
    )


def _field(row: Row, *, masked: bool) -> Field:
    show = _MASKS.get(row.field, str) if masked else str
    return Field(
        label=row.label,
        new=show(row.new),
        old=show(row.old) if row.old is not None else "",
        previous=show(row.previous) if row.previous is not None else "",
        changed=row.changed,
        target=f"field:{row.field}",
    )


def _pictures(dossier: Dossier) -> tuple[Picture, ...]:
    base = f"/staff/cases/{dossier.case.number}/pictures"
    return tuple(
        Picture(
            label=f"图片 {place}",
            href=f"{base}/{document.doc_id}",
            thumb_href=f"{base}/{document.doc_id}?size=thumb",
            target=f"document:{document.doc_id}",
            ready=document.state == "clean",
        )
        for place, document in enumerate(dossier.documents, start=1)
    )


def _targets(
    fields: tuple[Field, ...], pictures: tuple[Picture, ...]
) -> tuple[tuple[str, str], ...]:
    return (
        ("", "整个申请"),
        *((shown.target, shown.label) for shown in fields),
        *((picture.target, picture.label) for picture in pictures),
    )


def _history(world: World, dossier: Dossier) -> tuple[Step, ...]:
    rows = timeline(dossier.kind, dossier.history, Casework(world).open_note, internal=True)
    return tuple(
        Step(row.title, _who(event.role, event.actor), row.at_text, row.note_lines)
        for row, event in zip(rows, reversed(dossier.history), strict=True)
    )


def _who(role: Role, actor: str) -> str:
    """Staff see which colleague it was; an employee is their role only."""
    return role.label if role in (Role.EMPLOYEE, Role.SYSTEM) else f"{role.label} {actor}"


def _actions(person: StaffPerson, dossier: Dossier) -> tuple[Action, ...]:
    machine: Kind = dossier.kind
    found = []
    for name in scope.open_actions(person, dossier.case):
        rule = machine.machine.rule(dossier.case.state, name)
        needs_reason = isinstance(rule, Go) and rule.needs_reason
        label = machine.machine.actions[name]
        found.append(Action(name, label, _KEYS.get(name, ""), needs_reason))
    return tuple(found)


def _lease(person: StaffPerson, dossier: Dossier) -> tuple[str, str]:
    lease = dossier.lease
    if lease is None:
        return "尚无人办理", "free"
    until = beijing_time(lease.until)
    if lease.holder == person.account:
        return f"由您办理，保留至 {until}", "mine"
    return f"{lease.holder} 正在办理，保留至 {until}", "taken"


def beijing_time(moment: datetime) -> str:
    """Return the time of day in Beijing, "14:43"."""
    return beijing_minute(moment).rpartition(" ")[2]


def _tone(check: Check) -> str:
    return {True: "pass", False: "fail", None: "look"}[check.passed]
