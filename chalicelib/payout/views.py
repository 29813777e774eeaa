"""What the console shows of batches, everything already text: list, form, question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.casework.machine import Role
from chalicelib.core.clock import beijing_minute
from chalicelib.core.money import yuan
from chalicelib.payout import texts
from chalicelib.payout.models import WORK, Batch, BatchState
from chalicelib.payout.preview import COUNTED, Release
from chalicelib.payout.service import Listed
from chalicelib.web.staff import StaffPerson
from chalicelib.web.staff_bar import Bar, bar

HOME = "/staff/payouts"
_TONES = {
    BatchState.READY: "wait",
    BatchState.RELEASED: "wait",
    BatchState.EXPORTED: "wait",
    BatchState.SETTLED: "done",
    BatchState.DISSOLVED: "over",
}
_MANY_PLACES = 2


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch in the list, or the head of its page."""

    href: str
    number: str
    state: str
    tone: str
    places: str
    count: int
    total: str
    created: str
    maker: str
    releaser: str
    progress: str


@dataclass(frozen=True, slots=True)
class ListView:
    """A page of all batches."""

    bar: Bar
    rows: tuple[BatchRow, ...]
    next_href: str
    builds: bool
    disputed: int
    title: str = "打款"


@dataclass(frozen=True, slots=True)
class Place:
    """A prefecture in the build form, with how many cases wait there."""

    name: str
    waiting: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class BuildView:
    """The form that makes a batch."""

    bar: Bar
    places: tuple[Place, ...]
    count: str
    most: int
    errors: Mapping[str, str] = field(default_factory=dict)
    title: str = "新建批次"
    path: str = HOME


@dataclass(frozen=True, slots=True)
class ConfirmView:
    """The question before a release or a dissolution."""

    bar: Bar
    title: str
    path: str
    action: str
    version: int
    count: int
    total: str
    places: str
    barred: tuple[tuple[str, str, str], ...]
    checked: str


@dataclass(frozen=True, slots=True)
class DownloadView:
    """The address of a payment file, for browsers without scripts."""

    bar: Bar
    batch_href: str
    url: str
    title: str = "下载付款文件"


def list_view(person: StaffPerson, listed: Listed, disputed: int) -> ListView:
    """Return a page of the list; so many payments wait for people to look into them."""
    return ListView(
        bar=bar(person, HOME),
        rows=tuple(batch_row(batch) for batch in listed.batches),
        next_href=f"{HOME}?before={listed.before}" if listed.before else "",
        builds=Role.FINANCE in person.roles,
        disputed=disputed,
    )


def batch_row(batch: Batch) -> BatchRow:
    """Return a batch in one line."""
    return BatchRow(
        href=f"{HOME}/{batch.number}",
        number=batch.number,
        state=batch.state.label,
        tone="work" if batch.state in WORK else _TONES[batch.state],
        places=_places(batch.prefectures),
        count=batch.payments,
        total=f"¥{yuan(batch.total_fen)}",
        created=beijing_minute(batch.created_at),
        maker=batch.maker,
        releaser=batch.releaser,
        progress=_progress(batch),
    )


def build_view(
    person: StaffPerson,
    waiting: Mapping[str, int],
    most: int,
    typed: tuple[frozenset[str], str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> BuildView:
    """Return the form; prefectures where something waits are chosen until somebody chose."""
    chosen, count = typed or (frozenset(p for p, n in waiting.items() if n), str(most))
    places = tuple(Place(name, _waiting(n), name in chosen) for name, n in waiting.items())
    return BuildView(bar(person, HOME), places, count, most, errors or {})


def confirm_view(person: StaffPerson, batch: Batch, action: str, release: Release) -> ConfirmView:
    """Return the question before something that cannot be undone."""
    more = batch.payments > release.checked
    return ConfirmView(
        bar=bar(person, HOME),
        title="放行这个批次？" if action == "release" else "解散这个批次？",
        path=f"{HOME}/{batch.number}",
        action=action,
        version=batch.version,
        count=batch.payments,
        total=f"¥{yuan(batch.total_fen)}",
        places=_places(batch.prefectures),
        barred=tuple(
            (f"/staff/cases/{one.case_number}", one.case_number, one.reason)
            for one in release.barred
        ),
        checked=texts.ONLY_CHECKED.format(checked=release.checked) if more else "",
    )


def download_view(person: StaffPerson, number: str, url: str) -> DownloadView:
    """Return the page that leads to a file."""
    return DownloadView(bar(person, HOME), f"{HOME}/{number}", url)


def _progress(batch: Batch) -> str:
    done, whole = batch.progress
    if batch.state in WORK:
        return f"{done} / {whole}"
    if batch.state is BatchState.EXPORTED:
        return f"已有结果 {done} / {whole}"
    return ""


def _places(prefectures: Sequence[str]) -> str:
    if len(prefectures) > _MANY_PLACES:
        return f"{'、'.join(prefectures[:_MANY_PLACES])}等 {len(prefectures)} 市"
    return "、".join(prefectures)


def _waiting(count: int) -> str:
    if count >= COUNTED:
        return f"{COUNTED} 件以上"
    return f"{count} 件" if count else "没有"
