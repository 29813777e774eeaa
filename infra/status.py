"""What a stage looks like right now."""

from typing import Any

from botocore.exceptions import ClientError
from rich.table import Table

from infra import keyring, secrets, wiring
from infra.session import Cloud
from infra.stacks import Stacks
from infra.ui import Ui


def show(cloud: Cloud, ui: Ui) -> bool:
    """Print stacks, functions, queues, alarms, secrets; return whether all is well."""
    ui.say(f"[bold]{cloud.stage.prefix}[/bold] at {cloud.stage.base_url}, as {cloud.verify()}")
    table = Table(show_header=False, box=None, padding=(0, 2))
    good = [
        _stack(cloud, table, cloud.stage.data_stack),
        _stack(cloud, table, cloud.stage.app_stack),
    ]
    if all(good):
        good += [_queue(cloud, table, name) for name in wiring.names()]
        good += [_secrets(cloud, table), _key(cloud, table), _alarms(cloud, table)]
    ui.console.print(table)
    return all(good)


def _row(table: Table, good: object, what: str, state: str) -> bool:
    table.add_row("[green]✓[/green]" if good else "[red]✗[/red]", what, state)
    return bool(good)


def _stack(cloud: Cloud, table: Table, name: str) -> bool:
    found: dict[str, Any] = Stacks(cloud).describe(name) or {}
    status = found.get("StackStatus", "not deployed")
    when = found.get("LastUpdatedTime") or found.get("CreationTime")
    good = status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    return _row(table, good, name, f"{status} {when:%Y-%m-%d %H:%M} UTC" if when else status)


def _queue(cloud: Cloud, table: Table, name: str) -> bool:
    sqs = cloud.client("sqs")
    full = f"{cloud.stage.prefix}-{name}"
    try:
        url = sqs.get_queue_url(QueueName=full)["QueueUrl"]
        wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
    except ClientError:
        return _row(table, False, full, "missing")
    waiting, flying = (int(found[name]) for name in wanted)
    good = waiting == 0 or not name.endswith(("-dlq", wiring.UNREADABLE))
    return _row(table, good, full, f"{waiting} waiting, {flying} in flight")


def _secrets(cloud: Cloud, table: Table) -> bool:
    missing = secrets.missing(cloud)
    return _row(
        table, not missing, "secrets", f"not set: {', '.join(missing)}" if missing else "set"
    )


def _key(cloud: Cloud, table: Table) -> bool:
    ring = keyring.current(cloud)
    return _row(table, bool(ring), "key of sealed fields", "present" if ring else "missing")


def _alarms(cloud: Cloud, table: Table) -> bool:
    pages = (
        cloud.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmNamePrefix=f"{cloud.stage.prefix}-")
    )
    alarms = [a for page in pages for a in page["MetricAlarms"]]
    ringing = [a["AlarmName"] for a in alarms if a["StateValue"] == "ALARM"]
    text = f"ringing: {', '.join(ringing)}" if ringing else f"{len(alarms)} quiet"
    return _row(table, not ringing, "alarms", text)
