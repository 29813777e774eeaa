"""The page of one case, everything already text and masked unless it was asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.casework import reasons
from chalicelib.casework.kind import Check
from chalicelib.casework.machine import Go, Role
from chalicelib.casework.service import Casework
from chalicelib.casework.timeline import timeline
from chalicelib.core.clock import beijing_minute
from chalicelib.staff import case_parts, scope, texts
from chalicelib.staff.case_parts import AskField, BillRow, FieldGroup, PictureGroup
from chalicelib.staff.decisions import Line
from chalicelib.staff.dossier import Dossier
from chalicelib.staff.groups import DECIDERS
from chalicelib.staff.views import QueueRow, queue_row
from chalicelib.web.staff import StaffPerson
from chalicelib.web.staff_bar import Bar, bar
from chalicelib.world import World

_KEYS = {
    "approve": "a",
    "confirm_account": "a",
    "reject": "r",
    "reject_account": "r",
    "send_back": "b",
    "refuse": "x",
}
# More than a reviewer sees without scrolling.
_A_FEW = 7
_REASONED = ("code_", "target_", "note_", "remark")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the history, with who took it."""

    title: str
    by: str
    at: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """A button; `key` is the key that presses it, `asks` stand before it."""

    name: str
    label: str
    key: str
    needs_reason: bool
    asks: tuple[AskField, ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the decision's form."""

    lines: tuple[Line, ...] = tuple(Line(n) for n in range(1, reasons.REASONS_AT_MOST + 1))
    remark: str = ""
    note: str = ""
    asks: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether the reasons are to be seen from the start."""
        wrong = any(name.startswith(_REASONED) for name in self.errors)
        return wrong or any(not line.empty for line in self.lines)


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
    groups: tuple[FieldGroup, ...]
    masked: bool
    maskable: bool
    checks: tuple[tuple[str, Check], ...]
    verdict: tuple[tuple[str, str], ...]
    """What the checks come to in one line; nothing where a few are read at a glance."""
    bill: tuple[BillRow, ...]
    bill_note: str
    pictures: tuple[PictureGroup, ...]
    watermark: str
    history: tuple[Step, ...]
    notes: tuple[Step, ...]
    lease: str
    lease_tone: str
    actions: tuple[Action, ...]
    hindrance: str
    """Why there is nothing to decide, "" when there is."""
    notable: bool
    """Whether this person may write notes and go on to the next case."""
    typed: Typed
    targets: tuple[tuple[str, str], ...]
    catalogue: tuple[tuple[str, str], ...]
    reveal_reasons: tuple[tuple[str, str], ...]


def case_view(
    world: World, person: StaffPerson, dossier: Dossier, *, typed: Typed, masked: bool = True
) -> CaseView:
    """Return the page; `masked` hides what nobody needs to read at first sight."""
    case, now = dossier.case, world.clock.now()
    panel = dossier.panel
    groups = case_parts.field_groups(panel.rows, masked=masked)
    pictures = case_parts.picture_groups(case.number, panel.documents, panel.pictures)
    hindrance = _hindrance(person, dossier)
    lease, tone = ("", "") if hindrance else _lease(person, dossier)
    return CaseView(
        bar=bar(person),
        title=f"{dossier.kind.label} {dossier.kind.prefix}{case.number}",
        head=queue_row(person, case, now),
        path=f"/staff/cases/{case.number}",
        version=case.version,
        since=case.updated_at.isoformat(),
        created=beijing_minute(case.created_at),
        groups=groups,
        masked=masked,
        maskable=case_parts.maskable(panel.rows),
        checks=tuple((_tone(check), check) for check in panel.checks),
        verdict=_verdict(panel.checks),
        bill=case_parts.bill_rows(panel.bill),
        bill_note=panel.bill_note,
        pictures=pictures,
        watermark=f"{person.account} {beijing_minute(now)} 仅供审核",
        history=_history(world, dossier),
        notes=tuple(
            Step("", note.account, beijing_minute(note.at), (note.text,)) for note in dossier.notes
        ),
        lease=lease,
        lease_tone=tone,
        actions=() if hindrance else _actions(person, dossier, typed),
        hindrance=hindrance,
        notable=bool(person.roles & DECIDERS),
        typed=typed,
        targets=case_parts.targets(groups, pictures),
        catalogue=tuple(
            (text.code, f"{text.code} {text.label}") for text in reasons.REASONS.values()
        ),
        reveal_reasons=tuple(texts.REVEAL_REASONS.items()),
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


def _hindrance(person: StaffPerson, dossier: Dossier) -> str:
    if scope.open_actions(person, dossier.case):
        return scope.hindrance(person, dossier.case)
    state = dossier.kind.machine.states[dossier.case.state].label
    elsewhere = scope.open_elsewhere(person, dossier.case)
    return (texts.ELSEWHERE if elsewhere else texts.LOOK_ONLY).format(state=state)


def _actions(person: StaffPerson, dossier: Dossier, typed: Typed) -> tuple[Action, ...]:
    machine = dossier.kind.machine
    found = []
    for name in scope.open_actions(person, dossier.case):
        rule = machine.rule(dossier.case.state, name)
        action = Action(
            name,
            machine.actions[name],
            _KEYS.get(name, ""),
            needs_reason=isinstance(rule, Go) and rule.needs_reason,
            asks=case_parts.ask_fields(dossier.panel.asks, name, typed.asks),
        )
        found.append(action)
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


def _verdict(checks: Sequence[Check]) -> tuple[tuple[str, str], ...]:
    """Return what is wrong, then what to look at, then how many are right."""
    if len(checks) <= _A_FEW:
        return ()
    wrong = [("fail", check.label) for check in checks if check.passed is False]
    look = [("look", check.label) for check in checks if check.passed is None]
    right = len(checks) - len(wrong) - len(look)
    summary = texts.REST_PASSED if wrong or look else texts.ALL_PASSED
    return (*wrong, *look, ("pass", summary.format(count=right)))


def _tone(check: Check) -> str:
    return {True: "pass", False: "fail", None: "look"}[check.passed]
