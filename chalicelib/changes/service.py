"""Opening, mending and deleting a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.casework import reasons
from chalicelib.casework.case import Actor, Case
from chalicelib.casework.machine import Go, Role
from chalicelib.casework.service import Casework, Step
from chalicelib.changes import attempts, rules, texts
from chalicelib.changes.attempts import Attempt
from chalicelib.changes.kind import KIND, NAME
from chalicelib.changes.rules import Values
from chalicelib.core import identity
from chalicelib.core.clock import beijing_date
from chalicelib.core.errors import Conflict, NotFound, Refused
from chalicelib.core.identity import DocType
from chalicelib.store import digests
from chalicelib.web.visit import Member
from chalicelib.world import World

_NUMBER_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Submission:
    """A form as it came: its fields, its pictures, and the operation it stands for."""

    fields: Mapping[str, str]
    documents: Sequence[str]
    operation: str


def own_case(world: World, member: Member, number: str) -> Case:
    """Return an employee's own request; anything else is NotFound."""
    return _own(Casework(world).read(_known_shape(number)), member)


def own_story(world: World, member: Member, number: str) -> tuple[Case, list[Any]]:
    """Return an employee's own request with its events."""
    case, history = Casework(world).story(_known_shape(number))
    return _own(case, member), history


def listed(world: World, member: Member, before: str | None) -> tuple[list[Case], dict[str, str]]:
    """Return a page of an employee's requests, and what was said about those sent back."""
    older = _known_shape(before) if before else None
    cases = Casework(world).owned(member.record.member_id, NAME, older)
    remarks = {
        case.number: "；".join(pinned_reasons(world, case).values())
        for case in cases
        if case.state == "draft"
    }
    return cases, remarks


def submit(world: World, member: Member, sent: Submission) -> Case:
    """Open a request; raises Refused with the fields to mend."""
    registered = attempts.values_of(member.record)
    attempt = _attempt(world, registered, registered, sent)
    number = world.ids.number()
    data = _data(world, member, number, {}, attempt)
    record = member.record
    step = _step("submit", record.member_id, sent.operation, attempt, data)
    return Casework(world).open(KIND, record.member_id, record.prefecture, step, number=number)


def resubmit(world: World, member: Member, number: str, sent: Submission) -> Case:
    """Send a request again after it came back; everything objected to must be touched."""
    case = own_case(world, member, number)
    if sent.operation in case.operations:
        return case
    _refuse_unless_open_to("submit", case)
    registered = attempts.values_of(member.record)
    base = attempts.asked_for(registered, attempts.read(world.vault, case)[-1])
    attempt = _attempt(world, registered, base, sent, pinned_reasons(world, case))
    data = _data(world, member, number, case.data, attempt)
    step = _step("submit", member.record.member_id, sent.operation, attempt, data)
    seen = sent.fields.get("version", "")
    if seen != str(case.version):
        raise Conflict(texts.EDITED_ELSEWHERE)
    return Casework(world).advance(case, step, version=case.version)


def delete(world: World, member: Member, number: str, operation: str) -> None:
    """Delete a request that came back."""
    case = own_case(world, member, number)
    actor = Actor(Role.EMPLOYEE, member.record.member_id)
    Casework(world).advance(case, Step("delete", actor, operation))


def pinned_reasons(world: World, case: Case) -> dict[str, str]:
    """Return what reviewers objected to, by target; "" holds what has none."""
    casework = Casework(world)
    said: dict[str, list[str]] = {}
    for reason in case.reasons:
        note = casework.open_note(case.number, reason.note)
        said.setdefault(reason.target, []).append(reasons.sentence(reason.code, note))
    return {target: "；".join(sentences) for target, sentences in said.items()}


def _attempt(
    world: World,
    registered: Values,
    base: Values,
    sent: Submission,
    pinned: Mapping[str, str] | None = None,
) -> Attempt:
    """Return what a form asks for; what it leaves empty is as in `base`."""
    from chalicelib.changes.models import ChangeForm
    from chalicelib.web.forms import parse

    today = beijing_date(world.clock.now())
    still = rules.untouched(pinned or {}, sent.fields, sent.documents)
    context = {"today": today, "doc_type": base["doc_type"]}
    try:
        form = parse(ChangeForm, {**sent.fields, rules.PICTURES: sent.documents}, context)
    except Refused as refused:
        raise Refused(errors={**still, **refused.errors}) from None
    wanted = {**base, **form.typed}
    errors = {**still, **rules.problems(registered, wanted, today)}
    if errors:
        raise Refused(errors=errors)
    return Attempt(rules.changes(registered, wanted), form.documents)


def _data(
    world: World, member: Member, number: str, before: Mapping[str, Any], attempt: Attempt
) -> dict[str, Any]:
    wanted = attempts.asked_for(attempts.values_of(member.record), attempt)
    kind = DocType(wanted["doc_type"])
    lookup = identity.lookup_form(kind, wanted["doc_number"])
    new = digests.document(world.vault, kind, lookup)
    look_ups = attempts.LookUps(member.profile.doc_digest, new)
    return attempts.with_attempt(world.vault, number, before, attempt, look_ups)


def _step(
    action: str, member_id: str, operation: str, attempt: Attempt, data: Mapping[str, Any]
) -> Step:
    return Step(
        action,
        Actor(Role.EMPLOYEE, member_id),
        operation,
        changed=tuple(attempt.changes),
        data=data,
        documents=attempt.documents,
    )


def _refuse_unless_open_to(action: str, case: Case) -> None:
    """Say what is true of the case before anything about the form."""
    rule = KIND.machine.rule(case.state, action)
    if not isinstance(rule, Go):
        raise Refused(rule.refusal.value)


def _own(case: Case, member: Member) -> Case:
    if case.kind != NAME or case.member_id != member.record.member_id:
        raise NotFound
    return case


def _known_shape(number: str) -> str:
    if not (number.isascii() and number.isdecimal() and len(number) <= _NUMBER_DIGITS):
        raise NotFound
    return number
