"""What may be a password, how failures slow down, which codes count, how old a case is."""

from datetime import UTC, date, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.casework import reasons
from chalicelib.casework.case import Reason
from chalicelib.core.clock import BEIJING
from chalicelib.staff import passwords, totp
from chalicelib.staff.lockout import ACCOUNT, ADDRESS, Tries, kept_seconds
from chalicelib.staff.views import age, working_days

NOW = datetime(2026, 11, 23, 6, 28, 18, tzinfo=UTC)
SECRET = totp.new_secret("a token")


@pytest.mark.parametrize(
    "good",
    [
        "木棉花开 在 南宁 九月八日",
        "correct horse battery staple",
        "x7#kQ!vb2$Lm",
        "yi er san si wu",
        "a" * 64 + "b" * 64,
        "周末去德天瀑布看日出吧吧",
        "password horse battery",
    ],
)
def test_length_is_what_counts(good: str) -> None:
    assert passwords.problem(good, "chuhe") is None


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("x7#kQ!vb2$L", "至少 12"),
        ("ab" + "x7" * 64, "最多 128"),
        ("1qaz2wsx3edc", "常见"),
        ("QWERTY123456", "常见"),
        ("woaini1314520", "常见"),
        ("P@ssw0rd2026!", "常见"),
        ("Administrator2026", "常见"),
        ("aaaaaaaaaaaaaa", "常见"),
        ("abcabcabcabc", "常见"),
        ("20262026202620262026", "常见"),
        ("abcdefghijklmn", "常见"),
        ("chuhe-2026-nanning", "账号"),
        ("MY-CHUHE-password", "账号"),
        ("guangxi-20261123", "系统名称"),
    ],
)
def test_what_is_easy_to_guess_is_refused(bad: str, words: str) -> None:
    assert words in (passwords.problem(bad, "chuhe") or "")


def test_the_shipped_list_is_worth_its_place() -> None:
    listed = passwords._common()
    assert 200 <= len(listed) <= 3000
    assert all(len(word) >= passwords.SHORTEST and word == word.casefold() for word in listed)


def test_passwords_are_kept_as_argon2id_at_the_minimum() -> None:
    kept = passwords.hashed("correct horse battery staple")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(kept, "correct horse battery staple")
    assert not passwords.matches(kept, "correct horse battery stapler")
    assert not passwords.matches("not a hash", "x")
    assert passwords.NOBODY.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.matches(passwords.NOBODY, "")


def test_five_failures_wait_fifteen_minutes_and_then_twice_as_long() -> None:
    waits = [ACCOUNT.wait(failures) for failures in range(12)]
    assert waits[:5] == [timedelta()] * 5
    minutes = [int(wait.total_seconds()) // 60 for wait in waits[5:]]
    assert minutes == [15, 30, 60, 120, 240, 240, 240]


def test_the_top_three_thousand_passwords_take_longer_than_a_month() -> None:
    total = sum((ACCOUNT.wait(failures) for failures in range(3000)), timedelta())
    assert total >= timedelta(days=30)


def test_an_office_shares_an_address() -> None:
    assert ADDRESS.wait(29) == timedelta()
    assert ADDRESS.wait(30) == timedelta(minutes=15)


def test_an_office_that_mistypes_all_day_is_not_locked_out() -> None:
    tries = Tries()
    for minute in range(0, 24 * 60, 2):
        tries = tries.more(ADDRESS, minute * 60)
        assert not tries.locked(minute * 60)
    assert tries.failures == 1
    for _ in range(28):
        tries = tries.more(ADDRESS, tries.last)
        assert not tries.locked(tries.last)
    assert tries.more(ADDRESS, tries.last).locked(tries.last)


@given(st.integers(0, 10_000), st.integers(0, 2**40))
def test_a_failure_never_shortens_the_wait(failures: int, now: int) -> None:
    before = Tries(failures, now)
    after = before.more(ACCOUNT, now)
    assert after.failures == failures + 1
    assert after.locked(now) == (after.failures >= 5)
    assert not after.locked(after.locked_until)
    assert ACCOUNT.wait(failures + 1) >= ACCOUNT.wait(failures)
    assert kept_seconds(after, now) >= 86400
    assert Tries.of(after.values()) == after


def code(at: datetime, steps: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(at + timedelta(seconds=30 * steps))


@pytest.mark.parametrize(
    ("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_code_may_be_one_step_off(steps: int, *, good: bool) -> None:
    assert (totp.step_of(code(NOW, steps), SECRET, NOW, 0) is not None) == good


def test_a_code_is_good_once_and_so_is_everything_before_it() -> None:
    step = totp.step_of(code(NOW), SECRET, NOW, 0)
    assert step is not None
    assert totp.step_of(code(NOW), SECRET, NOW, step) is None
    assert totp.step_of(code(NOW, -1), SECRET, NOW, step) is None
    assert totp.step_of(code(NOW, 1), SECRET, NOW, step) == step + 1


@pytest.mark.parametrize("wrong", ["", "12345", "1234567", "一二三四五六", "000000 "])
def test_anything_else_is_no_code(wrong: str) -> None:
    assert totp.step_of(wrong, SECRET, NOW, 0) is None
    assert totp.step_of(pyotp.TOTP(totp.NOBODY).at(NOW), "", NOW, 0) is None


def test_the_picture_is_an_svg_of_the_address() -> None:
    address = totp.address(SECRET, "chuhe")
    assert address.startswith("otpauth://totp/")
    assert f"secret={SECRET}" in address
    assert totp.picture(address).startswith("data:image/svg+xml;base64,")
    assert len(SECRET) == 32
    assert totp.new_secret("another token") != SECRET


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-11-23", "2026-11-23", 0),
        ("2026-11-23", "2026-11-24", 1),
        ("2026-11-20", "2026-11-23", 1),  # Friday to Monday
        ("2026-11-20", "2026-11-22", 0),  # over a weekend
        ("2026-11-02", "2026-11-23", 15),
        ("2026-11-24", "2026-11-23", 0),
    ],
)
def test_only_working_days_age_a_case(start: str, end: str, days: int) -> None:
    assert working_days(date.fromisoformat(start), date.fromisoformat(end)) == days


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 60))
def test_working_days_add_up(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    whole = [start + timedelta(days=n) for n in range(1, length + 1)]
    assert working_days(start, end) == sum(day.weekday() < 5 for day in whole)


@pytest.mark.parametrize(
    ("days_ago", "tone"), [(0, "fresh"), (1, "fresh"), (4, "soon"), (5, "soon"), (6, "late")]
)
def test_age_changes_colour_before_and_after_the_usual_time(days_ago: int, tone: str) -> None:
    monday = datetime(2026, 11, 23, 9, 0, tzinfo=BEIJING)
    assert age(monday - timedelta(days=days_ago), monday, 3)[1] == tone


def test_a_day_begins_at_midnight_in_beijing() -> None:
    late = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)  # 23:59
    assert age(late, late + timedelta(minutes=2), 3)[0] == 1


def test_reasons_are_those_of_the_rule_book() -> None:
    assert list(reasons.REASONS) == [*(f"R{n:02}" for n in range(1, 14)), "R99"]
    assert reasons.label("R08") == "材料不清晰或非本人"
    assert reasons.label("R55") == "R55"
    assert reasons.sentence("R08", "第二行") == "材料不清晰或非本人：第二行"
    assert reasons.sentence("R07") == "材料不全"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason("R08"), None),
        (Reason("R55"), "列表"),
        (Reason(""), "列表"),
        (Reason("R99"), "说明"),
        (Reason("R99", note="电话未接通"), None),
        (Reason("R01", note="长" * 201), "200"),
    ],
)
def test_a_reason_says_enough_and_not_too_much(reason: Reason, words: str | None) -> None:
    problem = reasons.problem(reason)
    assert (problem is None) if words is None else (problem is not None and words in problem)
