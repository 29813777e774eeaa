"""What the console shows, everything already text: signing in, queues, the record of looks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from chalicelib.casework.case import Case
from chalicelib.casework.kind import kind_of, kinds
from chalicelib.casework.machine import State
from chalicelib.core.clock import beijing_date, beijing_minute, beijing_second
from chalicelib.staff import scope, texts
from chalicelib.staff.groups import DECIDERS
from chalicelib.staff.waiting import Waiting, Wanted
from chalicelib.store.audit import PAGE as AUDIT_PAGE
from chalicelib.store.audit import AuditEntry
from chalicelib.web.staff import StaffPerson
from chalicelib.web.staff_bar import Bar, Link, bar

_SATURDAY = 5
_USUAL_DAYS = 3


@dataclass(frozen=True, slots=True)
class LoginView:
    """Account, password and code; what was wrong is never said apart."""

    account: str = ""
    to: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    title: str = "登录审核后台"
    bar: None = None


@dataclass(frozen=True, slots=True)
class PasswordView:
    """Choosing a password: the first one, or a new one of who is signed in (`bar`)."""

    title: str
    action: str
    account: str
    bar: Bar | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuthenticatorView:
    """The secret as a picture and as text, to be confirmed by a code."""

    picture: str
    secret: str
    account: str
    errors: Mapping[str, str] = field(default_factory=dict)
    title: str = "绑定动态码"
    bar: None = None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A case in a queue; tone is fresh, soon or late."""

    href: str
    number: str
    kind: str
    state: str
    prefecture: str
    since: str
    days: int
    tone: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueueView:
    """A page of a queue with its filters."""

    bar: Bar
    rows: tuple[QueueRow, ...]
    states: tuple[Link, ...]
    prefectures: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]
    wanted: Wanted
    next_href: str
    decides: bool
    notice: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    title: str = "待办"


@dataclass(frozen=True, slots=True)
class AuditView:
    """A page of one day's looks."""

    bar: Bar
    day: str
    rows: tuple[tuple[str, str, str, str, str], ...]
    next_href: str
    title: str = "查看记录"


def queue_view(
    person: StaffPerson,
    wanted: Wanted,
    found: tuple[Mapping[str, State], Waiting],
    now: datetime,
    notice: str = "",
) -> QueueView:
    """Return a page of a queue as of now."""
    states, waiting = found
    places = sorted(person.prefectures)
    return QueueView(
        bar=bar(person, "/staff"),
        rows=tuple(queue_row(person, case, now) for case in waiting.cases),
        states=tuple(
            Link(state.label, _queue_href(wanted, state=name), name == wanted.state)
            for name, state in states.items()
        ),
        prefectures=(("", "全部地市"), *((place, place) for place in places)),
        kinds=(("", "全部类型"), *_kinds(wanted.state)),
        wanted=wanted,
        next_href=_queue_href(wanted, after=waiting.after) if waiting.after else "",
        decides=bool(person.roles & DECIDERS),
        notice=notice,
    )


def _kinds(state: str) -> Iterator[tuple[str, str]]:
    """Yield the kinds of case that wait in a state."""
    for kind in kinds():
        if state in kind.machine.states:
            yield kind.name, kind.label


def queue_row(person: StaffPerson, case: Case, now: datetime) -> QueueRow:
    """Return a line of a queue, or the head of a case."""
    kind = kind_of(case.kind)
    state = kind.machine.states[case.state]
    days, tone = age(case.updated_at, now, state.days)
    marks = ["再次办理"] if case.version > 1 and case.state == first_queue(case.kind) else []
    if state.queued and scope.hindrance(person, case):
        marks.append("须他人办理")
    return QueueRow(
        href=f"/staff/cases/{case.number}",
        number=f"{kind.prefix}{case.number}",
        kind=kind.label,
        state=state.label,
        prefecture=case.prefecture,
        since=beijing_minute(case.updated_at),
        days=days,
        tone=tone if state.queued else "over",
        marks=tuple(marks),
    )


def first_queue(kind_name: str) -> str:
    """Return the state in which a kind of case waits first."""
    states = kind_of(kind_name).machine.states.values()
    return next((state.name for state in states if state.queued), "")


def age(since: datetime, now: datetime, usual_days: int) -> tuple[int, str]:
    """Return working days of waiting and their tone: fresh, soon (last day) or late."""
    usual = usual_days or _USUAL_DAYS
    days = working_days(beijing_date(since), beijing_date(now))
    if days > usual:
        return days, "late"
    return days, "soon" if days >= usual - 1 else "fresh"


def working_days(start: date, end: date) -> int:
    """Return the Mondays to Fridays after a day, up to and with another.

    Public holidays are not known here: around them a case looks older than it is.
    """
    weeks, rest = divmod(max((end - start).days, 0), 7)
    spare = (start + timedelta(days=day) for day in range(1, rest + 1))
    return weeks * 5 + sum(day.weekday() < _SATURDAY for day in spare)


def audit_view(person: StaffPerson, day: str, entries: Sequence[AuditEntry]) -> AuditView:
    """Return a page of looks; numbers, accounts and codes, never what was seen."""
    return AuditView(
        bar=bar(person, "/staff/audit"),
        day=day,
        rows=tuple(
            (
                beijing_second(entry.at),
                entry.account,
                texts.LOOKS.get(entry.action, entry.action),
                entry.target,
                texts.DETAILS.get(entry.detail, entry.detail),
            )
            for entry in entries
        ),
        next_href=_href("/staff/audit", day=day, before=entries[-1].key)
        if len(entries) == AUDIT_PAGE
        else "",
    )


def _queue_href(wanted: Wanted, *, state: str = "", after: str = "") -> str:
    return _href(
        "/staff",
        state=state or wanted.state,
        prefecture=wanted.prefecture,
        kind=wanted.kind,
        after=after,
    )


def _href(path: str, **query: str) -> str:
    return f"{path}?{urlencode({name: value for name, value in query.items() if value})}"
