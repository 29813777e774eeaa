"""The house against its book: any order of anything, for thousands of steps.

`HYPOTHESIS_PROFILE=deep` walks more than 10,000 steps; the tour takes every edge of both tables
each time, and tries every action where it does not belong.
"""

from collections.abc import Iterator
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from moto import mock_aws

from chalicelib.payout.models import BatchState
from tests import figures
from tests.fakes.cloud import make_stage
from tests.fakes.pipes import CHANNELS
from tests.properties.model_book import ELSEWHERE, TABLES
from tests.properties.model_ground import WAYS
from tests.properties.model_house import House
from tests.properties.model_tour import Tour

DICE = st.integers(0, 2**32).map(Random)
HOW = st.sampled_from(WAYS)
AFTER_EXPORT = (BatchState.EXPORTED, BatchState.SETTLED)
MOST_CASES = 10
DEEP_STEPS = 10_000
ALL_PAIRS = {
    (kind, state, action)
    for kind, table in TABLES.items()
    for state in {one for one, _ in table} | {edge.to for edge in table.values()}
    for action in {name for _, name in table}
}
LEGAL = {(kind, *pair) for kind, table in TABLES.items() for pair in table}


class Walk(RuleBasedStateMachine):
    """Rules draw who does what to which case; the house knows what must come of it."""

    steps = 0
    kills = 0
    gone: ClassVar[set[tuple[str, str, str]]] = set()
    refused: ClassVar[set[tuple[str, str, str]]] = set()

    @initialize(dice=DICE)
    def open(self, dice: Random) -> None:
        self.house = House(make_stage())
        guide = Tour(self.house, dice)
        for _ in range(4):
            guide.claim()
            ways = dice.choice([[], ["anna"], ["anna", "bob"], ["anna", "bob"], ["anna", "bob"]])
            all(guide.decided(who, "approve") for who in ways)
        self.ask(dice, "once")
        if self.house.book.of("subsidy", "payable") and dice.random() < 0.7:
            guide.gathered()
            self.house.batches.append(guide.batch)
            guide.released()
            if dice.random() < 0.7:
                self.house.hand_over(guide.batch, dice)

    def _case(self, dice: Random, kind: str = "subsidy", *states: str) -> str:
        found = self.house.book.of(kind, *states)
        return dice.choice(found or self.house.book.of(kind))

    # ---- employees ----

    @rule(dice=DICE, how=HOW)
    def claim(self, dice: Random, how: str) -> None:
        if len(self.house.book.cases) < MOST_CASES:
            invoice = f"{dice.randrange(8):010d}"
            self.house.claim(dice.choice(self.house.members), invoice, how, dice)

    @rule(dice=DICE, how=HOW)
    def ask(self, dice: Random, how: str) -> None:
        if len(self.house.book.cases) < MOST_CASES:
            self.house.ask_change(dice.choice(self.house.members), how, dice)

    @rule(dice=DICE, how=HOW, likely=st.integers(0, 9))
    def send_again(self, dice: Random, how: str, likely: int) -> None:
        book, where = self.house.book, ("draft",) if likely else ()
        kind = dice.choice(["subsidy", "change"])
        if not book.of(kind):
            return
        number = self._case(dice, kind, *where)
        if kind == "change":
            self.house.ask_change_again(number, how, dice)
        else:
            invoice = dice.choice([book.cases[number].invoice, f"{dice.randrange(8):010d}"])
            self.house.claim_again(number, invoice, how, dice)

    @rule(dice=DICE, how=HOW, likely=st.integers(0, 9))
    def back_out(self, dice: Random, how: str, likely: int) -> None:
        kind = dice.choice(["subsidy", "subsidy", "change"])
        if self.house.book.of("change") and kind == "change":
            self.house.drop(self._case(dice, kind, *(("draft",) if likely else ())), how, dice)
        elif dice.random() < 0.3:
            self.house.drop(self._case(dice, "subsidy", "draft"), how, dice)
        else:
            self.house.withdraw(self._case(dice, "subsidy", "first_review"), how, dice)

    @rule(dice=DICE, how=HOW)
    def repair(self, dice: Random, how: str) -> None:
        self.house.repair(self._case(dice, "subsidy", "account_repair"), how, dice)

    @rule(dice=DICE)
    def meddle(self, dice: Random) -> None:
        number = dice.choice(list(self.house.book.cases))
        self.house.meddle(number, dice.choice(["withdraw", "delete", "repair"]))

    # ---- staff ----

    @rule(dice=DICE, how=HOW, likely=st.integers(0, 9))
    def decide(self, dice: Random, how: str, likely: int) -> None:
        """Press a button of a case; most of the time one that is there, and by who may."""
        house = self.house
        number = dice.choice(list(house.book.cases))
        one = house.book.cases[number]
        people = list(house.staff.values())
        options = [
            (who, action)
            for state, action in TABLES[one.kind]
            for who in people
            if state == one.state and house.book.allows(who, number, action, house.now())
        ]
        if likely and options:
            # approvals carry cases on to where the money is
            onward = [pair for pair in options if pair[1] in ("approve", "confirm_account")]
            who, action = dice.choice(onward if onward and dice.random() < 0.6 else options)
        else:
            who = dice.choice(people)
            action = dice.choice(sorted({action for _, action in TABLES[one.kind]}))
        if action not in ELSEWHERE:
            house.decide(who, number, action, how, dice)

    @rule(dice=DICE)
    @precondition(lambda self: self.house.pressed)
    def press_again(self, dice: Random) -> None:
        self.house.press_again(*dice.choice(self.house.pressed))

    @rule(dice=DICE)
    def look(self, dice: Random) -> None:
        who = dice.choice(list(self.house.staff.values()))
        self.house.look(who, dice.choice(list(self.house.book.cases)))

    @rule(dice=DICE)
    @precondition(lambda self: self.house.book.leases)
    def leave(self, dice: Random) -> None:
        number = dice.choice(list(self.house.book.leases))
        holder = self.house.book.leases[number][0]
        who = dice.choice([holder, dice.choice(list(self.house.staff))])
        self.house.leave(self.house.staff[who], number)

    @rule(dice=DICE)
    def wrong_buttons(self, dice: Random) -> None:
        self.house.wrong_buttons(dice.choice(list(self.house.book.cases)))

    @rule(dice=DICE)
    def wrong_people(self, dice: Random) -> None:
        who = dice.choice(list(self.house.staff.values()))
        self.house.wrong_people(dice.choice(list(self.house.book.cases)), who)

    # ---- money ----

    @rule(dice=DICE, how=HOW)
    def build(self, dice: Random, how: str) -> None:
        if len(self.house.batches) < 6 and self.house.book.of("subsidy", "payable"):
            who = dice.choice(list(self.house.staff.values()))
            self.house.build(who, dice.randrange(1, 5), how, dice)

    @rule(dice=DICE, how=HOW, likely=st.integers(0, 9))
    @precondition(lambda self: self.house.batches)
    def button(self, dice: Random, how: str, likely: int) -> None:
        house = self.house
        number = dice.choice(house.at(BatchState.READY, BatchState.RELEASED) or house.batches)
        name = "export" if house.state(number) is BatchState.RELEASED else "release"
        if not likely:
            name = dice.choice(["release", "dissolve", "export", "dissolve"])
        house.button(dice.choice(list(house.staff.values())), number, name, how, dice)

    @rule(dice=DICE, how=st.sampled_from(["once", "once", "once", "twice", "lost", "killed"]))
    @precondition(lambda self: self.house.queue.bodies)
    def deliver(self, dice: Random, how: str) -> None:
        self.house.deliver(how, dice)

    @rule()
    @precondition(lambda self: self.house.batches)
    def tick(self) -> None:
        self.house.tick()

    @rule(dice=DICE)
    @precondition(lambda self: self.house.at(*AFTER_EXPORT))
    def hand_over(self, dice: Random) -> None:
        self.house.hand_over(dice.choice(self.house.at(*AFTER_EXPORT)), dice)

    @rule(dice=DICE, rows=st.integers(1, 3), how=HOW)
    @precondition(lambda self: self.house.truth)
    def report(self, dice: Random, rows: int, how: str) -> None:
        self.house.report(dice.choice(self.house.at(*AFTER_EXPORT)), rows, how, dice)

    @rule(dice=DICE)
    @precondition(lambda self: self.house.lied)
    def find_out(self, dice: Random) -> None:
        """Two people ask the bank for the truth, and say it."""
        self.house.ask_the_bank(dice)

    # ---- news ----

    @rule(dice=DICE, killed=st.sampled_from([False, False, True]))
    def relay(self, dice: Random, *, killed: bool) -> None:
        self.house.relay(dice, killed=killed)

    @rule(
        dice=DICE, channel=st.sampled_from(CHANNELS), killed=st.sampled_from([False, False, True])
    )
    @precondition(lambda self: any(self.house.pipes.queued.values()))
    def notify(self, dice: Random, channel: str, *, killed: bool) -> None:
        self.house.notify(channel, dice, killed=killed)

    def check_invariants(self, *args: Any, **kwargs: Any) -> None:
        """Hypothesis calls this after each step."""
        type(self).steps += 1
        if hasattr(self, "house"):
            self.house.check()
        super().check_invariants(*args, **kwargs)  # type: ignore[no-untyped-call]

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.house.finish()
            self.gone.update(self.house.book.gone)
            self.refused.update(self.house.book.refused)
            type(self).kills += self.house.kills


def test_any_order_of_anything() -> None:
    class Fresh(Walk):
        gone: ClassVar[set[tuple[str, str, str]]] = set()
        refused: ClassVar[set[tuple[str, str, str]]] = set()

        def __init__(self) -> None:
            self.aws = mock_aws()
            self.aws.start()
            super().__init__()

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                self.aws.stop()

    deep = settings.default.max_examples >= 1000
    most = settings(max_examples=12 if deep else 5, stateful_step_count=240 if deep else 50)
    while not Fresh.steps or (deep and Fresh.steps < DEEP_STEPS):
        run_state_machine_as_test(Fresh, settings=most)
    figures.note("model: steps walked at random", Fresh.steps)
    figures.note("model: processes killed", Fresh.kills)
    figures.note("model: edges walked at random", f"{len(Fresh.gone)} of {len(LEGAL)}")
    figures.note("model: refused edges met at random", len(Fresh.refused))


@pytest.fixture
def house() -> Iterator[House]:
    with mock_aws():
        yield House(make_stage())


def test_a_tour_over_every_edge_and_into_every_wall(house: House) -> None:
    tour = Tour(house, Random(7))
    house.wrong_beginnings()
    tour.go("ask", "approve anna", "send_back bob", "reject anna", "again", "approve anna")
    tour.go("reject bob", "again", "approve anna", "approve bob")
    tour.go("ask", "reject anna", "drop")
    tour.go("claim", "withdraw", "again", "approve anna", "send_back bob", "approve anna")
    tour.go("reject bob", "again", "reject anna", "drop")
    tour.go("claim", "refuse anna", "claim", "approve anna", "refuse bob")
    tour.go("claim", "approve anna", "approve bob", "gathered", "dissolved", "gathered", "released")
    tour.go("says unknown", "says failed:F02", "repair", "reject_account fay", "repair")
    tour.go("confirm_account gus", "gathered", "released", "says failed:F06")
    tour.go("gathered", "released", "says paid")
    tour.go("claim", "approve anna", "approve bob", "gathered", "released", "says failed:F02")
    tour.go("doubted paid", "found failed", "repair", "found failed", "confirm_account gus")
    tour.go("found failed", "gathered", "found failed", "released", "found failed")
    tour.keeps("says paid", "found paid", "found recovered")
    tour.go("claim 1", "approve anna", "approve bob", "gathered", "released", "says failed:F02")
    tour.go("doubted paid", "found paid")
    tour.go("claim 1", "approve anna", "approve bob", "gathered", "released", "says failed:F02")
    tour.go("repair", "doubted paid", "found paid")
    tour.go("claim 2", "approve anna", "approve bob", "gathered", "released", "says paid")
    tour.go("doubted failed:F02", "found failed")
    tour.go("claim 2", "approve anna", "approve bob", "gathered", "released", "says failed:F06")
    tour.go("doubted paid", "found paid", "found failed")
    house.finish()
    refused = ALL_PAIRS - LEGAL
    figures.note("model: legal edges taken on the tour", f"{len(house.book.gone)} of {len(LEGAL)}")
    tried = len(house.book.refused)
    figures.note("model: refused edges tried on the tour", f"{tried} of {len(refused)}")
    assert house.book.gone == LEGAL
    assert house.book.refused == refused
