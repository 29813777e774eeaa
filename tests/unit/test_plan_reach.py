"""Which admissions a new revision takes over, day by day against the choice of the product."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chalicelib.subsidy.plan import Plan, plan_for
from infra.plan_book import Reach, reach
from tests.unit.subsidy_examples import DEMO, plan


def of(revision: int, starts: str, ends: str | None = None, name: str = "demo-2026") -> Plan:
    return plan(id=name, revision=revision, effective_from=starts, effective_to=ends)


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_the_first_plan_takes_all_its_days() -> None:
    assert reach((), DEMO) == (Reach(day("2026-01-01"), None, ""),)
    closed = of(1, "2026-01-01", "2026-12-31")
    assert reach((), closed) == (Reach(day("2026-01-01"), day("2026-12-31"), ""),)


def test_a_later_start_leaves_the_days_before() -> None:
    new = of(2, "2026-07-01")
    assert reach((DEMO,), new) == (Reach(day("2026-07-01"), None, "demo-2026.1"),)


def test_days_without_a_plan_are_told_from_days_that_change() -> None:
    new = of(2, "2026-01-01", "2027-06-30")
    old = of(1, "2026-01-01", "2026-12-31")
    assert reach((old,), new) == (
        Reach(day("2026-01-01"), day("2026-12-31"), "demo-2026.1"),
        Reach(day("2027-01-01"), day("2027-06-30"), ""),
    )


def test_a_plan_inside_another_one_splits_it() -> None:
    new = of(1, "2026-03-01", "2026-03-31", name="spring")
    assert reach((DEMO,), new) == (Reach(day("2026-03-01"), day("2026-03-31"), "demo-2026.1"),)
    corrected = of(2, "2026-01-01")
    assert reach((DEMO, new), corrected) == (
        Reach(day("2026-01-01"), day("2026-02-28"), "demo-2026.1"),
        Reach(day("2026-04-01"), None, "demo-2026.1"),
    )


def test_a_plan_behind_others_takes_nothing() -> None:
    later = of(1, "2026-01-01", name="other")
    assert reach((later,), of(1, "2025-01-01", "2025-12-31")) != ()
    assert reach((of(1, "2025-06-01"),), of(2, "2025-01-01", "2025-05-31")) != ()
    assert reach((of(5, "2026-01-01"),), of(4, "2026-01-01")) == ()


@pytest.mark.parametrize(
    "published",
    [
        (),
        (DEMO,),
        (of(1, "2026-01-01", "2026-06-30"), of(2, "2026-02-01", "2026-03-31")),
        (of(1, "2026-01-01"), of(1, "2026-05-01", name="other"), of(2, "2026-05-01", "2026-05-31")),
    ],
)
@pytest.mark.parametrize("new", [of(3, "2026-02-15", "2026-06-10"), of(9, "2026-01-01")])
def test_every_day_is_said_as_the_product_would_choose(
    published: tuple[Plan, ...], new: Plan
) -> None:
    touched = reach(published, new)
    for offset in range(-10, 400):
        admission = day("2026-01-01") + timedelta(days=offset)
        said = [one for one in touched if one.starts <= admission <= (one.ends or date.max)]
        takes = plan_for([*published, new], admission) is new
        assert len(said) == takes
        if said:
            old = plan_for(published, admission)
            assert said[0].before == (old.version if old else "")
