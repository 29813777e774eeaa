"""What a reviewer typed, read and judged, and the step that comes of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.casework import reasons
from chalicelib.casework.case import Actor, Case, Reason
from chalicelib.casework.kind import Settled, kind_of
from chalicelib.casework.machine import Go, Refusal, Role
from chalicelib.casework.reasons import REASONS_AT_MOST
from chalicelib.casework.service import Casework, Step
from chalicelib.core.errors import Conflict, NotFound, Refused
from chalicelib.staff import scope, texts
from chalicelib.web.staff import StaffPerson
from chalicelib.world import World

REMARK_LENGTH = 500
ASK_PREFIX = "ask_"
ASK_LENGTH = 200
_VERSION = re.compile(r"\d{1,9}")
_FIELD = re.compile(r"field:[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class Line:
    """One reason as it stands in the form."""

    number: int
    code: str = ""
    target: str = ""
    note: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was chosen or typed."""
        return not (self.code or self.target or self.note)


@dataclass(frozen=True, slots=True)
class Decision:
    """An action on the version of a case that was seen, with its reasons and remark."""

    action: str
    version: int
    reasons: tuple[Reason, ...]
    remark: str
    asks: Mapping[str, str]
    """What was typed into the panel's asks, by their names."""


def lines(form: Mapping[str, str]) -> tuple[Line, ...]:
    """Return the reasons of a form as they were typed; lines that were not sent are empty."""
    return tuple(
        Line(
            number,
            form.get(f"code_{number}", "")[:8],
            form.get(f"target_{number}", "")[:80],
            form.get(f"note_{number}", "")[: reasons.NOTE_LENGTH + 100],
        )
        for number in range(1, REASONS_AT_MOST + 1)
    )


def asks(form: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed into a panel's asks, by their names."""
    return {
        name.removeprefix(ASK_PREFIX): value[: ASK_LENGTH + 1]
        for name, value in form.items()
        if name.startswith(ASK_PREFIX)
    }


def read(case: Case, form: Mapping[str, str]) -> Decision:
    """Return the decision of a form; raises Refused naming every line to mend."""
    action = form.get("action", "")
    kind = kind_of(case.kind)
    if action not in kind.machine.actions or action in kind.elsewhere:
        raise NotFound
    rule = kind.machine.rule(case.state, action)
    needs_reason = isinstance(rule, Go) and rule.needs_reason
    given = [line for line in lines(form) if not line.empty] if needs_reason else []
    errors = _problems(case, given)
    if needs_reason and not given:
        errors = {"code_1": texts.REASON_MISSING}
    remark = form.get("remark", "")
    if len(remark) > REMARK_LENGTH:
        errors["remark"] = texts.NOTE_TOO_LONG
    if errors:
        raise Refused(errors=errors)
    version = form.get("version", "")
    return Decision(
        action,
        int(version) if _VERSION.fullmatch(version) else 0,
        tuple(Reason(line.code, line.target, line.note) for line in given),
        remark,
        asks(form),
    )


def settled(world: World, person: StaffPerson, case: Case, decision: Decision) -> Settled | None:
    """Return what the case would hold after a decision, None when it keeps what it has.

    Raises Conflict when the case is not the one that was seen, Refused naming the asks to
    mend. Whoever may not decide settles nothing: the transition refuses them.
    """
    kind = kind_of(case.kind)
    if decision.version != case.version:
        raise Conflict(Refusal.ALREADY_DECIDED.value)
    possible = decision.action in scope.open_actions(person, case)
    if kind.settle is None or not possible or scope.hindrance(person, case):
        return None
    actor = _actor(person, case, decision.action)
    return kind.settle(world, case, actor, decision.action, decision.asks)


def take(
    world: World, person: StaffPerson, number: str, form: Mapping[str, str], operation: str
) -> Case:
    """Decide a case; the same operation twice is the same success.

    Raises Conflict when somebody else was faster, Refused while somebody else works on it.
    """
    casework = Casework(world)
    case = casework.read(number)
    scope.require(person, case)
    if operation in case.operations:
        return case
    decision = read(case, form)
    will_be = settled(world, person, case, decision)
    step = Step(
        decision.action,
        _actor(person, case, decision.action),
        operation,
        reasons=decision.reasons,
        note=decision.remark,
        data=will_be.data if will_be else None,
    )
    return casework.advance(case, step, version=decision.version)


def _actor(person: StaffPerson, case: Case, action: str) -> Actor:
    role = scope.role_for(person, case, action)
    senior = Role.SENIOR_REVIEWER in person.roles
    return Actor(role, person.account, person.member_id, senior=senior)


def _problems(case: Case, given: list[Line]) -> dict[str, str]:
    errors = {}
    for line in given:
        reason = Reason(line.code, line.target, line.note)
        problem = reasons.problem(reason)
        if problem is not None:
            field = "note" if line.code in reasons.REASONS else "code"
            errors[f"{field}_{line.number}"] = problem
        elif not _points_into(case, line.target):
            errors[f"target_{line.number}"] = texts.TARGET_UNKNOWN
    return errors


def _points_into(case: Case, target: str) -> bool:
    if target.startswith("document:"):
        return target.removeprefix("document:") in case.documents
    return not target or _FIELD.fullmatch(target) is not None
