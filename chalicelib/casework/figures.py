"""What is counted of a step, and what counters say (PRODUCT B7, C8).

Pure. A counter's name tells what it counts: `step:<from>:<action>`, `reason:<code>`,
`hours:<state>:<bound>` (how long cases stayed in a state, up to so many hours),
`paid:fen` and `approved:fen`; `returned:fen` was paid, as it seemed, and was not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.casework.case import Event

BOUNDS = (1, 2, 4, 8, 12, 24, 36, 48, 72, 96, 120, 168, 240, 336, 504, 720, 1440, 4320, 8760)
"""Hours; what took longer than the last counts there too."""
MONEY = {
    "approve": "approved:fen",
    "paid": "paid:fen",
    "verify_paid": "paid:fen",
    "verify_unpaid": "returned:fen",
    "verify_unpaid_other": "returned:fen",
}
"""What counts money, of the steps that are about some."""
ENOUGH = 20
"""Below so many cases no time is told: it would say something about somebody."""


@dataclass(frozen=True, slots=True)
class Times:
    """How many cases left a state, and after how many days half and nine in ten of them had."""

    count: int
    median: float
    most: float


def of_event(event: Event, before: Event | None, amount_fen: int | None) -> dict[str, int]:
    """Return what a step adds to the counters; `before` led into the state that it leaves."""
    adds = {f"step:{event.from_state}:{event.action}": 1}
    for code in sorted({reason.code for reason in event.reasons}):
        adds[f"reason:{code}"] = 1
    if before is not None:
        adds[f"hours:{event.from_state}:{_bound(event.at - before.at)}"] = 1
    if amount_fen is not None:
        adds[MONEY[event.action]] = amount_fen
    return adds


def total(*counters: Mapping[str, int]) -> dict[str, int]:
    """Return counters added up by name."""
    added: dict[str, int] = {}
    for one in counters:
        for name, count in one.items():
            added[name] = added.get(name, 0) + count
    return added


def times(counters: Mapping[str, int], state: str) -> Times | None:
    """Return how long cases stay in a state, in days; None where too few have left it."""
    hours = [(bound, counters.get(f"hours:{state}:{bound}", 0)) for bound in BOUNDS]
    count = sum(cases for _, cases in hours)
    if count < ENOUGH:
        return None
    return Times(count, _share(hours, count * 0.5) / 24, _share(hours, count * 0.9) / 24)


def _bound(stay: timedelta) -> int:
    hours = stay / timedelta(hours=1)
    return next((bound for bound in BOUNDS if hours <= bound), BOUNDS[-1])


def _share(hours: list[tuple[int, int]], wanted: float) -> float:
    """Return after how many hours so many cases were through, evenly spread within a bound."""
    below, seen = 0, 0
    for bound, cases in hours:
        if cases and seen + cases >= wanted:
            return below + (bound - below) * (wanted - seen) / cases
        seen += cases
        below = bound
    return float(below)
