"""参保 and 隐私与授权 in Chromium, on the app in this process: what people press, and how it looks."""

import json
from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect

from chalicelib.core.identity import DocType
from chalicelib.store import digests
from chalicelib.store.consents import Consent
from chalicelib.store.members import Enrolment
from chalicelib.store.plans import PlanBook
from chalicelib.store.roster import RosterEntry
from infra.paths import ROOT
from infra.plan import load
from tests.browser.conftest import SHOTS, SMALL, Critic
from tests.browser.indoors import Indoors, indoors
from tests.fakes.people import LI, THIS_YEAR

LAST_YEAR = Enrolment(
    "demo-2025", "职工医疗互助保障", LI.unit_name, date(2025, 1, 1), date(2025, 12, 31), 1
)


@pytest.fixture
def house() -> Iterator[Indoors]:
    SHOTS.mkdir(exist_ok=True)
    with indoors() as made:
        yield made


@pytest.fixture
def member_id(house: Indoors) -> str:
    """An employee in the roster, with a plan that holds."""
    world = house.stage.world
    digest = digests.document(world.vault, DocType(LI.doc_type), LI.doc_number)
    entry = RosterEntry(LI, (LAST_YEAR, THIS_YEAR), digest, "content-1")
    plan = load(ROOT / "infra" / "plans" / "demo-2026.toml")
    PlanBook(world.database).publish(
        plan.version, plan.model_dump(mode="json"), seen=0, account="ops", at=world.clock.now()
    )
    return world.roster.save_roster([entry])[0].member_id


@pytest.fixture
def page(browser: Browser, house: Indoors, member_id: str) -> Iterator[Page]:
    """A phone that has bound the employee."""
    assert member_id
    critic = Critic()
    context = browser.new_context(viewport=SMALL, locale="zh-CN", timezone_id="Asia/Shanghai")
    critic.watch(context)
    made = context.new_page()
    made.goto(f"{house.url}/bind")
    made.get_by_placeholder("请输入您的姓名").fill(LI.name)
    made.get_by_placeholder("请输入您的证件号码").fill(LI.doc_number)
    made.get_by_placeholder("请输入您的手机号码").fill(LI.phone)
    type_code(made, house)
    made.get_by_label("我已阅读并同意").check()
    made.get_by_role("button", name="立即绑定").click()
    expect(made.get_by_role("heading", name="绑定成功")).to_be_visible()
    house.stage.clock.forward(minutes=2)
    yield made
    context.close()
    assert not critic.complaints, "\n".join(critic.complaints)


def type_code(page: Page, house: Indoors) -> None:
    page.get_by_role("button", name="获取").click()
    expect(page.get_by_text("验证码已发送至")).to_be_visible()
    page.get_by_placeholder("请输入验证码").fill(house.stage.sms.last_to(LI.phone).params[0])


def shoot(page: Page, name: str) -> None:
    page.screenshot(path=SHOTS / f"375-{name}.png", full_page=True)
    for width in (320, 414, 375):
        page.set_viewport_size({"width": width, "height": 667})
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} at {width} is {wide} px too wide"


def test_an_employee_reads_what_they_are_entitled_to(page: Page, house: Indoors) -> None:
    page.goto(f"{house.url}/me")
    page.get_by_role("link", name="职工参保").click()
    expect(page.get_by_role("heading", name="历史参保")).to_be_visible()
    shoot(page, "enrolments")
    page.get_by_role("link", name="查看保障权益").first.click()
    for words in ("保障范围", "补助标准", "最高金额", "等待期和申请期限", "其他参保期间"):
        expect(page.get_by_role("heading", name=words)).to_be_visible()
    expect(page.get_by_text("示例：以下金额仅供演示")).to_be_visible()
    expect(page.get_by_text("每次住院最高补助 150,000 元。")).to_be_visible()
    shoot(page, "entitlement")


def test_an_employee_withdraws_a_consent(page: Page, house: Indoors, member_id: str) -> None:
    world = house.stage.world
    transaction = world.transaction()
    world.members.note_in(
        transaction,
        member_id,
        kind="subsidy_consent",
        number=world.ids.number(),
        at=world.clock.now(),
        consents=[Consent("subsidy_health", "2026-11", given=True, channel="wechat-h5")],
    )
    transaction.commit()
    page.goto(f"{house.url}/me")
    page.get_by_role("link", name="隐私与授权").click()
    expect(page.get_by_role("heading", name="生效中的授权")).to_be_visible()
    shoot(page, "privacy")
    page.get_by_role("link", name="撤回").first.click()
    expect(page.get_by_role("heading", name="撤回之后")).to_be_visible()
    shoot(page, "withdraw")
    page.get_by_role("button", name="撤回").click()
    expect(page.get_by_role("heading", name="已撤回")).to_be_visible()
    page.get_by_role("link", name="返回隐私与授权").click()
    expect(page.get_by_text("撤回：医疗健康信息")).to_be_visible()


def test_an_employee_takes_their_data_along(page: Page, house: Indoors) -> None:
    page.goto(f"{house.url}/privacy/export")
    page.get_by_role("button", name="生成文件").click()
    expect(page.get_by_role("alert")).to_be_visible()
    type_code(page, house)
    shoot(page, "export")
    page.get_by_role("button", name="生成文件").click()
    expect(page.get_by_role("heading", name="文件已准备好")).to_be_visible()
    shoot(page, "export-ready")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载文件").click()
    assert download.value.suggested_filename.startswith("my-data-2026-")
    content = json.loads(download.value.path().read_text("utf-8"))
    assert content["个人信息"]["姓名"] == LI.name


def test_an_employee_leaves(page: Page, house: Indoors) -> None:
    page.goto(f"{house.url}/privacy")
    page.get_by_role("link", name="注销账户").click()
    expect(page.get_by_role("heading", name="注销后删除")).to_be_visible()
    shoot(page, "account")
    page.get_by_role("link", name="下一步").click()
    type_code(page, house)
    shoot(page, "account-confirm")
    page.get_by_role("button", name="注销账户").click()
    expect(page.get_by_role("alert")).to_be_visible()
    shoot(page, "account-errors")
    page.get_by_label("我已了解").check()
    page.get_by_placeholder("请输入验证码").fill(house.stage.sms.last_to(LI.phone).params[0])
    page.get_by_role("button", name="注销账户").click()
    expect(page.get_by_role("heading", name="账户已注销")).to_be_visible()
    shoot(page, "account-deleted")
    page.goto(f"{house.url}/me")
    expect(page.get_by_role("button", name="立即绑定")).to_be_visible()
