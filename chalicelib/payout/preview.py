"""What stands before a decision: how much waits to be paid, and what a release would leave out.

Both look at no more than a screen needs; the work itself checks every payment again.
"""

from dataclasses import dataclass
from typing import Final

from chalicelib.casework.case import Case
from chalicelib.casework.kind import kind_of
from chalicelib.casework.machine import Go
from chalicelib.casework.records import case_from
from chalicelib.payout import texts
from chalicelib.store import keys
from chalicelib.store.cases import TABLE, CaseItem, QueueIndex
from chalicelib.store.payouts import Payouts, case_key, chunks
from chalicelib.web.staff import StaffPerson
from chalicelib.world import World

COUNTED: Final = 100
"""Waiting cases that are counted for a prefecture; more are "more"."""
CHECKED: Final = 200
"""Payments that are looked at before a release."""
_PAYABLE: Final = "payable"


@dataclass(frozen=True, slots=True)
class Barred:
    """A case that this person may not release, and why."""

    case_number: str
    reason: str


@dataclass(frozen=True, slots=True)
class Release:
    """What a release would leave out, as far as it was looked at."""

    checked: int
    barred: tuple[Barred, ...]


def waiting(world: World, prefectures: frozenset[str]) -> dict[str, int]:
    """Return how many cases wait to be paid, at most `COUNTED` for each prefecture.

    One small query for each prefecture, as the queues of the desk (decision 0023).
    """
    return {place: _count(world, place) for place in sorted(prefectures)}


def release(world: World, person: StaffPerson, number: str) -> Release:
    """Return which of a batch's first payments a person may not release."""
    store = Payouts(world.database)
    checked, barred = 0, list[Barred]()
    for portion in chunks(store.payments(number, limit=CHECKED)):
        found = store.together([case_key(item.case_number) for item in portion])
        barred += [
            Barred(item.number, reason)
            for item in found.values()
            if isinstance(item, CaseItem) and (reason := _hindrance(person, case_from(item)))
        ]
        checked += len(portion)
        if checked >= CHECKED:
            break
    return Release(checked, tuple(sorted(barred, key=lambda one: one.case_number)))


def _hindrance(person: StaffPerson, case: Case) -> str:
    if person.member_id and person.member_id == case.member_id:
        return texts.OWN
    rule = kind_of(case.kind).machine.rule(case.state, "release")
    signed = isinstance(rule, Go) and any(
        case.facts.get(fact) == person.account for fact in rule.differs_from
    )
    return texts.SIGNED if signed else ""


def _count(world: World, place: str) -> int:
    answer = world.database.client.query(
        TableName=world.database.name(TABLE),
        IndexName=QueueIndex.Meta.index_name,
        KeyConditionExpression="#queue = :queue",
        ExpressionAttributeNames={"#queue": "queue"},
        ExpressionAttributeValues={":queue": {"S": keys.queue(_PAYABLE, place)}},
        Select="COUNT",
        Limit=COUNTED,
    )
    return int(answer["Count"])
