"""What a page reads as the house grows: nothing more.

One employee has an application, a message and insured periods; then that whole person is there
a thousand, or a hundred thousand times over, put into moto's tables below its API.
"""

import copy
import time
from collections.abc import Iterator

from chalice.test import Client
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from chalicelib.membership.roster import import_roster
from chalicelib.store.roster import RosterEntry, RosterOutcome
from tests.bench import scenes
from tests.bench.walk import Walker
from tests.fakes.cloud import REGION, make_stage
from tests.flows import claiming
from tests.flows.binding import bind
from tests.unit.roster_examples import GOOD, TODAY, vault

PAGES = ("/", "/me", "/messages", "/enrolments", "/subsidies")
SIZES, FULL = (1_000, 10_000), (1_000, 10_000, 100_000)
ROWS = 20_000


def table(sizes: tuple[int, ...]) -> list[str]:
    """Return trips and items of pages beside the number of people, as lines of a table."""
    lines = [
        "| members, each with a case | " + " | ".join(PAGES) + " |",
        "|--:|" + "---|" * len(PAGES),
    ]
    return lines + [f"| {size:,} | " + " | ".join(counts(size)) + " |" for size in sizes]


def counts(size: int) -> list[str]:
    """Return "trips/items" of each page, with so many people in the tables."""
    from app import app

    with mock_aws():
        stage = make_stage()
        app.world = stage.world
        with Client(app) as client:
            phone = Walker(client, stage)
            member_id = scenes.person(stage)
            claiming.publish(stage)
            bind(phone, stage)
            scenes.tell(stage, member_id, "m1")
            claiming.claim(stage, member_id)
            _multiply(member_id, size)
            phone.steps.clear()
            for path in PAGES:
                phone.open(path)
            return [f"{len(step.trips)}/{step.items}" for step in phone.steps]


def _multiply(member_id: str, size: int) -> None:
    for moto_table in dynamodb_backends["123456789012"][REGION].tables.values():
        for sk, item in list(_rows(moto_table)):
            for number in range(size):
                twin = copy.copy(item)
                twin.attrs = dict(item.attrs)
                for name in ("pk", "owner"):
                    if name in twin.attrs:
                        text = twin.attrs[name].value.replace(member_id, f"x{number}")
                        text = text if text != twin.attrs[name].value else f"{text}x{number}"
                        twin.attrs[name] = DynamoType({"S": text})
                twin.hash_key = twin.attrs["pk"]
                moto_table.items[twin.hash_key][sk] = twin


def _rows(moto_table: Table) -> Iterator[tuple[DynamoType, Item]]:
    for below in moto_table.items.values():
        yield from below.items()


class _Sink:
    """A roster store that takes everything at once: what is measured is reading and sealing."""

    def find_many(self, _digests: object) -> dict[str, object]:
        return {}

    def save_roster(self, batch: list[RosterEntry]) -> list[RosterOutcome]:
        return [RosterOutcome("1", created=True) for _ in batch]


def roster_rows_per_second(count: int = ROWS) -> float:
    """Return how many rows of a roster are read, checked and digested in a second of CPU."""
    rows = (
        (n + 2, {**GOOD, "证件类型": "护照", "证件号码": f"X{n:08d}", "手机号码": f"179{n:08d}"})
        for n in range(count)
    )
    begun = time.process_time()
    report = import_roster(
        rows, _Sink(), vault=vault(), today=TODAY, on_error=print, on_progress=lambda _: None
    )
    assert report.created == count
    return count / (time.process_time() - begun)
