"""The doctor's look at the statistics: do the counters say what the histories say?

Every step is counted once by a worker behind a queue. Here it is counted again from the histories
that the doctor reads anyway; what stays in memory are counters, however many cases there are.
The stored ones are read first: whatever they know then stands in a history that is read later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.casework import figures
from chalicelib.casework.case import Case, Event
from chalicelib.casework.kind import kinds
from chalicelib.core.clock import Clock
from chalicelib.core.errors import AppError
from chalicelib.core.ids import SystemIds
from chalicelib.core.settings import Settings
from chalicelib.statistics import worker
from chalicelib.store import keys
from chalicelib.store.counters import TABLE, FigureItem, Where
from chalicelib.store.tables import Database
from chalicelib.world import World
from infra import doctor_subsidies, keyring
from infra.errors import InfraError
from infra.session import Cloud

Words = tuple[str, str]
"""Where something is wrong, and what."""

_MONEY: Final = "fen"
_Sums = dict[Where, dict[str, int]]


class Tally:
    """Counters as the histories have them, beside the stored ones.

    `world` opens amounts; None leaves money out. `grace` is how long a step may wait to be
    counted: a younger one may stand in the stored counters, and may not.
    """

    def __init__(
        self, database: Database, now: datetime, grace: timedelta, world: World | None
    ) -> None:
        self._world = world
        self._counted_by = now - grace
        self._stored: _Sums = dict(_stored(database))
        self._must: _Sums = {}
        self._may: _Sums = {}
        self.money = world is not None
        """Whether money is compared; False from the first amount that does not open."""

    def see(self, case: Case, history: Sequence[Event]) -> None:
        """Count the steps of a case."""
        if case.kind not in {kind.name for kind in kinds()}:
            return
        for before, event in pairwise([None, *history]):
            if event is not None:
                self._count(case, event, before)

    def years(self, database: Database, cases: Sequence[Case]) -> list[Words]:
        """Return every year whose sums are not those of its applications."""
        if self._world is None or not self.money:
            return []
        try:
            return [*doctor_subsidies.years(database, cases, self._world.vault)]
        except (AppError, ClientError, BotoCoreError):
            self.money = False
            return []

    def findings(self) -> Iterator[Words]:
        """Yield every counter that says too little or too much, and by how much."""
        for where in sorted({*self._stored, *self._must, *self._may}, key=_place):
            stored, must, may = (
                sums.get(where, {}) for sums in (self._stored, self._must, self._may)
            )
            for name in sorted({*stored, *must, *may}):
                if not self.money and name.endswith(f":{_MONEY}"):
                    continue
                has, least = stored.get(name, 0), must.get(name, 0)
                off = min(has - least, 0) or max(has - least - may.get(name, 0), 0)
                if off:
                    yield _place(where), f"counter {name} is {has}, {off:+d} to its histories"

    def _count(self, case: Case, event: Event, before: Event | None) -> None:
        adds = figures.of_event(event, before, self._amount(case, event))
        sums = self._must if event.at <= self._counted_by else self._may
        for where in worker.places(case, event):
            sums[where] = figures.total(sums.get(where, {}), adds)

    def _amount(self, case: Case, event: Event) -> int | None:
        if self._world is None or not self.money:
            return None
        try:
            return worker.amount(self._world, case, event)
        except (AppError, ClientError, BotoCoreError):
            self.money = False
            return None


def opener(cloud: Cloud, database: Database, clock: Clock) -> World | None:
    """Return a world that opens sealed fields with the operator's credentials, and no more.

    None where the stage has no keys yet.
    """
    try:
        vault = keyring.open_vault(cloud)
    except InfraError:
        return None
    nothing = Settings(**{field.name: "" for field in fields(Settings)})
    return World(nothing, clock, SystemIds(clock), {"vault": vault, "database": database})


def _stored(database: Database) -> Iterator[tuple[Where, dict[str, int]]]:
    pages = database.client.get_paginator("scan").paginate(
        TableName=database.name(TABLE),
        FilterExpression="begins_with(pk, :statistics)",
        ExpressionAttributeValues={":statistics": {"S": keys.STATISTICS_PREFIX}},
        ConsistentRead=True,
    )
    for item in (item for page in pages for item in page["Items"]):
        kind, _, month = keys.name_in(item["pk"]["S"]).rpartition("#")
        found = FigureItem.from_raw_data(item)
        yield Where(kind, month, found.sk), dict(found.figures)


def _place(where: Where) -> str:
    return f"{where.kind} {where.month} {where.place}"
