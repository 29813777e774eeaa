"""计算说明 by hand: amounts worked out on paper, and the words of the lines."""

from __future__ import annotations

import pytest

from chalicelib.core.errors import Refused
from chalicelib.core.money import yuan
from chalicelib.subsidy import texts
from chalicelib.subsidy.benefit import Statement, Year, estimate, lower
from tests.unit.subsidy_examples import DEMO, bare_plan, plan, stay

SCALE = (("5,000", "0.50"), ("20,000", "0.60"), (None, "0.80"))


def told(statement: Statement) -> list[tuple[str, str, str]]:
    lines = (*statement.basis, *statement.lines)
    return [(line.label, line.formula, yuan(line.amount_fen)) for line in lines]


def test_the_bill_of_a_long_stay() -> None:
    typed = {"total": "86,000.37", "pooled": "40,000", "commercial": "1,000"}
    bill = estimate(DEMO, stay(**typed, out_of_catalogue="3,210.05"), Year(deducted=20_000))
    assert told(bill) == [
        ("住院总费用", "", "86,000.37"),
        ("统筹基金支付", "", "-40,000.00"),
        ("商业保险支付", "", "-1,000.00"),
        ("目录外费用", "目录外 3,210.05 元，不计入", "-3,210.05"),
        ("单次起付线", "每次住院 300.00 元", "-300.00"),
        ("年度起付线", "每年 500.00 元，本年已扣 200.00 元", "-300.00"),
        ("5,000 元以内部分", "5,000.00 × 50%", "2,500.00"),
        ("5,000 至 20,000 元部分", "15,000.00 × 60%", "9,000.00"),
        ("20,000 至 50,000 元部分", "21,190.32 × 70%", "14,833.22"),
    ]
    assert (bill.own_fen, bill.base_fen) == (4_500_037, 4_119_032)
    assert (bill.amount_fen, bill.deducted_fen) == (2_633_322, 30_000)
    assert (bill.plan_version, bill.example) == ("demo-2026.1", True)
    assert Statement.model_validate_json(bill.model_dump_json()) == bill


@pytest.mark.parametrize(
    ("base", "amount"),
    [
        ("0.01", 1),  # half a 分 goes up
        ("0.03", 2),
        ("4,999.99", 250_000),
        ("5,000.00", 250_000),
        ("5,000.01", 250_001),
        ("19,999.99", 1_149_999),
        ("20,000.00", 1_150_000),
        ("20,000.01", 1_150_001),
    ],
)
def test_tier_boundaries_are_exact_to_the_fen(base: str, amount: int) -> None:
    assert estimate(bare_plan(*SCALE), stay(total=base), Year()).amount_fen == amount


def test_tiers_are_rounded_together_not_one_by_one() -> None:
    half = bare_plan(("0.01", "0.5"), ("0.02", "0.5"), (None, "0.5"))
    bill = estimate(half, stay(total="0.03"), Year())
    assert [line.amount_fen for line in bill.lines] == [1, 0, 1]
    assert bill.amount_fen == 2


def test_a_deductible_takes_no_more_than_there_is() -> None:
    bill = estimate(DEMO, stay(total="400"), Year())
    assert told(bill)[1:] == [
        ("单次起付线", "每次住院 300.00 元", "-300.00"),
        ("年度起付线", "每年 500.00 元，本年已扣 0.00 元，本次扣 100.00 元", "-100.00"),
    ]
    assert (bill.base_fen, bill.amount_fen, bill.deducted_fen) == (0, 0, 10_000)


def test_out_of_catalogue_counts_where_the_plan_says_so() -> None:
    generous = bare_plan(*SCALE, exclude_out_of_catalogue=False)
    one = stay(total="1,000", out_of_catalogue="600")
    assert estimate(generous, one, Year()).amount_fen == 50_000
    assert estimate(bare_plan(*SCALE), one, Year()).amount_fen == 20_000


def test_a_hospital_below_the_plan_pays_nothing_and_says_why() -> None:
    bill = estimate(DEMO, stay(level="first"), Year())
    assert told(bill)[1:] == [
        ("医院等级不在保障范围", "一级医院；保障范围为三级、二级", "-10,000.00")
    ]
    assert (bill.amount_fen, bill.deducted_fen) == (0, 0)


def test_caps_are_lines_only_where_they_hold() -> None:
    capped = plan(cap_per_claim="3,000", cap_per_year="10,000")
    bill = estimate(capped, stay(), Year(used=800_000, deducted=50_000))
    assert told(bill)[-2:] == [
        ("单次最高限额", "每次最高 3,000.00 元", "-2,320.00"),
        (
            "年度最高限额",
            "每年最高 10,000.00 元，本年已用 8,000.00 元，剩余 2,000.00 元",
            "-1,000.00",
        ),
    ]
    assert bill.amount_fen == 200_000
    assert estimate(capped, stay(), Year(used=2_000_000)).amount_fen == 0
    just = bare_plan((None, "0.50"), cap_per_claim="500")
    assert told(estimate(just, stay(total="1,000"), Year()))[-1] == (
        "全部",
        "1,000.00 × 50%",
        "500.00",
    )


def test_the_last_tier_says_above_what() -> None:
    bill = estimate(bare_plan(*SCALE), stay(total="20,001"), Year())
    assert told(bill)[-1] == ("超过 20,000 元部分", "1.00 × 80%", "0.80")


def test_shares_multiply_up_to_the_plan_and_never_above_the_own_share() -> None:
    double = bare_plan((None, "0.80"), shares_at_most=2)
    bill = estimate(double, stay(total="1,000"), Year(shares=5))
    assert told(bill)[-2:] == [
        ("全部", "1,000.00 × 80% × 2 份", "1,600.00"),
        ("不超过个人自付", "个人自付 1,000.00 元", "-600.00"),
    ]
    assert estimate(double, stay(total="1,000"), Year()).amount_fen == 80_000


def test_a_reviewer_may_lower_the_amount_with_a_reason() -> None:
    bill = estimate(bare_plan(*SCALE), stay(), Year())
    less = lower(bill, 500_000, "金额与单据不符")
    assert told(less)[-1] == ("审核核减", "金额与单据不符", "-500.00")
    assert less.amount_fen == 500_000 == sum(line.amount_fen for line in less.lines)
    assert lower(bill, bill.amount_fen, "") is bill
    assert lower(bill, 1, "金额与单据不符").amount_fen == 1


@pytest.mark.parametrize(
    ("amount", "reason", "wrong"),
    [
        (550_001, "多", {"amount": texts.LOWER_ONLY.format(amount="5,500.00")}),
        (0, "无", {"amount": texts.LOWER_ONLY.format(amount="5,500.00")}),
        (500_000, "", {"amount_reason": texts.LOWER_REASON}),
    ],
)
def test_a_reviewer_may_not_raise_it_or_stay_silent(
    amount: int, reason: str, wrong: dict[str, str]
) -> None:
    bill = estimate(bare_plan(*SCALE), stay(), Year())
    with pytest.raises(Refused) as refused:
        lower(bill, amount, reason)
    assert refused.value.errors == wrong
