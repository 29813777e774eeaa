"""Counters that statistics are made of, kept by the stream: office, stats#<kind>#<month>, <place>.

An event counts once: its marker is written with what it adds. Markers live longer than any
queue repeats a message.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pynamodb.expressions.operand import Path, Value
from pynamodb.expressions.update import AddAction, Update

from chalicelib.core.errors import AppError
from chalicelib.store import keys
from chalicelib.store.moments import Moments
from chalicelib.store.tables import Database, Item, Key, read_together
from chalicelib.store.transaction import Transaction

TABLE = "office"
EVERYWHERE = "all"
"""The place that sums up all prefectures."""

_MARKER_SECONDS = 60 * 86_400


class FigureItem(Item):
    """The counters of one kind, month and place, by name; DynamoDB makes them as they come."""

    table = TABLE
    figures: Mapping[str, int] = {}

    @classmethod
    def from_raw_data(cls, data: dict[str, dict[str, Any]]) -> Self:
        item = cls(data["pk"]["S"], data["sk"]["S"])
        item.figures = {name: int(value["N"]) for name, value in data.items() if "N" in value}
        return item


@dataclass(frozen=True, slots=True)
class Where:
    """What a counter is of: a kind of case, a month "2026-11", a prefecture or EVERYWHERE."""

    kind: str
    month: str
    place: str

    @property
    def key(self) -> Key:
        """The item that holds it."""
        return FigureItem, keys.statistics(self.kind, self.month), self.place


class AlreadyCounted(AppError):
    """The event was counted before."""


class Counters:
    """The counters of a stage."""

    def __init__(self, database: Database, moments: Moments) -> None:
        self._database = database
        self._moments = moments

    def add(self, number: str, seq: int, places: Iterable[Where], adds: Mapping[str, int]) -> None:
        """Count an event in several places at once; raises AlreadyCounted the second time."""
        transaction = Transaction(self._database)
        marker = keys.moment("counted", f"{number}:{seq}")
        self._moments.count_in(transaction, marker, 1, _MARKER_SECONDS, AlreadyCounted())
        for where in places:
            transaction.raw("Update", self._update(where, adds))
        transaction.commit()

    def read(self, places: Iterable[Where]) -> dict[Where, Mapping[str, int]]:
        """Return counters (at most 100 places) in one round trip; nothing where none are."""
        wanted = list(places)
        found = read_together(self._database, [where.key for where in wanted])
        return {where: figures(found.get(where.key)) for where in wanted}

    def _update(self, where: Where, adds: Mapping[str, int]) -> dict[str, Any]:
        _, pk, sk = where.key
        added = Update(*(AddAction(Path([name]), Value(count)) for name, count in adds.items()))
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        return {
            "TableName": self._database.name(TABLE),
            "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
            "UpdateExpression": added.serialize(names, values),
            "ExpressionAttributeNames": {place: name for name, place in names.items()},
            "ExpressionAttributeValues": values,
        }


def figures(item: Item | None) -> Mapping[str, int]:
    """Return the counters of an item that was read, none when it is missing."""
    return item.figures if isinstance(item, FigureItem) else {}
