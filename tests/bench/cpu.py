"""CPU of requests on the built package, beside Chalice alone and the client of AWS alone.

All in one process and in turns. "Dispatch" is Chalice answering a route that does nothing; "client"
is the same calls, asked of botocore with nobody around it.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.bench import cold
from tests.bench.tape import Tape, save

LIMIT = 3
"""Milliseconds that a page may take beyond Chalice's dispatch."""


@dataclass(frozen=True)
class Cpu:
    """Milliseconds of one request: everything, Chalice alone, the client alone."""

    name: str
    page: float
    dispatch: float
    client: float
    least: float
    """The least beyond Chalice: what the machine's other work added to the median is not in it."""
    calls: tuple[str, ...]

    @property
    def beyond(self) -> float:
        """What is not Chalice's."""
        return self.page - self.dispatch

    @property
    def own(self) -> float:
        """What is ours: beyond Chalice's dispatch and the client of AWS."""
        return self.beyond - self.client


def measure(tapes: list[Tape], folder: Path, package: Path) -> list[Cpu]:
    """Play each request many times in a warm container."""
    found = json.loads(cold.child("warm", package, save(tapes, folder / "warm.json")))
    return [Cpu(**{**one, "calls": tuple(one["calls"])}) for one in found]


def table(measured: list[Cpu]) -> list[str]:
    """Return the figures as lines of a table."""
    lines = [
        "| CPU in ms, warm | beyond Chalice | least | ours | AWS client | calls | dispatch |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for one in measured:
        parts = [f"{part:.2f}" for part in (one.beyond, one.least, one.own, one.client)]
        line = (one.name, *parts, str(len(one.calls)), f"{one.dispatch:.2f}")
        lines.append(f"| {' | '.join(line)} |")
    good = sum(one.beyond <= LIMIT for one in measured)
    least = sum(one.least <= LIMIT for one in measured)
    return [*lines, "", f"{good} of {len(measured)} within {LIMIT} ms, {least} by their least"]
