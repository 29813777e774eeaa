"""Files out and in: whatever is paid and answered comes through both formats to the fen."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from chalicelib.casework.reasons import FAILURES
from chalicelib.core.cells import as_text
from chalicelib.core.errors import Refused
from chalicelib.core.money import MOST
from chalicelib.payout.results import ResultRow, RowProblem
from chalicelib.payout.sheets import PaymentRow, write_csv, write_xlsx, yuan_plain
from tests.unit.payout_examples import csv_bytes, read_bytes, totals, xlsx_bytes

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
PAYMENTS = st.lists(
    st.builds(
        PaymentRow,
        number=st.from_regex(r"[0-9]{21}", fullmatch=True),
        holder=TEXT,
        account=st.from_regex(r"[0-9]{12,30}", fullmatch=True),
        bank=TEXT,
        branch=TEXT,
        amount_fen=st.integers(1, MOST),
        remark=TEXT,
    ),
    max_size=4,
)
OUTCOMES = st.sampled_from(
    [
        ("成功", "paid", ""),
        ("未知", "unknown", ""),
        *(("失败", "failed", code) for code in FAILURES),
    ]
)
RESULTS = st.lists(
    st.tuples(st.from_regex(r"[1-9][0-9]{20}", fullmatch=True), st.integers(0, MOST), OUTCOMES),
    max_size=6,
    unique_by=lambda one: one[0],
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@given(PAYMENTS)
def test_payments_are_written_as_they_are_and_nothing_is_calculated(rows: list[PaymentRow]) -> None:
    with TemporaryDirectory() as folder:
        sheet, text = Path(folder) / "a.xlsx", Path(folder) / "a.csv"
        write_xlsx(sheet, rows, totals(rows))
        write_csv(text, rows, totals(rows))
        lines = list(load_workbook(sheet).worksheets[0].iter_rows())
        with text.open(encoding="utf-8-sig", newline="") as file:
            table = list(csv.reader(file))
    assert len(lines) == len(table) == len(rows) + 2
    for row, cells, line in zip(rows, lines[1:], table[1:], strict=False):
        assert Decimal(str(cells[6].value)) * 100 == row.amount_fen == Decimal(line[6]) * 100
        assert cells[1].value == line[1] == row.number
        assert cells[3].value == line[3] == row.account
        assert not any(cell.data_type == "f" for cell in cells)
        assert not any(cell.startswith(FORMULA) for cell in line)
    summed = sum(row.amount_fen for row in rows)
    assert Decimal(str(lines[-1][6].value)) * 100 == summed == Decimal(table[-1][6]) * 100


@given(RESULTS, st.sampled_from([csv_bytes, xlsx_bytes]))
def test_results_come_through_to_the_fen(
    results: list[tuple[str, int, tuple[str, str, str]]], make: Callable[..., bytes]
) -> None:
    numeric = make is xlsx_bytes
    lines = [
        (number, fen / 100 if numeric else yuan_plain(fen), word, code)
        for number, fen, (word, _, code) in results
    ]
    assert read_bytes(make(*lines)) == [
        ResultRow(place, number, fen, outcome, code)
        for place, (number, fen, (_, outcome, code)) in enumerate(results, start=2)
    ]


@given(
    st.lists(
        st.lists(TEXT | st.sampled_from(["成功", "失败", "F02", "1.00"]), max_size=5), max_size=5
    )
)
def test_no_line_is_lost_and_none_is_guessed(lines: list[list[str]]) -> None:
    wanted = {place for place, line in enumerate(lines, start=2) if any(line[:4])}
    try:
        found = read_bytes(csv_bytes(*lines))
    except Refused:
        return
    assert {row.line for row in found} == wanted
    for row in found:
        if isinstance(row, ResultRow):
            line = lines[row.line - 2]
            assert as_text(line[0]).translate(str.maketrans("", "", " ")).isdigit()
            assert row.outcome in {"paid", "failed", "unknown"}
        else:
            assert row.sentence.endswith("。")


WHOLE = xlsx_bytes(
    ("134416841535117312001", 1.5, "成功"), ("134416841535117312101", 2, "失败", "F02")
)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=5), st.floats(0, 1))
def test_a_damaged_file_is_refused_or_read_line_by_line(
    damages: list[tuple[float, int]], kept: float
) -> None:
    data = bytearray(WHOLE)
    for place, value in damages:
        data[int(place * (len(data) - 1))] = value
    with suppress(Refused):
        assert all(
            isinstance(row, ResultRow | RowProblem)
            for row in read_bytes(bytes(data[: 4 + int(kept * len(data))]))
        )


@pytest.mark.parametrize("blank", [b"", b"\n\n\n"])
def test_an_empty_file_is_no_result(blank: bytes) -> None:
    with pytest.raises(Refused):
        read_bytes(io.BytesIO(blank).read())
