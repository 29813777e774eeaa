"""PynamoDB models on one shared client, with the stage's table names.

PynamoDB makes a session and a client for each model class; a container needs one.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Self

from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.connection.base import MetaTable
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from chalicelib.core.errors import Unavailable

_KEY_SCHEMA = [
    {"AttributeName": "pk", "KeyType": "HASH"},
    {"AttributeName": "sk", "KeyType": "RANGE"},
]

# hash and range key of each index, by table
_INDEXES: dict[str, dict[str, tuple[str, str]]] = {
    "cases": {
        "queue": ("queue", "queued_at"),
        "owner": ("owner", "number"),
        "outbox": ("outbox", "at"),
    },
}


def table_schema(table: str) -> dict[str, Any]:
    """Return the key schema of a table and its indexes, as DescribeTable would."""
    indexes = [
        {
            "IndexName": name,
            "KeySchema": [
                {"AttributeName": hash_key, "KeyType": "HASH"},
                {"AttributeName": range_key, "KeyType": "RANGE"},
            ],
        }
        for name, (hash_key, range_key) in _INDEXES.get(table, {}).items()
    ]
    names = {"pk", "sk", *(key for pair in _INDEXES.get(table, {}).values() for key in pair)}
    return {
        "KeySchema": _KEY_SCHEMA,
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in sorted(names)
        ],
        "GlobalSecondaryIndexes": indexes,
    }


class _SharedConnection(Connection):
    """A PynamoDB connection over a client made elsewhere."""

    def __init__(self, client: Any) -> None:
        super().__init__(region=client.meta.region_name)
        self._shared = client

    @property
    def client(self) -> Any:
        return self._shared


class Database:
    """The tables of one stage, for models and transactions."""

    def __init__(self, client: Any, prefix: str) -> None:
        self.client = client
        self._prefix = prefix
        self._connection = _SharedConnection(client)
        self._tables: dict[str, TableConnection] = {}

    def name(self, table: str) -> str:
        """Return a table's full name."""
        return f"{self._prefix}-{table}"

    def table(self, table: str) -> TableConnection:
        """Return PynamoDB's view of a table, on the shared client."""
        if table not in self._tables:
            full = self.name(table)
            self._connection.add_meta_table(MetaTable({"TableName": full, **table_schema(table)}))
            view = TableConnection(full, region=self._connection.region)
            view.connection = self._connection
            self._tables[table] = view
        return self._tables[table]

    def use(self) -> "Database":
        """Make this the database that models read and write; one per process."""
        Item.database = self
        return self


class Item(Model):
    """Base of every item: a partition key, a sort key, and a table of its stage."""

    class Meta:
        """Required by PynamoDB; the connection below decides."""

        table_name = "named by Database"

    database: ClassVar[Database | None] = None
    table: ClassVar[str] = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """Return the item that DynamoDB answered; attributes are named as they are stored.

        PynamoDB's own looks for every attribute there might be, and gives defaults twice.
        """
        item, attributes = cls(), cls.get_attributes()
        for name, value in data.items():
            attribute = attributes.get(name)
            if attribute is not None and "NULL" not in value:
                item.attribute_values[name] = attribute.deserialize(attribute.get_value(value))
        return item

    @classmethod
    def _get_connection(cls) -> TableConnection:
        if cls.database is None:
            raise RuntimeError("no database in use")
        return cls.database.table(cls.table)


def query_all(database: Database, table: str, **asked: Any) -> Iterator[dict[str, Any]]:
    """Yield what a query finds, raw, asking for page after page as they are needed."""
    while True:
        page = database.client.query(TableName=database.name(table), **asked)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def assignments(kind: type[Item], values: Mapping[str, Any]) -> list[Action]:
    """Return the update that gives attributes these values; None removes one."""
    attributes = kind.get_attributes()
    return [
        attributes[name].remove() if value is None else attributes[name].set(value)
        for name, value in values.items()
    ]


Key = tuple[type[Item], str, str]


def read_together(database: Database, keys: Iterable[Key]) -> dict[Key, Item]:
    """Read items of several kinds and tables consistently, in one round trip.

    At most 100 keys. Missing items are missing in the answer; raises Unavailable when
    the tables are too busy to answer for all keys.
    """
    wanted = list(keys)
    request: dict[str, dict[str, Any]] = {}
    for kind, pk, sk in wanted:
        name = database.name(kind.table)
        entry = request.setdefault(name, {"Keys": [], "ConsistentRead": True})
        entry["Keys"].append({"pk": {"S": pk}, "sk": {"S": sk}})
    answer = database.client.batch_get_item(RequestItems=request)
    if any(rest.get("Keys") for rest in answer.get("UnprocessedKeys", {}).values()):
        raise Unavailable
    raw = {
        (name, item["pk"]["S"], item["sk"]["S"]): item
        for name, items in answer["Responses"].items()
        for item in items
    }
    found: dict[Key, Item] = {}
    for key in wanted:
        kind, pk, sk = key
        item = raw.get((database.name(kind.table), pk, sk))
        if item is not None:
            found[key] = kind.from_raw_data(item)
    return found
