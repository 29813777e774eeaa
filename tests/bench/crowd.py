"""A crowd in moto's tables: so many people, each with every item that one person has.

The keys of their items, in tables and indexes, are rows of SQLite on disk, in the order in which
DynamoDB keeps them; the rest of an item is the one person's. moto answers every question itself:
it gets its own items and, of the crowd's, as many as one page of DynamoDB could reach.
"""

import copy
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from tests.fakes.cloud import REGION
from tests.fakes.light import LightTable

SHARED = ("due#", "audit#")
"""Partitions that people have together: there a sort key names whose item it is."""
KEYS = ("pk", "sk", "owner", "number", "queue", "queued_at")
HOLE = "%"
PAGE = 10_000
"""More items than a page of DynamoDB holds: a megabyte of none below 100 bytes."""
LAST = chr(0x10FFFF)

Seen = set[tuple[str, str]]


def tables() -> list[Table]:
    """Return moto's tables (inside `mock_aws`)."""
    return list(dynamodb_backends["123456789012"][REGION].tables.values())


def items() -> Iterator[tuple[Table, Item]]:
    """Yield all that lies in moto's tables."""
    for table in tables():
        for below in table.items.values():
            yield from ((table, item) for item in below.values())


def name(item: Item) -> tuple[str, str]:
    """Return the key of an item."""
    return item.hash_key.value, item.range_key.value


def twin(item: Item, number: int) -> Item:
    """Return an item as another person has it."""
    other = copy.copy(item)
    other.attrs = dict(item.attrs)
    for key, pattern in patterns(item).items():
        other.attrs[key] = DynamoType({"S": pattern.replace(HOLE, f"{number:07d}")})
    other.hash_key, other.range_key = other.attrs["pk"], other.attrs["sk"]
    return other


def patterns(item: Item) -> dict[str, str]:
    """Return the keys of an item with a hole where people differ."""
    values = {key: item.attrs[key].value for key in KEYS if key in item.attrs}
    whose = "sk" if values["pk"].startswith(SHARED) else "pk"
    for key in (whose, "owner", "number"):
        if key in values:
            values[key] += HOLE
    if "queued_at" in values:
        values["queued_at"] = values["queued_at"].replace("+", f".{HOLE}+")
    return values


def of_people(before: Seen) -> list[tuple[Table, Item]]:
    """Return the items of those who came, but not the house's, and none that is soon forgotten."""
    return [
        (table, item)
        for table, item in items()
        if name(item) not in before
        and "outbox" not in item.attrs
        and not table.name.endswith("moments")
        and not item.hash_key.value.startswith(("stats#", "batch#"))
    ]


class Crowd:
    """People numbered 1, 2, 3, …, in a file of a folder."""

    def __init__(self, folder: Path, before: Seen) -> None:
        """Copy whoever came since `before` was seen."""
        self._items = of_people(before)
        self._file = sqlite3.connect(folder / "crowd.sqlite", isolation_level=None)
        self._file.executescript("""
            PRAGMA journal_mode = OFF;
            PRAGMA synchronous = OFF;
            PRAGMA cache_size = -100000;
            CREATE TABLE entry (place, hash, range, item, person,
                PRIMARY KEY (place, hash, range, item, person)) WITHOUT ROWID;
            CREATE TABLE pattern (place, hash, range, item);
        """)
        for number, (table, item) in enumerate(self._items):
            keys = patterns(item)
            table.__class__, table.crowd = CrowdedTable, self
            self._note(table.name, keys["pk"], keys["sk"], number)
            for index in table.global_indexes:
                entry = [keys[key] for key in index.schema_key_attrs if key in keys]
                if len(entry) == len(index.schema_key_attrs):
                    self._note(f"{table.name}/{index.name}", *entry, number)

    def _note(self, *pattern: Any) -> None:
        self._file.execute("INSERT INTO pattern VALUES (?, ?, ?, ?)", pattern)

    def grow(self, size: int) -> None:
        """Let so many people come; each kind of partition in its order."""
        groups = self._file.execute("SELECT DISTINCT place, hash FROM pattern").fetchall()
        for group in groups:
            self._file.execute(
                """
                WITH RECURSIVE people (n) AS
                    (SELECT 1 UNION ALL SELECT n + 1 FROM people WHERE n < ?1)
                INSERT INTO entry
                SELECT place, replace(hash, ?4, printf('%07d', n)),
                    replace(range, ?4, printf('%07d', n)), item, n
                FROM people CROSS JOIN pattern WHERE place = ?2 AND hash = ?3
                """,
                (size, *group, HOLE),
            )

    def __len__(self) -> int:
        """Return how many items there are; what indexes repeat is not counted."""
        places = ", ".join(f"'{table.name}'" for table in tables())
        found = self._file.execute(f"SELECT count(*) FROM pattern WHERE place IN ({places})")
        each: int = found.fetchone()[0]
        return each * self._file.execute("SELECT max(person) FROM entry").fetchone()[0]

    def find(
        self, place: str, partition: str, span: tuple[str, str], most: int, *, forward: bool = True
    ) -> list[Item]:
        """Return the first items of a partition between two sort keys."""
        order = "ASC" if forward else "DESC"
        found = self._file.execute(
            "SELECT item, person FROM entry WHERE place = ? AND hash = ? AND range BETWEEN ? AND ?"
            f" ORDER BY range {order} LIMIT ?",
            (place, partition, *span, most),
        )
        return [twin(self._items[item][1], person) for item, person in found]


class CrowdedTable(LightTable):
    """A table in which a crowd stands beside what the product writes."""

    crowd: Crowd

    def get_item(self, hash_key: Any, range_key: Any = None, projection: Any = None) -> Any:
        own = super().get_item(hash_key, range_key, projection)
        if own is not None:
            return own
        sk = range_key.value
        return next(iter(self.crowd.find(self.name, hash_key.value, (sk, sk), 1)), None)

    def query(self, *asked: Any, **more: Any) -> Any:
        partition, comparison, values, limit, start, forward, _, index = asked[:8]
        low, high = _span(comparison, [value.value for value in values])
        forward = forward is not False
        if start:
            begins = start[self.get_index(index).schema_key_attrs[-1] if index else "sk"]["S"]
            low, high = (max(low, begins), high) if forward else (low, min(high, begins))
        # some more than asked for: several may have the sort key that the page begins after
        most = 2 * limit + 10 if limit else PAGE
        place = f"{self.name}/{index}" if index else self.name
        reach = copy.copy(self)
        reach.__class__ = Table
        reach.items = defaultdict(dict, {pk: dict(below) for pk, below in self.items.items()})
        for item in self.crowd.find(place, partition.value, (low, high), most, forward=forward):
            reach.items[item.hash_key].setdefault(item.range_key, item)
        return reach.query(*asked, **more)


def _span(comparison: str | None, values: list[str]) -> tuple[str, str]:
    """Return between which sort keys a condition can hold; moto looks at it once more."""
    match comparison:
        case None:
            return "", LAST
        case "BETWEEN":
            return values[0], values[1]
        case "BEGINS_WITH":
            return values[0], values[0] + LAST
        case "=" | "EQ":
            return values[0], values[0]
        case ">" | ">=" | "GT" | "GE":
            return values[0], LAST
        case _:
            return "", values[0]
