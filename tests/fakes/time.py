"""A clock that stands still until it is told to move, and ids that can be foreseen."""

from datetime import UTC, datetime, timedelta

from chalicelib.core.ids import Snowflake

START = datetime(2026, 11, 23, 6, 28, 18, tzinfo=UTC)


class FakeClock:
    """Says what it was set to."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def forward(self, **delta: float) -> None:
        self.at += timedelta(**delta)


class FakeIds:
    """Counts instead of rolling dice; codes come from a list when one is given."""

    def __init__(self, clock: FakeClock, codes: list[str] | None = None) -> None:
        self._snowflake = Snowflake(clock, 1)
        self._count = 0
        self.codes = codes or []

    def number(self) -> str:
        return self._snowflake.next()

    def token(self) -> str:
        self._count += 1
        return f"token-{self._count:06d}"

    def digits(self, count: int) -> str:
        self._count += 1
        return self.codes.pop(0) if self.codes else f"{self._count:0{count}d}"
