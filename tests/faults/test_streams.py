"""The stream says things again, in halves, in any order, or not at all; each employee hears once."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto import mock_aws

from chalicelib.casework.case import Actor, Reason
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.core.identity import DocType
from chalicelib.notify.relay import reconcile
from chalicelib.store import digests
from chalicelib.store.roster import RosterEntry
from tests import figures
from tests.fakes.cloud import make_stage
from tests.fakes.light import lighten
from tests.fakes.parcel import PARCEL
from tests.fakes.people import LI, THIS_YEAR
from tests.fakes.pipes import CHANNELS, Pipes
from tests.flows.test_store_members import bind, identity_of

Records = list[dict[str, Any]]


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    register(PARCEL)
    with mock_aws():
        pipes = Pipes(make_stage())
        lighten()
        yield pipes


@pytest.fixture
def reject(pipes: Pipes) -> Callable[[], str]:
    return rejecter(pipes)


def rejecter(pipes: Pipes) -> Callable[[], str]:
    """Return what opens a case of somebody who is bound, and sends it back."""
    stage = pipes.stage
    digest = digests.document(stage.world.vault, DocType(LI.doc_type), LI.doc_number)
    entry = RosterEntry(LI, (THIS_YEAR,), digest, "content-1")
    member_id = stage.world.roster.save_roster([entry])[0].member_id
    bind(stage, identity_of(stage, member_id), "openid-one", "b1")

    def rejected() -> str:
        casework, operation = Casework(stage.world), stage.ids.token()
        me, anna = Actor(Role.EMPLOYEE, member_id), Actor(Role.FIRST_REVIEWER, "anna")
        number = casework.open(PARCEL, member_id, "来宾", Step("submit", me, operation)).number
        reasons = (Reason("R08"),)
        casework.apply(number, Step("reject", anna, stage.ids.token(), reasons=reasons))
        return number

    return rejected


def halves(records: Records) -> list[Records]:
    """Return what a stream tells when it bisects a batch down to single records."""
    if len(records) < 2:
        return [records]
    middle = len(records) // 2
    return [records, *halves(records[:middle]), *halves(records[middle:])]


def backwards(records: Records) -> list[Records]:
    return [[record] for record in reversed(records)]


REPLAYS: dict[str, Callable[[Records], list[Records]]] = {
    "the same batch again": lambda records: [records] * 5,
    "bisected": halves,
    "old after new": backwards,
    "from the start, when all was told": lambda records: [records],
    "lost": lambda _records: [],
}


@pytest.mark.parametrize("name", REPLAYS)
def test_a_stream_that_repeats_or_loses(pipes: Pipes, reject: Callable[[], str], name: str) -> None:
    numbers = [reject() for _ in range(8)]
    records = pipes.stream()
    batches = REPLAYS[name](records)
    if name.startswith("from the start"):
        pipes.relay(records)
        pipes.drain()
        pipes.stage.clock.forward(hours=23)
    for batch in batches:
        pipes.relay(batch)
    pipes.stage.clock.forward(hours=25)
    reconcile(pipes.stage.world)
    _told_once(pipes, numbers)
    figures.note("streams: replayed batches", len(batches))
    figures.note("streams: published again, and told once", len(pipes.told) - len(records))


@pytest.mark.parametrize("seed", range(3))
def test_each_message_comes_up_to_five_times_in_any_order(
    pipes: Pipes, reject: Callable[[], str], seed: int
) -> None:
    dice = random.Random(seed)
    numbers = [reject() for _ in range(4)]
    pipes.relay()
    for channel in CHANNELS:
        bodies = [body for body in pipes.queued[channel] for _ in range(dice.randint(1, 5))]
        pipes.queued[channel] = dice.sample(bodies, len(bodies))
        figures.note("queues: deliveries", len(bodies))
    _told_once(pipes, numbers)


def _told_once(pipes: Pipes, numbers: list[str]) -> None:
    pipes.drain()
    assert pipes.stream() == []
    expected = sorted(f"{number}-2" for number in numbers)
    assert sorted(sms.reference for sms in pipes.stage.sms.sent) == expected
    assert sorted(sent["reference"] for sent in pipes.stage.wechat.templates) == expected
    for number in numbers:
        found = pipes.stage.world.deliveries.of_event(number, 2).values()
        assert {entry.state.value for entry in found} == {"delivered", "sent"}
    figures.note("streams and queues: told twice or never", 0)


def test_poison_in_a_hundred_delays_nobody_and_comes_back_mended(
    pipes: Pipes, reject: Callable[[], str]
) -> None:
    for _ in range(50):
        reject()
    records = pipes.stream()
    assert len(records) == 100
    spoilt = records[41]["dynamodb"]["NewImage"]
    body = spoilt["body"]["S"]
    place = {"pk": spoilt["pk"], "sk": spoilt["sk"]}
    spoilt["body"] = {"S": body[:-5]}
    pipes.relay(records)
    assert len(pipes.told) == 99
    assert [told["image"]["body"] for told in pipes.poison.bodies] == [{"S": body[:-5]}]
    assert pipes.stream() == []
    # what `queues redrive` does with an image, once it can be read
    mended = pipes.poison.bodies[0]["image"] | place | {"body": {"S": body}}
    pipes.dynamodb.put_item(TableName="mutual-aid-local-cases", Item=mended)
    pipes.stage.clock.forward(minutes=11)
    reconcile(pipes.stage.world)
    assert pipes.told[-1] == body
    assert pipes.stream() == []
    figures.note("poison: healthy records delayed, of 99", 0)
