"""Rehearsed: tables copied item by item into others, as a restore ends, are a healthy stage.

What a cloud does before that (the export, the restore to a moment) is not to be had here: moto
and the local cloud make an empty table of it. This is what stands after it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.casework.kind import register
from chalicelib.store import keys
from chalicelib.store.tables import Database
from chalicelib.subsidy import record
from chalicelib.subsidy.kind import KIND
from infra import doctor, doctor_figures
from tests.fakes.cloud import BUCKET, Stage
from tests.fakes.payroom import PayRoom, wiped
from tests.flows import claiming

OLD, NEW = "mutual-aid-local", "mutual-aid-restored"
LASTING = ("members", "office", "cases")


def copied(client: Any, without: str = "") -> None:
    """Make tables of the new name with everything in them, but for items whose key begins so."""
    for table in (*LASTING, "moments"):
        old = client.describe_table(TableName=f"{OLD}-{table}")["Table"]
        indexes = [
            {name: one[name] for name in ("IndexName", "KeySchema", "Projection")}
            for one in old.get("GlobalSecondaryIndexes", [])
        ]
        client.create_table(
            TableName=f"{NEW}-{table}",
            KeySchema=old["KeySchema"],
            AttributeDefinitions=old["AttributeDefinitions"],
            BillingMode="PAY_PER_REQUEST",
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        )
    for table in LASTING:
        pages = client.get_paginator("scan").paginate(TableName=f"{OLD}-{table}")
        for item in (item for page in pages for item in page["Items"]):
            if not without or not item["sk"]["S"].startswith(without):
                client.put_item(TableName=f"{NEW}-{table}", Item=item)


@pytest.fixture
def paid(stage: Stage, enrol: Callable[..., str]) -> Any:
    """A stage with an application that was paid, and one in review with its pictures."""
    register(KIND)
    room = PayRoom(stage)
    case = claiming.payable(stage, claiming.claim(stage, enrol()))
    number = room.gather()
    room.pay(number)
    wiped(stage)
    return room, case, number


def restored(stage: Stage) -> Stage:
    """The stage as the functions find it after the restore: other tables, the same keys."""
    world = stage.world
    database = Database(world.database.client, NEW).use()
    overrides = {**world.overrides, "database": database}
    return replace(stage, world=replace(world, overrides=overrides))


def examined(stage: Stage) -> list[str]:
    now = stage.clock.now()
    tally = doctor_figures.Tally(stage.world.database, now, doctor.GRACE, stage.world)
    count, found = doctor.examine(stage.world.database, now, tally)
    assert count == 1
    assert tally.money
    # nobody listened in this test, so nothing was counted and told
    return [one.what for one in found if "counter" not in one.what and "was never" not in one.what]


def test_a_copy_is_healthy(stage: Stage, paid: Any) -> None:
    room, case, number = paid
    copied(stage.world.database.client)
    there = restored(stage)
    assert examined(there) == []
    assert record.statement(there.world.vault, case).amount_fen > 0
    assert claiming.member(there, case.member_id).record.name == "李示例"
    for ext in ("csv", "xlsx"):
        file = room.file(number, ext)
        assert file
    for one in room.s3.list_object_versions(Bucket=BUCKET)["Versions"]:
        assert room.s3.head_object(Bucket=BUCKET, Key=one["Key"], VersionId=one["VersionId"])


@pytest.mark.parametrize(
    ("without", "words"),
    [
        ("event#", "no history"),
        (keys.PAYMENT_PREFIX, "is nowhere"),
        (keys.year(2026), "year 2026 says 0 used"),
        (keys.LOCK, "nothing keeps others from it"),
    ],
)
def test_a_copy_that_lacks_something_is_not(
    stage: Stage, paid: Any, without: str, words: str
) -> None:
    del paid
    copied(stage.world.database.client, without)
    assert any(words in what for what in examined(restored(stage)))
