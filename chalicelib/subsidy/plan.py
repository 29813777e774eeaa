"""A plan: the rules of the benefit as versioned data with effective dates (PRODUCT C1, C7, C8).

Amounts are written in yuan as text ("1,234.50") and held in 分, ratios are exact decimals.
The dump of a plan (`model_dump(mode="json")`) reads back as the same plan.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    model_validator,
)

from chalicelib.core import money

DAYS_AT_MOST = 400
_MOST = 1_000_000_000_000  # 分; a batch of ten thousand payments at their highest fits


class Settlement(StrEnum):
    """就医地和结算方式: where the stay was, and whether the insurance settled it on the spot."""

    LOCAL_DIRECT = "local_direct"
    REMOTE_DIRECT = "remote_direct"
    REMOTE_UNSETTLED = "remote_unsettled"

    @property
    def label(self) -> str:
        """The words shown to people."""
        return {
            "local_direct": "本地直接结算",
            "remote_direct": "异地直接结算",
            "remote_unsettled": "异地未结算",
        }[self.value]


class Level(StrEnum):
    """医院等级."""

    THIRD = "third"
    SECOND = "second"
    FIRST = "first"
    NONE = "none"

    @property
    def label(self) -> str:
        """The words shown to people."""
        return {"third": "三级", "second": "二级", "first": "一级", "none": "未定级"}[self.value]


class Base(StrEnum):
    """The day from which a deadline counts."""

    DISCHARGE = "discharge"
    SETTLEMENT = "settlement"

    @property
    def label(self) -> str:
        """The words shown to people."""
        return {"discharge": "出院日", "settlement": "结算日"}[self.value]


def _yuan(raw: object) -> int:
    if not isinstance(raw, str):
        raise ValueError('write yuan in quotes, like "1,234.50"')  # noqa: TRY004 - for pydantic
    try:
        return money.parse_yuan(raw, most=_MOST)
    except ValueError:
        raise ValueError('not an amount in yuan like "1,234.50"') from None


Yuan = Annotated[int, BeforeValidator(_yuan), PlainSerializer(money.yuan)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Ratio = Annotated[Decimal, Field(ge=0, le=1, decimal_places=4)]
Days = Annotated[int, Field(ge=0, le=DAYS_AT_MOST)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tier(_Part):
    """One step of the progressive scale; without `up_to` everything above the step before."""

    ratio: Ratio
    up_to: Yuan | None = None


class Deadline(_Part):
    """How long after its base day a stay may still be claimed, the last day included."""

    days: Annotated[int, Field(ge=1, le=DAYS_AT_MOST)]
    unit: Literal["working", "calendar"]
    base: Base

    @property
    def label(self) -> str:
        """The rule in words: 「出院日起 30 个工作日内」."""
        return f"{self.base.label}起 {self.days} {_UNITS[self.unit]}内"


_SATURDAY = 5
_UNITS = {"working": "个工作日", "calendar": "天"}


class Calendar(_Part):
    """Which days are worked: Monday to Friday, except `holidays`, and `workdays` besides.

    The State Council announces the days of a year in the autumn before. After `known_until`
    only weekends are known to be free, so a last day may still move; it then says so.
    """

    source: Text
    known_until: date
    holidays: tuple[tuple[date, date], ...] = ()
    workdays: tuple[date, ...] = ()

    def works(self, day: date) -> bool:
        """Return whether a day is worked."""
        free = day.weekday() >= _SATURDAY or any(a <= day <= b for a, b in self.holidays)
        return not free or day in self.workdays

    def after(self, day: date, count: int) -> date:
        """Return the working day that is `count` (at least 1) working days after a day."""
        while count:
            day += timedelta(days=1)
            count -= self.works(day)
        return day

    @model_validator(mode="after")
    def _in_order(self) -> "Calendar":
        for first, last in self.holidays:
            if first > last:
                raise ValueError(f"the holiday from {first} ends before it begins")
            lost = [day for day in self.workdays if first <= day <= last]
            if lost:
                raise ValueError(f"{min(lost)} is both a holiday and a working day")
        return self


class Slot(_Part):
    """A place for the pictures of one document, and for which stays it is asked.

    `sample` names the drawing that shows what must be readable.
    """

    purpose: Name
    label: Text
    hint: Text
    sample: Name
    step: Literal["identity", "stay", "account"]
    settlements: Annotated[tuple[Settlement, ...], Field(min_length=1)] = tuple(Settlement)
    required: bool = True
    at_most: Annotated[int, Field(ge=1, le=20)] = 3

    @property
    def always(self) -> bool:
        """Whether it is asked for however the stay was settled."""
        return set(self.settlements) == set(Settlement)

    def problem(self, count: int) -> str:
        """Return what is wrong with so many pictures, "" where they are enough."""
        if self.required and not count:
            return f"请上传{self.label}照片。"
        if count > self.at_most:
            return f"{self.label}最多 {self.at_most} 张，请删除多余的照片。"
        return ""


class PayoutLimits(_Part):
    """What one payment and one batch may hold at most."""

    per_payment: Yuan
    per_batch: Yuan
    payments: Annotated[int, Field(ge=1, le=10_000)]


class Plan(_Part):
    """All rules of the benefit for stays admitted on its effective days, both included.

    Without `effective_to` it holds until another takes effect.
    """

    id: Name
    revision: Annotated[int, Field(ge=1)] = 1
    name: Text
    example: bool
    effective_from: date
    effective_to: date | None = None
    deductible_per_stay: Yuan
    deductible_per_year: Yuan
    exclude_out_of_catalogue: bool
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=20)]
    shares_at_most: Annotated[int, Field(ge=1, le=10)] = 1
    cap_per_claim: Yuan
    cap_per_year: Yuan
    waiting_days_new: Days
    waiting_days_renewed: Days
    renewal_gap_days: Days = 0
    senior_review_above: Yuan
    deadline: Deadline
    calendar: Calendar
    payout: PayoutLimits
    slots: Annotated[tuple[Slot, ...], Field(min_length=1, max_length=30)]

    @property
    def version(self) -> str:
        """What a statement is made by: 「demo-2026.1」; its content never changes."""
        return f"{self.id}.{self.revision}"

    def covers(self, admission: date) -> bool:
        """Return whether the plan was in effect on a day."""
        until = self.effective_to or date.max
        return self.effective_from <= admission <= until

    def last_day(self, base_day: date) -> date:
        """Return the last day on which a stay with that base day may be claimed."""
        rule = self.deadline
        if rule.unit == "calendar":
            return base_day + timedelta(days=rule.days)
        return self.calendar.after(base_day, rule.days)

    def needs_senior(self, amount_fen: int) -> bool:
        """Return whether the second review of an amount is a senior's."""
        return amount_fen > self.senior_review_above

    def checklist(self, settlement: Settlement, step: str = "") -> tuple[Slot, ...]:
        """Return the documents for a stay so settled, of one step or of all, in order."""
        return tuple(
            slot
            for slot in self.slots
            if settlement in slot.settlements and step in ("", slot.step)
        )

    def document_problems(
        self, settlement: Settlement, pictures: Mapping[str, int], step: str = ""
    ) -> dict[str, str]:
        """Return a sentence per purpose with too few or too many pictures."""
        found = {
            slot.purpose: slot.problem(pictures.get(slot.purpose, 0))
            for slot in self.checklist(settlement, step)
        }
        return {purpose: problem for purpose, problem in found.items() if problem}

    @model_validator(mode="after")
    def _holds_together(self) -> "Plan":
        if wrong := [*self._contradictions()]:
            raise ValueError("; ".join(wrong))
        return self

    def _contradictions(self) -> Iterable[str]:
        if self.effective_to and self.effective_from > self.effective_to:
            yield "effective_to is before effective_from"
        bounds = [tier.up_to for tier in self.tiers]
        if bounds.pop() is not None:
            yield "the last tier must be open: leave out its up_to"
        if None in bounds:
            yield "only the last tier may be open: give the others an up_to"
        rising = [0, *(bound for bound in bounds if bound is not None)]
        if any(lower >= upper for lower, upper in pairwise(rising)):
            yield "the tiers' up_to must rise from above 0"
        if self.cap_per_claim > self.cap_per_year:
            yield "cap_per_claim is above cap_per_year"
        if self.payout.per_payment < self.cap_per_claim:
            yield "payout.per_payment is below cap_per_claim: the highest claim could not be paid"
        if self.payout.per_batch < self.payout.per_payment:
            yield "payout.per_batch is below payout.per_payment"
        purposes = [slot.purpose for slot in self.slots]
        if len(set(purposes)) < len(purposes):
            yield "two slots have the same purpose"
        yield from self._unproven()

    def _unproven(self) -> Iterable[str]:
        """Return how stays could be settled and yet need no document."""
        for settlement in Settlement:
            if not any(slot.required for slot in self.checklist(settlement, "stay")):
                yield f"no required document of step stay for {settlement.value}"


def plan_for(plans: Iterable[Plan], admission: date) -> Plan | None:
    """Return the plan of an admission, None when none is in effect.

    Of several, the one that took effect last, and of that its latest revision.
    """
    effective = (plan for plan in plans if plan.covers(admission))
    return max(effective, key=lambda plan: (plan.effective_from, plan.revision), default=None)
