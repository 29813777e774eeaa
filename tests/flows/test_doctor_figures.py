"""The doctor counts again what the statistics were told, and says which counter is wrong."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.casework.case import Case
from chalicelib.casework.kind import register
from chalicelib.casework.records import outbox_item
from chalicelib.casework.service import Casework
from chalicelib.statistics import worker
from chalicelib.store import keys
from chalicelib.store.counters import EVERYWHERE, Where
from chalicelib.subsidy.kind import KIND as SUBSIDY
from infra import doctor, doctor_figures
from tests.fakes.cloud import Stage
from tests.fakes.grant import Grants
from tests.fakes.operator import MotoCloud, Screen
from tests.fakes.payroom import PayRoom
from tests.flows import claiming

MONTH = "2026-11"
PLACE = "来宾市"


def bodies(stage: Stage, case: Case) -> list[str]:
    found, history = Casework(stage.world).story(case.number)
    return [outbox_item(found, event).body for event in history]


def found(stage: Stage, *, money: bool = True) -> list[tuple[str, str]]:
    """Let the doctor look; only what is said of counters."""
    database, now = stage.world.database, stage.clock.now()
    world = stage.world if money else None
    tally = doctor_figures.Tally(database, now, doctor.GRACE, world)
    findings = doctor.examine(database, now, tally)[1]
    return [(one.where, one.what) for one in findings if one.what.startswith("counter")]


def both(what: str) -> list[tuple[str, str]]:
    return [(f"grant {MONTH} {place}", what) for place in (EVERYWHERE, PLACE)]


@pytest.fixture
def case(stage: Stage) -> Case:
    """An approved case of 123.45 yuan, half an hour old; nothing of it is counted yet."""
    made = Grants(stage).approved()
    stage.clock.forward(minutes=30)
    return made


def test_what_was_counted_is_right(stage: Stage, case: Case) -> None:
    for body in bodies(stage, case):
        worker.count(stage.world, body)
    assert found(stage) == []


def test_a_whole_payout(stage: Stage) -> None:
    room = PayRoom(stage)
    case = room.grants.approved(10_000)
    room.pay(room.gather())
    for body in bodies(stage, case):
        worker.count(stage.world, body)
    stage.clock.forward(hours=1)
    assert room.grants.now(case).state == "closed"
    assert found(stage) == []
    where = Where("grant", MONTH, PLACE)
    assert stage.world.counters.read([where])[where]["paid:fen"] == 10_000


def test_a_lost_message(stage: Stage, case: Case) -> None:
    first, _lost, third = bodies(stage, case)
    worker.count(stage.world, first)
    worker.count(stage.world, third)
    said = [what for where, what in found(stage) if EVERYWHERE in where]
    assert said == [
        "counter hours:first_review:1 is 0, -1 to its histories",
        "counter step:first_review:approve is 0, -1 to its histories",
    ]


def test_a_message_that_counted_twice(stage: Stage, case: Case) -> None:
    for body in bodies(stage, case):
        worker.count(stage.world, body)
    forget_markers(stage)
    worker.count(stage.world, bodies(stage, case)[0])
    assert found(stage) == both("counter step:new:submit is 2, +1 to its histories")


def test_a_counter_that_somebody_changed(stage: Stage, case: Case) -> None:
    for body in bodies(stage, case):
        worker.count(stage.world, body)
    change(stage, PLACE, "approved:fen", "12300")
    change(stage, "上海市", "reason:R08", "4")
    assert found(stage) == [
        (f"grant {MONTH} 上海市", "counter reason:R08 is 4, +4 to its histories"),
        (f"grant {MONTH} {PLACE}", "counter approved:fen is 12300, -45 to its histories"),
    ]
    assert found(stage, money=False) == found(stage)[:1], "money is left out where it is sealed"


def forget_markers(stage: Stage) -> None:
    client = stage.world.aws.client("dynamodb")
    table = stage.world.settings.table("moments")
    key = stage.world.moments.key("any")
    for item in client.scan(TableName=table)["Items"]:
        client.delete_item(TableName=table, Key={name: item[name] for name in key})


def change(stage: Stage, place: str, name: str, value: str, *, kind: str = "grant") -> None:
    stage.world.aws.client("dynamodb").update_item(
        TableName=stage.world.settings.table("office"),
        Key={"pk": {"S": keys.statistics(kind, MONTH)}, "sk": {"S": place}},
        UpdateExpression="SET #name = :value",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":value": {"N": value}},
    )


def test_a_step_within_the_grace_may_be_counted_or_not(stage: Stage) -> None:
    case = Grants(stage).approved()
    assert found(stage) == []
    for body in bodies(stage, case):
        worker.count(stage.world, body)
    assert found(stage) == []
    change(stage, PLACE, "step:new:submit", "2")
    what = "counter step:new:submit is 2, +1 to its histories"
    assert found(stage) == [(f"grant {MONTH} {PLACE}", what)]


def test_a_step_counted_while_the_doctor_reads(stage: Stage) -> None:
    """The counters are read first: what is done and counted after them is young."""
    grants = Grants(stage)
    database, now = stage.world.database, stage.clock.now()
    tally = doctor_figures.Tally(database, now, doctor.GRACE, stage.world)
    case = grants.approved()
    for body in bodies(stage, case):
        worker.count(stage.world, body)
    assert not any("counter" in one.what for one in doctor.examine(database, now, tally)[1])


def test_an_amount_that_does_not_open_leaves_money_out(stage: Stage) -> None:
    grants = Grants(stage)
    case = grants.approved()
    for body in bodies(stage, case):
        worker.count(stage.world, body)
    stage.clock.forward(hours=1)
    tally = doctor_figures.Tally(stage.world.database, stage.clock.now(), timedelta(), stage.world)
    _case, history = Casework(stage.world).story(case.number)
    tally.see(damaged(case), history)
    assert list(tally.findings()) == []
    assert tally.money is False


def damaged(case: Case) -> Case:
    return replace(case, data={})


def test_the_memory_is_that_of_counters(stage: Stage, case: Case) -> None:
    tally = doctor_figures.Tally(stage.world.database, stage.clock.now(), doctor.GRACE, stage.world)
    _case, history = Casework(stage.world).story(case.number)

    def held() -> int:
        return sum(len(one) for one in [*tally._must.values(), *tally._may.values()])

    tally.see(case, history)
    once = held()
    for _ in range(500):
        tally.see(case, history)
    assert held() == once
    assert once < 20


def test_the_command_opens_amounts_where_it_may(
    stage: Stage, enrol: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    register(SUBSIDY)
    claiming.publish(stage)
    case = claiming.payable(stage, claiming.claim(stage, enrol()))
    for body in bodies(stage, case):
        worker.count(stage.world, body)
    stage.clock.forward(hours=1)
    keep_keyring(stage)
    change(stage, PLACE, "approved:fen", "1", kind=case.kind)

    def told() -> tuple[list[str], bool]:
        doctor.command(MotoCloud(), Screen(), stage.clock, as_json=True)
        answer = json.loads(capsys.readouterr().out)
        said = [one["what"] for one in answer["findings"]]
        return [what for what in said if what.startswith("counter")], answer["money"]

    counters, money = told()
    assert money is True
    assert len(counters) == 1
    assert counters[0].startswith("counter approved:fen is 1, -")
    members = stage.world.settings.table("members")
    stage.world.aws.client("dynamodb").delete_item(TableName=members, Key=KEYRING)
    assert told() == ([], False)
    screen = Screen()
    doctor.command(MotoCloud(), screen, stage.clock, as_json=False)
    assert "Sums of money were left out" in screen.shown


KEYRING = {"pk": {"S": "keyring"}, "sk": {"S": "1"}}


def keep_keyring(stage: Stage) -> None:
    """Keep the stage's data key where a deploy keeps it."""
    wrapped = base64.b64decode(stage.world.settings.keyring.partition(":")[2])
    stage.world.aws.client("dynamodb").put_item(
        TableName=stage.world.settings.table("members"),
        Item={**KEYRING, "wrapped": {"B": wrapped}},
    )
