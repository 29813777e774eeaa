"""Two people of finance and a bank, in real browsers: from 待打款 to the bank's last word."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pyotp
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from chalicelib.casework.case import Actor, Case
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.subsidy import record
from chalicelib.subsidy.benefit import Year, estimate
from chalicelib.subsidy.kind import KIND
from chalicelib.subsidy.payee import Payee
from chalicelib.world import World
from tests.browser.conftest import PATIENCE_MS, SHOTS, Critic
from tests.browser.site import Site
from tests.stack.deployed import world_of
from tests.unit.subsidy_examples import DEMO, stay

PLACE = "崇左市"
OFFICE = {"width": 1366, "height": 768}
WORK_MS = 90_000


def approved(world: World, account: str) -> Case:
    """An application of somebody new that waits to be paid."""
    number, asked = world.ids.number(), stay(invoice_number=str(uuid4().int)[:10])
    priced = record.Priced(estimate(DEMO, asked, Year()), Year(), asked.year)
    typed = {"holder": "李示例", "bank": "中国工商银行", "branch": "崇左分行", "account": account}
    payee = Payee.model_construct(**typed)
    data = record.submitted(world.vault, number, {}, record.Attempt(asked, {}), payee, priced)
    casework, member = Casework(world), uuid4().hex
    step = Step("submit", Actor(Role.EMPLOYEE, member), uuid4().hex, data=data)
    case = casework.open(KIND, member, PLACE, step, number=number)
    for who in (Actor(Role.FIRST_REVIEWER, "anna"), Actor(Role.SECOND_REVIEWER, "bob")):
        case = casework.advance(case, Step("approve", who, uuid4().hex))
    return case


@pytest.fixture(scope="module")
def cases(service: Site) -> list[Case]:
    """Three applications, in the order in which they are gathered."""
    world = world_of(service.running)
    register(KIND)
    return [approved(world, f"622202000000000{place}017") for place in range(3)]


@pytest.fixture(scope="module")
def critic() -> Iterator[Critic]:
    made = Critic()
    yield made
    assert not made.complaints, "\n".join(made.complaints)


def signed_in(browser: Browser, service: Site, critic: Critic, account: str) -> Page:
    accounts = json.loads((service.running.place.folder / "demo-staff.json").read_text())
    one = next(entry for entry in accounts if entry["account"] == account)
    context = browser.new_context(viewport=OFFICE, locale="zh-CN", accept_downloads=True)
    context.set_default_timeout(PATIENCE_MS)
    critic.watch(context)
    page = context.new_page()
    page.goto(f"{service.front}/staff/login")
    page.get_by_label("账号").fill(one["account"])
    page.get_by_label("密码").fill(one["password"])
    page.get_by_label("动态码").fill(pyotp.TOTP(one["totp"]).now())
    page.get_by_role("button", name="登录").click()
    page.get_by_role("link", name="打款", exact=True).click()
    SHOTS.mkdir(exist_ok=True)
    return page


@pytest.fixture(scope="module")
def maker(browser: Browser, service: Site, critic: Critic) -> Iterator[Page]:
    page = signed_in(browser, service, critic, "caiwu")
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def releaser(browser: Browser, service: Site, critic: Critic) -> Iterator[Page]:
    page = signed_in(browser, service, critic, "fangxing")
    yield page
    page.context.close()


def head(page: Page) -> Locator:
    """What a batch is at."""
    return page.locator("main .st-tone").first


def saved(page: Page, name: str, folder: Path) -> Path:
    """Press a button that saves a file."""
    with page.expect_download() as found:
        page.get_by_role("button", name=name).click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path


def gathered(maker: Page) -> str:
    """Make a batch of one prefecture; returns its address."""
    maker.get_by_role("link", name="新建批次").click()
    for box in maker.get_by_role("checkbox").all():
        box.set_checked(box.get_attribute("value") == PLACE)
    maker.get_by_label("最多笔数").fill("10")
    maker.get_by_role("button", name="汇集批次").click()
    # the page itself finds out that the worker is done
    expect(head(maker)).to_have_text("待放行", timeout=WORK_MS)
    expect(maker.get_by_role("button", name="核对并放行")).to_have_count(0)
    return maker.url


def test_a_round_with_the_bank(
    maker: Page, releaser: Page, service: Site, cases: list[Case], tmp_path: Path
) -> None:
    address = gathered(maker)
    releaser.goto(address)
    releaser.get_by_role("button", name="核对并放行").click()
    expect(releaser.get_by_role("heading", name="放行这个批次？")).to_be_visible()
    expect(releaser.get_by_text("3 笔", exact=True)).to_be_visible()
    releaser.screenshot(path=SHOTS / "payout-question.png")
    releaser.get_by_role("button", name="确认放行").click()
    expect(head(releaser)).to_have_text("已放行", timeout=WORK_MS)
    releaser.get_by_role("button", name="生成付款文件").click()
    expect(head(releaser)).to_have_text("已导出", timeout=WORK_MS)

    file = saved(releaser, "下载 .xlsx", tmp_path)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    expect(releaser.get_by_text(digest)).to_be_visible()
    reason = releaser.get_by_label("再次下载的原因")
    expect(reason).to_be_visible()
    releaser.get_by_role("button", name="下载 .csv").click()
    expect(releaser.get_by_text("再次下载请填写原因。")).to_be_visible()
    reason.fill("银行只收 csv")
    again = saved(releaser, "下载 .csv", tmp_path)
    expect(releaser.get_by_text("已下载 2 次")).to_be_visible()

    bank = releaser.context.new_page()
    answered = at_the_bank(bank, service, file, tmp_path)
    releaser.bring_to_front()
    refused_before_it_is_sent(releaser, tmp_path)
    releaser.get_by_label("结果文件").set_input_files(answered)
    releaser.get_by_role("button", name="导入结果").click()
    expect(releaser.get_by_role("heading", name="导入结果")).to_be_visible()
    expect(releaser.get_by_text("每一行都已采用或没有变化。")).to_be_visible(timeout=WORK_MS)
    releaser.get_by_role("link", name="批次").last.click()
    rows = releaser.locator(".st-payments tbody tr")
    expect(rows.nth(0)).to_contain_text("成功")
    expect(rows.nth(1)).to_contain_text("户名或卡号有误，已通知职工修正收款账户")
    expect(rows.nth(2)).to_contain_text("结果未知")
    expect(releaser.get_by_text("未知不等于失败")).to_be_visible()
    releaser.screenshot(path=SHOTS / "payout-batch.png", full_page=True)
    casework = Casework(world_of(service.running))
    states = [casework.read(case.number).state for case in cases]
    assert states == ["closed", "account_repair", "paying"]

    bank.goto(f"{service.phone}/bank")
    bank.get_by_label("付款文件").set_input_files(again)
    bank.get_by_role("button", name="交给银行").click()
    expect(bank.get_by_text("其中 1 笔的付款编号此前已付款，银行不会再付")).to_be_visible()


def refused_before_it_is_sent(page: Page, folder: Path) -> None:
    """Send nothing, then a file of another kind: the script says so at once."""
    send = page.get_by_role("button", name="导入结果")
    send.click()
    expect(page.get_by_text("请先选择银行返回的结果文件。")).to_be_visible()
    (folder / "结果.pdf").write_bytes(b"%PDF-1.7")
    page.get_by_label("结果文件").set_input_files(folder / "结果.pdf")
    send.click()
    expect(page.get_by_text("请选择 .xlsx 或 .csv 文件。")).to_be_visible()


def at_the_bank(bank: Page, service: Site, file: Path, folder: Path) -> Path:
    """Pay the first, fail the second, know nothing of the third; returns the result file."""
    bank.goto(f"{service.phone}/bank")
    bank.get_by_label("付款文件").set_input_files(file)
    bank.get_by_role("button", name="交给银行").click()
    for place, value in enumerate(("paid", "failed F02", "unknown"), start=2):
        bank.get_by_label(f"第 {place} 行的结果").select_option(value)
    bank.get_by_role("button", name="保存本页结果").click()
    expect(bank.get_by_text("已付款")).to_be_visible()
    bank.screenshot(path=SHOTS / "payout-bank.png")
    return saved(bank, "取结果文件", folder)
