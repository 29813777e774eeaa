"""The phone page with a product that only pretends: every panel, by hand and by keyboard."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
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

STAFF = [
    {
        "account": account,
        "name": name,
        "roles": roles,
        "password": f"{account}-7qpz-x2ab-4cde-fg5h",
        "totp": secret * 4,
    }
    for account, name, roles, secret in (
        ("chuhe", "韦初核", "初核员", "JBSWY3DP"),
        ("fuhe", "覃复核", "复核员", "EHPK3PXP"),
        ("laibin", "莫来宾", "初核员、复核员", "JBSWY3DQ"),
        ("caiwu", "黄财务", "财务人员", "EHPK3PXQ"),
        ("guanli", "陆管理", "内容编辑、系统管理员", "JBSWY3DR"),
        ("shenji", "蒙审计", "审计人员", "EHPK3PXR"),
    )
]
CASE = {
    "thing1": "个人信息变更",
    "character_string2": "BG1344168415351173120",
    "phrase3": "待复核",
    "time4": "2026年11月23日 14:28",
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


def wechat(live: Live, call: str, body: dict[str, Any]) -> None:
    order = {"grant_type": "client_credential", "appid": APP_ID, "secret": APP_SECRET}
    token = requests.post(f"{live.url}/cgi-bin/stable_token", json=order, timeout=30).json()
    answer = requests.post(
        f"{live.url}/cgi-bin/{call}",
        params={"access_token": token["access_token"]},
        data=json.dumps(body, ensure_ascii=False).encode(),
        timeout=30,
    )
    assert answer.json()["errcode"] == 0


def push_menu(live: Live) -> None:
    view = {"type": "view", "url": f"{live.product.url}/me"}
    buttons = [
        view | {"name": "我的"},
        {"name": "服务", "sub_button": [view | {"name": "补助申请"}]},
    ]
    wechat(live, "menu/create", {"button": buttons})


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


def code_now(live: Live, entry: dict[str, str]) -> str:
    code = pyotp.TOTP(entry["totp"]).at(int(live.clock.now))
    return f"{code[:3]} {code[3:]}"


def test_staff_appear_with_a_code_that_changes_in_time(live: Live, page: Page) -> None:
    PhonePage(page, live.url)
    page.get_by_role("tab", name="后台账号").click()
    panel = page.get_by_role("tabpanel", name="后台账号")
    expect(panel).to_contain_text("演示账号还没有准备好")
    live.clock.now += 28  # two seconds before the codes change
    (live.folder / "demo-staff.json").write_text(json.dumps(STAFF))
    expect(panel.get_by_role("listitem")).to_have_count(len(STAFF))
    first = panel.get_by_role("listitem").first
    expect(first).to_contain_text("韦初核初核员")
    expect(first).to_contain_text(code_now(live, STAFF[0]))
    for label in ("账号", "密码", "动态码"):
        first.get_by_role("button", name=f"复制{label}").click()
        expected = {"账号": "chuhe", "密码": STAFF[0]["password"]}.get(label)
        got = page.evaluate("navigator.clipboard.readText()")
        assert got == (expected or code_now(live, STAFF[0]).replace(" ", ""))
    live.clock.now += 2
    expect(first).to_contain_text(code_now(live, STAFF[0]))
    console = panel.get_by_role("link", name="打开后台")
    expect(console).to_have_attribute("href", f"{live.product.url}/staff")
    expect(console).to_have_attribute("target", "_blank")


def test_the_tabs_are_steered_by_the_keyboard(live: Live, page: Page) -> None:
    PhonePage(page, live.url)
    people, staff = (page.get_by_role("tab", name=name) for name in ("演示职工", "后台账号"))
    people.focus()
    for key, chosen, other in (
        ("ArrowRight", staff, people),
        ("ArrowRight", people, staff),
        ("End", staff, people),
        ("Home", people, staff),
        ("ArrowLeft", staff, people),
    ):
        page.keyboard.press(key)
        expect(chosen).to_be_focused()
        expect(chosen).to_have_attribute("aria-selected", "true")
        expect(other).to_have_attribute("aria-selected", "false")
        expect(other).to_have_attribute("tabindex", "-1")
    expect(page.get_by_role("tabpanel")).to_have_count(1)


def test_a_template_message_is_a_card_that_opens_its_page(live: Live, page: Page) -> None:
    live.control("follow")
    phone = PhonePage(page, live.url)
    message = {
        "touser": live.openid(),
        "template_id": "simCaseProgress000000000000000000000000000A",
        "url": f"{live.product.url}/me",
        "data": {name: {"value": value} for name, value in CASE.items()},
    }
    wechat(live, "message/template/send", message)
    wechat(live, "message/template/send", message | {"url": ""})
    cards = page.get_by_role("article", name="业务办理进度提醒")
    expect(cards).to_have_count(2)
    expect(cards.first.locator("time")).to_have_text("11月23日 14:28")
    expect(cards.first.locator("dt")).to_have_text(["业务类型", "申请单号", "当前状态", "更新时间"])
    expect(cards.first.locator("dd")).to_have_text(list(CASE.values()))
    expect(cards.last.get_by_role("button")).to_have_count(0)
    cards.first.get_by_role("button", name="详情").click()
    expect(phone.web.locator("#openid")).to_have_text(live.openid())


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


@pytest.mark.parametrize("width", [320, 375, 414, 700, 761, 900])
def test_on_a_narrow_window_the_phone_fits_and_stands_in_the_middle(
    live: Live, page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 812})
    PhonePage(page, live.url)
    assert page.locator("html").evaluate("e => e.scrollWidth <= innerWidth")
    phone = page.locator("#phone").bounding_box()
    assert phone is not None
    left, right = phone["x"], width - phone["x"] - phone["width"]
    assert left >= 16
    assert right >= 16
    if width <= 760:
        assert abs(left - right) <= 1
