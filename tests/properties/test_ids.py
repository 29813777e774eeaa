"""Snowflakes under any clock: they grow, never repeat, and carry their moment."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.ids import Snowflake, snowflake_time
from tests.fakes.time import FakeClock

moments = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2079, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
machines = st.integers(0, 1023)


@given(moments, machines)
def test_a_number_carries_its_moment_to_the_millisecond(moment: datetime, machine: int) -> None:
    number = Snowflake(FakeClock(moment), machine).next()
    assert snowflake_time(number) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert len(number) <= 19


@given(moments, machines, st.lists(st.integers(-10_000_000, 10_000_000), max_size=60))
def test_whatever_the_clock_does_numbers_grow(
    moment: datetime, machine: int, steps: list[int]
) -> None:
    clock = FakeClock(moment)
    flake = Snowflake(clock, machine)
    numbers = [int(flake.next())]
    for microseconds in steps:
        clock.at += timedelta(microseconds=microseconds)
        numbers.append(int(flake.next()))
    assert all(earlier < later for earlier, later in pairwise(numbers))


@given(moments, st.lists(machines, min_size=2, max_size=2, unique=True), st.integers(1, 50))
def test_two_containers_never_make_the_same_number(
    moment: datetime, pair: list[int], count: int
) -> None:
    clock = FakeClock(moment)
    mine, theirs = (Snowflake(clock, machine) for machine in pair)
    assert not {mine.next() for _ in range(count)} & {theirs.next() for _ in range(count)}
