"""The file a bank pays from: one payment a line, totals in the last one (PRODUCT B4).

Written row by row as CSV and as a workbook, in memory that does not grow with the batch. The same
payments give the same bytes at any time, so that a repeated export is the same file. What people
typed can never become a formula (`core.cells.inert`, decision 0038); account and payment numbers
are text in the workbook, since a spreadsheet keeps only fifteen digits of a number.
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.core.cells import inert
from chalicelib.core.errors import Broken

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

HEADINGS = ("序号", "付款编号", "户名", "账号", "开户银行", "开户支行", "金额(元)", "附言")
TOTAL = "合计"
DIFFERENT = "付款文件的笔数或金额与批次不一致，没有生成文件。请联系技术人员核对后再导出。"

_NUMBER, _AMOUNT = HEADINGS.index("付款编号"), HEADINGS.index("金额(元)")
_WIDTHS = (7, 25, 14, 30, 22, 34, 15, 24)
_CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 - a fixed day: the bytes depend on the payments alone


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment as the bank needs it; the amount in 分."""

    number: str
    holder: str
    account: str
    bank: str
    branch: str
    amount_fen: int
    remark: str


@dataclass(frozen=True, slots=True)
class Totals:
    """How many payments a file has, and what they come to in 分."""

    count: int
    total_fen: int


def write_csv(path: Path, rows: Iterable[PaymentRow], totals: Totals) -> str:
    """Write a batch as CSV for a bank's program and return the file's SHA-256.

    UTF-8 with a mark, every cell in quotes. Raises Broken when the rows do not come to `totals`.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(HEADINGS)
        for place, row in enumerate(_counted(rows, totals), start=1):
            writer.writerow(_line(str(place), row.number, yuan_plain(row.amount_fen), row))
        writer.writerow(_line(TOTAL, str(totals.count), yuan_plain(totals.total_fen)))
    return _sha256(path)


def write_xlsx(path: Path, rows: Iterable[PaymentRow], totals: Totals) -> str:
    """Write a batch as a workbook for people and banks and return the file's SHA-256.

    Raises Broken when the rows do not come to `totals`. Needs room beside `path` while it writes.
    """
    from xlsxwriter import Workbook

    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    with closing(Workbook(path, options)) as book:
        book.set_properties({"title": "付款文件", "created": _CREATED})
        sheet = book.add_worksheet("付款")
        text = book.add_format({"num_format": "@"})
        money = book.add_format({"num_format": "#,##0.00"})
        bold = book.add_format({"bold": True, "bg_color": "#EEF1F4"})
        last = {"bold": True, "top": 1}
        _shape(sheet)
        _texts(sheet, 0, HEADINGS, bold)
        place = 0
        for place, row in enumerate(_counted(rows, totals), start=1):
            _texts(sheet, place, _line("", row.number, "", row), text)
            sheet.write_number(place, 0, place)
            sheet.write_number(place, _AMOUNT, row.amount_fen / 100, money)
        _texts(sheet, place + 1, _line(TOTAL, "", ""), book.add_format(last))
        counted = book.add_format(last | {"num_format": '0" 笔"', "align": "left"})
        sheet.write_number(place + 1, _NUMBER, totals.count, counted)
        summed = book.add_format(last | {"num_format": "#,##0.00"})
        sheet.write_number(place + 1, _AMOUNT, totals.total_fen / 100, summed)
    return _sha256(path)


def yuan_plain(fen: int) -> str:
    """Return 分 as 元 for programs: 123450 → 「1234.50」, no separators."""
    return f"{fen // 100}.{fen % 100:02d}"


def _line(place: str, number: str, amount: str, row: PaymentRow | None = None) -> tuple[str, ...]:
    if row is None:
        return (place, number, "", "", "", "", amount, "")
    payee = (row.holder, row.account, row.bank, row.branch)
    return (place, inert(number), *map(inert, payee), amount, inert(row.remark))


def _counted(rows: Iterable[PaymentRow], totals: Totals) -> Iterator[PaymentRow]:
    """Pass all rows on; raises Broken when they are not what was released."""
    count = total_fen = 0
    for row in rows:
        count += 1
        total_fen += row.amount_fen
        yield row
    if Totals(count, total_fen) != totals:
        raise Broken(DIFFERENT)


def _shape(sheet: "Worksheet") -> None:
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _texts(sheet: "Worksheet", line: int, cells: Sequence[str], style: "Format") -> None:
    for column, cell in enumerate(cells):
        if cell:
            sheet.write_string(line, column, cell, style)
        else:
            sheet.write_blank(line, column, None, style)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
