"""A bank that pays what stands in a file, each payment number once, and says what it did."""

import csv
import io
from dataclasses import dataclass, field

HEADINGS = ("付款编号", "金额(元)", "结果", "失败代码", "说明")
WORDS = {"paid": "成功", "failed": "失败", "unknown": "未知"}


@dataclass
class Order:
    """One payment that the bank was asked for, and what became of it."""

    account: str
    amount: str
    outcome: str
    code: str = ""


@dataclass
class Bank:
    """`refuses` maps an account to a code; `unsure` are accounts it knows nothing of yet."""

    refuses: dict[str, str] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    orders: dict[str, Order] = field(default_factory=dict)

    def take(self, body: bytes) -> list[str]:
        """Execute a file; a number that it had before is not executed again."""
        rows = [*csv.DictReader(io.StringIO(body.decode("utf-8-sig")))]
        total = rows.pop()
        assert total["序号"] == "合计"
        assert int(total["付款编号"]) == len(rows)
        assert fen(total["金额(元)"]) == sum(fen(row["金额(元)"]) for row in rows)
        for row in rows:
            self.orders.setdefault(row["付款编号"], self._decided(row))
        return [row["付款编号"] for row in rows]

    def report(self, numbers: list[str]) -> bytes:
        """Return the result file of some payments, as the bank knows them now."""
        for number in numbers:
            order = self.orders[number]
            if order.outcome == "unknown" and order.account not in self.unsure:
                order.outcome = "paid"
        return written(
            [
                (number, order.amount, WORDS[order.outcome], order.code)
                for number, order in ((number, self.orders[number]) for number in numbers)
            ]
        )

    def paid(self, case_number: str) -> list[int]:
        """Return what the owner of a case got, in 分."""
        return [
            fen(order.amount)
            for number, order in self.orders.items()
            if number.startswith(case_number) and order.outcome == "paid"
        ]

    def _decided(self, row: dict[str, str]) -> Order:
        account = row["账号"].lstrip("'")
        code = self.refuses.get(account, "")
        outcome = "failed" if code else "unknown" if account in self.unsure else "paid"
        return Order(account, row["金额(元)"], outcome, code)


def fen(yuan: str) -> int:
    whole, _, part = yuan.replace(",", "").partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0"))


def written(rows: list[tuple[str, str, str, str]]) -> bytes:
    """Return a result file with these rows."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows((*row, "") for row in rows)
    return text.getvalue().encode("utf-8-sig")
