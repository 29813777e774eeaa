"""A meter on everything that AWS bills by use, for stories told in moto.

What DynamoDB charges is worked out from items: a write costs a unit for each begun kB of the larger
of the item before and after, twice in a transaction, and the same once more in each index that
changes; a read half a unit for each begun 4 kB, twice when it is consistent.
"""

import gzip
import json
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from math import ceil
from typing import Any

import boto3

from chalicelib.store.tables import table_schema
from tests.fakes.cloud import REGION, TABLES, Stage

Typed = Mapping[str, Any]
_HALF = Decimal("0.5")
_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}
_S3 = {"PutObject": "s3_puts", "CopyObject": "s3_puts", "GetObject": "s3_gets"}
_LINKED = re.compile(r'(?:src|href)="(/(?:static|staff/cases/\d+/(?:pictures|documents))[^"]*)"')


class Meter:
    """Counts, under the names of `infra/cost_units.json`."""

    def __init__(self, stage: Stage, client: Any) -> None:
        self.counts: Counter[str] = Counter()
        self.reads = Decimal(0)
        self._bytes = 0
        self._fetched: set[str] = set()
        self._held: list[tuple[str, Typed, Typed | None]] = []
        self._raw = boto3.client("dynamodb", region_name=REGION)
        self._prefix = f"{stage.world.settings.prefix}-"
        self._indexes = {name: _indexes(name) for name in TABLES}
        events = stage.world.aws.client("dynamodb").meta.events
        events.register("before-call.dynamodb.*", self._asked)
        events.register("after-call.dynamodb.*", self._answered)
        stage.world.aws.client("s3").meta.events.register("before-call.s3.*", self._stored)
        self._stood = self._standing()
        self._ask = client.http.request
        client.http.request = self._request

    def take(self) -> dict[str, int | str]:
        """Return what was counted since the last time, and begin again."""
        counts = {name: self.counts[name] for name in sorted(self.counts)}
        before, self._stood = self._stood, self._standing()
        taken = counts | {
            "reads": str(self.reads),
            "kb_out": ceil(self._bytes / 1024),
            "stored_kb": ceil((self._stood - before) / 1024),
        }
        self.counts.clear()
        self.reads, self._bytes = Decimal(0), 0
        return dict(sorted(taken.items()))

    def _standing(self) -> int:
        """Return how many bytes stand in the tables that keep things, indexes included."""
        return sum(
            _size(item) * (1 + sum(_entry(item, names) is not None for names in indexes))
            for table, indexes in self._indexes.items()
            if table != "moments"
            for page in self._raw.get_paginator("scan").paginate(TableName=self._prefix + table)
            for item in page["Items"]
        )

    def _request(self, method: str, path: str, **sent: Any) -> Any:
        answer = self._ask(method, path, **sent)
        self.counts["requests"] += 1
        self._bytes += len(gzip.compress(answer.body, mtime=0)) + _head(answer.headers)
        if "text/html" in str(answer.headers.get("Content-Type")):
            for link in _LINKED.findall(answer.body.decode()):
                self._fetch(link.replace("&amp;", "&"), sent["headers"])
        return answer

    def _fetch(self, link: str, headers: dict[str, str]) -> None:
        """Load what a page needs: styles and scripts once, pictures each time."""
        if link.startswith("/static"):
            if link in self._fetched:
                return
            self._fetched.add(link)
        answer = self._request("GET", link, headers=headers, body=b"")
        if answer.status_code == 303:
            self.counts["s3_gets"] += 1

    def _stored(self, model: Any, **_: Any) -> None:
        if model.name in _S3:
            self.counts[_S3[model.name]] += 1

    def _asked(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        sent = json.loads(params["body"])
        self._sent = sent
        self._held = [(t, key, self._item(t, key)) for t, key in _touched(model.name, sent)]

    def _answered(self, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        if model.name in _WRITES:
            factor = 2 if model.name == "TransactWriteItems" else 1
            for table, key, before in self._held:
                self.counts["writes"] += self._units(table, before, self._item(table, key), factor)
        else:
            self.reads += _reads(model.name, self._sent, parsed)

    def _units(self, table: str, before: Typed | None, after: Typed | None, factor: int) -> int:
        units = factor * _kb(before, after)
        for names in self._indexes[table.removeprefix(self._prefix)] if before != after else ():
            old, new = _entry(before, names), _entry(after, names)
            same = old is not None and old == new
            units += (
                _kb(before, after)
                if same
                else sum(
                    _kb(item) for item, key in ((before, old), (after, new)) if key is not None
                )
            )
        return units

    def _item(self, table: str, key: Typed) -> Typed | None:
        return self._raw.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


def _indexes(table: str) -> list[list[str]]:
    found = table_schema(table)["GlobalSecondaryIndexes"]
    return [[key["AttributeName"] for key in index["KeySchema"]] for index in found]


def _touched(operation: str, sent: Typed) -> Iterator[tuple[str, Typed]]:
    if operation not in _WRITES:
        return
    for action in [
        *(next(iter(one.values())) for one in sent.get("TransactItems", ())),
        *([sent] if "TableName" in sent else []),
    ]:
        item = action.get("Key") or {
            name: action["Item"][name] for name in _key_names(action["TableName"])
        }
        yield action["TableName"], item


def _key_names(table: str) -> list[str]:
    schema = table_schema(next(name for name in TABLES if table.endswith(f"-{name}")))
    return [key["AttributeName"] for key in schema["KeySchema"]]


def _reads(operation: str, sent: Typed, parsed: Typed) -> Decimal:
    if operation == "BatchGetItem":
        return sum(
            (
                _read(parsed["Responses"].get(table, []), len(asked["Keys"]), asked)
                for table, asked in sent["RequestItems"].items()
            ),
            Decimal(0),
        )
    if operation == "Query":
        size = sum(map(_size, parsed.get("Items", ())))
        return max(1, ceil(size / 4096)) * (1 if sent.get("ConsistentRead") else _HALF)
    return _read([parsed["Item"]] if "Item" in parsed else [], 1, sent)


def _read(items: list[Typed], asked: int, sent: Typed) -> Decimal:
    units = sum(ceil(_size(item) / 4096) for item in items) + asked - len(items)
    return units * (Decimal(1) if sent.get("ConsistentRead") else _HALF)


def _entry(item: Typed | None, names: list[str]) -> list[Any] | None:
    return [item[name] for name in names] if item and set(names) <= set(item) else None


def _kb(*items: Typed | None) -> int:
    return max(1, *(ceil(_size(item) / 1024) for item in items if item), 0)


def _size(item: Typed) -> int:
    return sum(len(name.encode()) + _value(value) for name, value in item.items())


def _value(value: Typed) -> int:
    ((kind, inner),) = value.items()
    return _SIZES[kind](inner) if kind in _SIZES else 1


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": lambda inner: len(inner.encode()),
    "N": lambda inner: len(inner) // 2 + 2,
    "B": lambda inner: len(inner if isinstance(inner, bytes) else b64decode(inner)),
    "L": lambda inner: 3 + sum(1 + _value(one) for one in inner),
    "M": lambda inner: 3 + len(inner) + _size(inner),
    "SS": lambda inner: sum(len(one.encode()) for one in inner),
    "NS": lambda inner: sum(len(one) // 2 + 2 for one in inner),
}


def _head(headers: Mapping[str, Any]) -> int:
    return sum(len(name) + len(str(value)) + 4 for name, value in headers.items())
