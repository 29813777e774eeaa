"""Functions with their own clients, where other tests have fakes: queues, topic, secrets, tokens.

WeChat and the SMS provider are a server on loopback; all else is moto, IAM enforced.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from chalice.test import Client
from moto import mock_aws

from chalicelib.casework.case import Reason
from chalicelib.casework.machine import Role
from chalicelib.chat import worker as chat
from chalicelib.documents import worker as documents
from chalicelib.notify import relay, worker
from chalicelib.payout import worker as payouts
from chalicelib.statistics import worker as statistics
from chalicelib.store import keys
from chalicelib.store.deliveries import Channel
from chalicelib.world import World
from tests.fakes import pictures
from tests.fakes.cloud import BUCKET, WECHAT_SECRET, Stage, make_stage
from tests.fakes.desk import Desk, hire
from tests.fakes.grant import Grants
from tests.fakes.operator import CHANNELS, MotoCloud, create_queues, deliver
from tests.fakes.phone import Phone
from tests.fakes.pipes import inserted
from tests.fakes.push import OPENID, event_push
from tests.fakes.server import Say, Seen, Server, running
from tests.fakes.sms import Sent
from tests.fakes.time import FakeClock
from tests.flows import claiming
from tests.flows.binding import bind
from tests.flows.changing import ask, reject
from tests.flows.test_callback import Official
from tests.flows.test_payout_desk import build

SMS_SECRET = {"secret_id": "AKIDtest", "secret_key": "test-secret-key"}
BAD_TOKEN, WECHAT_BUSY, BUSY = 40001, -1, "RequestLimitExceeded"
MENU = {"button": [{"type": "view", "name": "首页", "url": "https://mutual.test/"}]}


class Outside:
    """Answers as WeChat and Tencent do; each of `moods` spoils one message."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}
        self.sent: list[Sent] = []
        self.moods: list[int | str] = []

    def __call__(self, seen: Seen) -> Say:
        answers: dict[str, Callable[[Seen], Any]] = {
            "/sns/oauth2/access_token": lambda seen: {
                "openid": self.codes.pop(seen.query["code"]),
                "access_token": "x",
                "expires_in": 7200,
                "refresh_token": "x",
                "scope": "snsapi_base",
            },
            "/cgi-bin/stable_token": lambda _: {"access_token": "token", "expires_in": 7200},
            "/cgi-bin/message/template/send": self._wechat,
            "/cgi-bin/menu/get": lambda _: {"menu": MENU},
            "/cgi-bin/menu/create": self._wechat,
            "/": self._sms,
        }
        return Say(answers[seen.path](seen))

    def _wechat(self, _seen: Seen) -> Any:
        return {"errcode": self.moods.pop(0) if self.moods else 0, "errmsg": "", "msgid": 5001}

    def _sms(self, seen: Seen) -> Any:
        body = seen.json
        code = self.moods.pop(0) if self.moods else "Ok"
        if code == "Ok":
            phone = body["PhoneNumberSet"][0].removeprefix("+86")
            params = tuple(body["TemplateParamSet"])
            self.sent.append(Sent(phone, body["TemplateId"], params, body["SessionContext"]))
        status = {"Code": code, "SerialNo": "1", "Message": "", "PhoneNumber": ""}
        return {"Response": {"SendStatusSet": [status], "RequestId": "1"}}


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def stage(outside: Outside) -> Iterator[Stage]:
    """A stage whose world has nothing put into its places but the clients of AWS."""
    with running(outside) as server, mock_aws():
        yield connected(server, outside)


def connected(server: Server, outside: Outside) -> Stage:
    made = make_stage(
        wechat_api_url=server.url, wechat_open_url="https://open.test", sms_api_url=server.url
    )
    cloud = MotoCloud()
    create_queues(cloud)
    for name, fields in (("wechat", WECHAT_SECRET), ("sms", SMS_SECRET)):
        text = json.dumps(fields)
        cloud.client("secretsmanager").create_secret(
            Name=f"mutual-aid-local/{name}", SecretString=text
        )
    made.sms.sent, made.wechat.codes = outside.sent, outside.codes
    made.world = replace(made.world, overrides={"aws": made.world.aws})
    # nothing is left of what the fakes were put into
    return replace(
        made,
        world=type(made.world)(made.world.settings, made.clock, made.ids, made.world.overrides),
    )


def news(stage: Stage) -> list[Any]:
    client = stage.world.aws.client("dynamodb")
    found = client.scan(TableName="mutual-aid-local-cases")["Items"]
    return [inserted(item) for item in found if item["sk"]["S"].startswith("outbox#")]


def work(stage: Stage, name: str, world: World | None = None) -> int:
    """Let a new container have what a queue shows; returns how many come again."""
    records, world = deliver(MotoCloud(), name), world or replace(stage.world)
    if name in CHANNELS:
        answer = worker.handle(records, world, Channel(name))
    else:
        answer = {"chat": chat, "payout": payouts, "stats": statistics}[name].handle(records, world)
    return len(answer["batchItemFailures"])


class Leaping:
    """A clock to which a minute passes at each look: whoever works has no time for more."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        self._clock.forward(minutes=1)
        return self._clock.now()


def test_who_follows_is_written_down_from_the_queue(client: Client, stage: Stage) -> None:
    official = Official(client, stage)
    assert official.push(event_push("subscribe", official.now, EventKey="")).status_code == 200
    assert work(stage, "chat") == 0


def test_a_step_is_told_though_providers_are_busy_at_first(
    client: Client, stage: Stage, enrol: Callable[..., str], outside: Outside
) -> None:
    phone, me = Phone(client, stage, OPENID), enrol()
    bind(phone, stage)
    official = Official(client, stage)
    official.push(event_push("subscribe", official.now, EventKey=""))
    work(stage, "chat")
    _seen, case = ask(phone, stage, me, phone="13900000002")
    reject(stage, case, Reason("R09", "field:phone", "与证明不符"))
    told = news(stage)
    relay.handle(told, replace(stage.world))
    sent = len(outside.sent)
    assert work(stage, "inbox") == 0
    outside.moods = [BUSY]
    assert work(stage, "sms") == 1
    assert work(stage, "stats") == 0
    outside.moods = [WECHAT_BUSY]
    assert work(stage, "template") == 1
    stage.clock.forward(minutes=10)
    relay.handle(told, stage.world)  # what is hidden sleeps by moto's own clock
    outside.moods = [BAD_TOKEN]
    assert work(stage, "template") == 0, "a token that was refused is replaced at once"
    assert outside.moods == []
    assert len(outside.sent) == sent, "the SMS is hidden, and comes again"
    finished = {"MsgID": 5001, "Status": "success"}
    official.push(event_push("TEMPLATESENDJOBFINISH", official.now, **finished))
    assert work(stage, "chat") == 0


def test_what_the_stream_lost_leaves_by_the_clock(stage: Stage, enrol: Callable[..., str]) -> None:
    cases = stage.world.aws.client("dynamodb")
    claiming.publish(stage)
    claiming.payable(stage, claiming.claim(stage, enrol()))
    good = news(stage)[0]["dynamodb"]["NewImage"]
    bad = good | {"sk": {"S": good["sk"]["S"] + "x"}, "body": {"S": "[]"}}
    cases.put_item(TableName="mutual-aid-local-cases", Item=bad)
    stage.clock.forward(minutes=11)
    relay.reconcile(replace(stage.world))
    assert news(stage) == []
    assert work(stage, "stats") == 0


def test_the_menu_is_pushed_with_the_shared_token(stage: Stage, outside: Outside) -> None:
    outside.moods = [BAD_TOKEN]
    for action in ("push_menu", "get_menu"):
        said = chat.handle_admin({"action": action, "menu": MENU}, stage.world)
        assert said == {"ok": True, "menu": MENU}


def test_finance_asks_the_worker_who_asks_itself(client: Client, stage: Stage) -> None:
    claiming.publish(stage)
    grants = Grants(stage)
    for _ in range(3):
        grants.approved(10_000)
    hire(stage, "mia", Role.FINANCE)
    desk = Desk(client, stage)
    assert desk.login("mia").url == "/staff"
    assert build(desk).status == 200
    hurried = replace(stage.world, clock=Leaping(stage.clock))
    assert work(stage, "payout", hurried) == 0
    assert work(stage, "payout", hurried) == 0
    stage.clock.forward(minutes=11)
    payouts.reconcile(replace(stage.world))
    bad = {"batch": "1", "work": "nothing we do"}
    stage.world.queue("mutual-aid-local-payout").put(bad)
    assert work(stage, "payout") == 1


def test_a_picture_that_goes_takes_along_what_the_phone_sent(stage: Stage) -> None:
    s3 = pictures.open_bucket(stage)
    key = keys.incoming_object("1001", "picture")
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    item = {"pk": {"S": keys.member("1001")}, "sk": {"S": keys.document("picture")}}
    documents.handle_removed([{"eventName": "REMOVE", "dynamodb": {"Keys": item}}], stage.world)
    assert pictures.names(s3) == []
