"""The checks by example: what they compare, and the evidence that people read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from chalicelib.casework.kind import Check
from chalicelib.subsidy import checks
from chalicelib.subsidy.benefit import Year, estimate
from chalicelib.subsidy.checks import Facts, OtherStay
from tests.unit.subsidy_examples import DEMO, plan, stay


@dataclass(frozen=True)
class Insured:
    starts: date
    ends: date


def day(text: str) -> date:
    return date.fromisoformat(text)


def insured(*periods: tuple[str, str]) -> Facts:
    spans = tuple(Insured(day(starts), day(ends)) for starts, ends in periods)
    return Facts(day("2026-03-20"), spans)


THIS_YEAR = ("2026-01-01", "2026-12-31")
LAST_YEAR = ("2025-01-01", "2025-12-31")


def test_all_checks_come_in_the_order_of_reading() -> None:
    one = stay()
    found = checks.run(DEMO, one, insured(THIS_YEAR), estimate(DEMO, one, Year()))
    assert [check.label for check in found] == [
        "入院时在保障期内",
        "已过等待期",
        "在申请期限内",
        "医院等级在保障范围",
        "住院时间不与其他申请重叠",
        "票据未被使用",
        "收款账户未被他人使用",
        "金额相符",
        "有可补助金额",
    ]
    assert all(check.passed for check in found)
    assert all(check.evidence for check in found)


@pytest.mark.parametrize(
    ("admission", "passed"),
    [
        ("2025-12-31", False),
        ("2026-01-01", True),
        ("2026-06-30", True),
        ("2026-07-01", False),
    ],
)
def test_in_force_counts_both_end_days(admission: str, *, passed: bool) -> None:
    one = stay(admission=admission, discharge="2026-08-01", settled="2026-08-01")
    check = checks.in_force(one, insured(("2026-01-01", "2026-06-30")))
    assert check.passed is passed
    good = f"入院日 {admission}，保障期 2026-01-01 至 2026-06-30"
    assert check.evidence == (good if passed else f"入院日 {admission} 不在任何保障期内")


def test_nobody_insured_waits_for_nothing() -> None:
    assert checks.waiting(DEMO, stay(), insured(LAST_YEAR)) == Check(
        "已过等待期", passed=False, evidence="入院时不在保障期内"
    )


@pytest.mark.parametrize(
    ("periods", "clear"),
    [
        ([THIS_YEAR], "2026-01-31"),  # new: thirty days
        ([THIS_YEAR, LAST_YEAR], "2026-01-08"),  # renewed without a gap: seven
        ([LAST_YEAR, THIS_YEAR], "2026-01-08"),
        ([("2025-01-01", "2025-12-30"), THIS_YEAR], "2026-01-31"),  # a day without cover
        ([("2025-12-20", "2025-12-31"), THIS_YEAR], "2026-01-19"),  # renewing ends no waiting
        ([THIS_YEAR, LAST_YEAR, ("2024-06-01", "2025-06-30")], "2026-01-08"),
        ([("2025-07-01", "2026-06-30"), THIS_YEAR], "2025-07-31"),  # two employers
    ],
)
def test_waiting_counts_from_unbroken_cover(periods: list[tuple[str, str]], clear: str) -> None:
    slow = plan(waiting_days_renewed=7)
    assert checks.clear_from(slow, stay(), insured(*periods)) == day(clear)


@pytest.mark.parametrize("turn", [0, 1, 2])
def test_cover_reaches_back_over_many_renewals(turn: int) -> None:
    years = [THIS_YEAR, LAST_YEAR, ("2024-01-01", "2024-12-31")]
    facts = insured(*years[turn:], *years[:turn])
    assert checks.clear_from(plan(waiting_days_new=400), stay(), facts) == day("2026-01-01")


def test_the_last_day_of_waiting_is_waiting() -> None:
    early = stay(admission="2026-01-30")
    assert checks.waiting(DEMO, early, insured(THIS_YEAR)) == Check(
        "已过等待期",
        passed=False,
        evidence="入院日 2026-01-30 在等待期内，2026-01-31 起入院可申请",
    )
    assert checks.waiting(DEMO, stay(admission="2026-01-31"), insured(THIS_YEAR)).passed


def test_a_gap_that_the_plan_allows_is_no_gap() -> None:
    lenient = plan(renewal_gap_days=1)
    facts = insured(("2025-01-01", "2025-12-30"), THIS_YEAR)
    assert checks.clear_from(lenient, stay(), facts) == day("2026-01-01")


@pytest.mark.parametrize(
    ("claimed_on", "passed", "end"),
    [
        ("2026-06-04", True, "截止 2026-06-05，还剩 1 天"),
        ("2026-06-05", True, "今天是最后一天"),
        ("2026-06-06", False, "已于 2026-06-05 截止，超过 1 天"),
    ],
)
def test_the_deadline_clock(claimed_on: str, end: str, *, passed: bool) -> None:
    check = checks.deadline(DEMO, stay(), Facts(day(claimed_on)))
    assert check.passed is passed
    assert check.evidence == f"结算日起 60 个工作日内，结算日 2026-03-10，{end}"


def test_a_last_day_beyond_the_calendar_says_so() -> None:
    late = stay(discharge="2026-11-20", settled="2026-11-20")
    evidence = checks.deadline(DEMO, late, Facts(day("2026-11-23"))).evidence
    assert evidence.endswith("（2026-12-31 以后的节假日尚未公布，按周末推算）")
    counted = plan(deadline={"days": 60, "unit": "calendar", "base": "discharge"})
    clock = checks.remaining(counted, late, day("2026-11-23"))
    assert (clock.base_label, clock.days_left, clock.sure) == ("出院日", 57, True)


@pytest.mark.parametrize(
    ("admission", "discharge", "overlaps"),
    [
        ("2026-02-01", "2026-03-01", False),  # a transfer on the day of admission
        ("2026-03-09", "2026-03-20", False),  # and on the day of discharge
        ("2026-02-01", "2026-03-02", True),
        ("2026-03-04", "2026-03-04", True),
        ("2026-03-01", "2026-03-01", True),
        ("2026-03-08", "2026-03-20", True),
        ("2026-01-01", "2026-06-01", True),
    ],
)
def test_stays_overlap_unless_they_only_touch(
    admission: str, discharge: str, *, overlaps: bool
) -> None:
    other = OtherStay("BZ7", day(admission), day(discharge))
    check = checks.overlap(stay(), Facts(day("2026-03-20"), others=(other,)))
    assert check.passed is not overlaps
    told = f"与 {admission} 至 {discharge} 的住院（BZ7）重叠"
    assert check.evidence == (told if overlaps else "与其他 1 次住院没有重叠")


def test_a_used_invoice_fails_and_a_shared_account_warns() -> None:
    used = Facts(day("2026-03-20"), invoice_used_by="其他申请", account_used_by=2)
    assert checks.invoice(used) == Check(
        "票据未被使用", passed=False, evidence="此票据已用于其他申请"
    )
    assert checks.account(used) == Check(
        "收款账户未被他人使用", passed=None, evidence="另有 2 人使用同一账户，请核实"
    )


def test_sums_show_the_arithmetic_and_warn_of_the_unlikely() -> None:
    assert checks.sums(stay(pooled="4,000")) == Check(
        "金额相符",
        passed=True,
        evidence="总费用 10,000.00 − 各项支付 4,000.00 ＝ 个人自付 6,000.00 元",
    )
    odd = stay(commercial="9,000", out_of_catalogue="2,000")
    assert checks.sums(odd).passed is None
    assert "目录外费用 2,000.00 元多于个人自付 1,000.00 元" in checks.sums(odd).evidence


def test_level_and_amount_say_what_is_missing() -> None:
    low = stay(level="none")
    assert checks.level(DEMO, low).evidence == "未定级；保障范围为三级、二级"
    assert checks.level(DEMO, low).passed is False
    assert checks.amount(estimate(DEMO, low, Year())) == Check(
        "有可补助金额", passed=False, evidence="未达起付线，或年度额度已用完"
    )
