"""Payment files, as the bank reads them: all of a file, or nothing of it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from zipfile import BadZipFile

from openpyxl import load_workbook
from pydantic import BaseModel

HEADINGS = ("序号", "付款编号", "户名", "账号", "开户银行", "开户支行", "金额(元)", "附言")
TOTAL = "合计"
_DIGITS = range(12, 31)  # of an account


class Refused(Exception):
    """The file is not taken; the message says why."""


class PayOrder(BaseModel):
    """One line of a payment file; the amount in 分."""

    line: int
    number: str
    holder: str
    account: str
    bank: str
    branch: str
    amount_fen: int
    remark: str


def read(data: bytes) -> list[PayOrder]:
    """Return the payments of a file (xlsx or csv); raises Refused for anything unusual."""
    lines = _workbook(data) if data.startswith(b"PK\x03\x04") else _csv(data)
    heading = next(lines, ())
    if tuple(heading) != HEADINGS:
        raise Refused(f"第一行应为：{'、'.join(HEADINGS)}。")
    orders: list[PayOrder] = []
    total: Sequence[str] | None = None
    for place, line in enumerate(lines, start=2):
        if total is not None:
            raise Refused(f"第 {place} 行在合计之后，整个文件没有受理。")
        if line[0] == TOTAL:
            total = line
        else:
            orders.append(_order(place, line))
    _check(orders, total)
    return orders


def _check(orders: list[PayOrder], total: Sequence[str] | None) -> None:
    if total is None:
        raise Refused("文件没有合计行，可能不完整，没有受理。")
    ((number, times),) = Counter(order.number for order in orders).most_common(1) or [("", 1)]
    if times > 1:
        raise Refused(f"付款编号 {number} 在文件中出现多次，整个文件没有受理。")
    fen = sum(order.amount_fen for order in orders)
    if total[1] != str(len(orders)) or _fen(0, total[6]) != fen:
        raise Refused("合计行的笔数或金额与明细不符，整个文件没有受理。")


def _order(place: int, line: Sequence[str]) -> PayOrder:
    order = PayOrder(
        line=place,
        number=line[1],
        holder=line[2],
        account=line[3],
        bank=line[4],
        branch=line[5],
        amount_fen=_fen(place, line[6]),
        remark=line[7],
    )
    if line[0] != str(place - 1):
        raise Refused(f"第 {place} 行的序号不连续，文件可能缺行，没有受理。")
    if not order.number.isdigit() or not order.holder or order.amount_fen <= 0:
        raise Refused(f"第 {place} 行缺少付款编号、户名或金额，整个文件没有受理。")
    if not order.account.isdigit() or len(order.account) not in _DIGITS:
        raise Refused(f"第 {place} 行的账号不是 12 至 30 位数字，整个文件没有受理。")
    return order


def _fen(place: int, text: str) -> int:
    try:
        fen = Decimal(text) * 100
    except InvalidOperation:
        fen = Decimal("0.5")
    if fen != fen.to_integral_value():
        raise Refused(f"第 {place} 行的金额无法识别，整个文件没有受理。")
    return int(fen)


def _csv(data: bytes) -> Iterator[Sequence[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("文件不是 UTF-8 编码，没有受理。") from error
    for line in csv.reader(io.StringIO(text, newline="")):
        yield _eight(line)


def _workbook(data: bytes) -> Iterator[Sequence[str]]:
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError) as error:
        raise Refused("文件已损坏，没有受理。") from error
    for cells in book.worksheets[0].iter_rows(values_only=True):
        yield _eight(["" if cell is None else str(cell) for cell in cells])


def _eight(line: Sequence[str]) -> Sequence[str]:
    if len(line) != len(HEADINGS):
        raise Refused(f"每行应有 {len(HEADINGS)} 列，没有受理。")
    return line
