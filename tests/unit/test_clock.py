"""UTC inside, 北京时间 on every screen."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from chalicelib.core.clock import (
    BEIJING,
    SystemClock,
    beijing_date,
    beijing_minute,
    beijing_second,
)


def test_the_system_clock_is_aware_and_utc() -> None:
    now = SystemClock().now()
    assert now.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("moment", "minute", "second", "day"),
    [
        (
            datetime(2020, 12, 30, 6, 28, 18, tzinfo=UTC),
            "2020-12-30 14:28",
            "2020-12-30 14:28:18",
            date(2020, 12, 30),
        ),
        (
            datetime(2026, 12, 31, 16, 0, tzinfo=UTC),
            "2027-01-01 00:00",
            "2027-01-01 00:00:00",
            date(2027, 1, 1),
        ),
        (
            datetime(2026, 3, 1, 1, 2, 3, 999_999, tzinfo=timezone(timedelta(hours=-5))),
            "2026-03-01 14:02",
            "2026-03-01 14:02:03",
            date(2026, 3, 1),
        ),
    ],
    ids=["the manual's", "the day ends in Beijing first", "any zone, seconds cut off"],
)
def test_screens_show_beijing_time(moment: datetime, minute: str, second: str, day: date) -> None:
    shown = beijing_minute(moment), beijing_second(moment), beijing_date(moment)
    assert shown == (minute, second, day)


def test_china_has_had_no_summer_time_since_1991() -> None:
    for month in range(1, 13):
        assert datetime(2026, month, 1, tzinfo=BEIJING).utcoffset() == timedelta(hours=8)
