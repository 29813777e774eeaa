"""What spreadsheets do to text, dates and long numbers, undone."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.core.cells import (
    Cell,
    as_date,
    as_text,
    as_whole_number,
    digits_lost,
    inert,
)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        ("  南宁 ", "南宁"),
        (13800001234, "13800001234"),
        (13800001234.0, "13800001234"),
        (1.5, "1.5"),
        ("'45010219900101001X", "45010219900101001X"),
        ('="00123456"', "00123456"),
        ('="unfinished', '="unfinished'),
        (float("inf"), "inf"),
    ],
)
def test_text(cell: Cell, text: str) -> None:
    assert as_text(cell) == text


@pytest.mark.parametrize("cell", [4.50102199001011e17, 450102199001010000, "4.50102E+17"])
def test_a_rounded_number_is_noticed(cell: Cell) -> None:
    assert digits_lost(cell)


@pytest.mark.parametrize("cell", [None, "", "450102199001010011", 13800001234.0, "E12345678"])
def test_a_whole_number_is_not_called_rounded(cell: Cell) -> None:
    assert not digits_lost(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-01-31",
        "2026/1/31",
        "2026.1.31",
        "2026年1月31日",
        "２０２６－０１－３１",
        "20260131",
        20260131,
        20260131.0,
        46053,
        46053.0,
        46053.75,
        "46053",
        "2026-01-31 00:00:00",
        "2026-01-31T08:30:00.000",
    ],
)
def test_every_way_to_write_a_date(cell: Cell) -> None:
    assert as_date(cell) == date(2026, 1, 31)


@pytest.mark.parametrize(
    "cell", [None, "", "2026-02-30", "31/01/2026", "0", 0, -1, 1e300, float("nan"), "2026", "今天"]
)
def test_what_is_no_date(cell: Cell) -> None:
    assert as_date(cell) is None


@pytest.mark.parametrize(("cell", "number"), [("2", 2), (2, 2), (2.0, 2), ("２", 2), ("2.0", 2)])
def test_whole_numbers(cell: Cell, number: int) -> None:
    assert as_whole_number(cell) == number


@pytest.mark.parametrize("cell", [None, "", "-1", "1.5", "一", "٣", 10**7, "9" * 5000])
def test_what_is_no_whole_number(cell: Cell) -> None:
    assert as_whole_number(cell) is None


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@SUM(A1)", " =1", "\t=1", "\r@x", "＝1"])
def test_what_would_be_calculated_is_text(text: str) -> None:
    shown = inert(text)
    assert shown.startswith("'")
    assert shown.isprintable()
    assert as_text(shown) == text.strip()


@pytest.mark.parametrize("text", ["", "欧阳小明", "6222020200112233445", "工行·南宁=支行", "'=1"])
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


def test_a_cell_is_one_line() -> None:
    assert inert("甲\r\n乙\x00丙\t丁") == "甲  乙 丙 丁"
