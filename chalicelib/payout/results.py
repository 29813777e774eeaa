"""A bank's result file as rows: what became of each payment (PRODUCT B4).

CSV (UTF-8, UTF-16, GB 18030) or xlsx, columns in any order and under the names banks use, a title
above them, totals below. A row that does not say clearly what happened is a problem with its line,
its column and what to do: it is never guessed, because a guess pays twice or forgets. The file is
read twice, first for payment numbers that stand in it more than once.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO

from chalicelib.core import money
from chalicelib.core.cells import Cell, as_text, digits_lost
from chalicelib.core.errors import Refused
from chalicelib.core.identity import half_width
from chalicelib.core.tables import Layout, read_rows
from chalicelib.payout import bank_words, texts

NUMBER, AMOUNT, RESULT, CODE, REASON = "付款编号", "金额(元)", "结果", "失败代码", "失败原因"
LAYOUT = Layout(
    columns={
        NUMBER: ("付款单号", "付款流水号", "支付编号", "客户流水号", "业务编号", "业务参考号"),
        AMOUNT: ("金额", "付款金额", "支付金额", "交易金额", "转账金额", "代发金额", "发生额"),
        RESULT: (
            *("付款结果", "支付结果", "交易结果", "处理结果", "代发结果", "返回结果"),
            *("状态", "付款状态", "交易状态", "处理状态"),
        ),
        CODE: ("错误代码", "返回码", "返回代码", "响应码", "原因代码"),
        REASON: ("错误原因", "退回原因", "退票原因", "原因"),
    },
    optional=frozenset({CODE, REASON}),
    signs=frozenset({NUMBER, RESULT}),
    most_rows=50_000,
    totals=("合计", "总计", "小计", "总金额", "总笔数"),
)
_DIGITS = range(12, 25)  # a payment number is a case number and two digits


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What the bank says of one payment; `outcome` is paid, failed or unknown.

    `code` is the class of a failure (`casework.reasons.FAILURES`), "" for the others.
    """

    line: int
    payment_number: str
    amount_fen: int
    outcome: str
    code: str


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a line was not applied, and what to do; it repeats nothing of the line."""

    line: int
    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """A payment number of the first reading: its lines, and whether they all say the same."""

    lines: tuple[int, ...]
    said: tuple[int, str, str] | None
    agree: bool


class _Wrong(Exception):
    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field, self.sentence = field, sentence


def read(stream: BinaryIO, name: str = "") -> Iterator[ResultRow | RowProblem]:
    """Yield what the file says, line by line; a line without a clear meaning is a problem.

    The stream must be seekable and binary; `name` is what the file was called, and only its
    ending counts. Raises Refused when the file as a whole cannot be read, before the first line.
    """
    if name.lower().endswith((".xls", ".et", ".pdf", ".doc", ".docx")):
        raise Refused(texts.WRONG_FILE)
    seen: dict[str, _Seen] = {}
    for number, row in _parsed(stream):
        _note(seen, number, row)
    repeated = {number: one for number, one in seen.items() if len(one.lines) > 1}
    for number, row in _parsed(stream):
        yield _unless_repeated(row, repeated.get(number))


def _parsed(stream: BinaryIO) -> Iterator[tuple[str, ResultRow | RowProblem]]:
    """Each line with its payment number, "" where it has none that can be read."""
    for line, cells in read_rows(stream, LAYOUT):
        number = ""
        try:
            number = _number(cells.get(NUMBER))
            amount = _amount(cells.get(AMOUNT))
            outcome, code = _outcome(cells)
        except _Wrong as wrong:
            yield number, RowProblem(line, wrong.field, wrong.sentence)
        else:
            yield number, ResultRow(line, number, amount, outcome, code)


def _note(seen: dict[str, _Seen], number: str, row: ResultRow | RowProblem) -> None:
    said = None
    if isinstance(row, ResultRow):
        said = (row.amount_fen, row.outcome, row.code)
    before = seen.get(number)
    if before is None:
        seen[number] = _Seen((row.line,), said, said is not None)
    elif number:
        agree = before.agree and said == before.said
        seen[number] = _Seen((*before.lines[:9], row.line), before.said, agree)


def _unless_repeated(row: ResultRow | RowProblem, seen: _Seen | None) -> ResultRow | RowProblem:
    """Keep one of equal lines, and none of lines that contradict each other."""
    if seen is None or isinstance(row, RowProblem):
        return row
    if not seen.agree:
        lines = "、".join(map(str, seen.lines))
        return RowProblem(row.line, NUMBER, texts.LINES_DISAGREE.format(lines=lines))
    if row.line != seen.lines[0]:
        return RowProblem(row.line, NUMBER, texts.LINE_AGAIN.format(line=seen.lines[0]))
    return row


def _number(cell: Cell) -> str:
    if digits_lost(cell):
        raise _Wrong(NUMBER, texts.DIGITS_LOST)
    text = "".join(half_width(as_text(cell)).split())
    if not text:
        raise _Wrong(NUMBER, texts.NUMBER_MISSING)
    if not (text.isascii() and text.isdigit() and len(text) in _DIGITS):
        raise _Wrong(NUMBER, texts.NUMBER_SHAPE)
    return text


def _amount(cell: Cell) -> int:
    if cell is None or cell == "":
        raise _Wrong(AMOUNT, texts.AMOUNT_MISSING)
    try:
        return _fen(cell) if isinstance(cell, int | float) else money.parse_yuan(as_text(cell))
    except ValueError as error:
        raise _Wrong(AMOUNT, str(error)) from error


def _fen(value: float) -> int:
    """Whole 分 of a workbook's number, whose last binary digits are not meant."""
    if not math.isfinite(value) or abs(value) > money.MOST / 100:
        raise ValueError(texts.AMOUNT_WRONG)
    exact = Decimal(str(value)) * 100
    fen = round(exact)
    if abs(exact - fen) > Decimal("0.001"):
        raise ValueError(money.TOO_FINE)
    if fen < 0:
        raise ValueError(money.NEGATIVE)
    return fen


def _outcome(cells: Mapping[str, Cell]) -> tuple[str, str]:
    """What the bank says, with the class of a failure; raises _Wrong where it is not clear."""
    said = as_text(cells.get(RESULT))
    outcome = bank_words.outcome(said)
    if outcome is None:
        raise _Wrong(RESULT, texts.RESULT_UNKNOWN if said else texts.RESULT_MISSING)
    found = [bank_words.failure(as_text(cells.get(column))) for column in (CODE, REASON)]
    codes = {code for code in found if code}
    if len(codes) > 1:
        raise _Wrong(CODE, texts.CODES_DISAGREE)
    code = next(iter(codes), "")
    if outcome != bank_words.FAILED:
        if code or (outcome == bank_words.PAID and None in found):
            raise _Wrong(CODE, texts.CODE_WITHOUT_FAILURE)
        return outcome, ""
    if not code:
        raise _Wrong(CODE, texts.CODE_UNKNOWN if None in found else texts.CODE_MISSING)
    return outcome, code
