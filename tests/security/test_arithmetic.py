"""S14 and S3: what guessing comes to, counted from the limits themselves."""

from fractions import Fraction
from functools import cache

from chalicelib.staff.lockout import ACCOUNT, Tries, kept_seconds
from chalicelib.web import codes
from tests import figures

COMMON = 3000
"""The list that ASVS 5.0 (6.2.4) speaks of."""
DAY = 86400
DAYS_AT_LEAST = 30


@cache
def cycle(tries: int) -> int:
    """Return the seconds of so many tries in a row and of the rest until they are forgotten."""
    now, kept = 0, Tries()
    for _ in range(tries):
        now = max(now, kept.locked_until)
        assert not kept.locked(now)
        kept = kept.more(ACCOUNT, now)
    return now + kept_seconds(kept, now)


def straight(tries: int) -> int:
    """Return the seconds until the last of so many tries, made as soon as each may be."""
    now, kept = 0, Tries()
    for _ in range(tries):
        now = max(now, kept.locked_until)
        kept = kept.more(ACCOUNT, now)
    return now


def test_the_common_passwords_take_a_month_and_more_whatever_the_rhythm() -> None:
    """Whoever guesses may go straight on, or wait until what failed is forgotten."""
    fastest = straight(COMMON)
    for each in range(1, 200):
        rounds, rest = divmod(COMMON, each)
        fastest = min(fastest, rounds * cycle(each) + straight(rest))
    days = fastest / DAY
    figures.note("S14 days for 3,000 passwords against one account", round(days))
    assert days >= DAYS_AT_LEAST


def test_a_lock_never_opens_early() -> None:
    kept = Tries()
    for failures in range(1, 60):
        kept = kept.more(ACCOUNT, 1000)
        assert kept.locked(1000) is (failures >= ACCOUNT.free)
        assert kept.locked(kept.locked_until - 1) or failures < ACCOUNT.free
        assert not kept.locked(kept.locked_until)


def test_a_code_by_sms_is_not_guessed() -> None:
    """Codes that may be sent in a day, times tries, of all codes there are."""
    a_day = next(limit.count for limit in codes.PERSON if limit.seconds == DAY)
    chance = Fraction(a_day * codes.TRIES, 10**codes.DIGITS)
    figures.note("S3 chance to guess a code in a day", f"1 in {int(1 / chance):,}")
    assert chance <= Fraction(1, 20_000)
    assert codes.VALID_MINUTES <= 10
