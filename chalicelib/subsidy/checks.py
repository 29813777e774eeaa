"""The checks that employee and reviewer see alike: what was compared, and how it came out.

Pure: what has to be looked up comes in as `Facts`. Evidence never names another person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from chalicelib.casework.kind import Check
from chalicelib.core.money import yuan
from chalicelib.subsidy import texts
from chalicelib.subsidy.benefit import Statement, levels_label
from chalicelib.subsidy.plan import Plan
from chalicelib.subsidy.stay import Stay


class Period(Protocol):
    """An insured period, both days included; `store.members.Enrolment` is one."""

    @property
    def starts(self) -> date: ...

    @property
    def ends(self) -> date: ...


@dataclass(frozen=True, slots=True)
class OtherStay:
    """Another stay that the same person claims or claimed, by the number they know."""

    number: str
    admission: date
    discharge: date


@dataclass(frozen=True, slots=True)
class Facts:
    """What the checks of one stay are made against.

    `claimed_on` is the day of submission, today while it is being typed. `invoice_used_by`
    tells as much as the reader may know of where the invoice was used ("" when nowhere),
    `account_used_by` how many other people are paid on the same account.
    """

    claimed_on: date
    periods: Sequence[Period] = ()
    others: Sequence[OtherStay] = ()
    invoice_used_by: str = ""
    account_used_by: int = 0


@dataclass(frozen=True, slots=True)
class Remaining:
    """The deadline of one stay; `days_left` is negative once it has passed.

    `sure` is False where the calendar does not reach: holidays may still move the last day.
    """

    rule: str
    base_label: str
    base_day: date
    last_day: date
    days_left: int
    sure: bool


def run(plan: Plan, stay: Stay, facts: Facts, statement: Statement) -> tuple[Check, ...]:
    """Return all checks of a stay, in the order of a reviewer's reading."""
    return (
        in_force(stay, facts),
        waiting(plan, stay, facts),
        deadline(plan, stay, facts),
        level(plan, stay),
        overlap(stay, facts),
        invoice(facts),
        account(facts),
        sums(stay),
        amount(statement),
    )


def in_force(stay: Stay, facts: Facts) -> Check:
    """Whether the person was insured on the day of admission (R01)."""
    period = _period_of(stay, facts)
    if period is None:
        evidence = texts.IN_FORCE_BAD.format(day=stay.admission)
        return Check(texts.IN_FORCE, passed=False, evidence=evidence)
    evidence = texts.IN_FORCE_GOOD.format(
        day=stay.admission, starts=period.starts, ends=period.ends
    )
    return Check(texts.IN_FORCE, passed=True, evidence=evidence)


def waiting(plan: Plan, stay: Stay, facts: Facts) -> Check:
    """Whether the waiting period was over on the day of admission (R02)."""
    clear = clear_from(plan, stay, facts)
    if clear is None:
        return Check(texts.WAITING, passed=False, evidence=texts.WAITING_UNKNOWN)
    passed = stay.admission >= clear
    text = texts.WAITING_GOOD if passed else texts.WAITING_BAD
    return Check(texts.WAITING, passed, text.format(day=stay.admission, clear=clear))


def clear_from(plan: Plan, stay: Stay, facts: Facts) -> date | None:
    """Return the first day of admission without waiting, None when not insured.

    Someone new waits from the first day of unbroken cover, and a renewal never ends that
    sooner; on top of it comes what the plan asks of every renewal.
    """
    period = _period_of(stay, facts)
    return clear_for(plan, period, facts.periods) if period else None


def clear_for(plan: Plan, period: Period, periods: Sequence[Period]) -> date:
    """Return the first day of admission without waiting of a period among all periods."""
    gap = timedelta(days=plan.renewal_gap_days + 1)
    begun = period.starts
    for earlier in sorted(periods, key=lambda p: p.starts, reverse=True):
        if earlier.starts < begun <= earlier.ends + gap:
            begun = earlier.starts
    clear = begun + timedelta(days=plan.waiting_days_new)
    if begun == period.starts:
        return clear
    return max(clear, period.starts + timedelta(days=plan.waiting_days_renewed))


def remaining(plan: Plan, stay: Stay, today: date) -> Remaining:
    """Return the deadline clock of a stay (PRODUCT C8)."""
    base = plan.deadline.base
    base_day = {"discharge": stay.discharge, "settlement": stay.settled}[base.value]
    last = plan.last_day(base_day)
    return Remaining(
        rule=plan.deadline.label,
        base_label=base.label,
        base_day=base_day,
        last_day=last,
        days_left=(last - today).days,
        sure=plan.deadline.unit == "calendar" or last <= plan.calendar.known_until,
    )


def deadline(plan: Plan, stay: Stay, facts: Facts) -> Check:
    """Whether the stay is claimed in time (R03)."""
    clock = remaining(plan, stay, facts.claimed_on)
    text = texts.DEADLINE_GOOD if clock.days_left else texts.DEADLINE_TODAY
    if clock.days_left < 0:
        text = texts.DEADLINE_BAD
    evidence = text.format(
        rule=clock.rule,
        base=clock.base_label,
        day=clock.base_day,
        last=clock.last_day,
        days=abs(clock.days_left),
    )
    if not clock.sure:
        evidence += texts.DEADLINE_UNSURE.format(until=plan.calendar.known_until)
    return Check(texts.DEADLINE, clock.days_left >= 0, evidence)


def level(plan: Plan, stay: Stay) -> Check:
    """Whether the plan covers hospitals of that level (R04)."""
    evidence = texts.LEVEL_EVIDENCE.format(level=stay.level.label, levels=levels_label(plan))
    return Check(texts.LEVEL, stay.level in plan.levels, evidence)


def overlap(stay: Stay, facts: Facts) -> Check:
    """Whether the person claims to have been elsewhere at the same time (R11)."""
    for other in facts.others:
        if overlapping(stay, other):
            evidence = texts.OVERLAP_BAD.format(
                admission=other.admission, discharge=other.discharge, number=other.number
            )
            return Check(texts.OVERLAP, passed=False, evidence=evidence)
    good = texts.OVERLAP_GOOD.format(count=len(facts.others))
    return Check(texts.OVERLAP, passed=True, evidence=good if facts.others else texts.OVERLAP_NONE)


def overlapping(stay: Stay | OtherStay, other: Stay | OtherStay) -> bool:
    """Return whether two stays share more than the day of a transfer between hospitals."""
    if stay.admission == other.admission:
        return True
    return stay.admission < other.discharge and other.admission < stay.discharge


def invoice(facts: Facts) -> Check:
    """Whether the invoice serves this stay only (R11)."""
    used = facts.invoice_used_by
    evidence = texts.INVOICE_BAD.format(where=used) if used else texts.INVOICE_GOOD
    return Check(texts.INVOICE, not used, evidence)


def account(facts: Facts) -> Check:
    """Whether others are paid on the same account: possible, so only a warning (R13)."""
    count = facts.account_used_by
    evidence = texts.ACCOUNT_BAD.format(count=count) if count else texts.ACCOUNT_GOOD
    return Check(texts.ACCOUNT, None if count else True, evidence)


def sums(stay: Stay) -> Check:
    """Whether the amounts fit together: impossible ones are refused before (R10).

    More out of catalogue than the employee bore is possible, when commercial insurance
    paid for it, and worth a look.
    """
    if stay.out_of_catalogue > stay.own:
        evidence = texts.SUMS_OUT.format(out=yuan(stay.out_of_catalogue), own=yuan(stay.own))
        return Check(texts.SUMS, passed=None, evidence=evidence)
    evidence = texts.SUMS_GOOD.format(
        total=yuan(stay.total), paid=yuan(stay.paid), own=yuan(stay.own)
    )
    return Check(texts.SUMS, passed=True, evidence=evidence)


def amount(statement: Statement) -> Check:
    """Whether there is anything to pay (R12)."""
    good = texts.AMOUNT_GOOD.format(amount=yuan(statement.amount_fen))
    passed = statement.amount_fen > 0
    return Check(texts.AMOUNT, passed, good if passed else texts.AMOUNT_BAD)


def _period_of(stay: Stay, facts: Facts) -> Period | None:
    """Return the period that covers the admission; of several, the one that began first."""
    covering = (p for p in facts.periods if p.starts <= stay.admission <= p.ends)
    return min(covering, key=lambda period: period.starts, default=None)
