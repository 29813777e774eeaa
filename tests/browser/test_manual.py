"""The manual, row by row (A1–A18): each row by a browser, in the manual's own words."""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chalicelib.casework.case import Actor, Case, Reason
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.subsidy.kind import KIND as SUBSIDY
from infra.demo.people import Employee
from tests.browser.conftest import SMALL, Open
from tests.browser.phone import PhonePage
from tests.browser.site import Site
from tests.browser.steps import bind, masked
from tests.browser.test_subsidy import ACCOUNT, CHECKED_MS, SHEETS, Application, Begin, begin, photo
from tests.flows import claiming
from tests.stack.deployed import world_of

__all__ = ["begin", "photo"]  # fixtures

HERE = Path(__file__).parent
ROWS = {
    "A1": ("test_manual::test_follow_ask_and_leave",),
    "A2": ("test_manual::test_the_menu_opens_pages_through_wechat",),
    "A3": ("test_manual::test_home_leads_everywhere",),
    "A4": (
        "test_binding::test_an_employee_binds_by_the_manuals_words",
        "test_binding::test_whatever_is_wrong_the_manuals_sentence_comes_and_nothing_typed_is_lost",
        "test_binding::test_the_countdown_runs_and_the_button_comes_back",
    ),
    "A5": ("test_manual::test_the_personal_centre", "test_privacy::test_an_employee_leaves"),
    "A6": ("test_privacy::test_an_employee_reads_what_they_are_entitled_to",),
    "A7": ("test_manual::test_an_application_from_the_list_to_the_end",),
    "A8": (
        "test_subsidy::test_three_steps_with_photographs",
        "test_subsidy::test_left_in_the_middle_it_goes_on_where_it_was",
    ),
    "A9": ("test_manual::test_an_application_from_the_list_to_the_end",),
    "A10": ("test_manual::test_an_application_from_the_list_to_the_end",),
    "A11": (
        "test_manual::test_an_application_from_the_list_to_the_end",
        "test_payout::test_a_round_with_the_bank",
    ),
    "A12": (
        "test_manual::test_an_application_from_the_list_to_the_end",
        "test_payout::test_a_round_with_the_bank",
    ),
    "A13": ("test_manual::test_a_change_from_the_list_to_the_end",),
    "A14": ("test_manual::test_a_change_from_the_list_to_the_end",),
    "A15": (
        "test_manual::test_a_change_from_the_list_to_the_end",
        "test_manual::test_name_and_number_are_never_changed_together",
    ),
    "A16": ("test_manual::test_a_change_from_the_list_to_the_end",),
    "A17": (
        "test_content::test_an_article_with_pictures_goes_its_way",
        "test_content::test_a_time_to_come_and_one_that_has_been",
    ),
    "A18": ("test_manual::test_a_change_from_the_list_to_the_end",),
}


def test_every_row_of_the_manual_has_its_test() -> None:
    assert list(ROWS) == [f"A{number}" for number in range(1, 19)]
    for name in {name for names in ROWS.values() for name in names}:
        module, _, test = name.partition("::")
        tree = ast.parse((HERE / f"{module}.py").read_text("utf-8"))
        made = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert test in made, name


# ---- A1, A2: the account ----


@pytest.fixture
def phone(open_phone: Open, service: Site) -> PhonePage:
    return PhonePage(open_phone(viewport={"width": 1366, "height": 768}), service.phone)


def test_follow_ask_and_leave(phone: PhonePage) -> None:
    phone.follow()
    expect(phone.bubbles.first).to_contain_text("欢迎关注广西职工保障互助协会")
    for text, answer in (
        ("补助", "补助"),
        ("变更", "变更"),
        ("绑定", "点此绑定职工信息"),
        ("帮助", "回复以下关键词"),
        ("今天天气", "回复以下关键词"),
    ):
        before = phone.bubbles.count()
        phone.say(text)
        expect(phone.bubbles).to_have_count(before + 2)
        expect(phone.bubbles.last).to_contain_text(answer)
    phone.page.get_by_role("button", name="点此绑定职工信息").last.click()
    expect(phone.web.get_by_role("button", name="立即绑定")).to_be_visible()
    phone.close_web()
    phone.unfollow()


def test_the_menu_opens_pages_through_wechat(phone: PhonePage) -> None:
    phone.follow()
    phone.tap("我的")
    expect(phone.web.get_by_role("button", name="立即绑定")).to_be_visible()
    phone.close_web()
    phone.tap("服务", "公告通知")
    expect(phone.web.get_by_role("heading", level=1, name="公告通知")).to_be_visible()


# ---- A3, A5 ----


def test_home_leads_everywhere(open_phone: Open, service: Site, employee: Employee) -> None:
    page = open_phone(viewport=SMALL)
    page.goto(service.front)
    for label in ("公告通知", "职工参保", "补助申请", "宣传手册", "消息"):
        expect(page.get_by_role("navigation").get_by_role("link", name=label)).to_be_visible()
    expect(page.get_by_role("heading", name="文章资讯")).to_be_visible()
    page.get_by_role("link", name="点击绑定职工信息").click()
    expect(page.get_by_role("button", name="立即绑定")).to_be_visible()
    bind(page, service, employee)
    page.goto(service.front)
    for label, title in (
        ("公告通知", "公告通知"),
        ("职工参保", "职工参保"),
        ("补助申请", "补助申请"),
        ("宣传手册", "宣传手册"),
        ("消息", "我的消息"),
    ):
        page.get_by_role("navigation").get_by_role("link", name=label).click()
        expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
        page.goto(service.front)
    page.get_by_role("link", name=masked(employee.name)).click()
    expect(page.get_by_role("heading", level=1, name="个人中心")).to_be_visible()


def test_the_personal_centre(open_phone: Open, service: Site, employee: Employee) -> None:
    page = open_phone(viewport=SMALL)
    bind(page, service, employee)
    page.goto(f"{service.front}/me")
    main = page.get_by_role("main")
    expect(main).to_contain_text(masked(employee.name))
    expect(main).to_contain_text(employee.unit.name)
    for secret in (employee.doc_number, employee.phone):
        expect(main).not_to_contain_text(secret)
    for label in ("职工参保", "个人信息变更", "我的补助", "我的消息", "隐私与授权", "解除绑定"):
        expect(main.get_by_role("link", name=label)).to_be_visible()


# ---- A7, A9–A12: an application; the reviewers and the bank act beside the browser ----


@pytest.fixture
def office(service: Site) -> Any:
    """What the steps of `claiming` need, on the deployed service."""
    world = world_of(service.running)
    register(SUBSIDY)
    return SimpleNamespace(world=world, ids=world.ids)


def number_on(page: Page) -> str:
    """The number of the case whose page it is."""
    return re.findall(r"\d{15,}", page.url)[0]


def told(page: Page, service: Site, title: str, button: str) -> None:
    """Read the newest message: it is unread, speaks of the case and leads to it."""
    row = page.get_by_role("main").get_by_role("link").first

    def arrived() -> bool:
        page.goto(f"{service.front}/messages")
        return row.count() > 0 and title in row.inner_text()

    until(page, arrived)
    expect(row.get_by_label("未读")).to_be_visible()
    row.click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    page.get_by_role("main").get_by_role("link", name=button).click()


def until(page: Page, seen: Callable[[], bool]) -> None:
    for _ in range(60):
        if seen():
            return
        page.wait_for_timeout(500)
    raise AssertionError("it did not come")


def test_an_application_from_the_list_to_the_end(begin: Begin, office: Any, service: Site) -> None:
    mine: Application = begin()
    page = mine.page
    mine.add("identity")
    mine.on()
    mine.type_stay()
    mine.settles("本地直接结算")
    mine.add(*SHEETS)
    mine.on()
    mine.stands_on("填写补助金收款账户")
    page.get_by_label("开户银行").fill("中国工商银行")
    page.get_by_label("开户支行").fill("忻城县支行")
    page.get_by_label("银行账号").fill(ACCOUNT)
    mine.add("bank_card")
    page.get_by_label("我同意将银行账户信息").check()
    page.get_by_role("button", name="下一步，核对").click()
    page.get_by_role("button", name="提交申请").click()
    mine.stands_on("等待审核")
    page.get_by_role("link", name="查看审核进度").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("待初核")
    case = Casework(office.world).read(number_on(page))

    claiming.reject(office, case)
    page.goto(f"{service.front}/subsidies")
    expect(main).to_contain_text("草稿")
    expect(main).to_contain_text("材料不清晰或非本人")
    told(page, service, "补助申请已驳回", "查看意见并修改")
    page.goto(f"{service.front}/subsidies/{case.number}/review")
    page.get_by_role("button", name="提交申请").click()
    mine.stands_on("等待审核")

    claiming.payable(office, case)
    page.goto(f"{service.front}/subsidies/{case.number}")
    expect(main).to_contain_text("待打款")
    for who in ("复核员", "初核员", "职工本人"):
        expect(main).to_contain_text(who)

    claiming.failed(office, case, "F01")
    told(page, service, "补助金打款失败", "修正收款账户")
    page.get_by_label("银行账号").fill("6217003330012345678")
    page.get_by_role("button", name="提交新账户").click()
    page.goto(f"{service.front}/subsidies/{case.number}")
    expect(main).to_contain_text("待核对账户")

    confirmed = claiming.take(office, case, "confirm_account", Actor(Role.FINANCE, "una"))
    claiming.take(office, confirmed, "batch", claiming.FINANCE)
    claiming.take(office, confirmed, "release", claiming.RELEASER)
    claiming.take(office, confirmed, "paid", claiming.SYSTEM)
    told(page, service, "补助金已打款", "查看办理结果")
    expect(main).to_contain_text("办结")
    expect(main).to_contain_text("¥5,020.00")


# ---- A13–A16, A18: a change ----


def fill_change(page: Page, photo: Path, **typed: str) -> None:
    for label, text in typed.items():
        page.get_by_label(label, exact=True).fill(text)
    slot = page.locator("[data-slot]")
    # it appears with the script that reads it
    expect(slot.locator("[data-add]")).to_be_visible()
    slot.locator("input[type=file]").set_input_files(photo)
    picture = slot.locator("[data-picture]").last
    expect(picture).to_have_attribute("data-state", "clean", timeout=CHECKED_MS)
    page.get_by_label("我同意将填写的信息").check()


def step(office: Any, number: str, action: str, role: Role, who: str, *reasons: Reason) -> Case:
    order = Step(action, Actor(role, who), office.ids.token(), reasons=reasons)
    return Casework(office.world).apply(number, order)


def test_a_change_from_the_list_to_the_end(
    open_phone: Open, service: Site, employee: Employee, office: Any, photo: Path
) -> None:
    page = open_phone(viewport=SMALL)
    bind(page, service, employee)
    page.goto(f"{service.front}/me")
    page.get_by_role("link", name="个人信息变更").click()
    page.get_by_role("link", name="我要变更信息").click()
    main = page.get_by_role("main")
    for label in ("姓名", "证件类型", "证件号码", "出生日期", "性别", "社保类型", "社保卡号"):
        expect(page.get_by_label(label, exact=True)).to_be_visible()
    expect(main).to_contain_text(employee.unit.name)
    fill_change(page, photo, 社保卡号="123456464")
    page.get_by_role("button", name="确认提交").click()
    expect(page.get_by_role("heading", name="变更申请已提交")).to_be_visible()
    expect(main).to_contain_text("请等待审核通知")
    page.get_by_role("link", name="返回").click()
    for words in ("待初核", "申请单号", "创建时间", "您有一条未办结的变更申请"):
        expect(main).to_contain_text(words)
    number = re.findall(r"BG(\d+)", main.inner_text())[0]

    step(office, number, "reject", Role.FIRST_REVIEWER, "anna", Reason("R09"))
    page.reload()
    for words in ("草稿", "备注", "身份信息不一致"):
        expect(main).to_contain_text(words)
    expect(page.get_by_role("link", name="删除")).to_be_visible()
    told(page, service, "变更申请已驳回", "查看意见并修改")
    page.goto(f"{service.front}/changes")
    page.get_by_role("link", name="修改").click()
    page.get_by_label("社保卡号", exact=True).fill("123456465")
    page.get_by_label("我同意将填写的信息").check()
    page.get_by_role("button", name="确认提交").click()
    expect(page.get_by_role("heading", name="变更申请已提交")).to_be_visible()

    step(office, number, "approve", Role.FIRST_REVIEWER, "anna")
    page.goto(f"{service.front}/changes")
    expect(main).to_contain_text("待复核")
    step(office, number, "approve", Role.SECOND_REVIEWER, "bob")
    told(page, service, "变更申请已办结", "查看办理结果")
    expect(main).to_contain_text("办结")
    page.goto(f"{service.front}/me")
    expect(main).to_contain_text("*****6465")


def test_name_and_number_are_never_changed_together(
    open_phone: Open, service: Site, employee: Employee, photo: Path
) -> None:
    page = open_phone(viewport=SMALL)
    bind(page, service, employee)
    page.goto(f"{service.front}/changes/new")
    page.get_by_label("证件类型").select_option(label="居民身份证")
    fill_change(page, photo, 姓名="覃示例", 证件号码="440524188001010014")
    page.get_by_role("button", name="确认提交").click()
    expect(page.get_by_role("alert")).to_contain_text("姓名和证件号码不能同时修改")
    expect(page.get_by_label("姓名", exact=True)).to_have_value("覃示例")
