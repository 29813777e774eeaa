"""The simulators against the product's own code: each was written from the documentation alone."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from chalicelib.chat import menu
from chalicelib.chat.callback import CallbackKeys, open_push, seal_reply
from chalicelib.chat.replies import answer, load_replies
from chalicelib.gateways.sms import SmsRefused, SmsRetry, SmsThrottled, TencentSms
from chalicelib.gateways.wechat import OAuthCodeUsed, WeChat, WeChatNotWhitelisted, WeChatRefused
from tests.fakes.cloud import settings
from tests.fakes.simulators import (
    AES_KEY,
    APP_ID,
    APP_SECRET,
    SECRET_ID,
    SECRET_KEY,
    TOKEN,
    Live,
    Received,
)
from tests.fakes.wechat import MemoryTokens

BASE_URL = "https://mutual.test"
KEYS = CallbackKeys(APP_ID, TOKEN, (AES_KEY,))


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with Live(tmp_path / "sim", patience=3).up() as running:
        yield running


@pytest.fixture
def wechat(live: Live) -> WeChat:
    here = settings(wechat_app_id=APP_ID, wechat_api_url=live.url, wechat_open_url=live.url)
    return WeChat(here, APP_SECRET, MemoryTokens())


@pytest.fixture
def account(live: Live) -> Callable[[Received], str]:
    """The product's callback, without its web layer."""

    def reply(received: Received) -> str:
        now = int(live.clock())
        opened = open_push(received.query, received.body.encode(), KEYS, now)
        said = answer(opened.push, load_replies(BASE_URL), lambda: None)
        return "success" if said is None else seal_reply(said, opened, KEYS, now)

    return reply


def test_the_menu_goes_there_and_back(wechat: WeChat) -> None:
    assert wechat.get_menu() is None
    wechat.push_menu(menu.build(BASE_URL))
    pushed = wechat.get_menu()
    assert pushed is not None
    assert [button["name"] for button in pushed["button"]] == ["首页", "服务", "我的"]
    with pytest.raises(WeChatRefused) as caught:
        wechat.push_menu({"button": [{"type": "view", "name": "字" * 30, "url": BASE_URL}]})
    assert caught.value.errcode == 40018


def test_a_code_signs_in_once(live: Live, wechat: WeChat) -> None:
    openid = live.openid()
    live.control("follow", phone="phone-1")
    url = wechat.authorize_url(f"{live.product.url}/me", "state123")
    there = requests.get(
        url.partition("#")[0], params={"phone": "phone-1"}, allow_redirects=False, timeout=30
    )
    query = parse_qs(urlsplit(there.headers["Location"]).query)
    assert query["state"] == ["state123"]
    assert wechat.openid_for(query["code"][0]) == openid
    with pytest.raises(OAuthCodeUsed):
        wechat.openid_for(query["code"][0])


@pytest.mark.parametrize("safe_mode", [False, True], ids=["plain", "safe"])
def test_the_chat_works_in_both_modes(
    live: Live, account: Callable[[Received], str], *, safe_mode: bool
) -> None:
    live.control("switches", safe_mode=safe_mode)
    live.product.replies = [account] * 3
    live.control("follow", phone="phone-1")
    live.control("text", phone="phone-1", text="怎么申请补助")
    texts = [bubble["text"] for bubble in live.chat() if bubble["side"] == "account"]
    assert "欢迎关注" in texts[0]
    assert f"{BASE_URL}/subsidies" in texts[1]


def test_tencents_sdk_reaches_the_inbox(live: Live) -> None:
    live.clock.now = time.time()  # the SDK signs with the machine's clock
    here = settings(sms_api_url=live.url)
    sms = TencentSms(here, {"secret_id": SECRET_ID, "secret_key": SECRET_KEY})
    assert sms.send("13800000001", here.sms_code_template, ["123456", "5"], "ref-1")
    (message,) = requests.get(f"{live.url}/sim/sms", timeout=30).json()["messages"]
    assert (message["phone"], message["code"]) == ("13800000001", "123456")
    with pytest.raises(SmsThrottled):
        sms.send("13800000001", here.sms_code_template, ["654321", "5"], "ref-2")
    live.control("switches", sms_blacklist=["13800000002"])
    with pytest.raises(SmsRefused):
        sms.send("13800000002", here.sms_code_template, ["654321", "5"], "ref-3")
    live.control("switches", sms_outage=True)
    with pytest.raises(SmsRetry):
        sms.send("13800000003", here.sms_code_template, ["654321", "5"], "ref-4")


def test_an_address_off_the_whitelist_is_an_alarm(live: Live, wechat: WeChat) -> None:
    live.control("switches", ip_whitelisted=False)
    with pytest.raises(WeChatNotWhitelisted):
        wechat.get_menu()


def test_expired_tokens_are_renewed_without_notice(live: Live, wechat: WeChat) -> None:
    wechat.push_menu(menu.build(BASE_URL))
    live.control("expire")
    assert wechat.get_menu() is not None
