"""The cases table: cases, their events, locks, leases, and what waits to be told.

case#<number>         case | draft | event#000001 … | lease | outbox#000001 …
open#<kind>#<member>  lock          at most one open case of a kind per employee
operation#<id>        lock          a form that opened a case; forgotten after a week
GSI queue  (state#prefecture, queued_at)  only open states: staff queues, oldest first
GSI owner  (member#kind, number)          an employee's cases, newest first
GSI outbox (shard, at)                    events not yet handed to the topic
"""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.store import keys
from chalicelib.store.tables import Database, Item, Key, query_all

TABLE = "cases"
PAGE = 20


class QueueIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Open cases of one state and prefecture, oldest first."""

    class Meta:
        """How PynamoDB knows the index."""

        index_name = "queue"
        projection = AllProjection()

    queue = UnicodeAttribute(hash_key=True)
    queued_at = UnicodeAttribute(range_key=True)


class OwnerIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """One employee's cases of a kind, by number."""

    class Meta:
        """How PynamoDB knows the index."""

        index_name = "owner"
        projection = AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    number = UnicodeAttribute(range_key=True)


class OutboxIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Events that the topic has not got yet, oldest first."""

    class Meta:
        """How PynamoDB knows the index."""

        index_name = "outbox"
        projection = AllProjection()

    outbox = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class CaseItem(Item):
    """A case as it is now. `body` is JSON: what the house never asks DynamoDB about."""

    table = TABLE
    kind = UnicodeAttribute()
    number = UnicodeAttribute()
    member_id = UnicodeAttribute()
    prefecture = UnicodeAttribute()
    state = UnicodeAttribute()
    version = NumberAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    body = UnicodeAttribute()
    owner = UnicodeAttribute()
    first_reviewer = UnicodeAttribute(null=True)
    second_reviewer = UnicodeAttribute(null=True)
    batch_maker = UnicodeAttribute(null=True)
    releaser = UnicodeAttribute(null=True)
    account_checker = UnicodeAttribute(null=True)
    queue = UnicodeAttribute(null=True)
    queued_at = UnicodeAttribute(null=True)
    by_queue = QueueIndex()
    by_owner = OwnerIndex()


class EventItem(Item):
    """One event, as JSON with the few attributes that people filter by."""

    table = TABLE
    body = UnicodeAttribute()
    at = UTCDateTimeAttribute()


class OutboxItem(Item):
    """An event that the topic has not got yet; removed once it has."""

    table = TABLE
    outbox = UnicodeAttribute()
    at = UnicodeAttribute()
    body = UnicodeAttribute()
    waiting = OutboxIndex()


class LockItem(Item):
    """Something of which there may be one."""

    table = TABLE
    number = UnicodeAttribute()
    expires_at = NumberAttribute(null=True)


class LeaseItem(Item):
    """Who works on a case, and until when."""

    table = TABLE
    holder = UnicodeAttribute()
    until = NumberAttribute()


Image = Mapping[str, Mapping[str, Any]]
"""An item in DynamoDB's own words, as streams and the client hand it out."""


def open_lock(kind: str, member_id: str) -> Key:
    """Return where a kind of which there may be one open case is locked."""
    return (LockItem, keys.open_case(kind, member_id), keys.LOCK)


def left_in_outbox(
    database: Database, shard: str, before: datetime, at_most: int
) -> list[dict[str, Any]]:
    """Return the oldest items of an outbox shard, raw: they may be unreadable."""
    found = query_all(
        database,
        TABLE,
        IndexName=OutboxIndex.Meta.index_name,
        KeyConditionExpression="outbox = :shard AND #at < :before",
        ExpressionAttributeNames={"#at": "at"},
        ExpressionAttributeValues={":shard": {"S": shard}, ":before": {"S": before.isoformat()}},
        Limit=at_most,
    )
    return list(islice(found, at_most))


def waiting_since(database: Database, queue: str) -> datetime | None:
    """Return when the oldest case of a queue entered it; one item is read."""
    answer = database.client.query(
        TableName=database.name(TABLE),
        IndexName=QueueIndex.Meta.index_name,
        KeyConditionExpression="#queue = :queue",
        ExpressionAttributeNames={"#queue": "queue"},
        ExpressionAttributeValues={":queue": {"S": queue}},
        ProjectionExpression="queued_at",
        Limit=1,
    )
    return next((datetime.fromisoformat(i["queued_at"]["S"]) for i in answer["Items"]), None)


def leave_outbox(database: Database, pk: str, sk: str) -> None:
    """Remove an item that the topic has; nothing happens when it has gone before."""
    database.client.delete_item(
        TableName=database.name(TABLE), Key={"pk": {"S": pk}, "sk": {"S": sk}}
    )


def read_story(
    database: Database, number: str
) -> tuple[CaseItem | None, list[EventItem], LeaseItem | None]:
    """Read a case, its events in their order, and its lease: consistently, in one round trip."""
    first, last = keys.STORY
    found = query_all(
        database,
        TABLE,
        KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
        ExpressionAttributeValues={
            ":pk": {"S": keys.case(number)},
            ":first": {"S": first},
            ":last": {"S": last},
        },
        ConsistentRead=True,
    )
    named = {item["sk"]["S"]: item for item in found}
    case, lease = named.get(keys.CASE), named.get(keys.LEASE)
    return (
        CaseItem.from_raw_data(case) if case else None,
        [
            EventItem.from_raw_data(item)
            for name, item in named.items()
            if name.startswith(keys.EVENT_PREFIX)
        ],
        LeaseItem.from_raw_data(lease) if lease else None,
    )
