"""What a person of staff may see: cases of their prefectures, by the roles they hold."""

from chalicelib.casework.case import Case
from chalicelib.casework.kind import kind_of
from chalicelib.casework.machine import Go, Role
from chalicelib.core.errors import NotFound
from chalicelib.web.staff import StaffPerson

REVIEWERS = frozenset({Role.FIRST_REVIEWER, Role.SECOND_REVIEWER})
READERS = REVIEWERS | {Role.AUDITOR}
OVERSEERS = frozenset({Role.AUDITOR, Role.ADMIN})


def require(person: StaffPerson, case: Case) -> None:
    """Answer a case of another prefecture as one that does not exist."""
    if case.prefecture not in person.prefectures:
        raise NotFound


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
    """Return the actions that the table gives to a person's roles in this state."""
    machine = kind_of(case.kind).machine
    given = {a for role in person.roles for a in machine.open_to(case.state, role)}
    return tuple(action for action in machine.actions if action in given)


def hindrance(person: StaffPerson, case: Case) -> str:
    """Return why this person may not decide although their role could, "" when they may."""
    if person.member_id and person.member_id == case.member_id:
        return "这是您本人的申请，须由其他人员办理。"
    machine = kind_of(case.kind).machine
    for action in open_actions(person, case):
        rule = machine.rule(case.state, action)
        if isinstance(rule, Go) and any(
            case.facts.get(fact) == person.account for fact in rule.differs_from
        ):
            return "您已办理该申请的初核，复核须由其他人员办理。"
    return ""
