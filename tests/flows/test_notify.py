"""From a case's step to the employee, once per channel, whatever happens on the way."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.casework.case import Actor, Reason
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.core.errors import Unavailable
from chalicelib.gateways.sms import SmsRefused, SmsRetry, SmsThrottled
from chalicelib.gateways.wechat import WeChatNotWhitelisted, WeChatRefused, WeChatUnavailable
from chalicelib.notify.relay import reconcile
from chalicelib.store import keys
from chalicelib.store.deliveries import Channel, Delivery, State
from tests.fakes.cloud import Stage
from tests.fakes.parcel import PARCEL
from tests.fakes.people import LI
from tests.fakes.pipes import Killed, Pipes
from tests.flows.test_store_members import bind, identity_of

FIRST = Actor(Role.FIRST_REVIEWER, "anna")
WHY = (Reason("R08"),)


@pytest.fixture
def pipes(stage: Stage) -> Pipes:
    register(PARCEL)
    return Pipes(stage)


@pytest.fixture
def member_id(pipes: Pipes, stage: Stage, enrol: Callable[..., str]) -> str:
    member_id = enrol()
    bind(stage, identity_of(stage, member_id), "openid-one", "b1")
    return member_id


@pytest.fixture
def reject(pipes: Pipes, stage: Stage, member_id: str) -> Callable[[], str]:
    """Open a case and send it back; only the rejection is news."""

    def rejected() -> str:
        casework, me = Casework(stage.world), Actor(Role.EMPLOYEE, member_id)
        operation = stage.world.ids.token()
        step = Step("submit", me, operation, data={"what": "一本书"})
        case = casework.open(PARCEL, member_id, "来宾", step)
        casework.apply(case.number, Step("reject", FIRST, f"{operation}-2", reasons=WHY))
        return case.number

    return rejected


def entries(stage: Stage, number: str, seq: int = 2) -> dict[Channel, Delivery]:
    return stage.world.deliveries.of_event(number, seq)


def states(stage: Stage, number: str, seq: int = 2) -> dict[str, str]:
    return {
        channel.value: entry.state.value for channel, entry in entries(stage, number, seq).items()
    }


ALL_TOLD = {"inbox": "delivered", "sms": "sent", "template": "sent"}


def test_a_rejection_reaches_the_employee_on_all_three_channels(
    pipes: Pipes, stage: Stage, member_id: str, reject: Callable[[], str]
) -> None:
    number = reject()
    pipes.relay()
    assert pipes.stream() == []
    pipes.drain()
    assert states(stage, number) == ALL_TOLD
    (sms,) = stage.sms.sent
    assert (sms.phone, sms.template) == (LI.phone, "1000005")
    assert sms.params == (f"PX{number}", "已驳回")
    assert sms.reference == f"{number}-2"
    entry = entries(stage, number)[Channel.SMS]
    assert (entry.message, entry.template, entry.receipt) == (
        "change_rejected",
        "1000005",
        "receipt-1",
    )
    assert json.loads(entry.variables) == [f"PX{number}", "已驳回"]
    (template,) = stage.wechat.templates
    assert template["openid"] == "openid-one"
    assert template["url"] == f"https://mutual.test/parcels/{number}"
    assert template["fields"] == {
        "thing1": "测试件",
        "character_string2": f"PX{number}",
        "phrase3": "已驳回",
        "time4": "2026-11-23 14:28",
    }
    assert template["reference"] == f"{number}-2"
    (message,) = stage.world.messages.latest(member_id, 5)
    assert (message.title, message.read) == ("变更申请已驳回", False)
    assert f"PX{number}" in message.text


@pytest.mark.parametrize("seed", range(4))
def test_everything_twice_and_in_any_order_is_told_once(
    pipes: Pipes, stage: Stage, reject: Callable[[], str], member_id: str, seed: int
) -> None:
    dice = random.Random(seed)
    numbers = [reject() for _ in range(4)]
    records = pipes.stream()
    for batch in (records, dice.sample(records, len(records)), records[: dice.randint(1, 7)]):
        pipes.relay(batch)
    for channel in pipes.queued:
        dice.shuffle(pipes.queued[channel])
        pipes.work(channel, pipes.queued[channel])
    pipes.drain()
    assert [states(stage, number) for number in numbers] == [ALL_TOLD] * 4
    told = sorted(f"{number}-2" for number in numbers)
    assert sorted(sms.reference for sms in stage.sms.sent) == told
    assert sorted(entry["reference"] for entry in stage.wechat.templates) == told
    assert len(stage.world.messages.latest(member_id, 20)) == 4
    assert stage.world.members.session("openid-one", member_id)[2] == 4


def test_killed_at_any_point_nothing_is_lost_and_nothing_is_told_twice(
    pipes: Pipes, stage: Stage, reject: Callable[[], str], member_id: str
) -> None:
    reject()
    pipes.fuse.passed.clear()
    run(pipes)
    points = [*pipes.fuse.passed]
    assert len(points) > 40
    unknown = []
    for burning in range(len(points)):
        number = reject()
        before = len(stage.sms.sent), len(stage.wechat.templates)
        pipes.fuse.passed.clear()
        pipes.fuse.burns_at = burning
        with pytest.raises(Killed):
            run(pipes)
        pipes.fuse.burns_at = None
        stage.clock.forward(minutes=3)
        run(pipes)
        found = states(stage, number)
        sent = len(stage.sms.sent) - before[0], len(stage.wechat.templates) - before[1]
        assert (found["inbox"], found["template"], sent[1]) == ("delivered", "sent", 1)
        if found["sms"] == "unknown":
            unknown.append((points[burning], sent[0]))
        else:
            assert (found["sms"], sent[0]) == ("sent", 1)
    # an SMS in doubt: between the claim and its settlement, and nowhere else
    assert unknown == [
        ("after TransactWriteItems", 0),
        ("before sms", 0),
        ("after sms", 1),
        ("before TransactWriteItems", 1),
    ]
    total = len(points) + 1
    assert len(stage.world.messages.latest(member_id, 100)) == total
    assert stage.world.members.session("openid-one", member_id)[2] == total


def run(pipes: Pipes) -> None:
    """Relay and work until all is quiet; a message stays queued until its worker answers."""
    pipes.relay()
    for channel, bodies in pipes.queued.items():
        while bodies:
            failed = pipes.work(channel, bodies)
            bodies[:] = failed
            if failed:
                pipes.stage.clock.forward(minutes=2)


def test_what_the_stream_lost_is_found_after_the_grace(
    pipes: Pipes, stage: Stage, reject: Callable[[], str]
) -> None:
    numbers = [reject() for _ in range(3)]
    reconcile(stage.world)
    assert pipes.told == []
    stage.clock.forward(minutes=11)
    reconcile(stage.world)
    assert len(pipes.told) == 6
    assert pipes.stream() == []
    pipes.drain()
    assert [states(stage, number) for number in numbers] == [ALL_TOLD] * 3


def test_a_topic_that_is_down_repeats_the_batch_and_loses_nothing(
    pipes: Pipes, stage: Stage, reject: Callable[[], str]
) -> None:
    numbers = [reject(), reject()]
    batch = pipes.stream()
    pipes.topic_down = [ConnectionError(), ConnectionError()]
    with pytest.raises(Unavailable):
        pipes.relay(batch)
    assert len(pipes.told) == 2
    pipes.relay(batch)
    pipes.drain()
    assert [states(stage, number) for number in numbers] == [ALL_TOLD] * 2


POISON: list[dict[str, Any]] = [
    {},
    {"body": {"S": "not json"}},
    {"body": {"S": "[]"}},
    {"body": {"N": "1"}},
    {"body": {"S": json.dumps({"kind": "parcel", "number": "1", "seq": 0})}},
]


@pytest.mark.parametrize("attributes", POISON, ids=repr)
def test_what_nobody_can_read_goes_aside_alone(
    pipes: Pipes, stage: Stage, reject: Callable[[], str], attributes: dict[str, Any]
) -> None:
    number = reject()
    image = {"pk": {"S": keys.case("77")}, "sk": {"S": keys.outbox(1)}, **attributes}
    pipes.dynamodb.put_item(TableName="mutual-aid-local-cases", Item=image)
    pipes.relay()
    assert pipes.poison.bodies == [{"image": image}]
    assert pipes.stream() == []
    pipes.drain()
    assert states(stage, number) == ALL_TOLD


def test_other_items_of_the_stream_are_not_ours(pipes: Pipes) -> None:
    image = {"pk": {"S": "case#1"}, "sk": {"S": "case"}, "body": {"S": "{}"}}
    pipes.relay([{"eventName": "REMOVE", "dynamodb": {}}, {"dynamodb": {"NewImage": image}}])
    assert (pipes.told, pipes.poison.bodies) == ([], [])


def test_a_poison_message_fails_alone_and_quietly(
    pipes: Pipes, stage: Stage, reject: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    number = reject()
    pipes.relay()
    good = pipes.queued["sms"]
    poison = ["", "{}", '{"kind": "unheard_of"}', good[-1].replace("parcel", "unheard")]
    assert pipes.work("sms", [*poison, *good]) == poison
    assert states(stage, number) == {"sms": "sent"}
    assert {r.getMessage() for r in caplog.records} == {"delivery_failed"}


def test_steps_that_are_nobodys_news_are_not_told(
    pipes: Pipes, stage: Stage, reject: Callable[[], str]
) -> None:
    number = reject()
    pipes.relay()
    pipes.drain()
    assert states(stage, number, seq=1) == {}


def test_who_left_the_account_gets_the_other_two(
    pipes: Pipes, stage: Stage, reject: Callable[[], str]
) -> None:
    stage.world.members.record_follow("openid-one", subscribed=False, event_at=100)
    number = reject()
    pipes.relay()
    pipes.drain()
    assert states(stage, number) == ALL_TOLD | {"template": "skipped"}
    assert entries(stage, number)[Channel.TEMPLATE].code == "unsubscribed"
    stage.world.members.record_follow("openid-one", subscribed=True, event_at=200)
    pipes.work("template", pipes.told)
    assert stage.wechat.templates == []


def test_who_never_bound_gets_sms_and_the_message_waits_inside(
    pipes: Pipes, stage: Stage, enrol: Callable[..., str]
) -> None:
    me = Actor(Role.EMPLOYEE, enrol())
    casework = Casework(stage.world)
    case = casework.open(PARCEL, me.id, "来宾", Step("submit", me, "op-1"))
    casework.apply(case.number, Step("reject", FIRST, "op-2", reasons=WHY))
    pipes.relay()
    pipes.drain()
    assert states(stage, case.number) == ALL_TOLD | {"template": "skipped"}
    assert entries(stage, case.number)[Channel.TEMPLATE].code == "not_bound"


def test_a_provider_that_is_disturbed_gets_it_again_later(
    pipes: Pipes, stage: Stage, reject: Callable[[], str]
) -> None:
    stage.sms.failures = [SmsRetry("ResourceUnavailable"), SmsThrottled("LimitExceeded.X")]
    stage.wechat.failures = [WeChatUnavailable(), WeChatNotWhitelisted(40164)]
    number = reject()
    pipes.relay()
    pipes.drain()
    assert states(stage, number) == ALL_TOLD
    assert entries(stage, number)[Channel.SMS].attempts == 3
    waits = [after for _, after in pipes.sleepy["mutual-aid-local-sms"].hidden]
    assert waits == [timedelta(seconds=30), timedelta(seconds=240)]
    assert (len(stage.sms.sent), len(stage.wechat.templates)) == (1, 1)


def test_a_provider_that_says_no_is_asked_once(
    pipes: Pipes, stage: Stage, reject: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    stage.sms.failures = [SmsRefused("FailedOperation.PhoneNumberInBlacklist")]
    stage.wechat.failures = [WeChatRefused(47003)]
    number = reject()
    pipes.relay()
    pipes.drain()
    assert states(stage, number) == {"inbox": "delivered", "sms": "gave_up", "template": "gave_up"}
    codes = {entry.code for entry in entries(stage, number).values()}
    assert codes == {"", "FailedOperation.PhoneNumberInBlacklist", "47003"}
    assert "notify_needs_attention" in caplog.text


def test_an_answer_that_got_lost_is_doubt_not_a_second_sms(
    pipes: Pipes, stage: Stage, reject: Callable[[], str]
) -> None:
    stage.sms.failures = [SmsRetry("ClientNetworkError", uncertain=True)]
    stage.wechat.failures = [WeChatUnavailable(uncertain=True)]
    number = reject()
    pipes.relay()
    pipes.drain()
    # WeChat swallows a repetition for ten minutes, so there asking again was safe
    assert states(stage, number) == ALL_TOLD | {"sms": "unknown"}
    assert stage.sms.sent == []


def test_when_wechat_no_longer_swallows_repetitions_doubt_is_left_alone(
    pipes: Pipes, stage: Stage, reject: Callable[[], str]
) -> None:
    stage.wechat.failures = [WeChatUnavailable(uncertain=True)]
    number = reject()
    pipes.relay()
    bodies = pipes.work("template", pipes.queued["template"])
    stage.clock.forward(minutes=10)
    assert pipes.work("template", bodies) == []
    assert states(stage, number)["template"] == "unknown"
    assert stage.wechat.templates == []


def test_who_is_throttled_for_too_long_is_given_up(
    pipes: Pipes, stage: Stage, reject: Callable[[], str]
) -> None:
    stage.sms.failures = [SmsThrottled("LimitExceeded.PhoneNumberDailyLimit")] * 20
    number = reject()
    pipes.relay()
    pipes.drain()
    assert entries(stage, number)[Channel.SMS].state is State.GAVE_UP
    assert entries(stage, number)[Channel.SMS].attempts == 8


def test_two_workers_at_once_ask_the_provider_once(
    pipes: Pipes, stage: Stage, reject: Callable[[], str]
) -> None:
    number = reject()
    pipes.relay()
    body = pipes.told[-1]
    claim = stage.world.deliveries.claim(Delivery(number, 2, Channel.SMS, "change_rejected"))
    assert claim is not None
    assert pipes.work("sms", [body]) == [body]
    stage.world.deliveries.settle(claim, State.SENT, receipt="r")
    assert pipes.work("sms", [body]) == []
    assert stage.sms.sent == []


def test_a_worker_begins_nothing_that_its_timeout_could_cut(
    pipes: Pipes, stage: Stage, reject: Callable[[], str]
) -> None:
    numbers = [reject() for _ in range(3)]
    pipes.relay()

    class Slow:
        def send(self, *args: Any) -> str:
            stage.clock.forward(seconds=8)
            return str(stage.sms.send(*args))

    stage.world = replace(stage.world, overrides={**stage.world.overrides, "sms": Slow()})
    news = [body for body in pipes.told if '"to": "draft"' in body]
    assert pipes.work("sms", news) == news[2:]
    assert states(stage, numbers[2]) == {}


def test_wechats_report_settles_the_ledger(
    pipes: Pipes, stage: Stage, reject: Callable[[], str]
) -> None:
    numbers = [reject(), reject()]
    pipes.relay()
    pipes.drain()
    deliveries = stage.world.deliveries
    first, second = (entries(stage, number)[Channel.TEMPLATE].receipt for number in numbers)
    assert deliveries.record_receipt(first, delivered=True, code="success")
    assert deliveries.record_receipt(second, delivered=False, code="failed:user block")
    assert deliveries.record_receipt(first, delivered=False, code="late")
    assert not deliveries.record_receipt("999", delivered=True, code="success")
    assert states(stage, numbers[0])["template"] == "delivered"
    assert entries(stage, numbers[1])[Channel.TEMPLATE].code == "failed:user block"
