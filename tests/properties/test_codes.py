"""Limits that roll with time, against counting one second after the other."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.web.codes import ADDRESS, PERSON, Limit, wait_seconds

NOW = 2000
limits = st.lists(st.builds(Limit, st.integers(1, 5), st.integers(1, 300)), min_size=1, max_size=3)
logs = st.lists(st.integers(NOW - 400, NOW), max_size=12).map(sorted)


def allowed(sent: list[int], at: int, rules: list[Limit]) -> bool:
    """Say whether one more send at that second keeps every window."""
    return all(sum(1 for past in sent if past > at - rule.seconds) < rule.count for rule in rules)


def brute_force(sent: list[int], now: int, rules: list[Limit]) -> int:
    wait = 0
    while not allowed(sent, now + wait, rules):
        wait += 1
    return wait


@given(logs, limits)
def test_the_wait_is_the_shortest_that_is_allowed(sent: list[int], rules: list[Limit]) -> None:
    assert wait_seconds(sent, NOW, rules) == brute_force(sent, NOW, rules)


@given(st.lists(st.integers(0, 40), max_size=60))
def test_no_window_is_ever_overfull_however_hard_one_presses(gaps: list[int]) -> None:
    rules = (Limit(1, 6), Limit(5, 60), Limit(10, 240))
    sent: list[int] = []
    now = NOW
    for gap in gaps:
        now += gap
        if wait_seconds(sent, now, rules) == 0:
            sent.append(now)
    for rule in rules:
        for start in sent:
            window = [at for at in sent if start <= at < start + rule.seconds]
            assert len(window) <= rule.count


@given(logs)
def test_waiting_as_told_is_enough(sent: list[int]) -> None:
    for rules in (PERSON, ADDRESS):
        wait = wait_seconds(sent, NOW, rules)
        assert wait_seconds(sent, NOW + wait, rules) == 0
