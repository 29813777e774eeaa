"""The file that a bank pays from: exact, the same every time, and never a formula."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from chalicelib.core.errors import Broken
from chalicelib.payout.sheets import HEADINGS, PaymentRow, Totals, write_csv, write_xlsx
from tests.unit.payout_examples import THREE, TWO, payment, totals

ROWS = [payment(), payment(TWO, 1, holder="古丽·阿卜杜"), payment(THREE, 1_000_000_000)]
Writer = Callable[[Path, Iterable[PaymentRow], Totals], str]
BOTH = pytest.mark.parametrize("write", [write_csv, write_xlsx])


def table(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text("utf-8-sig").splitlines()))


def test_the_csv_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, ROWS, totals(ROWS))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert table(path) == [
        list(HEADINGS),
        [
            "1",
            ROWS[0].number,
            "韦小明",
            "6222020200112233445",
            "中国工商银行",
            "南宁市民主支行",
            "1234.56",
            "住院医疗补助",
        ],
        ["2", TWO, "古丽·阿卜杜", *table(path)[1][3:6], "0.01", "住院医疗补助"],
        ["3", THREE, "韦小明", *table(path)[1][3:6], "10000000.00", "住院医疗补助"],
        ["合计", "3", "", "", "", "", "10001234.57", ""],
    ]


def test_the_workbook_cell_by_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(path, ROWS, totals(ROWS))
    sheet = load_workbook(path).worksheets[0]
    lines = list(sheet.iter_rows(values_only=True))
    assert lines[0] == HEADINGS
    assert lines[1] == (
        *(1, ROWS[0].number, "韦小明", "6222020200112233445", "中国工商银行", "南宁市民主支行"),
        *(1234.56, "住院医疗补助"),
    )
    assert lines[-1] == ("合计", 3, None, None, None, None, 10_001_234.57, None)
    number, account = sheet["B2"], sheet["D2"]
    assert (number.data_type, number.number_format) == ("s", "@")
    assert (account.data_type, account.number_format) == ("s", "@")
    assert sheet.freeze_panes == "A2"


@BOTH
def test_the_hash_is_of_the_file_and_the_same_every_time(tmp_path: Path, write: Writer) -> None:
    first = write(tmp_path / "a", ROWS, totals(ROWS))
    assert first == hashlib.sha256((tmp_path / "a").read_bytes()).hexdigest()
    assert write(tmp_path / "b", iter(ROWS), totals(ROWS)) == first
    assert write(tmp_path / "c", ROWS[:2], totals(ROWS[:2])) != first


@BOTH
@pytest.mark.parametrize(
    "wrong", [Totals(2, 1_000_123_457), Totals(3, 1_000_123_458), Totals(0, 0)]
)
def test_a_file_that_is_not_what_was_released_is_none(
    tmp_path: Path, write: Writer, wrong: Totals
) -> None:
    with pytest.raises(Broken, match="不一致"):
        write(tmp_path / "a", ROWS, wrong)


@BOTH
def test_an_empty_batch_has_heading_and_totals(tmp_path: Path, write: Writer) -> None:
    assert write(tmp_path / "a", [], Totals(0, 0))


HOSTILE = [
    "=1+1",
    "+cmd|'/C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("http://x")',
]


@pytest.mark.parametrize("typed", HOSTILE)
def test_what_people_typed_never_becomes_a_formula(tmp_path: Path, typed: str) -> None:
    rows = [payment(holder=typed, bank=typed, branch=typed, account=typed, remark=typed)]
    write_csv(tmp_path / "a.csv", rows, totals(rows))
    write_xlsx(tmp_path / "a.xlsx", rows, totals(rows))
    _, line, _ = table(tmp_path / "a.csv")
    cells = load_workbook(tmp_path / "a.xlsx").worksheets[0][2]
    for place in (2, 3, 4, 5, 7):
        assert line[place].startswith("'")
        assert cells[place].value == line[place]
        assert cells[place].data_type == "s"


def test_quotes_commas_and_line_breaks_stay_in_their_cell(tmp_path: Path) -> None:
    rows = [payment(branch='甲","=1\r\n乙')]
    write_csv(tmp_path / "a.csv", rows, totals(rows))
    assert table(tmp_path / "a.csv")[1][5] == '甲","=1  乙'
