"""No file that we hand out begins a calculation in whoever opens it (ASVS 5.0, 1.2.10)."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from chalicelib.membership.roster_rows import RowError
from chalicelib.payout import reports
from chalicelib.payout.sheets import PaymentRow, Totals, write_csv, write_xlsx
from chalicelib.statistics.views import Row, Table, as_csv
from infra.roster import _Rejected
from tests import figures
from tests.fakes.cloud import Stage
from tests.fakes.payroom import MAKER, PayRoom
from tests.unit.payout_examples import csv_bytes

FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    " =1+1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "\x00=1+1",
    '=HYPERLINK("https://evil.test","点此")',
    "=cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    '"=1+1',
    ";=1+1",
    "\x0b=1",
    "%0A=1",
    "\u200b=1",
    "\ufeff=1",
)
STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def calculates(text: str) -> bool:
    """Whether a spreadsheet may take a cell for a formula, past whatever it does not show."""
    shown = "".join(mark for mark in text if mark.isprintable() and not mark.isspace())
    return shown.startswith(STARTS) or text.startswith(("\t", "\r", "\n"))


def looked_at(lines: Iterable[Iterable[object]]) -> int:
    cells = [cell for line in lines for cell in line if isinstance(cell, str)]
    bad = [cell for cell in cells if calculates(cell)]
    assert bad == []
    figures.note("formulas tried in exports, cells that stayed text", len(cells))
    return len(cells)


def payments() -> list[PaymentRow]:
    return [PaymentRow(f, f, f, f, f, 100, f) for f in FORMULAS]


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_the_file_of_the_bank(tmp_path: Path, write: object) -> None:
    path = tmp_path / "file"
    rows = payments()
    write(path, rows, Totals(len(rows), 100 * len(rows)))  # type: ignore[operator]
    if write is write_csv:
        assert looked_at(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))) > 100
        return
    with path.open("rb") as file:
        sheet = load_workbook(file).worksheets[0]
        cells = [cell for line in sheet.iter_rows() for cell in line]
        assert {cell.data_type for cell in cells} <= {"s", "n"}, "no formula, no error"
        assert looked_at([[cell.value for cell in cells]]) > 100


def test_the_report_of_a_result_file(stage: Stage) -> None:
    room = PayRoom(stage)
    room.grants.approved(10_000)
    batch = room.gather()
    room.release(batch)
    room.export(batch)
    readable = [formula for formula in FORMULAS if "\x00" not in formula]
    rows = [(formula, formula, formula, formula, formula) for formula in readable]
    result = room.bring(batch, csv_bytes(*rows))
    report = reports.as_csv(room.world, MAKER, batch, result)
    assert looked_at(csv.reader(io.StringIO(report.removeprefix("\ufeff"), newline=""))) > 20


def test_the_file_of_the_statistics() -> None:
    rows = tuple(Row(formula, ("1",)) for formula in FORMULAS)
    tables = [Table(formula, (formula,), rows) for formula in FORMULAS]
    assert looked_at(csv.reader(io.StringIO(as_csv(tables)[1:], newline=""))) > 500


def test_the_report_of_a_roster(tmp_path: Path) -> None:
    path = tmp_path / "rejected.csv"
    with _Rejected(path) as report:
        for formula in FORMULAS:
            report.add(RowError(1, formula, formula))
    assert looked_at(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))) > 40
