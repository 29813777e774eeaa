"""Laws of amounts: what is written reads back, halves go up, nothing surprises."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import money

FULL_WIDTH = str.maketrans("0123456789.,", "０１２３４５６７８９．，")
amounts = st.integers(0, money.MOST)


@given(amounts)
def test_what_is_written_reads_back_in_every_spelling(fen: int) -> None:
    text = money.yuan(fen)
    spellings = [
        text,
        text.replace(",", ""),
        text.translate(FULL_WIDTH),
        f" ￥{text} 元",
        f"0{fen}",
    ]
    spellings[-1] = f"{fen // 100}.{fen % 100:02d}000"
    assert {money.parse_yuan(spelling) for spelling in spellings} == {fen}


@given(st.integers(-(10**15), 10**15))
def test_what_is_written_is_the_amount(fen: int) -> None:
    assert Decimal(money.yuan(fen).replace(",", "")) * 100 == fen


@given(st.text(alphabet="0123456789.,-+¥元 １。e", max_size=50) | st.text(max_size=50))
def test_any_text_is_an_amount_or_gets_a_sentence_without_it(raw: str) -> None:
    fen, sentence = read(raw)
    assert 0 <= fen <= money.MOST
    assert not sentence or "金额" in sentence
    assert len(raw) < 12 or raw not in sentence


def read(raw: str) -> tuple[int, str]:
    try:
        return money.parse_yuan(raw), ""
    except ValueError as problem:
        return 0, str(problem)


@pytest.mark.parametrize("character", ["1", ",", "0", " ", "¥", ".", "元"])
def test_a_megabyte_is_answered_at_once(character: str) -> None:
    with pytest.raises(ValueError, match="金额"):
        money.parse_yuan(character * 1_000_000)


@given(st.integers(0, 10**15), st.sampled_from([1, 2, 5, 10, 100, 10_000]))
def test_rounding_is_that_of_decimal(numerator: int, denominator: int) -> None:
    exact = Decimal(numerator) / Decimal(denominator)
    expected = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    assert money.half_up(Fraction(numerator, denominator)) == expected


@given(st.fractions(max_denominator=10**6))
def test_rounding_is_never_off_by_more_than_half(exact: Fraction) -> None:
    assert Fraction(-1, 2) < money.half_up(exact) - exact <= Fraction(1, 2)
