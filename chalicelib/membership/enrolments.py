"""职工参保: the insured periods of an employee, and what each entitles to."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chalicelib.casework.entitlement import Entitlement, Part
from chalicelib.core.errors import NotFound
from chalicelib.membership import texts
from chalicelib.store.members import Enrolment

_PLAN_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class EnrolmentRow:
    """One insured period; tone is good, wait or over."""

    plan: str
    unit: str
    period: str
    status: str
    status_tone: str
    shares: str
    href: str


@dataclass(frozen=True, slots=True)
class EnrolmentsView:
    """An employee's enrolments: those that hold or will, then those that are over."""

    items: tuple[EnrolmentRow, ...]
    past: tuple[EnrolmentRow, ...]
    title: str = "职工参保"


@dataclass(frozen=True, slots=True)
class EnrolmentView:
    """One insured period; `left` says how long it still holds."""

    row: EnrolmentRow
    left: str
    plan: str
    notice: str
    parts: tuple[Part, ...]
    others: tuple[EnrolmentRow, ...]
    may_apply: bool
    title: str = "保障权益"


def list_view(periods: Sequence[Enrolment], today: date) -> EnrolmentsView:
    """Return the list as of a day in Beijing."""
    rows = [_row(period, today) for period in periods]
    return EnrolmentsView(
        tuple(row for row in rows if row.status_tone != "over"),
        tuple(row for row in rows if row.status_tone == "over"),
    )


def named(periods: Sequence[Enrolment], key: str) -> Enrolment:
    """Return the period that an address names; raises NotFound."""
    for period in periods:
        if name_of(period) == key:
            return period
    raise NotFound


def name_of(period: Enrolment) -> str:
    """Return what names a period in addresses; a plan's id may be written in any characters."""
    plan = hashlib.sha256(period.plan_id.encode()).hexdigest()[:_PLAN_CHARACTERS]
    return f"{period.starts.isoformat()}-{plan}"


def detail_view(
    period: Enrolment, said: Entitlement | None, periods: Sequence[Enrolment], today: date
) -> EnrolmentView:
    """Return the page of a period with its entitlement, None where no plan holds."""
    notice = texts.NO_PLAN if said is None else texts.EXAMPLE if said.example else ""
    return EnrolmentView(
        row=_row(period, today),
        left=_left(period, today),
        plan=said.plan if said else "",
        notice=notice,
        parts=said.parts if said else (),
        others=tuple(_row(other, today) for other in periods if other != period),
        may_apply=said is not None and period.starts <= today,
    )


def _left(period: Enrolment, today: date) -> str:
    if today < period.starts:
        return f"{(period.starts - today).days} 天后开始"
    if today > period.ends:
        return ""
    return f"还有 {(period.ends - today).days + 1} 天"


def _row(period: Enrolment, today: date) -> EnrolmentRow:
    status, tone = "保障中", "good"
    if today < period.starts:
        status, tone = "未开始", "wait"
    elif today > period.ends:
        status, tone = "已到期", "over"
    return EnrolmentRow(
        plan=period.plan_name,
        unit=period.unit_name,
        period=f"{period.starts.isoformat()} 至 {period.ends.isoformat()}",
        status=status,
        status_tone=tone,
        shares=f"{period.shares} 份",
        href=f"/enrolments/{name_of(period)}",
    )
