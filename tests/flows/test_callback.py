"""WeChat's server talks to the whole app: signed, encrypted, repeated, and when things break."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.exceptions import EndpointConnectionError
from chalice.test import Client

from tests.fakes.cloud import WECHAT_SECRET, Stage
from tests.fakes.push import ACCOUNT, OPENID, Sender, event_push, text_push

OLD_KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"


class Official:
    """The account's server, in front of the app."""

    def __init__(self, client: Client, stage: Stage) -> None:
        self.client = client
        self.stage = stage
        self.sender = Sender(WECHAT_SECRET["token"], "wxtest", WECHAT_SECRET["aes_key"])

    @property
    def now(self) -> int:
        return int(self.stage.clock.now().timestamp())

    def push(self, xml: str, *, safe: bool = False, content_type: str = "text/xml") -> Any:
        make = self.sender.safe if safe else self.sender.plain
        return self.post(*make(xml, self.now), content_type)

    def post(self, query: dict[str, str], body: bytes, content_type: str = "text/xml") -> Any:
        headers = {"content-type": content_type} if content_type else {}
        path = f"/wechat?{urlencode(query)}"
        return self.client.http.request("POST", path, headers=headers, body=body)

    def get(self, query: dict[str, str]) -> Any:
        return self.client.http.get(f"/wechat?{urlencode(query)}")

    def said(self, answer: Any) -> str:
        fields = self.sender.read_reply(answer.body.decode())
        assert (fields["ToUserName"], fields["FromUserName"]) == (OPENID, ACCOUNT)
        return fields["Content"]


@pytest.fixture
def official(client: Client, stage: Stage) -> Official:
    return Official(client, stage)


def test_the_address_is_verified(official: Official) -> None:
    query = official.sender.query(official.now) | {"echostr": "5837397520665436492"}
    answer = official.get(query)
    assert (answer.status_code, answer.body) == (200, b"5837397520665436492")
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_wrong_signature_gets_a_plain_sentence(official: Official) -> None:
    query = official.sender.query(official.now) | {"echostr": "1", "signature": "0" * 40}
    for answer in (official.get(query), official.post(query, text_push("补助").encode())):
        assert answer.status_code == 403
        assert answer.body.decode() == "签名不正确。"
        assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("safe", [False, True], ids=["plain", "safe"])
def test_follow_is_welcomed_and_recorded(official: Official, stage: Stage, *, safe: bool) -> None:
    answer = official.push(event_push("subscribe", official.now, EventKey=""), safe=safe)
    assert answer.status_code == 200
    assert "https://mutual.test/bind" in official.said(answer)
    (body,) = stage.chat_queue.bodies
    assert (body["kind"], body["openid"]) == ("follow", OPENID)


@pytest.mark.parametrize(
    "content_type", ["text/xml", "application/xml", "text/xml; charset=utf-8", ""]
)
def test_keywords_answer_whatever_the_content_type_says(
    official: Official, stage: Stage, content_type: str
) -> None:
    answer = official.push(text_push("补助"), content_type=content_type)
    assert "https://mutual.test/subsidies" in official.said(answer)
    assert answer.headers["Content-Type"].startswith("application/xml")
    assert not stage.chat_queue.bodies


def test_silence_is_spelled_success(official: Official) -> None:
    for event in ("unsubscribe", "VIEW", "TEMPLATESENDJOBFINISH", "something_new"):
        answer = official.push(event_push(event, official.now, MsgID=1))
        assert (answer.status_code, answer.body) == (200, b"success")


def test_duplicates_are_answered_but_queued_once(official: Official, stage: Stage) -> None:
    follow = event_push("subscribe", official.now, EventKey="")
    answers = {official.said(official.push(follow)) for _ in range(4)}
    assert len(answers) == 1
    assert len(stage.chat_queue.bodies) == 1
    stage.clock.forward(seconds=1)
    official.push(event_push("subscribe", official.now, EventKey=""))
    assert len(stage.chat_queue.bodies) == 2


def test_marks_are_forgotten_after_a_day(official: Official, stage: Stage) -> None:
    follow = event_push("subscribe", official.now, EventKey="")
    official.push(follow)
    stage.clock.forward(days=1, seconds=1)
    official.push(follow)
    assert len(stage.chat_queue.bodies) == 2


def test_the_previous_key_still_opens_and_answers(official: Official, stage: Stage) -> None:
    stage.world.secret("mutual-aid-local/wechat")["previous_aes_key"] = OLD_KEY
    before = Sender(WECHAT_SECRET["token"], "wxtest", OLD_KEY)
    answer = official.post(*before.safe(text_push("绑定"), official.now))
    assert "/bind" in before.read_reply(answer.body.decode())["Content"]


class Down:
    """A store that takes its second and then gives up."""

    def get(self, key: str) -> None:
        raise EndpointConnectionError(endpoint_url="moments")

    put_once = get


def test_an_answer_leaves_when_the_store_is_down(official: Official, stage: Stage) -> None:
    stage.world.__dict__["quick_moments"] = Down()
    answer = official.push(event_push("subscribe", official.now, EventKey=""))
    assert "欢迎关注" in official.said(answer)
    assert len(stage.chat_queue.bodies) == 1


def test_an_answer_leaves_when_the_queue_is_down(official: Official, stage: Stage) -> None:
    stage.chat_queue.failure = EndpointConnectionError(endpoint_url="queue")
    follow = event_push("subscribe", official.now, EventKey="")
    assert "欢迎关注" in official.said(official.push(follow))
    stage.chat_queue.failure = None
    official.push(follow)
    assert len(stage.chat_queue.bodies) == 1


def test_nothing_personal_is_queued(official: Official, stage: Stage) -> None:
    official.push(text_push("我叫李示例，身份证 11010519491231002X"))
    official.push(event_push("subscribe", official.now, EventKey="qrscene_李示例"))
    assert "李示例" not in json.dumps(stage.chat_queue.bodies, ensure_ascii=False)


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"<xml/>", b"<html/>", b"\xff\xfe", b"<xml>" + b"x" * 70_000 + b"</xml>"],
    ids=["empty", "text", "empty root", "other root", "bytes", "70 kB"],
)
def test_signed_nonsense_is_a_400(official: Official, body: bytes) -> None:
    answer = official.post(official.sender.query(official.now), body)
    assert answer.status_code == 400
    assert answer.body.decode() == "消息无法读取。"


def test_the_worker_records_in_the_store_and_the_newest_wins(
    client: Client, official: Official, stage: Stage
) -> None:
    official.push(event_push("subscribe", official.now, EventKey=""))
    stage.clock.forward(seconds=5)
    official.push(event_push("unsubscribe", official.now, EventKey=""))
    bodies = [json.dumps(body) for body in reversed(stage.chat_queue.bodies)]
    event = client.events.generate_sqs_event(["not json", *bodies])
    for number, record in enumerate(event["Records"]):
        record["messageId"] = f"m-{number}"
    answer = client.lambda_.invoke("chat_worker", event).payload
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-0"}]}
    item = stage.world.aws.client("dynamodb").get_item(
        TableName="mutual-aid-local-members",
        Key={"pk": {"S": f"wechat#{OPENID}"}, "sk": {"S": "follower"}},
    )["Item"]
    assert item["subscribed"] == {"BOOL": False}


def test_ops_push_the_menu_through_the_function(client: Client, stage: Stage) -> None:
    from chalicelib.chat import menu

    ours = menu.build("https://mutual.test")
    pushed = client.lambda_.invoke("wechat_admin", {"action": "push_menu", "menu": ours}).payload
    assert pushed == {"ok": True, "menu": ours}
    assert stage.wechat.menu == ours
