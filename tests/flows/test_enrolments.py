"""职工参保 on the phone: what holds, what it entitles to, and what is over."""

import re
from collections.abc import Callable
from datetime import date

import pytest

from chalicelib.store.members import Enrolment
from chalicelib.store.plans import PlanBook
from chalicelib.subsidy.plan import Plan
from tests.fakes.cloud import Stage
from tests.fakes.people import LI, THIS_YEAR
from tests.fakes.phone import Phone, Seen
from tests.flows.binding import bind
from tests.unit.subsidy_examples import DEMO

LAST_YEAR = Enrolment(
    "demo-2025", "去年计划", LI.unit_name, date(2025, 1, 1), date(2025, 12, 31), 1
)
NEXT_YEAR = Enrolment(
    "demo-2027", "明年计划", LI.unit_name, date(2027, 1, 1), date(2027, 12, 31), 1
)


@pytest.fixture
def bound(phone: Phone, stage: Stage, enrol: Callable[..., str]) -> Phone:
    enrol(LI, LAST_YEAR, THIS_YEAR, NEXT_YEAR)
    bind(phone, stage)
    return phone


def publish(stage: Stage, plan: Plan) -> None:
    dump = plan.model_dump(mode="json")
    book = PlanBook(stage.world.database)
    seen, _ = book.read()
    book.publish(plan.version, dump, seen=seen, account="ops", at=stage.clock.now())


def links(seen: Seen) -> list[str]:
    return re.findall(r'href="(/enrolments/[^"]+)"', seen.body)


def test_the_list_tells_what_holds_from_what_is_over(bound: Phone) -> None:
    seen = bound.open("/enrolments")
    assert seen.text.index("明年计划") < seen.text.index("示例计划") < seen.text.index("历史参保")
    assert seen.text.index("历史参保") < seen.text.index("去年计划")
    assert len(links(seen)) == 3


def test_a_period_says_its_entitlement_with_the_plans_amounts(bound: Phone, stage: Stage) -> None:
    publish(stage, DEMO)
    seen = bound.open(links(bound.open("/enrolments"))[1])
    assert seen.status == 200
    for words in (
        "2026-01-01 至 2026-12-31",
        "示例：以下金额仅供演示",
        "在三级、二级医院住院",
        "先扣除起付线 300 元",
        "累计扣满 500 元",
        "5,000 元以内的部分，补助 50%",
        "超过 5,000 元至 20,000 元的部分，补助 60%",
        "超过 50,000 元的部分，补助 80%",
        "每次住院最高补助 150,000 元",
        "累计最高补助 200,000 元",
        "首次参保有 30 天等待期",
        "结算日起 60 个工作日内",
    ):
        assert words in seen.text, words
    assert seen.text.index("其他参保期间") < seen.text.index("明年计划")
    assert len(links(seen)) == 2


def test_unbroken_cover_does_not_wait_again(bound: Phone, stage: Stage) -> None:
    publish(stage, DEMO)
    seen = bound.open(links(bound.open("/enrolments"))[1])
    assert "您在 2026-01-01 至 2026-12-31 期间入院的，可以申请" in seen.text


def test_a_new_employee_waits(phone: Phone, stage: Stage, enrol: Callable[..., str]) -> None:
    publish(stage, DEMO)
    enrol()
    bind(phone, stage)
    seen = phone.open(links(phone.open("/enrolments"))[0])
    assert "您在 2026-01-31 至 2026-12-31 期间入院的，可以申请" in seen.text


def test_without_a_plan_nothing_is_promised(bound: Phone) -> None:
    seen = bound.open(links(bound.open("/enrolments"))[2])
    assert "这一期的保障方案还没有公布" in seen.text
    assert "补助标准" not in seen.text.replace("补助标准请咨询", "")
    assert "申请住院补助金" not in seen.text


@pytest.mark.parametrize("key", ["none", "2026-01-01-00000000", "%E7%A4%BA"])
def test_a_period_that_is_not_ones_own_is_not_there(bound: Phone, key: str) -> None:
    assert bound.open(f"/enrolments/{key}").status == 404
