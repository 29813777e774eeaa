"""Time as an argument: UTC inside, 北京时间 on every screen."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")


class Clock(Protocol):
    """Tells the current moment as an aware UTC datetime."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current moment in UTC."""
        return datetime.now(UTC)


def beijing_minute(moment: datetime) -> str:
    """Format for lists: 2026-11-23 14:28."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def beijing_second(moment: datetime) -> str:
    """Format of 「创建时间」 in the manual: 2020-12-30 14:28:18."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def beijing_date(moment: datetime) -> date:
    """Return the day that it is in Beijing."""
    return moment.astimezone(BEIJING).date()
