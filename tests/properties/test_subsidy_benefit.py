"""Laws of the benefit, whatever the plan: and a second implementation that agrees."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.subsidy.benefit import Statement, Year, estimate
from chalicelib.subsidy.stay import PAYMENTS
from tests.properties import benefit_oracle, subsidy_worlds

STAYS = 100
"""For each plan: 5,000 stays in the fast profile, 100,000 in the deep one."""

seeds = st.integers(0, 2**64)


@given(seeds)
def test_a_second_implementation_agrees(seed: int) -> None:
    dice = Random(seed)
    plan = subsidy_worlds.any_plan(dice)
    dumped = plan.model_dump(mode="json")
    for _ in range(STAYS):
        year, stay = subsidy_worlds.any_year(dice, plan), subsidy_worlds.any_stay(dice, plan)
        used, deducted = Fraction(year.used, 100), Fraction(year.deducted, 100)
        stated = stay.model_dump(mode="json")
        expected = benefit_oracle.benefit(dumped, stated, used, deducted, year.shares)
        assert estimate(plan, stay, year).amount_fen == expected * 100, (stated, year)


@given(seeds)
def test_lines_add_up_and_their_formulas_are_true(seed: int) -> None:
    dice = Random(seed)
    plan = subsidy_worlds.any_plan(dice)
    bill = estimate(plan, subsidy_worlds.any_stay(dice, plan), subsidy_worlds.any_year(dice, plan))
    assert sum(line.amount_fen for line in bill.basis) == bill.base_fen
    assert sum(line.amount_fen for line in bill.lines) == bill.amount_fen
    for line in bill.lines:
        if "×" in line.formula:
            assert abs(evaluated(line.formula) * 100 - line.amount_fen) < 1
    assert Statement.model_validate_json(bill.model_dump_json()) == bill


def evaluated(formula: str) -> Fraction:
    """「1,234.50 × 60% × 2 份」 in yuan."""
    part, ratio, *shares = formula.removesuffix(" 份").split(" × ")
    amount = Fraction(part.replace(",", "")) * Fraction(ratio.removesuffix("%")) / 100
    return amount * int(shares[0]) if shares else amount


@given(seeds)
def test_never_negative_above_a_cap_or_above_the_own_share(seed: int) -> None:
    dice = Random(seed)
    plan = subsidy_worlds.any_plan(dice)
    stay, year = subsidy_worlds.any_stay(dice, plan), subsidy_worlds.any_year(dice, plan)
    bill = estimate(plan, stay, year)
    left = max(0, plan.cap_per_year - year.used)
    assert 0 <= bill.amount_fen <= min(stay.own, plan.cap_per_claim, left)
    assert 0 <= bill.base_fen <= stay.own == bill.own_fen
    assert 0 <= bill.deducted_fen <= max(0, plan.deductible_per_year - year.deducted)


@given(seeds, st.integers(0, 10**9))
def test_who_bore_more_gets_no_less(seed: int, more: int) -> None:
    dice = Random(seed)
    plan = subsidy_worlds.any_plan(dice)
    stay, year = subsidy_worlds.any_stay(dice, plan), subsidy_worlds.any_year(dice, plan)
    dearer = stay.model_copy(update={"total": stay.total + more})
    less, greater = estimate(plan, stay, year), estimate(plan, dearer, year)
    assert less.base_fen <= greater.base_fen
    assert less.amount_fen <= greater.amount_fen


@given(seeds)
def test_one_fen_more_is_never_a_jump(seed: int) -> None:
    dice = Random(seed)
    plan = subsidy_worlds.any_plan(dice)
    stay, year = subsidy_worlds.any_stay(dice, plan), subsidy_worlds.any_year(dice, plan)
    dearer = stay.model_copy(update={"total": stay.total + 1})
    step = estimate(plan, dearer, year).amount_fen - estimate(plan, stay, year).amount_fen
    assert 0 <= step <= min(year.shares, plan.shares_at_most)


@given(seeds, st.permutations(list(PAYMENTS)))
def test_who_paid_makes_no_difference(seed: int, order: list[str]) -> None:
    dice = Random(seed)
    plan = subsidy_worlds.any_plan(dice)
    stay, year = subsidy_worlds.any_stay(dice, plan), subsidy_worlds.any_year(dice, plan)
    paid = [getattr(stay, payer) for payer in PAYMENTS]
    swapped = stay.model_copy(update=dict(zip(order, paid, strict=True)))
    assert estimate(plan, swapped, year).amount_fen == estimate(plan, stay, year).amount_fen


@given(seeds, st.integers(1, 12))
def test_a_year_of_stays_keeps_to_the_year(seed: int, count: int) -> None:
    dice = Random(seed)
    plan = subsidy_worlds.any_plan(dice)
    year = Year(shares=dice.randint(1, 4))
    for _ in range(count):
        bill = estimate(plan, subsidy_worlds.any_stay(dice, plan), year)
        year = Year(year.used + bill.amount_fen, year.deducted + bill.deducted_fen, year.shares)
    assert year.used <= plan.cap_per_year
    assert year.deducted <= plan.deductible_per_year
