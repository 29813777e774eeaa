"""What the bank does with payments: each number has one fate, and is paid at most once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from itertools import cycle
from pathlib import Path

from pydantic import BaseModel

from infra.local.bank.orders import PayOrder, Refused, read
from infra.local.wechat.files import Saved
from infra.local.wechat.state import Clock

FAILURES = {
    "F01": "账户已销户",
    "F02": "户名不符",
    "F03": "开户行有误",
    "F04": "二类账户限额",
    "F05": "账户状态异常",
    "F06": "其他原因",
}
"""The codes of the result file, and how this bank words them."""


class Outcome(StrEnum):
    """What became of a payment at the bank."""

    PAID = "paid"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """The word in the result file."""
        return {"paid": "成功", "failed": "失败", "unknown": "未知"}[self.value]


class Fate(BaseModel):
    """A payment's outcome; the amount and the account that the number was first given for."""

    outcome: Outcome
    code: str = ""
    at: float
    amount_fen: int
    account: str


class FileHead(BaseModel):
    """A payment file that was taken."""

    id: str
    name: str
    sha256: str
    at: float
    count: int
    total_fen: int
    again: int
    """How many of its payments had been paid before it came."""


class Ledger(BaseModel):
    """All that the bank remembers, except the lines of the files."""

    files: list[FileHead] = []
    fates: dict[str, Fate] = {}
    refused_twice: int = 0
    """How often somebody asked to pay what had been paid."""


class Orders(BaseModel):
    """The lines of one file."""

    orders: list[PayOrder] = []


class Rule(StrEnum):
    """How a whole file is decided."""

    PAY = "pay"
    MIXED = "mixed"
    FAIL = "fail"
    UNKNOWN = "unknown"
    CLEAR_UP = "clear_up"

    @property
    def label(self) -> str:
        """What the page calls it."""
        return _RULES[self]


_RULES = {
    Rule.PAY: "待处理的全部成功",
    Rule.MIXED: "混合：每 10 笔 7 成功、2 失败、1 未知",
    Rule.FAIL: "待处理的全部失败（户名不符）",
    Rule.UNKNOWN: "待处理的全部未知",
    Rule.CLEAR_UP: "未知的改为成功",
}
_EVERY_TEN = "PPFPPPUPFP"


class Counter:
    """The bank's books, on files that outlive it."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._saved = Saved(folder / "ledger.json", Ledger())

    @property
    def ledger(self) -> Ledger:
        """What the bank remembers."""
        return self._saved.value

    def take(self, name: str, data: bytes) -> tuple[FileHead, bool]:
        """Take a payment file; returns its head, and whether it is new.

        Raises Refused when it is no payment file, or gives a known number to another payment.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        known = next((head for head in self.ledger.files if head.sha256 == sha256), None)
        if known:
            return known, False
        orders = read(data)
        again = sum(self._paid_before(order) for order in orders)
        head = FileHead(
            id=sha256[:12],
            name=name[:80],
            sha256=sha256,
            at=self._clock(),
            count=len(orders),
            total_fen=sum(order.amount_fen for order in orders),
            again=again,
        )
        self._file(head.id, Orders(orders=orders)).save()
        self.ledger.files.insert(0, head)
        self.ledger.refused_twice += again
        self._saved.save()
        return head, True

    def orders(self, head: FileHead) -> list[PayOrder]:
        """The lines of a file."""
        return self._file(head.id, Orders()).value.orders

    def head(self, file_id: str) -> FileHead | None:
        """A file by its id."""
        return next((head for head in self.ledger.files if head.id == file_id), None)

    def fate(self, order: PayOrder) -> Fate | None:
        """What became of a payment, None while nobody decided."""
        return self.ledger.fates.get(order.number)

    def decide(self, chosen: Iterable[tuple[PayOrder, Outcome, str]]) -> int:
        """Decide payments; returns how many of them had been paid and were left alone."""
        refused = 0
        for order, outcome, code in chosen:
            before = self.fate(order)
            if before and before.outcome is Outcome.PAID:
                refused += 1
                continue
            self.ledger.fates[order.number] = Fate(
                outcome=outcome,
                code=code if outcome is Outcome.FAILED else "",
                at=self._clock(),
                amount_fen=order.amount_fen,
                account=order.account,
            )
        self.ledger.refused_twice += refused
        self._saved.save()
        return refused

    def apply(self, rule: Rule, orders: list[PayOrder]) -> int:
        """Decide by a rule what it concerns; returns how many payments those were."""
        chosen = list(_decided(rule, orders, self.fate))
        self.decide(chosen)
        return len(chosen)

    def paid(self) -> tuple[int, int]:
        """How many payments the bank has made, and their sum in 分."""
        made = [f.amount_fen for f in self.ledger.fates.values() if f.outcome is Outcome.PAID]
        return len(made), sum(made)

    def _paid_before(self, order: PayOrder) -> bool:
        fate = self.fate(order)
        if fate is None:
            return False
        if (fate.amount_fen, fate.account) != (order.amount_fen, order.account):
            raise Refused(f"第 {order.line} 行的付款编号此前用于另一金额或账户，整个文件没有受理。")
        return fate.outcome is Outcome.PAID

    def _file(self, file_id: str, default: Orders) -> Saved[Orders]:
        return Saved(self._folder / f"{file_id}.json", default)


def _decided(
    rule: Rule, orders: list[PayOrder], fate: Callable[[PayOrder], Fate | None]
) -> Iterator[tuple[PayOrder, Outcome, str]]:
    codes, turns = cycle(FAILURES), cycle(_EVERY_TEN)
    for order in orders:
        now = fate(order)
        if rule is Rule.CLEAR_UP:
            if now and now.outcome is Outcome.UNKNOWN:
                yield order, Outcome.PAID, ""
        elif now is None:
            letter = next(turns)
            if rule is Rule.FAIL:
                yield order, Outcome.FAILED, "F02"
            elif rule is Rule.UNKNOWN or (rule is Rule.MIXED and letter == "U"):
                yield order, Outcome.UNKNOWN, ""
            elif rule is Rule.MIXED and letter == "F":
                yield order, Outcome.FAILED, next(codes)
            else:
                yield order, Outcome.PAID, ""
