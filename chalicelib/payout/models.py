"""A batch of payments as pages and workers see it: its states, its numbers, its files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from chalicelib.store import keys
from chalicelib.store.payouts import BatchItem, LeftItem, PaymentItem, ResultItem, RowItem


class BatchState(StrEnum):
    """What a batch is at; those in WORK are a worker's to bring to their end."""

    GATHERING = "gathering"
    READY = "ready"
    RELEASING = "releasing"
    DISSOLVING = "dissolving"
    RELEASED = "released"
    EXPORTING = "exporting"
    EXPORTED = "exported"
    SETTLED = "settled"
    DISSOLVED = "dissolved"

    @property
    def label(self) -> str:
        """The words shown to people."""
        return _BATCH_LABELS[self]


_BATCH_LABELS = {
    BatchState.GATHERING: "汇集中",
    BatchState.READY: "待放行",
    BatchState.RELEASING: "放行中",
    BatchState.DISSOLVING: "解散中",
    BatchState.RELEASED: "已放行",
    BatchState.EXPORTING: "导出中",
    BatchState.EXPORTED: "已导出",
    BatchState.SETTLED: "已完成",
    BatchState.DISSOLVED: "已解散",
}


class Work(StrEnum):
    """What a message asks a worker to do."""

    GATHER = "gather"
    RELEASE = "release"
    DISSOLVE = "dissolve"
    EXPORT = "export"
    IMPORT = "import"


WORK: Final = {
    BatchState.GATHERING: Work.GATHER,
    BatchState.RELEASING: Work.RELEASE,
    BatchState.DISSOLVING: Work.DISSOLVE,
    BatchState.EXPORTING: Work.EXPORT,
}


class PaymentState(StrEnum):
    """What a payment is at; one that is unknown is neither paid nor failed."""

    GATHERED = "gathered"
    RELEASED = "released"
    PAID = "paid"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REMOVED = "removed"

    @property
    def label(self) -> str:
        """The words shown to people."""
        return _PAYMENT_LABELS[self]


_PAYMENT_LABELS = {
    PaymentState.GATHERED: "待放行",
    PaymentState.RELEASED: "打款中",
    PaymentState.PAID: "成功",
    PaymentState.FAILED: "失败",
    PaymentState.UNKNOWN: "结果未知",
    PaymentState.REMOVED: "已移出",
}


class Dispute(StrEnum):
    """What a payment is at of which the bank said two things."""

    OPEN = "open"
    DOUBLED = "doubled"
    SETTLED = "settled"

    @property
    def label(self) -> str:
        """The words shown to people."""
        return {"open": "待核实", "doubled": "重复付款，待追回", "settled": "已核实"}[self.value]


class Verdict(StrEnum):
    """What two people found out about such a payment."""

    PAID = "paid"
    FAILED = "failed"
    RECOVERED = "recovered"

    @property
    def label(self) -> str:
        """The words shown to people."""
        return _VERDICT_LABELS[self]


_VERDICT_LABELS = {
    Verdict.PAID: "银行已实际付款",
    Verdict.FAILED: "确未付款",
    Verdict.RECOVERED: "重复的款项已追回",
}


class LeftCode(StrEnum):
    """Why a batch goes without a case."""

    OWN = "own"
    SIGNED = "signed"
    HELD = "held"
    BUSY = "busy"
    AMOUNT = "amount"
    DAMAGED = "damaged"

    @property
    def label(self) -> str:
        """The words shown to people."""
        return _LEFT_LABELS[self]


_LEFT_LABELS = {
    LeftCode.OWN: "本人的申请，须由其他人员办理",
    LeftCode.SIGNED: "已办理该申请的其他环节，须由其他人员办理",
    LeftCode.HELD: "银行对上一笔付款的结果前后矛盾，核实前不能打款",
    LeftCode.BUSY: "正由其他人员办理",
    LeftCode.AMOUNT: "金额为 0 或超过单笔限额",
    LeftCode.DAMAGED: "收款账户或金额无法读取，请联系技术人员",
}


class ResultState(StrEnum):
    """What the reading of a result file is at."""

    READING = "reading"
    DONE = "done"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The words shown to people."""
        return {"reading": "导入中", "done": "已导入", "refused": "无法读取"}[self.value]


TOTALS: Final = "totals"
"""The problem of a batch whose payments do not come to its totals."""
HELD: Final = "held"
"""The problem of a batch with a payment that the bank may have made before."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one payment and one batch may hold at most; amounts in 分."""

    per_payment_fen: int
    per_batch_fen: int
    payments: int


@dataclass(frozen=True, slots=True)
class File:
    """A file of the bucket with its control data; `size` in bytes."""

    key: str
    version: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it is now; amounts in 分.

    `payments` counts what is in it; `open` of them wait for the bank's word. `downloads`
    says how often a file was taken.
    """

    number: str
    state: BatchState
    version: int
    prefectures: tuple[str, ...]
    created_at: datetime
    changed_at: datetime
    maker: str
    releaser: str
    wanted: int
    payments: int
    total_fen: int
    gathered: int
    released: int
    unknown: int
    paid: int
    paid_fen: int
    failed: int
    removed: int
    contradicted: int
    downloads: int
    files: Mapping[str, File]
    exported_at: datetime | None
    problem: str

    @property
    def open(self) -> int:
        """How many payments wait for the bank's word."""
        return self.released + self.unknown

    @property
    def progress(self) -> tuple[int, int]:
        """Return (done, of how many) of the work at hand."""
        match self.state:
            case BatchState.GATHERING:
                return self.payments, self.wanted
            case BatchState.RELEASING | BatchState.READY:
                return self.payments - self.gathered, self.payments
            case BatchState.DISSOLVING | BatchState.DISSOLVED:
                return self.removed, self.removed + self.payments
            case _:
                return self.paid + self.failed, self.payments


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt to pay a case; `payee` stays sealed."""

    number: str
    case_number: str
    kind: str
    amount_fen: int
    state: PaymentState
    code: str
    settled_at: datetime | None
    contradiction: str
    """What the bank said against what it had said before: "paid" or "failed"."""
    dispute: Dispute | None = None
    verdict: Verdict | None = None
    """What two people found out, once they have."""


@dataclass(frozen=True, slots=True)
class Left:
    """A case that a batch goes without."""

    case_number: str
    code: LeftCode
    at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """A result file and what came of its rows so far."""

    result_id: str
    state: ResultState
    account: str
    began_at: datetime
    ended_at: datetime | None
    rows: int
    applied: int
    unchanged: int
    problems: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of a result file that was not taken, and why."""

    line: int
    field: str
    payment: str
    sentence: str


def batch_of(item: BatchItem) -> Batch:
    """Return the batch of an item."""
    files = json.loads(item.files or "{}")
    return Batch(
        number=item.number,
        state=BatchState(item.state),
        version=int(item.version),
        prefectures=tuple(sorted(item.prefectures)),
        created_at=item.created_at,
        changed_at=item.changed_at,
        maker=item.maker,
        releaser=item.releaser or "",
        wanted=int(item.wanted),
        payments=int(item.payments),
        total_fen=int(item.total_fen),
        gathered=int(item.gathered),
        released=int(item.released),
        unknown=int(item.unknown),
        paid=int(item.paid),
        paid_fen=int(item.paid_fen),
        failed=int(item.failed),
        removed=int(item.removed),
        contradicted=int(item.contradicted),
        downloads=int(item.downloads),
        files={ext: File(**file) for ext, file in files.items()},
        exported_at=item.exported_at,
        problem=item.problem or "",
    )


def payment_of(item: PaymentItem) -> Payment:
    """Return the payment of an item."""
    return Payment(
        number=item.number,
        case_number=item.case_number,
        kind=item.kind,
        amount_fen=int(item.amount_fen),
        state=PaymentState(item.state),
        code=item.code or "",
        settled_at=item.settled_at,
        contradiction=item.contradiction or "",
        dispute=Dispute(item.dispute) if item.dispute else None,
        verdict=Verdict(item.verdict) if item.verdict else None,
    )


def left_of(item: LeftItem) -> Left:
    """Return what an item says of a case that was left out."""
    return Left(item.case_number, LeftCode(item.code), item.at)


def result_of(item: ResultItem) -> Result:
    """Return the result file of an item."""
    return Result(
        result_id=item.sk.removeprefix(keys.RESULT_PREFIX),
        state=ResultState(item.state),
        account=item.account,
        began_at=item.began_at,
        ended_at=item.ended_at,
        rows=int(item.rows),
        applied=int(item.applied),
        unchanged=int(item.unchanged),
        problems=int(item.problems),
        sentence=item.sentence or "",
    )


def problem_of(item: RowItem) -> Problem:
    """Return the line of an item."""
    return Problem(int(item.line), item.field, item.payment or "", item.sentence)
