"""The simulated WeChat API through wechatpy's client: what works and what is refused."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from tests.fakes.simulators import APP_ID, APP_SECRET, Live

VIEW = {"type": "view", "name": "我的", "url": "http://localhost/me"}
CLICK = {"type": "click", "name": "帮助", "key": "HELP"}
PROGRESS = "simCaseProgress000000000000000000000000000A"
DATA = {
    "thing1": "个人信息变更",
    "character_string2": "BG1344168415351173120",
    "phrase3": "待复核",
    "time4": "2020年12月30日 14:28",
}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with Live(tmp_path).up() as live:
        yield live


def token(live: Live, **more: Any) -> dict[str, Any]:
    order = {"grant_type": "client_credential", "appid": APP_ID, "secret": APP_SECRET} | more
    return dict(requests.post(f"{live.url}/cgi-bin/stable_token", json=order, timeout=30).json())


def client(live: Live) -> WeChatClient:
    client = WeChatClient(
        APP_ID, APP_SECRET, access_token=token(live)["access_token"], auto_retry=False
    )
    client.API_BASE_URL = f"{live.url}/cgi-bin/"
    return client


def refused(call: Any, *args: Any, **kwargs: Any) -> int:
    with pytest.raises(WeChatClientException) as caught:
        call(*args, **kwargs)
    return int(caught.value.errcode)


def authorize(live: Live, **more: str) -> requests.Response:
    query = {
        "appid": APP_ID,
        "redirect_uri": f"{live.product.url}/oauth?to=1",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "abc123",
    } | more
    return requests.get(
        f"{live.url}/connect/oauth2/authorize", params=query, allow_redirects=False, timeout=30
    )


def exchange(live: Live, code: str, secret: str = APP_SECRET) -> dict[str, Any]:
    query = {"appid": APP_ID, "secret": secret, "code": code, "grant_type": "authorization_code"}
    return dict(
        requests.get(f"{live.url}/sns/oauth2/access_token", params=query, timeout=30).json()
    )


def code_of(answer: requests.Response) -> str:
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


# --- access token ---------------------------------------------------------------------


def test_the_token_stays_while_it_is_good_and_overlaps_with_the_next(live: Live) -> None:
    first = token(live)
    live.clock.now += 6000
    same = token(live)
    live.clock.now += 950
    after = token(live)
    assert first["expires_in"] == 7200
    assert same == {"access_token": first["access_token"], "expires_in": 1200}
    assert after["access_token"] != first["access_token"]
    old = WeChatClient(APP_ID, APP_SECRET, access_token=first["access_token"], auto_retry=False)
    old.API_BASE_URL = f"{live.url}/cgi-bin/"
    assert old.menu.get() is None
    live.clock.now += 300
    assert refused(old.menu.delete) == 40001


def test_force_ends_the_old_token_and_is_limited(live: Live) -> None:
    before = client(live)
    assert token(live, force_refresh=True)["access_token"] != before.access_token
    assert refused(before.menu.delete) == 40001
    assert token(live, force_refresh=True)["errcode"] == 45011
    for _ in range(19):
        live.clock.now += 31
        assert "access_token" in token(live, force_refresh=True)
    live.clock.now += 31
    assert token(live, force_refresh=True)["errcode"] == 45009


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"appid": "wx-other"}, 40013),
        ({"appid": None}, 41002),
        ({"secret": "wrong"}, 40125),
        ({"secret": ""}, 41004),
        ({"grant_type": "password"}, 40002),
    ],
)
def test_wrong_credentials_get_no_token(live: Live, change: dict[str, Any], errcode: int) -> None:
    assert token(live, **change)["errcode"] == errcode


def test_broken_requests_are_refused_as_wechat_refuses_them(live: Live) -> None:
    base = f"{live.url}/cgi-bin"
    good = token(live)["access_token"]
    calls = {
        43002: requests.get(f"{base}/stable_token", timeout=30),
        44002: requests.post(f"{base}/stable_token", timeout=30),
        47001: requests.post(f"{base}/stable_token", data="[1]", timeout=30),
        41001: requests.get(f"{base}/menu/get", timeout=30),
        40001: requests.get(f"{base}/menu/get?access_token=nonsense", timeout=30),
        43001: requests.post(f"{base}/menu/get?access_token={good}", timeout=30),
        40066: requests.get(f"{base}/datacube/getusersummary", timeout=30),
    }
    for errcode, answer in calls.items():
        assert answer.status_code == 200
        assert answer.json()["errcode"] == errcode


def test_without_a_deployed_account_every_call_is_a_system_error(live: Live) -> None:
    (live.folder / "wechat.json").unlink()
    assert token(live)["errcode"] == -1


def test_an_address_outside_the_whitelist_is_refused_everywhere(live: Live) -> None:
    wechat = client(live)
    live.control("switches", ip_whitelisted=False)
    assert token(live)["errcode"] == 40164
    assert refused(wechat.menu.delete) == 40164
    assert exchange(live, "any")["errcode"] == 40164


# --- menu -----------------------------------------------------------------------------


def test_a_menu_is_kept_and_given_back_in_wechats_shape(live: Live) -> None:
    menu = client(live).menu
    assert menu.get() is None  # 46003
    menu.create({"button": [VIEW, {"name": "更多", "sub_button": [CLICK]}]})
    assert menu.get() == {
        "menu": {
            "button": [
                VIEW | {"sub_button": []},
                {"name": "更多", "sub_button": [CLICK | {"sub_button": []}]},
            ]
        }
    }
    menu.delete()
    assert menu.get() is None


@pytest.mark.parametrize(
    ("buttons", "errcode"),
    [
        ([], 40016),
        ([VIEW] * 4, 40016),
        ([VIEW | {"name": "一二三四五六"}], 40018),
        ([{"type": "view", "url": "http://localhost"}], 40018),
        ([VIEW | {"type": "scancode_push"}], 40017),
        ([CLICK | {"key": "k" * 129}], 40019),
        ([VIEW | {"url": "http://localhost/" + "x" * 1024}], 40020),
        ([VIEW | {"url": "/me"}], 40055),
        ([{"name": "更多", "sub_button": [VIEW] * 6}], 40023),
        ([{"name": "更多", "sub_button": [VIEW | {"name": "字" * 21}]}], 40025),
        ([{"name": "更多", "sub_button": [CLICK | {"key": ""}]}], 40026),
        ([{"name": "更多", "sub_button": [VIEW | {"type": "miniprogram"}]}], 40024),
        ([{"name": "更多", "sub_button": [VIEW | {"sub_button": [CLICK]}]}], 40022),
    ],
)
def test_a_menu_beyond_the_limits_is_refused(
    live: Live, buttons: list[dict[str, Any]], errcode: int
) -> None:
    assert refused(client(live).menu.create, {"button": buttons}) == errcode


# --- OAuth ----------------------------------------------------------------------------


def test_authorize_comes_back_with_state_and_a_code_that_works_once(live: Live) -> None:
    answer = authorize(live)
    assert answer.status_code == 302
    back = answer.headers["Location"]
    assert back.startswith(f"{live.product.url}/oauth?to=1&code=")
    assert back.endswith("&state=abc123")
    given = exchange(live, code_of(answer))
    assert given["openid"] == live.openid()
    assert given["scope"] == "snsapi_base"
    assert "is_snapshotuser" not in given
    assert exchange(live, code_of(answer))["errcode"] == 40163


def test_codes_end_after_five_minutes_and_need_the_secret(live: Live) -> None:
    code = code_of(authorize(live))
    assert exchange(live, code, secret="wrong")["errcode"] == 40125
    live.clock.now += 301
    assert exchange(live, code)["errcode"] == 40029
    assert exchange(live, "made-up")["errcode"] == 40029
    assert exchange(live, "")["errcode"] == 41008


def test_the_browsers_phone_decides_who_is_authorized(live: Live) -> None:
    browser = requests.Session()
    answer = browser.post(f"{live.url}/sim/current", json={"phone": "phone-2"}, timeout=30)
    assert answer.json()["phone"]["openid"] == live.openid(1)
    back = browser.get(
        f"{live.url}/connect/oauth2/authorize?appid={APP_ID}&redirect_uri={live.product.url}/"
        "&response_type=code&scope=snsapi_base",
        allow_redirects=False,
        timeout=30,
    )
    browser.close()
    assert exchange(live, code_of(back))["openid"] == live.openid(1)


def test_a_snapshot_visit_is_marked_and_has_another_openid(live: Live) -> None:
    live.control("switches", snapshot_user=True)
    given = exchange(live, code_of(authorize(live)))
    assert given["is_snapshotuser"] == 1
    assert given["openid"] != live.openid()


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"appid": "wx-other"}, "40013"),
        ({"redirect_uri": "http://evil.example/"}, "10003"),
        ({"redirect_uri": "javascript:alert(1)"}, "10003"),
        ({"scope": "snsapi_userinfo"}, "10005"),
        ({"response_type": "token"}, "10004"),
        ({"state": "a-b"}, "10016"),
        ({"state": "a" * 129}, "10016"),
    ],
)
def test_a_wrong_authorize_address_shows_wechats_error_page(
    live: Live, change: dict[str, str], shown: str
) -> None:
    answer = authorize(live, **change)
    assert answer.status_code == 200
    assert f"错误码：{shown}" in answer.text
    assert "<script" not in answer.text


# --- templates, media, people ---------------------------------------------------------


def template(live: Live, **change: str) -> dict[str, Any]:
    return {
        "touser": live.openid(),
        "template_id": PROGRESS,
        "url": "http://localhost/cases",
        "data": {key: {"value": value} for key, value in (DATA | change).items()},
    }


def send(wechat: WeChatClient, message: dict[str, Any]) -> dict[str, Any]:
    return dict(wechat.post("message/template/send", data=message))


def test_a_template_message_reaches_the_chat_and_is_reported(live: Live) -> None:
    live.control("follow")
    sent = send(client(live), template(live))
    live.settle()
    card = live.chat()[-1]
    assert (card["kind"], card["text"]) == ("template", "业务办理进度提醒")
    assert card["fields"][2] == {"label": "当前状态", "value": "待复核"}
    assert (card["url"], card["at"]) == ("http://localhost/cases", live.clock.now)
    assert len(live.product.received) == 2
    assert sent["msgid"] > 0


def test_the_same_client_msg_id_is_sent_once_in_ten_minutes(live: Live) -> None:
    live.control("follow")
    wechat, message = client(live), template(live) | {"client_msg_id": "n1"}
    first = send(wechat, message)["msgid"]
    assert send(wechat, message)["msgid"] == first
    live.clock.now += 601
    assert send(wechat, message)["msgid"] != first
    assert [b["kind"] for b in live.chat()].count("template") == 2


@pytest.mark.parametrize(
    "change",
    [
        {"thing1": "字" * 21},
        {"thing1": "两\n行"},
        {"phrase3": "六个字的状态"},
        {"phrase3": "ok"},
        {"character_string2": "含中文"},
        {"time4": "昨天"},
        {"thing1": ""},
    ],
)
def test_a_field_that_breaks_its_type_is_refused(live: Live, change: dict[str, str]) -> None:
    live.control("follow")
    assert refused(send, client(live), template(live, **change)) == 47003


def test_template_messages_need_a_follower_a_template_and_all_fields(live: Live) -> None:
    wechat, message = client(live), template(live)
    assert refused(send, wechat, message) == 43004
    live.control("follow")
    assert refused(send, wechat, message | {"touser": "o" * 28}) == 40003
    assert refused(send, wechat, message | {"template_id": "unknown"}) == 40037
    assert refused(send, wechat, message | {"data": {}}) == 47003


def test_pictures_are_kept_three_days_and_anything_else_is_refused(live: Live) -> None:
    media = client(live).media
    picture = b"\x89PNG\r\n\x1a\n" + b"picture"
    media_id = media.upload("image", io.BytesIO(picture))["media_id"]
    answer = media.download(media_id)
    assert answer.content == picture
    assert answer.headers["Content-Type"] == "image/png"
    assert refused(media.upload, "image", io.BytesIO(b"MZ program")) == 40005
    assert refused(media.upload, "voice", io.BytesIO(picture)) == 40004
    wechat = client(live)
    live.clock.now += 3 * 86400 - 6000
    assert refused(wechat.media.download, "../wechat.json") == 40001
    live.clock.now += 6001
    assert refused(client(live).media.download, media_id) == 40007


def test_user_info_ticket_templates_and_addresses(live: Live) -> None:
    wechat = client(live)
    assert wechat.user.get(live.openid()) == {"subscribe": 0, "openid": live.openid()}
    live.control("follow")
    assert wechat.user.get(live.openid())["subscribe_time"] == int(live.clock.now)
    assert refused(wechat.user.get, "nobody") == 40003
    assert wechat.jsapi.get_ticket()["ticket"] == wechat.jsapi.get_ticket()["ticket"]
    titles = [t["title"] for t in wechat.template.get_all_private_template()["template_list"]]
    assert "审核结果通知" in titles
    assert wechat.misc.get_wechat_ips() == ["127.0.0.1"]
