"""What a person of staff may see: cases of their prefectures, by the roles they hold.

A role reads a case from the first step on that the role has a part in: finance sees what was
approved, and nothing of an application or a change that is still being looked at.
"""

from functools import cache

from chalicelib.casework.case import Case
from chalicelib.casework.kind import kind_of
from chalicelib.casework.machine import Go, Role
from chalicelib.core.errors import NotFound
from chalicelib.staff import texts
from chalicelib.web.staff import StaffPerson


def require(person: StaffPerson, case: Case) -> None:
    """Answer a case of another prefecture, or not yet of the person's roles, as no case."""
    if case.prefecture not in person.prefectures:
        raise NotFound
    if not any(case.state in readable(case.kind, role) for role in person.roles):
        raise NotFound


@cache
def readable(kind_name: str, role: Role) -> frozenset[str]:
    """Return the states in which a role may read a kind of case: its own, and those after."""
    machine = kind_of(kind_name).machine
    if role is Role.AUDITOR:
        return frozenset(machine.states)
    found = {state for state in machine.states if machine.open_to(state, role)}
    more = found
    while more:
        rules = [machine.rule(state, action) for state in more for action in machine.actions]
        more = {rule.to for rule in rules if isinstance(rule, Go)} - found
        found = found | more
    return frozenset(found)


def role_for(person: StaffPerson, case: Case, action: str) -> Role:
    """Return the role in which a person takes an action.

    Where the table gives it to nobody the person can be, any role of theirs: the
    transition refuses it with the sentence that is true then.
    """
    rule = kind_of(case.kind).machine.rule(case.state, action)
    if isinstance(rule, Go) and rule.by in person.roles:
        return rule.by
    return min(person.roles)


def open_actions(person: StaffPerson, case: Case) -> tuple[str, ...]:
    """Return the actions that the table gives to a person's roles in this state, at the desk."""
    kind = kind_of(case.kind)
    given = {a for role in person.roles for a in kind.machine.open_to(case.state, role)}
    return tuple(a for a in kind.machine.actions if a in given - kind.elsewhere)


def open_elsewhere(person: StaffPerson, case: Case) -> bool:
    """Return whether another room has actions in this state for a person's roles."""
    kind = kind_of(case.kind)
    waits = kind.machine.states[case.state].queued
    given = {a for role in person.roles for a in kind.machine.open_to(case.state, role)}
    return waits and bool(given & kind.elsewhere)


def hindrance(person: StaffPerson, case: Case) -> str:
    """Return why this person may not decide although their role could, "" when they may."""
    if person.member_id and person.member_id == case.member_id:
        return texts.OWN_CASE
    machine = kind_of(case.kind).machine
    for action in open_actions(person, case):
        rule = machine.rule(case.state, action)
        facts = rule.differs_from if isinstance(rule, Go) else ()
        for fact in facts:
            if case.facts.get(fact) == person.account:
                step = machine.states[case.state].label.removeprefix("待")
                return texts.FOUR_EYES.format(done=texts.FACTS[fact], step=step)
    return ""
