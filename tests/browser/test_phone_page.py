"""The phone page with a product that only pretends: every panel, by hand and by keyboard."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto

from tests.browser.phone import PhonePage, chromium
from tests.fakes.simulators import AES_KEY, APP_ID, APP_SECRET, TOKEN, Live, Received

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("phone-page")]

PERSON = {
    "name": "覃秀兰",
    "doc_type_label": "居民身份证",
    "doc_number": "450100197503124529",
    "phone": "17900000009",
    "unit": "忻城示例小学工会委员会",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with Live(tmp_path, patience=5).up() as live:
        (tmp_path / "demo-people.json").write_text(json.dumps([PERSON]))
        push_menu(live)
        yield live


def push_menu(live: Live) -> None:
    order = {"grant_type": "client_credential", "appid": APP_ID, "secret": APP_SECRET}
    token = requests.post(f"{live.url}/cgi-bin/stable_token", json=order, timeout=5).json()
    view = {"type": "view", "url": f"{live.product.url}/me"}
    menu = {
        "button": [
            view | {"name": "我的"},
            {"name": "服务", "sub_button": [view | {"name": "补助申请"}]},
        ]
    }
    answer = requests.post(
        f"{live.url}/cgi-bin/menu/create",
        params={"access_token": token["access_token"]},
        data=json.dumps(menu, ensure_ascii=False).encode(),
        timeout=5,
    )
    assert answer.json()["errcode"] == 0


def welcoming(live: Live) -> Any:
    def reply(got: Received) -> str:
        crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
        query = got.query
        message = parse_message(
            crypto.decrypt_message(
                got.body, query["msg_signature"], query["timestamp"], query["nonce"]
            )
        )
        text = f'欢迎！<a href="{live.product.url}/me">点此绑定</a><b>粗</b>'
        return str(crypto.encrypt_message(create_reply(text, message).render(), query["nonce"]))

    return reply


def test_follow_talk_and_open_a_page_through_oauth(live: Live, page: Page) -> None:
    live.product.replies = [welcoming(live)]
    phone = PhonePage(page, live.url)
    phone.follow()
    expect(phone.bubbles.first).to_have_text("欢迎！点此绑定<b>粗</b>")
    phone.say("你好 <script>")
    expect(phone.bubbles.nth(1)).to_have_text("你好 <script>")
    page.get_by_role("button", name="切换到菜单").click()
    phone.tap("服务", "补助申请")
    expect(phone.web.locator("#openid")).to_have_text(live.openid())
    expect(page.locator("#web-title")).to_have_text("我的")  # told by the page itself
    phone.close_web()
    page.get_by_role("button", name="点此绑定").click()
    expect(phone.web.locator("h1")).to_have_text("我的")
    page.keyboard.press("Escape")
    phone.unfollow()


def test_two_phones_are_two_people_and_keep_their_logins(live: Live, page: Page) -> None:
    for number in (1, 2):
        live.control("follow", phone=f"phone-{number}")
    phone = PhonePage(page, live.url)
    for label, index in (("第一部手机", 0), ("第二部手机", 1), ("第一部手机", 0)):
        phone.take(label)
        phone.tap("我的")
        expect(phone.web.locator("#openid")).to_have_text(live.openid(index))
        phone.close_web()


def test_people_and_codes_are_copied_with_one_click(live: Live, page: Page) -> None:
    PhonePage(page, live.url)
    page.get_by_role("button", name=f"复制证件号码 {PERSON['doc_number']}").click()
    assert page.evaluate("navigator.clipboard.readText()") == PERSON["doc_number"]


def test_switches_reach_the_simulators(live: Live, page: Page) -> None:
    PhonePage(page, live.url)
    page.get_by_role("switch", name="短信故障").check()
    page.get_by_role("switch", name="加密推送").uncheck()
    expect(page.get_by_role("switch", name="加密推送")).not_to_be_checked()
    answers = live.control("switches")["switches"]
    assert (answers["sms_outage"], answers["safe_mode"]) == (True, False)


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1366, 640), (1920, 1080), (1100, 900)])
def test_everything_is_in_sight_without_scrolling(
    live: Live, page: Page, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    PhonePage(page, live.url)
    root = page.locator("html")
    assert root.evaluate("e => e.scrollWidth <= innerWidth")
    if width > 1120:
        assert root.evaluate("e => e.scrollHeight <= innerHeight")
    phone = page.locator("#phone").bounding_box()
    assert phone is not None
    assert phone["y"] >= 0
    assert phone["y"] + phone["height"] <= height
