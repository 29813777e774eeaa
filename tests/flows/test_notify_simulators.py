"""Our messages at the simulated providers, through the real gateways."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from chalicelib.chat.callback import CallbackKeys, open_push
from chalicelib.chat.push import Kind
from chalicelib.gateways.sms import TencentSms
from chalicelib.gateways.wechat import WeChat, WeChatRefused
from chalicelib.notify.outcomes import judge
from chalicelib.notify.texts import Facts, texts
from chalicelib.store.deliveries import State
from tests.fakes.cloud import settings
from tests.fakes.simulators import AES_KEY, APP_ID, APP_SECRET, SECRET_ID, SECRET_KEY, TOKEN, Live
from tests.fakes.time import START
from tests.fakes.wechat import MemoryTokens

FACTS = Facts("BG1344168415351173120", "个人信息变更", START)
WORDS = texts().messages["change_rejected"]
URL = "https://mutual.test/changes/1344168415351173120"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with Live(tmp_path / "sim", patience=3).up() as running:
        yield running


@pytest.fixture
def wechat(live: Live) -> WeChat:
    here = settings(wechat_app_id=APP_ID, wechat_api_url=live.url, wechat_open_url=live.url)
    return WeChat(here, APP_SECRET, MemoryTokens())


def send(wechat: WeChat, openid: str, reference: str) -> str:
    template, fields = settings().wechat_case_template, texts().wechat_fields(WORDS, FACTS)
    return wechat.send_template(openid, template, fields, url=URL, reference=reference)


def test_the_sms_reads_as_approved(live: Live) -> None:
    live.clock.now = time.time()  # the SDK signs with the machine's clock
    here = settings(sms_api_url=live.url)
    sms = TencentSms(here, {"secret_id": SECRET_ID, "secret_key": SECRET_KEY})
    assert sms.send("13800000001", here.sms_case_template, texts().sms_params(WORDS, FACTS), "1-2")
    (message,) = requests.get(f"{live.url}/sim/sms", timeout=30).json()["messages"]
    said = "您的申请BG1344168415351173120已驳回，请登录“广西职工互助”公众号查看。"
    assert message["text"] == f"【广西职工互助】{said}"


def test_the_template_message_arrives_once_and_is_reported(live: Live, wechat: WeChat) -> None:
    live.control("follow", phone="phone-1")
    openid = live.openid()
    receipt = send(wechat, openid, "1344168415351173120-2")
    assert send(wechat, openid, "1344168415351173120-2") == receipt
    (card,) = [bubble for bubble in live.chat() if bubble["kind"] == "template"]
    assert card["url"] == URL
    assert [line["value"] for line in card["fields"]] == [
        "个人信息变更",
        "BG1344168415351173120",
        "已驳回",
        "2026-11-23 14:28",
    ]
    live.settle()
    keys, now = CallbackKeys(APP_ID, TOKEN, (AES_KEY,)), int(live.clock())
    pushes = [
        open_push(received.query, received.body.encode(), keys, now).push
        for received in live.product.received
        if received.body
    ]
    (report,) = [push for push in pushes if push.kind is Kind.TEMPLATE_RESULT]
    assert (report.message_id, report.status) == (receipt, "success")


def test_who_left_is_refused_for_good(live: Live, wechat: WeChat) -> None:
    with pytest.raises(WeChatRefused) as caught:
        send(wechat, live.openid(), "1-2")
    outcome = judge(caught.value)
    assert outcome is not None
    assert (outcome.state, outcome.code, outcome.alarm) == (State.GAVE_UP, "43004", False)
