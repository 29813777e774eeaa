"""What the console shows of one batch, everything already text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.casework import reasons
from chalicelib.casework.kind import kind_of
from chalicelib.casework.machine import Role
from chalicelib.casework.reasons import FAILURE_FIELDS
from chalicelib.core.clock import beijing_minute
from chalicelib.core.money import yuan
from chalicelib.payout import texts
from chalicelib.payout.models import (
    WORK,
    Batch,
    BatchState,
    Dispute,
    Left,
    LeftCode,
    Payment,
    PaymentState,
    Problem,
    Result,
    ResultState,
)
from chalicelib.payout.payees import Payee
from chalicelib.payout.service import Shown
from chalicelib.payout.views import HOME, BatchRow, batch_row
from chalicelib.store.payouts import PAGE as PROBLEMS
from chalicelib.web.staff import StaffPerson
from chalicelib.web.staff_bar import Bar, bar

_PAYMENT_TONES = {
    PaymentState.PAID: "done",
    PaymentState.FAILED: "bad",
    PaymentState.UNKNOWN: "wait",
    PaymentState.REMOVED: "over",
}


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker is at; `done` of `whole`, which is 0 while nobody knows."""

    label: str
    done: int
    whole: int


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file for the bank."""

    ext: str
    size: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A file from the bank, and what came of it."""

    href: str
    began: str
    account: str
    state: str
    tone: str
    counts: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment; the payee masked."""

    number: str
    case: str
    case_href: str
    holder: str
    account: str
    amount: str
    state: str
    tone: str
    note: str
    settled: str
    dispute_href: str


@dataclass(frozen=True, slots=True)
class BatchView:
    """One batch: what it is at, what can be done with it, its payments."""

    bar: Bar
    head: BatchRow
    path: str
    version: int
    work: Work | None
    next: str
    alerts: tuple[str, ...]
    unknown: str
    figures: tuple[tuple[str, str], ...]
    actions: frozenset[str]
    files: tuple[FileRow, ...]
    downloads: int
    exported: str
    results: tuple[ResultRow, ...]
    left: tuple[tuple[str, str, str], ...]
    payments: tuple[PaymentRow, ...]
    first: bool
    more_href: str
    title: str
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReportView:
    """What came of a file from the bank: its counts, and the lines that were not taken."""

    bar: Bar
    batch: str
    batch_href: str
    path: str
    result: ResultRow
    work: Work | None
    figures: tuple[tuple[str, str], ...]
    problems: tuple[tuple[str, str, str, str], ...]
    first: bool
    more_href: str
    title: str = "导入结果"


def batch_view(
    person: StaffPerson,
    shown: Shown,
    payees: Mapping[str, Payee],
    after: str,
    errors: Mapping[str, str] | None = None,
) -> BatchView:
    """Return one batch with a page of its payments."""
    batch = shown.batch
    path = f"{HOME}/{batch.number}"
    return BatchView(
        bar=bar(person, HOME),
        head=batch_row(batch),
        path=path,
        version=batch.version,
        work=_work(batch, shown.results),
        next=texts.NEXT.get(batch.state, ""),
        alerts=_alerts(batch),
        unknown=texts.UNKNOWN.format(count=batch.unknown) if batch.unknown else "",
        figures=_figures(batch),
        actions=_actions(person, batch),
        files=tuple(
            FileRow(ext, _size(file.size), file.sha256) for ext, file in sorted(batch.files.items())
        ),
        downloads=batch.downloads,
        exported=beijing_minute(batch.exported_at) if batch.exported_at else "",
        results=tuple(
            result_row(path, result)
            for result in sorted(shown.results, key=lambda one: one.began_at, reverse=True)
        ),
        left=tuple(_left(left) for left in shown.left),
        payments=tuple(_payment(path, one, payees.get(one.number)) for one in shown.payments),
        first=not after,
        more_href=f"{path}?after={shown.more}" if shown.more else "",
        title=f"批次 {batch.number}",
        errors=errors or {},
    )


def report_view(
    person: StaffPerson, number: str, result: Result, problems: Sequence[Problem], after: int
) -> ReportView:
    """Return what came of a file from the bank, with a page of its problems."""
    batch_href = f"{HOME}/{number}"
    row = result_row(batch_href, result)
    reading = result.state is ResultState.READING
    last = problems[-1].line if len(problems) == PROBLEMS else 0
    return ReportView(
        bar=bar(person, HOME),
        batch=number,
        batch_href=batch_href,
        path=row.href,
        result=row,
        work=Work(texts.WORKING["import"], result.rows, 0) if reading else None,
        figures=(
            ("已读", f"{result.rows} 行"),
            ("采用", f"{result.applied} 行"),
            ("无变化", f"{result.unchanged} 行"),
            ("有问题", f"{result.problems} 行"),
        ),
        problems=tuple((str(one.line), one.field, one.payment, one.sentence) for one in problems),
        first=not after,
        more_href=f"{row.href}?after={last}" if last else "",
    )


def result_row(path: str, result: Result) -> ResultRow:
    """Return a file from the bank in one line."""
    counts = f"采用 {result.applied} · 无变化 {result.unchanged} · 有问题 {result.problems}"
    tone = "work" if result.state is ResultState.READING else ""
    if result.problems or result.state is ResultState.REFUSED:
        tone = "bad"
    return ResultRow(
        href=f"{path}/report/{result.result_id}",
        began=beijing_minute(result.began_at),
        account=result.account,
        state=result.state.label,
        tone=tone or "done",
        counts=counts,
        sentence=result.sentence,
    )


def _actions(person: StaffPerson, batch: Batch) -> frozenset[str]:
    if Role.FINANCE not in person.roles:
        return frozenset()
    match batch.state:
        case BatchState.READY:
            own = batch.maker == person.account
            return frozenset({"dissolve"} if own else {"dissolve", "release"})
        case BatchState.RELEASED:
            return frozenset({"export"})
        case BatchState.EXPORTED | BatchState.SETTLED:
            return frozenset({"download", "import"})
        case _:
            return frozenset()


def _alerts(batch: Batch) -> tuple[str, ...]:
    said = []
    if batch.contradicted:
        said.append(texts.CONTRADICTED.format(count=batch.contradicted))
    if batch.problem:
        said.append(texts.PROBLEMS[batch.problem])
    return tuple(said)


def _work(batch: Batch, results: Sequence[Result]) -> Work | None:
    if batch.state in WORK:
        return Work(texts.WORKING[batch.state], *batch.progress)
    reading = next((one for one in results if one.state is ResultState.READING), None)
    if reading is None:
        return None
    # a file may have more lines than the batch has payments
    whole = batch.payments if reading.rows <= batch.payments else 0
    return Work(texts.WORKING["import"], reading.rows, whole)


def _figures(batch: Batch) -> tuple[tuple[str, str], ...]:
    told = [("付款", f"{batch.payments} 笔"), ("金额", f"¥{yuan(batch.total_fen)}")]
    if batch.state in (BatchState.EXPORTED, BatchState.SETTLED):
        told += [
            ("成功", f"{batch.paid} 笔"),
            ("已付金额", f"¥{yuan(batch.paid_fen)}"),
            ("失败", f"{batch.failed} 笔"),
            ("结果未知", f"{batch.unknown} 笔"),
            ("等待结果", f"{batch.released} 笔"),
        ]
    if batch.removed:
        told.append(("已移出", f"{batch.removed} 笔"))
    return tuple(told)


def _payment(path: str, payment: Payment, payee: Payee | None) -> PaymentRow:
    note, open_still = "", payment.dispute not in (None, Dispute.SETTLED)
    if payment.dispute is Dispute.SETTLED and payment.verdict is not None:
        note = texts.VERDICTS[payment.verdict]
    elif payment.dispute is Dispute.DOUBLED:
        note = texts.TWICE
    elif payment.dispute is Dispute.OPEN:
        note = texts.CONTRADICTIONS[payment.contradiction]
    elif payment.state is PaymentState.FAILED:
        then = texts.AFTER_FAILURE[bool(FAILURE_FIELDS.get(payment.code))]
        note = f"{reasons.label(payment.code)}，{then}"
    elif payment.state is PaymentState.REMOVED and payment.code:
        note = LeftCode(payment.code).label
    return PaymentRow(
        number=payment.number,
        case=f"{kind_of(payment.kind).prefix}{payment.case_number}",
        case_href=f"/staff/cases/{payment.case_number}",
        holder=payee.holder if payee else "",
        account=payee.account if payee else "",
        amount=yuan(payment.amount_fen),
        state=payment.state.label,
        tone="clash" if open_still else _PAYMENT_TONES.get(payment.state, ""),
        note=note,
        settled=beijing_minute(payment.settled_at) if payment.settled_at else "",
        dispute_href=f"{path}/disputes/{payment.number}" if payment.dispute else "",
    )


def _left(left: Left) -> tuple[str, str, str]:
    return f"/staff/cases/{left.case_number}", left.case_number, left.code.label


def _size(size: int) -> str:
    kilobytes = -(-size // 1024)
    return f"{kilobytes} KB" if kilobytes < 1024 else f"{kilobytes / 1024:.1f} MB"
