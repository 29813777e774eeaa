"""Every call of every flow fails once in each way; the story must end as it does undisturbed.

A story is told once to learn its calls. Then each call of each act fails: the container is killed
before it or behind it, its answer is lost, its connection is refused, it is throttled, it is
answered by 500 though it was done. People press again with the same form, or open the page again;
stream, queues and clock deliver again. What is kept and what was sent must then be the same.

Then pairs: a second call fails in what follows the first. They are drawn, the same each time; some do
not come to the second, and are not counted.

`HYPOTHESIS_PROFILE=deep` tries all six ways at every call, and 80 pairs in each act; else each
write meets the two nastiest, every sixth reading one of them, and each act one pair.
"""

import random
from collections import Counter
from collections.abc import Iterator

import pytest
from chalice.test import Client
from moto import mock_aws

from tests import figures
from tests.faults.stories import STORIES, Story
from tests.faults.telling import DEEP, Act, Telling
from tests.faults.wire import Fault

PAIRS = 80 if DEEP else 1
NASTIEST = (Fault.LOST, Fault.KILLED_AFTER)
READS = ("Get", "Query", "Batch", "Decrypt", "Head", "Scan")


@pytest.fixture(scope="module", autouse=True)
def _assets() -> None:
    from infra import assets

    assets.build()


@pytest.fixture
def telling() -> Iterator[Telling]:
    from app import app

    with mock_aws(), Client(app) as client:
        yield Telling(client, app)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_every_call_fails_once(telling: Telling, story: Story) -> None:
    story.prepare(telling)
    outcomes: Counter[str] = Counter()
    for act, following in zip(story.acts, [*story.acts[1:], None], strict=True):
        before = telling.save()
        telling.tell(act)
        if act.faults:
            _disturb(telling, act, following, before, outcomes)
    _tell_of(story, outcomes)


def plans(name: str, calls: list[str]) -> Iterator[dict[int, Fault]]:
    """Yield what is tried in an act; always the same."""
    for at, call in enumerate(calls):
        for fault in faults_at(at, call):
            yield {at: fault}
    dice = random.Random(name)
    for _pair in range(PAIRS):
        first = dice.randrange(len(calls))
        second = first + dice.randint(1, len(calls))
        yield {first: dice.choice([*Fault]), second: dice.choice([*Fault])}


def faults_at(at: int, call: str) -> tuple[Fault, ...]:
    """Return what is tried at a call alone."""
    if DEEP:
        return tuple(Fault)
    if call.partition(".")[2].startswith(READS):
        return (NASTIEST[at // 6 % 2],) if at % 6 == 0 else ()
    return NASTIEST


def _disturb(
    t: Telling, act: Act, following: Act | None, before: object, outcomes: Counter[str]
) -> None:
    calls, expected, after = [*t.wire.passed], t.dump(), t.save()
    t.well()
    assert calls
    after_next = _next(t, following) if act.proved else None
    for plan in plans(act.name, calls):
        t.restore(before)
        said = ", ".join(f"{fault} at {act.name}, call {at}" for at, fault in plan.items())
        try:
            t.tell(act, plan)
            assert len(plan) > len(t.wire.plan)
            found = t.dump()
            t.well()
        except AssertionError as wrong:
            raise AssertionError(f"{said}: {wrong}") from wrong
        _same(found, expected, t.unknown, said)
        if act.proved:
            assert _next(t, following) == after_next, said
        if not t.wire.plan:
            outcomes["points" if len(plan) == 1 else "pairs"] += 1
        outcomes["named unknown"] += t.unknown
    t.restore(after)


def _next(t: Telling, following: Act | None) -> Counter[str] | None:
    if following is None:
        return None
    t.tell(following)
    return t.dump()


def _same(found: Counter[str], expected: Counter[str], unknown: int, said: str) -> None:
    """Compare: what an SMS provider knows and we cannot is named unknown; all else is as it should be."""
    more, less = found - expected, expected - found
    # who looks again has looked again
    more = Counter({k: n for k, n in more.items() if not ('"audit#' in k and k in expected)})
    if unknown:
        more = Counter({k: n for k, n in more.items() if '"unknown"' not in k})
        less = Counter(
            {k: n for k, n in less.items() if "delivery#" not in k and not k.startswith("sms ")}
        )
    assert not more, f"{said}: doubled or odd: {more}, instead of {less}"
    assert not less, f"{said}: lost: {less}"


def _tell_of(story: Story, outcomes: Counter[str]) -> None:
    assert outcomes["points"]
    figures.note(f"faults: {story.name}", outcomes["points"])
    figures.note("faults: all", outcomes["points"])
    figures.note("faults: two in one act", outcomes["pairs"])
    figures.note("faults: lost or doubled", 0)
    figures.note("faults: SMS named unknown, never sent twice", outcomes["named unknown"])
