"""The limits of SMS codes, in the figures of the reference, and how a wait is said."""

import pytest

from chalicelib.core.errors import Refused
from chalicelib.web.codes import ADDRESS, PERSON, Limit, TooSoon, wait_seconds

NOW = 1_800_000_000


def test_the_limits_are_those_of_the_reference() -> None:
    assert list(PERSON) == [Limit(1, 60), Limit(5, 3600), Limit(10, 86400)]
    assert all(wide.count > PERSON[-1].count for wide in ADDRESS)


@pytest.mark.parametrize(
    ("ages", "wait"),
    [
        ([], 0),
        ([60], 0),
        ([59], 1),
        ([0], 60),
        ([3600, 3000, 2000, 1000, 100], 0),
        ([3599, 3000, 2000, 1000, 100], 1),
        ([3599, 3000, 2000, 1000, 0], 60),
        ([86399, *range(80_000, 44_000, -4000)], 1),
        ([86400, *range(80_000, 44_000, -4000)], 0),
    ],
)
def test_each_window_waits_for_its_oldest(ages: list[int], wait: int) -> None:
    assert wait_seconds([NOW - age for age in ages], NOW, PERSON) == wait


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 秒"),
        (119, "119 秒"),
        (120, "2 分钟"),
        (121, "3 分钟"),
        (7199, "120 分钟"),
        (7200, "2 小时"),
        (7201, "3 小时"),
        (86400, "24 小时"),
    ],
)
def test_a_wait_is_said_in_words_and_never_too_short(seconds: int, words: str) -> None:
    error = TooSoon(seconds)
    assert isinstance(error, Refused)
    assert error.wait == seconds
    assert error.errors == {"code": f"获取验证码过于频繁，请在 {words} 后再试。"}
