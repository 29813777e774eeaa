"""The amount and the checks as pages show them: the same for who types and for who waits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chalicelib.casework.kind import Check
from chalicelib.core.money import yuan
from chalicelib.subsidy import page_texts as texts
from chalicelib.subsidy.benefit import Line, Statement
from chalicelib.subsidy.stay import PAYMENTS

_PAID = frozenset(PAYMENTS.values())


@dataclass(frozen=True, slots=True)
class BillRow:
    """A line of the bill; `sort` is "sum" or "total" for what adds up the lines above."""

    label: str
    formula: str
    amount: str
    sort: str = ""


@dataclass(frozen=True, slots=True)
class BillView:
    """「计算说明」; `mark` says that the plan is an example."""

    rows: tuple[BillRow, ...]
    note: str
    mark: str
    title: str = texts.BILL


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check with its sign: tone good, alert or wait."""

    label: str
    evidence: str
    tone: str
    word: str


@dataclass(frozen=True, slots=True)
class EstimateView:
    """What stands below the form while it is typed; `say` is the news for who only hears."""

    bill: BillView | None = None
    checks: tuple[CheckRow, ...] = ()
    text: str = ""
    say: str = ""
    checks_title: str = texts.CHECKS


def money_text(fen: int) -> str:
    """Return an amount with its sign and 「¥」: 「−¥300.00」."""
    return f"{'−' if fen < 0 else ''}¥{yuan(abs(fen))}"


def bill_view(statement: Statement, *, total: str, note: str) -> BillView:
    """Return the bill of a statement; `total` names its last line."""
    return BillView(
        rows=tuple(_rows(statement, total)),
        note=note,
        mark=texts.BILL_MARK if statement.example else "",
    )


def check_rows(checks: Iterable[Check]) -> tuple[CheckRow, ...]:
    """Return checks in the order of a reviewer's reading."""
    return tuple(_check_row(check) for check in checks)


def _rows(statement: Statement, total: str) -> Iterator[BillRow]:
    """Yield two sums, one after the other: down to the base, and from it to the amount."""
    whole, *rest = statement.basis
    paid = [line for line in rest if line.label in _PAID]
    yield _row(whole)
    yield from map(_row, paid)
    if paid:
        yield BillRow(texts.BILL_OWN, "", money_text(statement.own_fen), "sum")
    deducted = [line for line in rest if line.label not in _PAID]
    yield from map(_row, deducted)
    if deducted:
        yield BillRow(texts.BILL_BASE, "", money_text(statement.base_fen), "sum")
    yield from map(_row, statement.lines)
    yield BillRow(total, "", money_text(statement.amount_fen), "total")


def _row(line: Line) -> BillRow:
    return BillRow(line.label, line.formula, money_text(line.amount_fen))


def _check_row(check: Check) -> CheckRow:
    tone = {True: "good", False: "alert", None: "wait"}[check.passed]
    return CheckRow(check.label, check.evidence, tone, texts.PASSED_WORDS[tone])
