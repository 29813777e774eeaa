"""Result files, as the bank writes them: with our codes, or in its own words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from openpyxl import Workbook

from infra.local.bank.counter import FAILURES, Fate
from infra.local.bank.orders import PayOrder

HEADINGS = ("付款编号", "金额(元)", "结果", "失败代码", "说明")
KINDS = ("xlsx", "csv")
Decided = Iterable[tuple[PayOrder, Fate]]


def csv_file(decided: Decided, *, words: bool) -> bytes:
    """Return a result file as CSV; `words` for the bank's words instead of codes."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(HEADINGS)
    for order, fate in decided:
        amount = f"{order.amount_fen // 100}.{order.amount_fen % 100:02d}"
        writer.writerow((order.number, amount, *_said(fate, words=words)))
    return file.getvalue().encode("utf-8-sig")


def xlsx_file(decided: Decided, *, words: bool) -> bytes:
    """Return a result file as a workbook, amounts as numbers."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "付款结果"
    sheet.append(HEADINGS)
    for order, fate in decided:
        sheet.append((order.number, order.amount_fen / 100, *_said(fate, words=words)))
    for column, width in zip("ABCDE", (26, 14, 10, 18, 24), strict=True):
        sheet.column_dimensions[column].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _said(fate: Fate, *, words: bool) -> tuple[str, str, str]:
    reason = FAILURES.get(fate.code, "")
    note = "银行处理中，请稍后再查" if fate.outcome == "unknown" else reason
    return fate.outcome.label, reason if words else fate.code, note
