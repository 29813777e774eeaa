"""Dates as people type them."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.core.days import read_day


@pytest.mark.parametrize(
    "raw",
    [
        "2026-03-05",
        "2026-3-5",
        "2026/03/05",
        "2026.3.5",
        "2026年3月5日",
        "20260305",
        "２０２６-3-5 ",
    ],
)
def test_one_day_in_many_spellings(raw: str) -> None:
    assert read_day(raw) == date(2026, 3, 5)


@pytest.mark.parametrize(
    "raw",
    ["", "2026-02-30", "2026-13-01", "202635", "2026-3.5", "0000-01-01", "明天", "20260305日" * 99],
)
def test_what_is_no_day(raw: str) -> None:
    assert read_day(raw) is None
