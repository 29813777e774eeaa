"""A queue that fifty thousand cases wait in, and a batch of ten thousand payments.

Cases are copied into moto's tables below its API. What a page reads is what DynamoDB looked at, not
what it answered; a batch's works are the functions of the product, message by message, in this
process: its peak holds moto's tables, too.
"""

import gc
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from chalice.test import Client
from moto import mock_aws

from chalicelib.casework.case import Case
from chalicelib.casework.machine import Role
from chalicelib.casework.records import case_item
from chalicelib.payout import service
from tests.bench.walk import Walker
from tests.fakes.cloud import Stage, make_stage
from tests.fakes.desk import Office
from tests.fakes.light import lighten
from tests.fakes.payroom import MAKER, PLACE, RELEASER, PayRoom

CASES = "mutual-aid-local-cases"
PORTION = 25


def table(*, queue: int, payments: int) -> list[str]:
    """Return the figures as lines of a table."""
    return [
        "| at full size | | |",
        "|---|--:|---|",
        *_queue(queue),
        *_batch(payments),
    ]


def _queue(size: int) -> list[str]:
    from app import app

    with mock_aws():
        stage = make_stage()
        app.world = stage.world
        now = stage.clock.now() - timedelta(days=30)
        case = Case("subsidy", "1", "1001", PLACE, "first_review", 1, now, now)
        _fill(stage, case, size)
        with Client(app) as client:
            desk = Office(client, stage).sit("anna", Role.FIRST_REVIEWER)
            seen = Walker(client, stage)
            seen.cookies = desk.cookies
            seen.open("/staff?state=first_review")
    step = seen.steps[-1]
    counts = f"{len(step.trips)} round trips, {step.items} items read"
    return [f"| queue page of a prefecture with so many open cases | {size:,} | {counts} |"]


def _batch(size: int) -> list[str]:
    lines = []
    gc.set_threshold(200, 5, 5)  # moto copies tables in circles: gigabytes would wait
    with mock_aws():
        stage = make_stage()
        lighten()
        room = PayRoom(stage)
        _fill(stage, room.grants.approved(), size)
        made: dict[str, str] = {}
        report = b""

        def gather() -> None:
            made["number"] = room.gather(size, MAKER)

        def bring() -> None:
            room.bring(made["number"], report)

        works: dict[str, Callable[[], object]] = {
            "gathered": gather,
            "released": lambda: room.release(made["number"], RELEASER),
            "exported": lambda: (
                service.export(
                    room.world, MAKER, made["number"], room.batch(made["number"]).version, room.op()
                )
                or room.work()
            ),
        }
        for name, act in works.items():
            lines.append(_timed(f"payments {name}", size, act))
        report = room.bank.report(room.bank.take(room.file(made["number"])))
        lines.append(_timed("results imported", size, bring))
        assert room.batch(made["number"]).paid == size, "a payment was lost"
        lines.append(_timed("results imported again, nothing changed", size, bring))
    return lines


def _timed(name: str, size: int, act: Callable[[], object]) -> str:
    begun = time.process_time()
    act()
    rate = size / (time.process_time() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return f"| {name} | {size:,} | {rate:,.0f} a second of CPU with moto's, peak {peak} MB |"


def _fill(stage: Stage, case: Case, size: int) -> None:
    """Let so many cases like this one exist, a millisecond apart."""
    client = stage.world.aws.client("dynamodb")
    for first in range(0, size, PORTION):
        portion = []
        for place in range(first, min(first + PORTION, size)):
            at = case.updated_at + timedelta(milliseconds=place + 1)
            number = str(2 * 10**18 + place)
            twin = replace(case, number=number, updated_at=at, created_at=at, operations=())
            portion.append({"PutRequest": {"Item": case_item(twin).to_dynamodb_dict()}})
        client.batch_write_item(RequestItems={CASES: portion})
