"""Counters: what a step adds, and what they say of time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.casework import figures
from chalicelib.casework.case import Event, Reason
from chalicelib.casework.machine import Role

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
SENT = Event("1", 1, "submit", "new", "first_review", Role.EMPLOYEE, "m", AT, "op-1")
REJECTED = Event(
    "1",
    2,
    "reject",
    "first_review",
    "draft",
    Role.FIRST_REVIEWER,
    "anna",
    AT + timedelta(hours=30),
    "op-2",
    reasons=(Reason("R08", "document:a"), Reason("R08", "document:b"), Reason("R10")),
)


def test_a_step_counts_itself_its_reasons_once_and_the_time_before_it() -> None:
    assert figures.of_event(SENT, None, None) == {"step:new:submit": 1}
    assert figures.of_event(REJECTED, SENT, None) == {
        "step:first_review:reject": 1,
        "reason:R08": 1,
        "reason:R10": 1,
        "hours:first_review:36": 1,
    }


def test_money_is_counted_where_it_is_decided_and_where_it_is_paid() -> None:
    approved = replace(REJECTED, action="approve", reasons=())
    assert figures.of_event(approved, None, 12345)["approved:fen"] == 12345
    assert figures.of_event(replace(approved, action="paid"), None, 12345)["paid:fen"] == 12345


@pytest.mark.parametrize(("hours", "bound"), [(0, 1), (1, 1), (1.01, 2), (9000, 8760)])
def test_time_goes_up_to_its_bound(hours: float, bound: int) -> None:
    later = replace(REJECTED, at=AT + timedelta(hours=hours))
    assert f"hours:first_review:{bound}" in figures.of_event(later, SENT, None)


def test_half_and_nine_in_ten() -> None:
    counters = {"hours:first_review:24": 10, "hours:first_review:48": 8, "hours:first_review:96": 2}
    found = figures.times(counters, "first_review")
    assert found == figures.Times(20, 1.0, 2.0)


def test_few_cases_tell_nothing() -> None:
    assert figures.times({"hours:first_review:24": 19}, "first_review") is None
    assert figures.times({}, "first_review") is None


def test_counters_add_up_by_name() -> None:
    assert figures.total({"a": 1, "b": 2}, {"b": 3}, {}) == {"a": 1, "b": 5}
