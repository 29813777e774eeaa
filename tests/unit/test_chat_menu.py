"""The account's menu: the data file, WeChat's limits, and the function that pushes it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.chat import menu
from chalicelib.chat.replies import load_replies
from chalicelib.chat.worker import handle_admin
from chalicelib.gateways.wechat import WeChatNotWhitelisted, WeChatRefused, WeChatUnavailable
from tests.architecture import house
from tests.fakes.wechat import FakeWeChat

BASE_URL = "https://fund.test"
PAGES = {path for method, path in house.routes() if method == "GET"}


class World:
    """What the menu function touches."""

    def __init__(self, *failures: Any) -> None:
        self.wechat = FakeWeChat(failures=list(failures))


def buttons(of: dict[str, Any]) -> list[dict[str, Any]]:
    """Every button that does something."""
    return [b for top in of["button"] for b in (top.get("sub_button") or [top])]


def view(name: str = "我的", url: str = f"{BASE_URL}/me") -> dict[str, Any]:
    return {"type": "view", "name": name, "url": url}


def test_our_menu_is_one_that_wechat_takes_and_phones_show_in_full() -> None:
    ours = menu.build(BASE_URL)
    assert menu.check_menu(ours) == []
    for button in ours["button"]:  # longer names are cut off
        assert len(button["name"]) <= 4
        assert all(len(sub["name"]) <= 8 for sub in button.get("sub_button", []))


def test_our_menu_opens_pages_that_exist_and_says_what_we_answer() -> None:
    ours = buttons(menu.build(BASE_URL))
    opened = {b["url"].removeprefix(BASE_URL) for b in ours if b["type"] == "view"}
    assert opened >= {"/", "/me", "/subsidies", "/enrolments", "/notices", "/handbook"}
    assert not opened - PAGES
    assert {b["key"] for b in ours if b["type"] == "click"} <= set(load_replies(BASE_URL).clicks)
    (mine,) = [b for b in ours if b["name"] == "我的"]
    assert mine["url"] == f"{BASE_URL}/me"


@pytest.mark.parametrize(
    "bad",
    [
        None,
        {},
        {"button": []},
        {"button": "我的"},
        {"button": [view()] * 4},
        {"button": [None]},
        {"button": [{"type": "view", "url": BASE_URL}]},
        {"button": [view(name=" ")]},
        {"button": [view(name="六个汉字太长")]},
        {"button": [view(url="")]},
        {"button": [view(url="javascript:alert(1)")]},
        {"button": [view(url=f"{BASE_URL}/{'x' * 1024}")]},
        {"button": [{"type": "click", "name": "帮助"}]},
        {"button": [{"type": "click", "name": "帮助", "key": "k" * 129}]},
        {"button": [{"type": "scancode_push", "name": "扫码", "key": "k"}]},
        {"button": [{"name": "服务", "sub_button": [view()] * 6}]},
        {"button": [{"name": "服务", "sub_button": "x"}]},
        {"button": [{"name": "服务", "sub_button": []}]},
        {"button": [{"name": "服务", "sub_button": [view(name="字" * 21)]}]},
        {"button": [{"name": "服务", "sub_button": [{"name": "空"}]}]},
        {"button": [view() | {"sub_button": [view()]}]},
        {"button": [{"name": "服务", "sub_button": [view() | {"sub_button": [view()]}]}]},
        {"button": [view(name="我\n的")]},
    ],
    ids=repr,
)
def test_what_wechat_refuses_is_found_before_it_is_sent(bad: Any) -> None:
    assert menu.check_menu(bad)
    world = World()
    answer = handle_admin({"action": "push_menu", "menu": bad}, world)
    assert (answer["ok"], answer["errcode"]) == (False, 0)
    assert world.wechat.menu is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["button", "name", "type", "url", "key", "sub_button"]), inner
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_the_check_is_total(anything: Any) -> None:
    assert isinstance(menu.check_menu(anything), list)


def test_ops_read_back_what_they_pushed() -> None:
    world, ours = World(), menu.build(BASE_URL)
    assert handle_admin({"action": "get_menu"}, world) == {"ok": True, "menu": None}
    assert handle_admin({"action": "push_menu", "menu": ours}, world) == {"ok": True, "menu": ours}
    assert handle_admin({"action": "get_menu"}, world) == {"ok": True, "menu": ours}


@pytest.mark.parametrize(
    ("failure", "errcode", "errmsg"),
    [
        (WeChatRefused(40018, "invalid button name size"), 40018, "invalid button name size"),
        (WeChatNotWhitelisted(40164, "invalid ip 203.0.113.9"), 40164, "invalid ip 203.0.113.9"),
        (WeChatUnavailable(), -1, "系统繁忙，请稍后再试。"),
    ],
)
def test_refusals_reach_ops_as_data(failure: Any, errcode: int, errmsg: str) -> None:
    for payload in ({"action": "get_menu"}, {"action": "push_menu", "menu": menu.build(BASE_URL)}):
        assert handle_admin(payload, World(failure)) == {
            "ok": False,
            "errcode": errcode,
            "errmsg": errmsg,
        }


@pytest.mark.parametrize("payload", [{}, {"action": "delete_menu"}, {"action": None}])
def test_unknown_actions_are_answered(payload: dict[str, Any]) -> None:
    assert handle_admin(payload, World())["ok"] is False
