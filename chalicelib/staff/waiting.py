"""What waits: the queues of a person's roles and prefectures, oldest first."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from chalicelib.casework.case import Case
from chalicelib.casework.kind import kinds
from chalicelib.casework.machine import Role, State
from chalicelib.casework.service import Casework
from chalicelib.staff import scope
from chalicelib.store.cases import PAGE
from chalicelib.web.staff import StaffPerson
from chalicelib.world import World

_LEASES_TRIED = 20
# However long a queue is: what one request looks at to find what it wants.
_SEARCHED = 10 * PAGE


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list: "" stands for all; `after` is where the page before ended."""

    state: str
    prefecture: str = ""
    kind: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page of a queue; `after` is where to go on, "" at its end."""

    cases: Sequence[Case]
    after: str = ""


def states(person: StaffPerson) -> dict[str, State]:
    """Return the queues that a person's roles have to do with (an auditor: all), by name.

    A state that only the system ends is watched by those who lead cases there.
    """
    found: dict[str, State] = {}
    for kind in kinds():
        for state in kind.machine.states.values():
            if state.queued and (
                kind.machine.watchers[state.name] & person.roles or _sees_all(person)
            ):
                found.setdefault(state.name, state)
    return found


def first(person: StaffPerson) -> str:
    """Return the queue to begin with: one to decide at the desk, else any, "" for none."""
    return next(iter([*_worked(person), *states(person)]), "")


def listed(world: World, person: StaffPerson, wanted: Wanted) -> Waiting:
    """Return a page of a queue: one round trip for each prefecture that is asked for.

    With a kind it may take more, and the page may end early: kinds share their queues.
    """
    cases: list[Case] = []
    for seen, case in enumerate(_queue(world, person, wanted), start=1):
        if wanted.kind in ("", case.kind):
            cases.append(case)
        if len(cases) == PAGE or seen == _SEARCHED:
            return Waiting(cases, _since(case))
    return Waiting(cases)


def take_next(world: World, person: StaffPerson, *, after: str = "", but: str = "") -> Case | None:
    """Take the lease on the oldest case that this person may decide and nobody works on."""
    casework = Casework(world)
    waiting = heapq.merge(
        *(_queue(world, person, Wanted(state, after=after)) for state in _worked(person)),
        key=_since,
    )
    mine = (
        case
        for case in islice(waiting, _SEARCHED)
        if case.number != but
        and scope.open_actions(person, case)
        and not scope.hindrance(person, case)
    )
    for case in islice(mine, _LEASES_TRIED):
        if casework.lease(case.number, person.account):
            return case
    return None


def _queue(world: World, person: StaffPerson, wanted: Wanted) -> Iterator[Case]:
    """Yield a queue of all kinds, as far as it is asked for."""
    casework = Casework(world)
    places = person.prefectures & {wanted.prefecture} if wanted.prefecture else person.prefectures
    return heapq.merge(
        *(_pages(casework, wanted.state, place, wanted.after) for place in sorted(places)),
        key=_since,
    )


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
    """Return the queues in which a person decides at the desk."""
    mine = {
        state
        for kind in kinds()
        for state in kind.machine.states
        for role in person.roles
        if set(kind.machine.open_to(state, role)) - kind.elsewhere
    }
    return [name for name in states(person) if name in mine]


def _sees_all(person: StaffPerson) -> bool:
    return Role.AUDITOR in person.roles
