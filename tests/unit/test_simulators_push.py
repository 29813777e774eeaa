"""Pushes to the callback: signed, encrypted or plain, retried, and the replies in the chat."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

from infra.local.wechat.conversation import APOLOGY
from tests.fakes.simulators import AES_KEY, APP_ID, APP_SECRET, TOKEN, Live, Received

MENU = {
    "button": [
        {"type": "view", "name": "我的", "url": "http://localhost:8000/me"},
        {"name": "更多", "sub_button": [{"type": "click", "name": "帮助", "key": "HELP"}]},
    ]
}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with Live(tmp_path).up() as live:
        yield live


def opened(got: Received) -> Any:
    """What the product reads: signature checked, decrypted when encrypted."""
    query = got.query
    check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
    body = got.body
    if query.get("encrypt_type") == "aes":
        crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
        body = crypto.decrypt_message(
            body, query["msg_signature"], query["timestamp"], query["nonce"]
        )
    return parse_message(body)


def answering(text: str) -> Callable[[Received], str]:
    def reply(got: Received) -> str:
        rendered = str(create_reply(text, opened(got)).render())
        if got.query.get("encrypt_type") != "aes":
            return rendered
        crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
        return str(crypto.encrypt_message(rendered, got.query["nonce"], got.query["timestamp"]))

    return reply


def push_menu(live: Live) -> None:
    import requests

    order = {"grant_type": "client_credential", "appid": APP_ID, "secret": APP_SECRET}
    token = requests.post(f"{live.url}/cgi-bin/stable_token", json=order, timeout=30).json()
    query = {"access_token": token["access_token"]}
    answer = requests.post(f"{live.url}/cgi-bin/menu/create", params=query, json=MENU, timeout=30)
    assert answer.json()["errcode"] == 0


@pytest.mark.parametrize("safe_mode", [True, False])
def test_following_is_told_and_the_welcome_is_shown(live: Live, *, safe_mode: bool) -> None:
    live.control("switches", safe_mode=safe_mode)
    live.product.replies = [answering('欢迎！<a href="http://localhost:8000/bind">绑定</a>')]
    told = live.control("follow")
    assert told["delivery"] == {"outcome": "reply", "attempts": 1, "problem": ""}
    got = live.product.received[0]
    assert ("Encrypt" in got.body) is safe_mode
    message = opened(got)
    assert (message.event, message.source) == ("subscribe", live.openid())
    assert got.query["openid"] == live.openid()
    assert [b["text"] for b in live.chat()] == [
        "您已关注公众号",
        '欢迎！<a href="http://localhost:8000/bind">绑定</a>',
    ]


def test_a_text_carries_its_words_and_silence_shows_nothing(live: Live) -> None:
    live.control("follow")
    words = "<补助> & ]]> 怎么申请"
    assert live.control("text", text=words)["delivery"]["outcome"] == "silent"
    message = opened(live.product.received[-1])
    assert (message.type, message.content) == ("text", words)
    assert (live.chat()[-1]["side"], live.chat()[-1]["text"]) == ("me", words)


def test_no_answer_is_retried_three_times_with_the_same_id(live: Live) -> None:
    live.control("follow")
    live.product.replies = [0.6, 0.6, 0.6, 0.6]
    told = live.control("text", text="有人吗")["delivery"]
    assert told == {"outcome": "failed", "attempts": 4, "problem": "no answer in time"}
    pushes = live.product.received[1:]
    assert len(pushes) == 4
    assert len({opened(p).id for p in pushes}) == 1
    assert live.chat()[-1]["text"] == APOLOGY


def test_an_answer_to_the_retry_is_shown_once(live: Live) -> None:
    live.control("follow")
    live.product.replies = [0.6, answering("在的")]
    assert live.control("text", text="有人吗")["delivery"]["attempts"] == 2
    assert [b["text"] for b in live.chat()][-2:] == ["有人吗", "在的"]


def test_a_product_that_is_down_gets_wechats_apology(live: Live) -> None:
    live.control("follow")
    live.product.replies = [503]
    told = live.control("text", text="有人吗")["delivery"]
    assert told == {
        "outcome": "failed",
        "attempts": 1,
        "problem": "the callback answered HTTP 503",
    }
    assert live.chat()[-1]["text"] == APOLOGY


def reply_xml(live: Live, **change: str) -> str:
    from infra.local.wechat.account import Account

    account = Account.model_validate_json((live.folder / "wechat.json").read_bytes())
    parts = {
        "ToUserName": live.openid(),
        "FromUserName": account.original_id,
        "CreateTime": "1795415280",
        "MsgType": "text",
        "Content": "好",
    } | change
    return "<xml>" + "".join(f"<{k}>{v}</{k}>" for k, v in parts.items() if v) + "</xml>"


@pytest.mark.parametrize(
    "change",
    [
        {"ToUserName": "someone-else"},
        {"FromUserName": "someone-else"},
        {"CreateTime": "now"},
        {"Content": ""},
        {"Content": "字" * 683},
        {"MsgType": "carrier-pigeon"},
        {"MsgType": "news"},
    ],
)
def test_a_reply_that_wechat_cannot_show(live: Live, change: dict[str, str]) -> None:
    live.control("switches", safe_mode=False)
    live.control("follow")
    live.product.replies = [reply_xml(live, **change)]
    assert live.control("text", text="你好")["delivery"]["outcome"] == "failed"
    assert live.chat()[-1]["text"] == APOLOGY


@pytest.mark.parametrize(
    "body", ['{"ok": true}', "<html>", "<xml/>", "<xml>text</xml>", "<other/>"]
)
def test_garbage_is_not_a_reply(live: Live, body: str) -> None:
    live.control("switches", safe_mode=False)
    live.control("follow")
    live.product.replies = [body]
    assert live.control("text", text="你好")["delivery"]["outcome"] == "failed"


def test_in_safe_mode_a_reply_must_be_encrypted_with_the_accounts_key(live: Live) -> None:
    live.control("follow")
    plain = reply_xml(live)

    def other_key(got: Received) -> str:
        crypto = WeChatCrypto(TOKEN, AES_KEY[::-1][:42] + "A", APP_ID)
        return str(crypto.encrypt_message(plain, got.query["nonce"]))

    live.product.replies = [plain, other_key]
    for expected in ("the reply is not encrypted", "the reply cannot be decrypted"):
        told = live.control("text", text="你好")["delivery"]
        assert told["outcome"] == "failed"
        assert told["problem"].startswith(expected)


def test_a_news_reply_becomes_cards(live: Live) -> None:
    live.control("follow")
    article = {"title": "公告", "description": "一", "url": "http://localhost/a", "image": ""}

    def news(got: Received) -> str:
        rendered = create_reply([article], opened(got)).render()
        crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
        return str(crypto.encrypt_message(rendered, got.query["nonce"]))

    live.product.replies = [news]
    live.control("text", text="资讯")
    assert live.chat()[-1]["articles"] == [
        {"title": "公告", "description": "一", "url": "http://localhost/a"}
    ]


def test_menu_buttons_click_or_open_a_page(live: Live) -> None:
    push_menu(live)
    live.control("follow")
    live.product.replies = [answering("请点下方菜单")]
    pressed = live.control("menu", path=[1, 0])
    assert (pressed["type"], pressed["delivery"]["outcome"]) == ("click", "reply")
    click = opened(live.product.received[-1])
    assert (click.event, click.key) == ("click", "HELP")
    pressed = live.control("menu", name="我的")
    assert pressed == {"type": "view", "name": "我的", "url": "http://localhost:8000/me"}
    live.settle()
    view = opened(live.product.received[-1])
    assert (view.event, view.url) == ("view", "http://localhost:8000/me")


def test_unfollowing_is_told_and_never_answered(live: Live) -> None:
    live.control("follow")
    live.product.replies = [answering("再见")]
    live.control("unfollow")
    assert opened(live.product.received[-1]).event == "unsubscribe"
    assert live.chat()[-1]["text"] == "您已取消关注"


def test_a_person_who_refuses_messages_gets_none_and_the_product_knows(live: Live) -> None:
    from tests.unit.test_simulators_api import client, send, template

    live.control("follow")
    live.control("switches", refuses_messages=True)
    msg_id = send(client(live), template(live))["msgid"]
    live.settle()
    job = opened(live.product.received[-1])
    assert (job.event, job.id, job.status) == (
        "templatesendjobfinish",
        msg_id,
        "failed:user block",
    )
    assert all(b["kind"] != "template" for b in live.chat())


def test_the_callback_can_be_verified(live: Live) -> None:
    assert live.control("verify")["delivery"]["outcome"] == "reply"
    live.product.replies = ["something else"]
    assert live.control("verify")["delivery"]["problem"] == "echostr was not echoed"
