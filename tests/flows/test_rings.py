"""What rings, and the thread through the logs: real lines, as CloudWatch would get them.

Each alarm's event is made to happen, and the filter of the merged template must find its line.
A request, the event that came of it, the relay and the SMS are told together by their fields.
"""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.casework import watch
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework
from chalicelib.core import logs
from chalicelib.gateways.sms import SmsRefused
from chalicelib.gateways.wechat import WeChatNotWhitelisted, WeChatRefused
from chalicelib.notify import relay
from chalicelib.subsidy.kind import KIND
from infra import observability
from tests.fakes.cloud import Stage
from tests.fakes.desk import Office, path
from tests.fakes.matter import Matter, contradicted, to_closed
from tests.fakes.payroom import PayRoom
from tests.fakes.pipes import Pipes, inserted
from tests.flows import claiming
from tests.flows.test_store_members import bind, identity_of
from tests.unit.test_chat_inbox import SUBSCRIBE, Line, Marks, take_in
from tests.unit.test_sms import send_to, status
from tests.unit.test_wechat_gateway import api as wechat_api
from tests.unit.test_wechat_gateway import gateway

api = wechat_api
Lines = Callable[[], list[dict[str, Any]]]
REQUEST = "7f1d-of-the-gateway"
PATTERN = re.compile(r'\{ \$\.(\w+) = "(\w+)" \}')
FUNCTIONS = {name: name.replace("-", "") for e in observability.EVENTS for name in e.functions}


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The log of a function, a JSON object a line."""
    stream, logger = io.StringIO(), logging.getLogger("chalicelib")
    handler, level = logging.StreamHandler(stream), logger.level
    handler.setFormatter(logs.JsonLines())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    logger.setLevel(level)


def counted(lines: list[dict[str, Any]]) -> set[str]:
    """Return the metrics that the template's filters count in what was logged."""
    found = set()
    for made in observability.resources(FUNCTIONS).values():
        if made["Type"] == "AWS::Logs::MetricFilter":
            words = PATTERN.fullmatch(made["Properties"]["FilterPattern"])
            assert words is not None
            (metric,) = made["Properties"]["MetricTransformations"]
            if any(line.get(words[1]) == words[2] for line in lines):
                found.add(metric["MetricName"])
    return found


@pytest.fixture
def happens(
    stage: Stage, enrol: Callable[..., str], request: pytest.FixtureRequest
) -> dict[str, Callable[[], Any]]:
    """How each thing comes about that people must learn of."""

    def not_whitelisted() -> None:
        server = request.getfixturevalue("api")({"errcode": 40164, "errmsg": "invalid ip"})
        with pytest.raises(WeChatNotWhitelisted):
            gateway(server).get_menu()

    def sms_refused() -> None:
        with pytest.raises(SmsRefused):
            send_to(status("FailedOperation.InsufficientBalanceInSmsPackage"))

    def template_refused() -> None:
        stage.wechat.failures = [WeChatRefused(47003)]
        told(stage, bound(stage, enrol())).drain()

    def unreadable() -> None:
        image = {"pk": {"S": "case#1"}, "sk": {"S": "outbox#000001"}, "body": {"S": "{ no"}}
        Pipes(stage).relay([inserted(image)])

    def late() -> None:
        pipes = Pipes(stage)
        rejected(stage, enrol())
        stage.clock.forward(minutes=11)
        with pipes.cold() as world:
            relay.reconcile(world)

    def damaged() -> None:
        room = PayRoom(stage)
        case = room.grants.approved(payee={"holder": "李示例"})
        room.grants.casework.read(case.number)
        room.gather()

    def waits() -> None:
        room = PayRoom(stage)
        case = room.grants.approved()
        number = room.gather()
        Casework(room.world).lease(case.number, "somebody")
        room.release(number)

    def overdue() -> None:
        register(KIND)
        claiming.publish(stage)
        claiming.claim(stage, enrol())
        stage.clock.forward(days=30)
        watch.overdue(stage.world)

    def twice() -> None:
        matter = Matter(PayRoom(stage))
        matter.verified(contradicted(matter, to_closed), "paid")

    return {
        "wechat_not_whitelisted": not_whitelisted,
        "sms_needs_attention": sms_refused,
        "notify_needs_attention": template_refused,
        "relay_unreadable": unreadable,
        "chat_event_lost": lambda: take_in(SUBSCRIBE, Marks(), Line(Marks(), fails=True)),
        "payout_damaged": damaged,
        "payout_contradiction": lambda: Matter(PayRoom(stage)).disputed(),
        "payout_paid_twice": twice,
        "payout_waits": waits,
        "cases_overdue": overdue,
        "relay_late": late,
    }


def bound(stage: Stage, member_id: str) -> str:
    """Somebody whom WeChat reaches too."""
    bind(stage, identity_of(stage, member_id), "openid-1", "b1")
    return member_id


def rejected(stage: Stage, member_id: str) -> str:
    register(KIND)
    claiming.publish(stage)
    case = claiming.claim(stage, member_id)
    return claiming.reject(stage, case).number


def named(event: dict[str, Any]) -> dict[str, Any]:
    """The request as the gateway hands it over: chalice's own test client names none."""
    event["requestContext"]["requestId"] = REQUEST
    return event


def told(stage: Stage, member_id: str) -> Pipes:
    """A rejection that was relayed, and waits for the workers."""
    pipes = Pipes(stage)
    rejected(stage, member_id)
    pipes.relay()
    return pipes


@pytest.mark.parametrize("name", [event.name for event in observability.EVENTS])
def test_what_must_ring_is_counted(
    happens: dict[str, Callable[[], Any]], lines: Lines, name: str
) -> None:
    assert name not in counted(lines())
    happens[name]()
    assert name in counted(lines())


def test_one_thread_from_the_request_to_the_sms(
    stage: Stage, enrol: Callable[..., str], lines: Lines
) -> None:
    from app import app

    pipes = Pipes(stage)
    claiming.publish(stage)
    case = claiming.claim(stage, bound(stage, enrol()))
    app.world = stage.world
    with Client(app) as client:
        converter = client.http._local_gateway.event_converter
        make = converter.create_lambda_event
        converter.create_lambda_event = lambda *a, **k: named(make(*a, **k))
        desk = Office(client, stage).sit("anna", Role.FIRST_REVIEWER, Role.SECOND_REVIEWER)
        seen = desk.open(path(case))
        before = len(lines())
        desk.decide(case.number, "reject", code_1="R08")
        assert seen.status == 200
    (event,) = [one for one in lines()[before:] if one["event"] == "case_event"]
    assert event["request_id"] == REQUEST
    assert (event["number"], event["seq"], event["action"]) == (case.number, 2, "reject")
    pipes.relay()
    pipes.drain()
    thread = [
        (one["event"], one.get("channel"))
        for one in lines()
        if (one.get("number"), one.get("seq")) == (case.number, 2)
    ]
    assert thread[:2] == [("case_event", None), ("relayed", None)]
    assert ("sent", "sms") in thread
    assert ("sent", "template") in thread
    assert ("delivered", "inbox") in thread
    (receipt,) = [one["receipt"] for one in lines() if one.get("channel") == "sms"]
    assert receipt
    assert stage.sms.sent[0].reference == f"{case.number}-2"
    assert all(stage.sms.sent[0].phone not in json.dumps(one) for one in lines())
