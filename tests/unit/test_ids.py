"""Snowflakes that carry their moment, and randomness of the promised shape."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core.clock import beijing_second
from chalicelib.core.ids import SNOWFLAKE_EPOCH_MS, Snowflake, SystemIds, snowflake_time
from tests.fakes.time import START, FakeClock

MACHINE_SHIFT = 12
TIME_SHIFT = 22


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("1344168415351173120", "2020-12-30 14:28:18"),
        ("1344201122043166720", "2020-12-30 16:38:16"),
    ],
)
def test_the_manuals_numbers_tell_the_manuals_times(number: str, shown: str) -> None:
    assert beijing_second(snowflake_time(number)) == shown


def test_a_number_is_time_then_machine_then_sequence() -> None:
    clock = FakeClock(datetime.fromtimestamp(SNOWFLAKE_EPOCH_MS / 1000, UTC) + timedelta(seconds=1))
    flake = Snowflake(clock, machine=5)
    assert [int(flake.next()) for _ in range(3)] == [
        1000 << TIME_SHIFT | 5 << MACHINE_SHIFT | sequence for sequence in range(3)
    ]


def test_a_full_millisecond_runs_into_the_next() -> None:
    flake = Snowflake(FakeClock(), machine=1)
    numbers = [int(flake.next()) for _ in range(4096 * 2 + 1)]
    assert numbers == sorted(set(numbers))
    moments = {number >> TIME_SHIFT for number in numbers}
    assert max(moments) - min(moments) == 2
    assert {number >> MACHINE_SHIFT & 1023 for number in numbers} == {1}


def test_a_clock_that_steps_back_repeats_nothing() -> None:
    clock = FakeClock()
    flake = Snowflake(clock, machine=1)
    before = int(flake.next())
    clock.forward(hours=-1)
    behind = [int(flake.next()) for _ in range(5)]
    clock.forward(hours=1, seconds=1)
    after = int(flake.next())
    assert [before, *behind, after] == sorted({before, *behind, after})
    assert snowflake_time(str(after)) == START + timedelta(seconds=1)


def test_machines_never_meet() -> None:
    clock = FakeClock()
    numbers = {Snowflake(clock, machine).next() for machine in range(1024)}
    assert len(numbers) == 1024


@pytest.mark.parametrize("machine", [-1, 1024])
def test_a_machine_id_has_ten_bits(machine: int) -> None:
    with pytest.raises(ValueError, match=str(machine)):
        Snowflake(FakeClock(), machine)


def test_threads_of_one_container_share_a_sequence() -> None:
    flake = Snowflake(FakeClock(), machine=1)
    numbers: list[str] = []

    def take() -> None:
        numbers.extend(flake.next() for _ in range(500))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(numbers)) == 2000


def test_numbers_sort_as_text_within_a_life_time() -> None:
    clock = FakeClock()
    flake = Snowflake(clock, machine=1023)
    numbers = []
    for _year in range(9):  # the 20th digit comes in 2086
        numbers.append(flake.next())
        clock.forward(days=365)
    assert numbers == sorted(numbers)


def test_system_ids_have_their_shapes() -> None:
    ids = SystemIds(FakeClock())
    assert len({ids.token() for _ in range(20)}) == 20
    assert {len(ids.token()) for _ in range(20)} == {43}  # 256 bits in base64
    for _ in range(50):
        code = ids.digits(6)
        assert len(code) == 6
        assert code.isdecimal()
    assert snowflake_time(ids.number()) == START
