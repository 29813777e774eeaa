"""补助申请 in a real browser: three steps with photographs, kept as they are typed, resumed."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from infra.demo.people import Employee
from tests.browser.conftest import SHOTS, SMALL, Open
from tests.browser.site import Site
from tests.browser.steps import bind, masked
from tests.browser.test_looks import HABITS, Camera
from tests.browser.test_uploads import page_of_print
from tests.fakes import pictures

CHECKED_MS = 60_000
ACCOUNT = "6225881414207430"
STAY = {
    "hospital": "广西医科大学第一附属医院",
    "department": "心血管内科",
    "diagnosis": "冠状动脉粥样硬化性心脏病",
    "admission": "2026-03-01",
    "discharge": "2026-03-09",
    "settled": "2026-03-10",
    "invoice_code": "45010125",
    "invoice_check": "589d80",
    "total": "10000",
    "pooled": "0",
}
SHEETS = ("admission_record", "discharge_record", "invoice", "settlement_sheet")


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "photo.jpg"
    path.write_bytes(pictures.picture("JPEG", page_of_print()))
    return path


class Application:
    """What a person does on the pages of an application."""

    def __init__(self, page: Page, service: Site, photo: Path, invoice: str) -> None:
        self.page, self.service, self.photo = page, service, photo
        self.stay = {**STAY, "invoice_number": invoice}

    def begin(self) -> None:
        self.page.goto(f"{self.service.front}/subsidies")
        self.page.get_by_role("link", name="申请住院补助金").click()
        expect(self.page.get_by_text("医保结算单")).to_be_visible()
        self.page.get_by_label("我同意将病历").check()
        self.page.get_by_role("button", name="开始申请").click()
        self.stands_on("参保人证件上传")

    def stands_on(self, title: str) -> None:
        expect(self.page.get_by_role("heading", level=1, name=title)).to_be_visible()

    def slot(self, purpose: str) -> Locator:
        return self.page.locator(f"[data-purpose={purpose}]")

    def add(self, *purposes: str) -> None:
        for purpose in purposes:
            # it appears with the script that reads it
            expect(self.slot(purpose).locator("[data-add]")).to_be_visible()
            self.slot(purpose).locator("input[type=file]").set_input_files(self.photo)
        for purpose in purposes:
            picture = self.slot(purpose).locator("[data-picture]")
            expect(picture).to_have_attribute("data-state", "clean", timeout=CHECKED_MS)

    def type_stay(self) -> None:
        self.page.get_by_label("医院等级").select_option(label="三级")
        for name, text in self.stay.items():
            self.page.locator(f"#{name}").fill(text)

    def settles(self, way: str) -> None:
        self.page.get_by_label("就医结算").select_option(label=way)

    @property
    def saved(self) -> Locator:
        return self.page.locator("[data-saved]")

    def is_kept(self) -> None:
        expect(self.saved).to_have_text(re.compile(r"^已保存 \d\d:\d\d$"))

    def on(self) -> None:
        self.page.get_by_role("button", name="下一步").click()


Begin = Callable[..., Application]


@pytest.fixture
def begin(open_phone: Open, service: Site, employee: Employee, photo: Path) -> Begin:
    def made(**habits: Any) -> Application:
        page = open_phone(**({"viewport": SMALL, "has_touch": True} | habits))
        bind(page, service, employee)
        begun = Application(page, service, photo, employee.phone[-10:])
        begun.begin()
        return begun

    return made


def test_three_steps_with_photographs(begin: Begin, employee: Employee) -> None:
    mine = begin()
    page = mine.page
    expect(page.get_by_role("button", name="保存草稿")).to_be_hidden()
    mine.add("identity")
    mine.is_kept()
    mine.on()
    mine.stands_on("住院信息填写及单据上传")
    mine.type_stay()
    mine.settles("本地直接结算")
    expect(page.locator("[data-estimate]")).to_contain_text("¥5,020.00")
    expect(page.locator("[data-said]")).to_contain_text("预计补助金 5,020.00 元")
    mine.add(*SHEETS)
    mine.on()
    mine.stands_on("填写补助金收款账户")
    page.get_by_label("开户银行").fill("中国工商银行")
    page.get_by_label("开户支行").fill("忻城县支行")
    page.get_by_label("银行账号").fill(ACCOUNT)
    expect(page.get_by_text("6225 8814 1420 7430")).to_be_visible()
    expect(page.get_by_text(masked(employee.name), exact=True)).to_be_visible()
    mine.add("bank_card")
    page.get_by_label("我同意将银行账户信息").check()
    page.get_by_role("button", name="下一步，核对").click()
    mine.stands_on("核对并提交")
    expect(page.get_by_text(ACCOUNT)).to_have_count(0)
    page.get_by_role("button", name="提交申请").click()
    mine.stands_on("等待审核")
    page.get_by_role("link", name="查看审核进度").click()
    expect(page.get_by_role("main")).to_contain_text("待初核")
    expect(page.get_by_role("main")).to_contain_text("¥5,020.00")


def test_left_in_the_middle_it_goes_on_where_it_was(begin: Begin) -> None:
    mine = begin()
    page = mine.page
    mine.add("identity")
    mine.on()
    mine.type_stay()
    mine.is_kept()
    page.goto(f"{mine.service.front}/subsidies")
    expect(page.get_by_text("尚未提交")).to_be_visible()
    page.get_by_role("link", name="继续填写").click()
    mine.stands_on("住院信息填写及单据上传")
    for name, text in mine.stay.items():
        expect(page.locator(f"#{name}")).to_have_value(text)
    page.get_by_role("button", name="上一步").click()
    expect(mine.slot("identity").locator("[data-state=clean]")).to_have_count(1)


def test_what_is_wrong_is_said_while_typing_and_again_at_the_top(begin: Begin) -> None:
    mine = begin()
    page = mine.page
    mine.add("identity")
    mine.on()
    mine.type_stay()
    page.locator("#pooled").fill("20000")
    page.locator("#commercial").focus()
    error = page.locator("#pooled-error")
    expect(error).to_have_text("统筹基金支付不能超过总费用，请核对。")
    page.locator("#pooled").fill("0")
    page.locator("#commercial").focus()
    expect(error).to_have_count(0)
    page.locator("#hospital").fill("")
    mine.settles("异地未结算")
    expect(mine.slot("reimbursement_sheet")).to_be_visible()
    expect(mine.slot("settlement_sheet")).to_be_hidden()
    mine.on()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("请上传报销待遇核定表照片。")
    summary.get_by_role("link", name="请填写医院全称").click()
    expect(page.locator("#hospital")).to_be_focused()
    expect(page.locator("#diagnosis")).to_have_value(mine.stay["diagnosis"])


def test_without_a_network_nothing_is_lost(begin: Begin) -> None:
    mine = begin()
    page = mine.page
    page.goto(page.url.replace("/identity", "/stay"))
    down = True

    def network(route: Route) -> None:
        if down and route.request.method == "POST":
            # the service hears it, and its answer never arrives
            route.fetch()
            route.fulfill(status=408, body="")
        else:
            route.continue_()

    page.route("**/stay", network)
    page.locator("#hospital").click()
    page.locator("#hospital").press_sequentially("忻城县人民医院")
    expect(mine.saved).to_contain_text("还没有保存", timeout=CHECKED_MS)
    with page.expect_event("dialog") as question:
        page.close(run_before_unload=True)
    assert question.value.type == "beforeunload"
    question.value.dismiss()
    down = False
    page.locator("#department").fill("骨科")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    mine.is_kept()
    page.reload()
    expect(page.locator("#hospital")).to_have_value("忻城县人民医院")
    expect(page.locator("#department")).to_have_value("骨科")


@pytest.mark.parametrize("screen", HABITS)
def test_how_it_looks(begin: Begin, service: Site, screen: str) -> None:
    mine = begin(**HABITS[screen])
    page, camera = mine.page, Camera(mine.page, screen)
    SHOTS.mkdir(exist_ok=True)
    if screen == "care":
        page.goto(f"{service.front}/care/on")
    page.goto(f"{service.front}/subsidies/new")
    camera.take("subsidy-new")
    page.goto(f"{service.front}/subsidies")
    camera.take("subsidies")
    page.get_by_role("link", name="继续填写").click()
    mine.add("identity")
    camera.take("subsidy-identity")
    mine.on()
    mine.type_stay()
    mine.settles("本地直接结算")
    expect(page.locator("[data-estimate]")).to_contain_text("¥5,020.00")
    mine.add("invoice")
    camera.take("subsidy-stay")
    mine.on()
    expect(page.get_by_role("alert")).to_be_visible()
    camera.take("subsidy-stay-wrong")
    page.goto(page.url.replace("/stay", "/account"))
    camera.take("subsidy-account")
    page.goto(page.url.replace("/account", "/review"))
    camera.take("subsidy-review")
    page.goto(page.url.replace("/review", "/delete"))
    camera.take("subsidy-delete")
