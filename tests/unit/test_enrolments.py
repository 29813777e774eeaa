"""保障权益 in words: each number of a plan in a sentence, and none that does not hold."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.core.errors import NotFound
from chalicelib.membership.enrolments import detail_view, list_view, name_of, named
from chalicelib.store.members import Enrolment
from chalicelib.subsidy.entitlement import words
from tests.unit.subsidy_examples import DEMO, bare_plan, plan

UNIT = "忻城县示例学校工会委员会"


def period(starts: str, ends: str, shares: int = 1, plan_id: str = "demo") -> Enrolment:
    first, last = date.fromisoformat(starts), date.fromisoformat(ends)
    return Enrolment(plan_id, "计划", UNIT, first, last, shares)


YEAR = period("2026-01-01", "2026-12-31")


def said(of: object = DEMO, one: Enrolment = YEAR, *others: Enrolment) -> str:
    entitlement = words(of, one, [one, *others])  # type: ignore[arg-type]
    return "\n".join(sentence for part in entitlement.parts for sentence in part.sentences)


def test_every_sentence_is_one() -> None:
    for line in said().splitlines():
        assert line.endswith("。"), line
        assert line.count("。") == 1


def test_what_a_plan_has_not_is_not_mentioned() -> None:
    text = said(bare_plan((None, "0.5"), waiting_days_new=0, exclude_out_of_catalogue=False))
    for absent in ("起付线", "等待期", "目录外"):
        assert absent not in text
    assert "扣除后的金额，补助 50%。" in text
    assert "您在 2026-01-01 至 2026-12-31 期间入院的，可以申请。" in text


@pytest.mark.parametrize(
    ("ratio", "percent"), [("1", "100%"), ("0.5", "50%"), ("0.605", "60.5%"), ("0.07", "7%")]
)
def test_ratios_are_percent(ratio: str, percent: str) -> None:
    assert f"补助 {percent}。" in said(bare_plan((None, ratio)))


@pytest.mark.parametrize(
    ("shares", "at_most", "sentence"),
    [
        (1, 1, ""),
        (2, 1, "您参保 2 份，每人按 1 份计算。"),
        (2, 3, "您参保 2 份，以上比例部分的金额按 2 份计算。"),
        (5, 3, "您参保 5 份，以上比例部分的金额按 3 份计算。"),
    ],
)
def test_shares_count_as_far_as_the_plan_says(shares: int, at_most: int, sentence: str) -> None:
    text = said(plan(shares_at_most=at_most), period("2026-01-01", "2026-12-31", shares))
    assert sentence in text
    assert ("份" in text) == bool(sentence)


def test_renewals_wait_as_the_plan_says() -> None:
    before = period("2025-01-01", "2025-12-31")
    assert "您在 2026-01-31 至" in said()
    assert "您在 2026-01-01 至" in said(DEMO, YEAR, before)
    renewed = plan(waiting_days_renewed=5)
    assert "续保有 5 天等待期。" in said(renewed)
    assert "您在 2026-01-06 至" in said(renewed, YEAR, before)


def test_a_period_too_short_to_claim_promises_nothing() -> None:
    assert "期间入院的，可以申请" not in said(DEMO, period("2026-01-01", "2026-01-15"))


def test_the_list_knows_what_holds() -> None:
    today = date(2026, 11, 23)
    rows = [period("2027-01-01", "2027-12-31"), YEAR, period("2025-01-01", "2025-12-31")]
    view = list_view(rows, today)
    assert [row.status for row in view.items] == ["未开始", "保障中"]
    assert [row.status for row in view.past] == ["已到期"]


@pytest.mark.parametrize(
    ("today", "left"),
    [
        ((2025, 12, 30), "2 天后开始"),
        ((2026, 1, 1), "还有 365 天"),
        ((2026, 12, 31), "还有 1 天"),
        ((2027, 1, 1), ""),
    ],
)
def test_how_long_it_still_holds(today: tuple[int, int, int], left: str) -> None:
    assert detail_view(YEAR, None, [YEAR], date(*today)).left == left


def test_names_are_for_addresses_whatever_a_plan_is_called() -> None:
    odd = period("2026-01-01", "2026-12-31", plan_id="计划/甲 ?#")
    assert name_of(odd).isascii()
    assert "/" not in name_of(odd)
    assert named([YEAR, odd], name_of(odd)) is odd
    with pytest.raises(NotFound):
        named([YEAR], name_of(odd))
