"""Amounts as people type them, and as they read them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from chalicelib.core import money


@pytest.mark.parametrize(
    ("raw", "fen"),
    [
        ("1,234.50", 123450),
        ("1234.5", 123450),
        ("１，２３４．５０", 123450),
        ("¥1,234.50", 123450),
        ("￥ 1234.50 元", 123450),
        (" 1 234.50 ", 123450),
        ("1234。5", 123450),
        ("+5", 500),
        ("0", 0),
        ("-0.00", 0),
        ("007", 700),
        (".5", 50),
        ("5.", 500),
        ("12.340000", 1234),
        ("10,000,000", money.MOST),
    ],
)
def test_what_is_typed_is_read(raw: str, fen: int) -> None:
    assert money.parse_yuan(raw) == fen


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("", money.MISSING),
        ("  ¥ 元 ", money.MISSING),
        ("-1", money.NEGATIVE),
        ("−0.01", money.NEGATIVE),
        ("1.005", money.TOO_FINE),
        ("10,000,000.01", "金额超过 1,000 万元，请核对小数点和位数。"),
        ("9" * 38, "金额超过 1,000 万元，请核对小数点和位数。"),
        *((raw, money.SHAPE) for raw in ("12,5", "1,2345", ",5", "1.2.3", "1e5", "NaN", "一百")),
        *((raw, money.SHAPE) for raw in (".", "-", "0x10", "１/２", "٣", "5元元", "9" * 5000)),
    ],
)
def test_what_cannot_be_meant_is_asked_about(raw: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the sentence is the point
        money.parse_yuan(raw)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("fen", "text"),
    [(123450, "1,234.50"), (0, "0.00"), (5, "0.05"), (-5, "-0.05"), (10**11, "1,000,000,000.00")],
)
def test_amounts_are_written_in_yuan(fen: int, text: str) -> None:
    assert money.yuan(fen) == text


@pytest.mark.parametrize(
    ("exact", "fen"), [("1/2", 1), ("3/2", 2), ("5/2", 3), ("49/100", 0), ("-1/2", 0), ("7", 7)]
)
def test_halves_go_up(exact: str, fen: int) -> None:
    assert money.half_up(Fraction(exact)) == fen
