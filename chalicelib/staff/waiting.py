"""What waits: the queues of a person's roles and prefectures, oldest first."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from chalicelib.casework.case import Case
from chalicelib.casework.kind import kinds
from chalicelib.casework.machine import Go, Role, State
from chalicelib.casework.service import Casework
from chalicelib.staff import scope
from chalicelib.store.cases import PAGE
from chalicelib.web.staff import StaffPerson
from chalicelib.world import World

_LEASES_TRIED = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list: "" stands for all; `after` is where the page before ended."""

    state: str
    prefecture: str = ""
    kind: str = ""
    after: str = ""


def states(person: StaffPerson) -> dict[str, State]:
    """Return the queues that a person's roles work on (an auditor: all), by name."""
    found: dict[str, State] = {}
    for kind in kinds():
        for state in kind.machine.states.values():
            if state.queued and (_workers(state.name) & person.roles or _sees_all(person)):
                found.setdefault(state.name, state)
    return found


def listed(world: World, person: StaffPerson, wanted: Wanted) -> list[Case]:
    """Return a page of a queue: one round trip for each prefecture that is asked for."""
    return list(islice(_queue(world, person, wanted), PAGE))


def take_next(world: World, person: StaffPerson, *, after: str = "", but: str = "") -> Case | None:
    """Take the lease on the oldest case that this person may decide and nobody works on."""
    casework = Casework(world)
    waiting = heapq.merge(
        *(_queue(world, person, Wanted(state, after=after)) for state in _worked(person)),
        key=_since,
    )
    mine = (
        case
        for case in waiting
        if case.number != but
        and scope.open_actions(person, case)
        and not scope.hindrance(person, case)
    )
    for case in islice(mine, _LEASES_TRIED):
        if casework.lease(case.number, person.account):
            return case
    return None


def _queue(world: World, person: StaffPerson, wanted: Wanted) -> Iterator[Case]:
    casework = Casework(world)
    places = person.prefectures & {wanted.prefecture} if wanted.prefecture else person.prefectures
    cases = heapq.merge(
        *(_pages(casework, wanted.state, place, wanted.after) for place in sorted(places)),
        key=_since,
    )
    return (case for case in cases if wanted.kind in ("", case.kind))


def _pages(casework: Casework, state: str, prefecture: str, after: str) -> Iterator[Case]:
    while True:
        page = casework.queue(state, prefecture, after or None)
        yield from page
        if len(page) < PAGE:
            return
        after = _since(page[-1])


def _since(case: Case) -> str:
    """When a case entered its queue, as the index sorts it."""
    return case.updated_at.isoformat()


def _worked(person: StaffPerson) -> list[str]:
    return [name for name in states(person) if _workers(name) & person.roles]


def _workers(state: str) -> set[Role]:
    """Roles that some kind of case lets act in a state."""
    return {
        rule.by
        for kind in kinds()
        if state in kind.machine.states
        for action in kind.machine.actions
        if isinstance(rule := kind.machine.rule(state, action), Go)
    }


def _sees_all(person: StaffPerson) -> bool:
    return Role.AUDITOR in person.roles
