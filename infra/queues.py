"""Queues for ops: what waits, what failed, and sending it again.

AWS China has no task that moves messages from a dead-letter queue, so the move is a loop
of ours: receive, send, delete. Cut off between two of them, a message is there twice, and
the workers' ledger tells it once.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError
from rich.table import Table

from chalicelib.casework import records
from chalicelib.core.clock import Clock
from chalicelib.store import keys
from chalicelib.store.cases import TABLE as CASES
from chalicelib.store.cases import read_story
from chalicelib.store.deliveries import Deliveries, Delivery, DeliveryItem, State, delivery_from
from chalicelib.store.moments import TABLE as MOMENTS
from chalicelib.store.moments import Moments
from chalicelib.store.queue import Queue
from chalicelib.store.tables import Database
from infra import wiring
from infra.errors import InfraError
from infra.session import Cloud, error_code
from infra.ui import Ui

RELAY: Final = "relay"
# the relay has no queue; what it could not read are items of the outbox
NAMES: Final = (*(queue.name for queue in wiring.QUEUES), RELAY)
_AT_ONCE: Final = 10
_HIDDEN_SECONDS: Final = 60
# what is this old has no worker behind it: claims are short, tries an hour apart at most
_LEFT: Final = {
    State.SENDING: timedelta(minutes=10),
    State.RETRYING: timedelta(hours=2),
    State.THROTTLED: timedelta(hours=2),
}


@dataclass(frozen=True, slots=True)
class Depth:
    """A queue and its dead-letter queue; `oldest` is of the first dead ones."""

    name: str
    waiting: int
    flying: int
    dead: int
    oldest: datetime | None


def depths(cloud: Cloud) -> list[Depth]:
    """Return what stands in each queue."""
    found = []
    for name in NAMES:
        waiting, flying = (0, 0) if name == RELAY else _counts(cloud, name)
        dead = sum(_counts(cloud, _dead(name)))
        found.append(Depth(name, waiting, flying, dead, _oldest(cloud, name) if dead else None))
    return found


def show(cloud: Cloud, ui: Ui) -> bool:
    """Print the queues; return whether nothing has failed."""
    table = Table(box=None, padding=(0, 2))
    for head in ("queue", "waiting", "in flight", "failed", "oldest failure"):
        table.add_column(head, justify="left" if head == "queue" else "right")
    found = depths(cloud)
    for depth in found:
        oldest = f"{depth.oldest:%Y-%m-%d %H:%M} UTC" if depth.oldest else ""
        colour = "red" if depth.dead else "green"
        dead = f"[{colour}]{depth.dead}[/{colour}]"
        table.add_row(depth.name, str(depth.waiting), str(depth.flying), dead, oldest)
    ui.console.print(table)
    return not any(depth.dead for depth in found)


def redrive(cloud: Cloud, ui: Ui, name: str, *, dry_run: bool) -> None:
    """Move what failed back to where it failed; raises InfraError when some cannot go."""
    if name not in NAMES:
        raise InfraError(f"There is no queue {name}; there are {', '.join(NAMES)}.")
    count = sum(_counts(cloud, _dead(name)))
    if not count:
        ui.say(f"Nothing has failed in {name}.")
        return
    ui.say(f"{count} messages wait in {cloud.stage.prefix}-{_dead(name)}.")
    if dry_run:
        return
    ui.confirm(f"Send them to {name} again?")
    moved = stuck = 0
    for message in _received(cloud, _dead(name), count):
        if _put_back(cloud, name, message["Body"]):
            _delete(cloud, _dead(name), message)
            moved += 1
        else:
            stuck += 1
    ui.say(f"{moved} messages are on their way again.")
    if stuck:
        raise InfraError(f"{stuck} records are not items of the outbox; they stay where they are.")


def doubtful(cloud: Cloud, clock: Clock, *, gave_up: bool = False) -> list[Delivery]:
    """Return deliveries that nobody knows or tries any more; with `gave_up` abandoned ones."""
    database = Database(cloud.client("dynamodb"), cloud.stage.prefix)
    wanted = [State.UNKNOWN, *_LEFT, *([State.GAVE_UP] if gave_up else [])]
    names = {f":s{index}": {"S": state.value} for index, state in enumerate(wanted)}
    pages = database.client.get_paginator("scan").paginate(
        TableName=database.name(DeliveryItem.table),
        FilterExpression=f"begins_with(pk, :delivery) AND #state IN ({', '.join(names)})",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":delivery": {"S": keys.DELIVERY_PREFIX}, **names},
    )
    items = [item for page in pages for item in page["Items"]]
    found = [delivery_from(DeliveryItem.from_raw_data(item)) for item in items]
    return [delivery for delivery in found if not _under_way(delivery, clock.now())]


def resend(cloud: Cloud, ui: Ui, clock: Clock, *, gave_up: bool, dry_run: bool) -> None:
    """Show messages in doubt, ask, and let their channels send them (perhaps again)."""
    found = doubtful(cloud, clock, gave_up=gave_up)
    if not found:
        ui.say("No message is in doubt.")
        return
    table = Table(box=None, padding=(0, 2))
    for head in ("case", "event", "channel", "message", "state", "code", "since (UTC)"):
        table.add_column(head)
    for one in found:
        since = f"{one.updated_at:%Y-%m-%d %H:%M}"
        row = (one.number, str(one.seq), one.channel, one.message, one.state, one.code, since)
        table.add_row(*row)
    ui.console.print(table)
    if dry_run:
        return
    ui.confirm(f"Send {len(found)} messages? Employees may have got some of them already.")
    database = Database(cloud.client("dynamodb"), cloud.stage.prefix).use()
    moments = Moments(database.client, database.name(MOMENTS), clock)
    ledger = Deliveries(database, moments, clock)
    for one in found:
        body = _body(database, one)
        ledger.reopen(one)
        Queue(cloud.client("sqs"), f"{cloud.stage.prefix}-{one.channel}").put(body)
    ui.say(f"{len(found)} messages are on their way.")


def _under_way(delivery: Delivery, now: datetime) -> bool:
    left = _LEFT.get(delivery.state, timedelta())
    return delivery.updated_at is not None and now - delivery.updated_at < left


def _body(database: Database, delivery: Delivery) -> dict[str, Any]:
    case, events, _ = read_story(database, delivery.number)
    if case is None or len(events) < delivery.seq:
        raise InfraError(f"Case {delivery.number} has no event {delivery.seq}.")
    event = records.event_from(events[delivery.seq - 1])
    body: dict[str, Any] = json.loads(records.outbox_item(records.case_from(case), event).body)
    return body


def _put_back(cloud: Cloud, name: str, body: str) -> bool:
    """Send a body to its queue; an outbox item into its table, whose stream is the way."""
    if name != RELAY:
        url = _url(cloud, name)
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody=body)
        return True
    try:
        image = json.loads(body)["image"]
        if not image["sk"]["S"].startswith(keys.OUTBOX_PREFIX):
            return False
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    try:
        cloud.client("dynamodb").put_item(
            TableName=f"{cloud.stage.prefix}-{CASES}",
            Item=image,
            ConditionExpression="attribute_not_exists(pk)",
        )
    except ClientError as error:
        # it is there already: a cut-off redrive, or our own retry after a lost answer
        return error_code(error) == "ConditionalCheckFailedException"
    return True


def _received(cloud: Cloud, name: str, at_most: int) -> Iterator[dict[str, Any]]:
    """Yield each message once, up to as many as there were: what fails anew stays."""
    sqs, url = cloud.client("sqs"), _url(cloud, name)
    seen = 0
    while seen < at_most:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(_AT_ONCE, at_most - seen),
            VisibilityTimeout=_HIDDEN_SECONDS,
            WaitTimeSeconds=1,
        )
        messages = answer.get("Messages", [])
        if not messages:
            return
        seen += len(messages)
        yield from messages


def _delete(cloud: Cloud, name: str, message: dict[str, Any]) -> None:
    handle = message["ReceiptHandle"]
    cloud.client("sqs").delete_message(QueueUrl=_url(cloud, name), ReceiptHandle=handle)


def _oldest(cloud: Cloud, name: str) -> datetime | None:
    answer = cloud.client("sqs").receive_message(
        QueueUrl=_url(cloud, _dead(name)),
        MaxNumberOfMessages=_AT_ONCE,
        VisibilityTimeout=0,
        AttributeNames=["SentTimestamp"],
    )
    sent = [int(m["Attributes"]["SentTimestamp"]) for m in answer.get("Messages", [])]
    return datetime.fromtimestamp(min(sent) / 1000, UTC) if sent else None


def _counts(cloud: Cloud, name: str) -> tuple[int, int]:
    wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = cloud.client("sqs").get_queue_attributes(
        QueueUrl=_url(cloud, name), AttributeNames=wanted
    )
    waiting, flying = (int(answer["Attributes"][name]) for name in wanted)
    return waiting, flying


def _dead(name: str) -> str:
    return wiring.UNREADABLE if name == RELAY else f"{name}-dlq"


def _url(cloud: Cloud, name: str) -> str:
    full = f"{cloud.stage.prefix}-{name}"
    try:
        return str(cloud.client("sqs").get_queue_url(QueueName=full)["QueueUrl"])
    except ClientError as error:
        raise InfraError(f"There is no queue {full}: deploy the stage first.") from error
