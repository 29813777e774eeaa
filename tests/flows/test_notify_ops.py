"""What ops see and do: real queues, dead letters and back, messages in doubt, the doctor."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.casework.case import Actor, Reason
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.gateways.sms import SmsRefused, SmsRetry
from chalicelib.notify import relay, worker
from chalicelib.statistics import worker as statistics
from chalicelib.store import keys
from chalicelib.store.cases import LockItem
from chalicelib.store.deliveries import Channel, State
from infra import doctor, queues
from infra.errors import InfraError
from tests.fakes.cloud import Stage
from tests.fakes.operator import CHANNELS, TRIES, MotoCloud, Screen, create_queues, deliver, settle
from tests.fakes.parcel import PARCEL
from tests.fakes.pipes import inserted
from tests.flows.test_store_members import bind, identity_of

FIRST = Actor(Role.FIRST_REVIEWER, "anna")


@pytest.fixture
def cloud(stage: Stage) -> MotoCloud:
    register(PARCEL)
    cloud = MotoCloud()
    create_queues(cloud)
    return cloud


@pytest.fixture
def number(cloud: MotoCloud, stage: Stage, enrol: Callable[..., str]) -> str:
    """A case that was sent back."""
    member_id = enrol()
    bind(stage, identity_of(stage, member_id), "openid-one", "b1")
    casework, me = Casework(stage.world), Actor(Role.EMPLOYEE, member_id)
    case = casework.open(PARCEL, me.id, "来宾", Step("submit", me, "op-1", data={"what": "书"}))
    step = Step("reject", FIRST, "op-2", reasons=(Reason("R08"),))
    casework.apply(case.number, step)
    return case.number


def items(cloud: MotoCloud) -> list[dict[str, Any]]:
    found = cloud.client("dynamodb").scan(TableName="mutual-aid-local-cases")["Items"]
    return list(found)


def run_relay(cloud: MotoCloud, stage: Stage) -> None:
    waiting = [item for item in items(cloud) if item["sk"]["S"].startswith("outbox#")]
    relay.handle([inserted(item) for item in waiting], stage.world)


def work(cloud: MotoCloud, stage: Stage, name: str) -> int:
    """Let a worker have what its queue shows; returns how many went back."""
    records = deliver(cloud, name)
    answer = worker.handle(records, stage.world, name)
    settle(cloud, name, records, answer)
    return len(answer["batchItemFailures"])


def tell(cloud: MotoCloud, stage: Stage) -> None:
    run_relay(cloud, stage)
    for name in CHANNELS:
        assert work(cloud, stage, name) == 0


def counted(cloud: MotoCloud, stage: Stage) -> None:
    """Let the statistics have their messages, which `doctor` counts again."""
    assert statistics.handle(deliver(cloud, "stats"), stage.world) == {"batchItemFailures": []}


def examined(stage: Stage) -> list[str]:
    stage.clock.forward(minutes=30)
    _count, findings = doctor.examine(stage.world.database, stage.clock.now())
    return [finding.what for finding in findings]


def failed(cloud: MotoCloud, name: str) -> int:
    return next(depth.dead for depth in queues.depths(cloud) if depth.name == name)


def test_topic_and_queues_carry_the_outbox_as_it_is(
    cloud: MotoCloud, stage: Stage, number: str
) -> None:
    bodies = {item["body"]["S"] for item in items(cloud) if item["sk"]["S"].startswith("outbox#")}
    run_relay(cloud, stage)
    for name in CHANNELS:
        records = deliver(cloud, name)
        assert {record["body"] for record in records} == bodies
        assert worker.handle(records, stage.world, name) == {"batchItemFailures": []}
    assert (len(stage.sms.sent), len(stage.wechat.templates)) == (1, 1)


def test_poison_ends_in_the_dead_letter_queue_and_comes_back(
    cloud: MotoCloud, stage: Stage, number: str
) -> None:
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName="mutual-aid-local-sms")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    run_relay(cloud, stage)
    for _try in range(TRIES):
        work(cloud, stage, "sms")
    assert deliver(cloud, "sms") == []
    assert (failed(cloud, "sms"), len(stage.sms.sent)) == (1, 1)
    screen = Screen()
    assert not queues.show(cloud, screen)
    assert "1" in screen.shown
    queues.redrive(cloud, screen, "sms", dry_run=True)
    assert failed(cloud, "sms") == 1
    queues.redrive(cloud, screen, "sms", dry_run=False)
    assert failed(cloud, "sms") == 0
    assert [record["body"] for record in deliver(cloud, "sms")] == ["poison"]
    queues.redrive(cloud, screen, "sms", dry_run=False)
    assert "Nothing has failed" in screen.shown
    assert "poison" not in screen.shown


def test_a_good_message_that_failed_is_told_after_redrive(
    cloud: MotoCloud, stage: Stage, number: str
) -> None:
    run_relay(cloud, stage)
    stage.sms.failures = [SmsRetry("ResourceUnavailable")] * TRIES
    sqs = cloud.client("sqs")
    for _try in range(TRIES):
        records = deliver(cloud, "sms")
        assert len(worker.handle(records, stage.world, "sms")["batchItemFailures"]) == 1
        url = sqs.get_queue_url(QueueName="mutual-aid-local-sms")["QueueUrl"]
        for record in records:  # its nap is over
            handle = record["receiptHandle"]
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    assert deliver(cloud, "sms") == []
    assert failed(cloud, "sms") >= 1
    queues.redrive(cloud, Screen(), "sms", dry_run=False)
    assert work(cloud, stage, "sms") == 0
    assert len(stage.sms.sent) == 1


def test_an_unreadable_outbox_item_goes_aside_and_back(
    cloud: MotoCloud, stage: Stage, number: str
) -> None:
    item = next(item for item in items(cloud) if item["sk"]["S"] == keys.outbox(2))
    body = item["body"]["S"]
    item["body"] = {"S": "garbled"}
    cloud.client("dynamodb").put_item(TableName="mutual-aid-local-cases", Item=item)
    run_relay(cloud, stage)
    assert failed(cloud, queues.RELAY) == 1
    assert examined(stage)[0].startswith("event 2, inbox: was never sent")
    queues.redrive(cloud, Screen(), queues.RELAY, dry_run=False)
    assert failed(cloud, queues.RELAY) == 0
    (back,) = [item for item in items(cloud) if item["sk"]["S"] == keys.outbox(2)]
    assert back["body"] == {"S": "garbled"}
    back["body"] = {"S": body}
    cloud.client("dynamodb").put_item(TableName="mutual-aid-local-cases", Item=back)
    tell(cloud, stage)
    assert examined(stage) == []


def test_what_is_no_outbox_item_stays_aside(cloud: MotoCloud, stage: Stage) -> None:
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName="mutual-aid-local-relay-failed")["QueueUrl"]
    case = {"pk": {"S": "case#1"}, "sk": {"S": "case"}}
    for body in ("", "{}", json.dumps({"image": case})):
        sqs.send_message(QueueUrl=url, MessageBody=body or "-")
    with pytest.raises(InfraError, match="3 records"):
        queues.redrive(cloud, Screen(), queues.RELAY, dry_run=False)
    assert failed(cloud, queues.RELAY) == 3
    assert items(cloud) == []
    with pytest.raises(InfraError, match="There is no queue"):
        queues.redrive(cloud, Screen(), "nonsense", dry_run=False)


def test_a_message_in_doubt_is_shown_and_sent_again_only_on_demand(
    cloud: MotoCloud, stage: Stage, number: str
) -> None:
    stage.sms.failures = [SmsRetry("ClientNetworkError", uncertain=True)]
    stage.wechat.failures = []
    tell(cloud, stage)
    assert stage.sms.sent == []
    assert any("nobody knows" in what for what in examined(stage))
    screen = Screen()
    queues.resend(cloud, screen, stage.clock, gave_up=False, dry_run=True)
    assert number in screen.shown
    assert "ClientNetworkError" in screen.shown
    assert deliver(cloud, "sms") == []
    queues.resend(cloud, screen, stage.clock, gave_up=False, dry_run=False)
    assert work(cloud, stage, "sms") == 0
    assert len(stage.sms.sent) == 1
    assert examined(stage) == []
    queues.resend(cloud, screen, stage.clock, gave_up=True, dry_run=False)
    assert "No message is in doubt" in screen.shown


def test_a_resend_that_was_cut_off_can_be_done_again(
    cloud: MotoCloud, stage: Stage, number: str
) -> None:
    stage.sms.failures = [SmsRetry("ClientNetworkError", uncertain=True)]
    tell(cloud, stage)
    (found,) = queues.doubtful(cloud, stage.clock)
    stage.world.deliveries.reopen(found)  # and then the operator's machine went away
    stage.clock.forward(hours=1)
    assert queues.doubtful(cloud, stage.clock) == []  # a worker may still be waiting
    stage.clock.forward(hours=1)
    queues.resend(cloud, Screen(), stage.clock, gave_up=False, dry_run=False)
    assert work(cloud, stage, "sms") == 0
    assert len(stage.sms.sent) == 1
    assert examined(stage) == []


def test_what_a_provider_refused_can_be_sent_after_mending(
    cloud: MotoCloud, stage: Stage, number: str
) -> None:
    stage.sms.failures = [SmsRefused("FailedOperation.SignatureIncorrectOrUnapproved")]
    tell(cloud, stage)
    assert queues.doubtful(cloud, stage.clock) == []
    (found,) = queues.doubtful(cloud, stage.clock, gave_up=True)
    assert (found.channel, found.state) == (Channel.SMS, State.GAVE_UP)
    queues.resend(cloud, Screen(), stage.clock, gave_up=True, dry_run=False)
    assert work(cloud, stage, "sms") == 0
    assert len(stage.sms.sent) == 1


def test_a_healthy_stage_has_no_findings(cloud: MotoCloud, stage: Stage, number: str) -> None:
    tell(cloud, stage)
    counted(cloud, stage)
    assert examined(stage) == []
    screen = Screen()
    assert doctor.command(cloud, screen, stage.clock, as_json=False)
    assert "1 cases examined, 0 findings" in screen.shown


def test_what_waits_beyond_the_grace_is_found(cloud: MotoCloud, stage: Stage, number: str) -> None:
    del number
    assert doctor.examine(stage.world.database, stage.clock.now())[1] == []
    found = examined(stage)
    assert found[0].startswith("an event waits in the outbox since")
    assert sum("was never sent" in what for what in found) == 3


def edit(cloud: MotoCloud, number: str, sk: str, change: Callable[[dict[str, Any]], None]) -> None:
    key = {"pk": {"S": keys.case(number)}, "sk": {"S": sk}}
    table = "mutual-aid-local-cases"
    item = cloud.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
    body = json.loads(item["body"]["S"])
    change(body)
    item["body"]["S"] = json.dumps(body, ensure_ascii=False)
    if "state" in body:
        item["state"]["S"] = body.pop("state")
    cloud.client("dynamodb").put_item(TableName=table, Item=item)


@pytest.mark.parametrize(
    ("sk", "change", "said"),
    [
        (keys.event(1), {"actor": "mallory"}, "not true from event 1"),
        (keys.event(2), {"to_state": "done"}, "not true from event 2"),
        (keys.CASE, {"data": {"what": "金条"}}, "not what the last event left"),
        (keys.CASE, {"documents": ["swapped"]}, "not what the last event left"),
        (keys.CASE, {"head": "0" * 64}, "the case stands at event 2"),
        (keys.CASE, {"state": "done"}, "its history says draft"),
        (keys.CASE, {"state": "limbo"}, "nobody knows a parcel in state limbo"),
    ],
    ids=str,
)
def test_what_was_edited_behind_the_products_back_is_found(
    cloud: MotoCloud, stage: Stage, number: str, sk: str, change: dict[str, Any], said: str
) -> None:
    tell(cloud, stage)
    edit(cloud, number, sk, lambda body: body.update(change))
    assert any(said in what for what in examined(stage))


@pytest.mark.parametrize(
    ("sk", "said"),
    [
        (keys.event(1), "not true from event 1"),
        (keys.event(2), "its history at 1"),
        (keys.CASE, "a history without its case"),
    ],
)
def test_what_was_removed_is_found(
    cloud: MotoCloud, stage: Stage, number: str, sk: str, said: str
) -> None:
    tell(cloud, stage)
    key = {"pk": {"S": keys.case(number)}, "sk": {"S": sk}}
    cloud.client("dynamodb").delete_item(TableName="mutual-aid-local-cases", Key=key)
    assert any(said in what for what in examined(stage))


def test_a_lock_without_an_open_case_is_found(
    cloud: MotoCloud, stage: Stage, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(cloud, stage)
    counted(cloud, stage)
    LockItem(keys.open_case("change", "1"), keys.LOCK, number=number).save()
    assert examined(stage) == ["a lock says it is open, and it is not"]
    assert not doctor.command(cloud, Screen(), stage.clock, as_json=True)
    report = json.loads(capsys.readouterr().out)
    assert (report["cases"], len(report["findings"])) == (1, 1)
