"""What the menu and the chat lead to, for who is bound and who is not, in the whole app."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import EndpointConnectionError
from chalice.test import Client

from chalicelib.chat import menu
from chalicelib.store.consents import in_force, ledger
from tests.fakes.cloud import Stage
from tests.fakes.phone import Phone
from tests.fakes.push import OPENID, event_push, text_push
from tests.flows.binding import bind
from tests.flows.test_callback import Official


@pytest.fixture
def official(client: Client, stage: Stage) -> Official:
    return Official(client, stage)


@pytest.fixture
def follower(client: Client, stage: Stage) -> Phone:
    """The phone of the person who talks to the account."""
    return Phone(client, stage, OPENID)


def targets() -> list[str]:
    buttons = menu.build("https://mutual.test")["button"]
    flat = [one for top in buttons for one in top.get("sub_button") or [top]]
    return [urlsplit(one["url"]).path for one in flat if one["type"] == "view"]


@pytest.mark.parametrize("path", targets())
def test_every_button_opens_a_page_bound_or_not(
    follower: Phone, stage: Stage, enrol: Any, path: str
) -> None:
    enrol()
    assert follower.open(path).status == 200
    bind(follower, stage)
    seen = follower.open(path)
    assert (seen.status, seen.url) == (200, path)


def test_the_chat_knows_who_is_bound(
    official: Official, follower: Phone, stage: Stage, enrol: Any
) -> None:
    enrol()
    before = official.said(official.push(text_push("补助")))
    bind(follower, stage)
    after = official.said(official.push(text_push("补助")))
    assert "请先绑定职工信息" in before
    assert "查看审核进度和打款结果" in after
    assert "https://mutual.test/bind" not in after


class Slow:
    """A table that takes its second and then gives up."""

    def get_item(self, **_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="members")


def test_when_nobody_can_tell_the_answer_is_for_everybody(
    official: Official, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.world.aws._clients["dynamodb", True] = Slow()
    answer = official.said(official.push(text_push("补助")))
    assert "https://mutual.test/subsidies" in answer
    assert "chat_binding_unknown" in [record.getMessage() for record in caplog.records]
    assert OPENID not in caplog.text


def test_who_withdraws_the_authorisation_in_wechat_is_bound_no_more(
    client: Client, official: Official, follower: Phone, stage: Stage, enrol: Any
) -> None:
    member_id = enrol()
    bind(follower, stage)
    stage.clock.forward(minutes=1)
    official.push(event_push("user_authorization_revoke", official.now, OpenID=OPENID))
    (body,) = stage.chat_queue.bodies
    assert (body["kind"], body["openid"]) == ("revoked", OPENID)
    event = client.events.generate_sqs_event([json.dumps(body)])
    for _ in range(2):  # queues deliver twice
        answer = client.lambda_.invoke("chat_worker", event).payload
        assert answer == {"batchItemFailures": []}
    assert follower.open("/me").url == "/bind"
    assert in_force(ledger(member_id)) == {}


def test_leaving_the_account_does_not_unbind(
    client: Client, official: Official, follower: Phone, stage: Stage, enrol: Any
) -> None:
    member_id = enrol()
    bind(follower, stage)
    official.push(event_push("unsubscribe", official.now))
    event = client.events.generate_sqs_event([json.dumps(stage.chat_queue.bodies[-1])])
    client.lambda_.invoke("chat_worker", event)
    assert follower.open("/me").status == 200
    assert stage.world.members.wechat_of(member_id) == (OPENID, False)
