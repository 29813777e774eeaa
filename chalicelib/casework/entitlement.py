"""保障权益 in plain words: said by the room that knows the plans, shown by the room of the insured.

Rooms do not know one another, so app.py announces how the one says it, and the other asks here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from chalicelib.casework import known

if TYPE_CHECKING:
    from chalicelib.store.members import Enrolment
    from chalicelib.store.tables import Item, Key


@dataclass(frozen=True, slots=True)
class Part:
    """Sentences under one heading."""

    heading: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What an insured period entitles to; `example` says that the amounts are made up."""

    plan: str
    example: bool
    parts: tuple[Part, ...]


Found = Mapping["Key", "Item"]
Say = Callable[[Found, "Enrolment", Sequence["Enrolment"], date], Entitlement | None]


@dataclass(frozen=True, slots=True)
class Source:
    """How entitlements are said.

    `reads` names the items that a door reads with the session; `say` gets them, the period,
    all periods of the person and today in Beijing, and returns None where no plan holds.
    """

    reads: Callable[[], list["Key"]]
    say: Say


def reads() -> list["Key"]:
    """Return what has to be read to say anything; nothing before a way is known."""
    return [key for load in known.ENTITLEMENTS for key in load().reads()]


def say(
    found: Found, period: "Enrolment", periods: Sequence["Enrolment"], today: date
) -> Entitlement | None:
    """Return the entitlement of a period, None when nobody can say."""
    for load in known.ENTITLEMENTS:
        return load().say(found, period, periods, today)
    return None
