"""Laws of deadlines, waiting and overlap, and of who may sign for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.casework.machine import Go
from chalicelib.subsidy import checks
from chalicelib.subsidy.checks import Facts, OtherStay
from chalicelib.subsidy.states import ACTIONS, MACHINE
from tests.unit.subsidy_examples import DEMO, plan, stay

SIGNERS = ("first_reviewer", "second_reviewer", "batch_maker", "releaser")
days = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@dataclass(frozen=True)
class Insured:
    starts: date
    ends: date


@st.composite
def stays(draw: st.DrawFn) -> OtherStay:
    first = draw(days)
    return OtherStay("", first, first + timedelta(days=draw(st.integers(0, 20))))


@st.composite
def insured(draw: st.DrawFn) -> Insured:
    first = draw(days)
    return Insured(first, first + timedelta(days=draw(st.integers(0, 500))))


@given(days, st.integers(1, 400))
def test_working_days_are_counted_one_by_one(day: date, count: int) -> None:
    calendar = DEMO.calendar
    last = calendar.after(day, count)
    between = [day + timedelta(days=n) for n in range(1, (last - day).days + 1)]
    assert sum(map(calendar.works, between)) == count
    assert calendar.works(last)


@given(stays(), stays())
def test_overlap_is_mutual_and_means_a_shared_night_or_day(one: OtherStay, two: OtherStay) -> None:
    assert checks.overlapping(one, two) is checks.overlapping(two, one)
    nights = {
        stay.admission + timedelta(days=n)
        for stay in (one,)
        for n in range((stay.discharge - stay.admission).days)
    } & {two.admission + timedelta(days=n) for n in range((two.discharge - two.admission).days)}
    if nights:
        assert checks.overlapping(one, two)
    assert checks.overlapping(one, one)


@given(st.lists(insured(), max_size=5), insured(), days, st.integers(0, 60), st.integers(0, 60))
def test_no_other_period_makes_anybody_wait_longer_than_new(
    others: list[Insured], current: Insured, admission: date, new: int, renewed: int
) -> None:
    rules = plan(waiting_days_new=new, waiting_days_renewed=renewed)
    one = stay().model_copy(update={"admission": admission})
    clear = checks.clear_from(rules, one, Facts(admission, (*others, current)))
    covering = [p for p in (*others, current) if p.starts <= admission <= p.ends]
    assert (clear is None) is not bool(covering)
    if clear is not None:
        began = min(period.starts for period in covering)
        assert clear <= began + timedelta(days=max(new, renewed))


@given(days, days)
def test_in_time_is_a_matter_of_the_last_day_alone(settled: date, today: date) -> None:
    one = stay().model_copy(update={"settled": settled})
    clock = checks.remaining(DEMO, one, today)
    assert clock.last_day > settled
    assert checks.deadline(DEMO, one, Facts(today)).passed is (today <= clock.last_day)


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 4)), min_size=20, max_size=80))
def test_no_walk_releases_money_with_one_person_signing_twice(walk: list[tuple[int, int]]) -> None:
    """Five staff who hold every role try everything; the rules of the one transition stand."""
    state, facts = "new", dict.fromkeys((*SIGNERS, "account_checker"), -1)
    for choice, person in walk:
        moves = [a for a in ACTIONS if isinstance(MACHINE.rule(state, a), Go)]
        if not moves:
            return
        action = moves[choice % len(moves)]
        rule = MACHINE.rule(state, action)
        assert isinstance(rule, Go)
        if any(facts[fact] == person for fact in rule.differs_from):
            continue
        state = rule.to
        if rule.remember:
            facts[rule.remember] = person
        if action == "release":
            signed = [facts[signer] for signer in SIGNERS]
            assert -1 not in signed
            assert len(set(signed)) == len(SIGNERS)
            assert facts["account_checker"] != facts["releaser"]
