"""Payments and result files to try the bank's files with."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook

from chalicelib.payout.results import ResultRow, RowProblem, read
from chalicelib.payout.sheets import PaymentRow, Totals

ONE, TWO, THREE = "134416841535117312001", "134416841535117312101", "134416841535117312202"
HEADING = ("付款编号", "金额(元)", "结果", "失败代码", "说明")


def payment(number: str = ONE, amount_fen: int = 123_456, **changes: str) -> PaymentRow:
    """A payment with some fields changed."""
    fields = {
        "holder": "韦小明",
        "account": "6222020200112233445",
        "bank": "中国工商银行",
        "branch": "南宁市民主支行",
        "remark": "住院医疗补助",
    }
    return PaymentRow(number=number, amount_fen=amount_fen, **(fields | changes))


def totals(rows: Iterable[PaymentRow]) -> Totals:
    """What payments come to."""
    amounts = [row.amount_fen for row in rows]
    return Totals(len(amounts), sum(amounts))


def csv_bytes(*lines: Sequence[object], heading: Sequence[str] = HEADING) -> bytes:
    """A result file as CSV in UTF-8."""
    file = io.StringIO()
    csv.writer(file).writerows([heading, *lines])
    return file.getvalue().encode()


def xlsx_bytes(*lines: Sequence[object], heading: Sequence[str] = HEADING) -> bytes:
    """A result file as a workbook."""
    book = Workbook()
    for line in (heading, *lines):
        book.worksheets[0].append(list(line))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_bytes(data: bytes) -> list[ResultRow | RowProblem]:
    """What the product reads from a file."""
    return list(read(io.BytesIO(data)))
