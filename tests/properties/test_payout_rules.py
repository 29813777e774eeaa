"""Any order of anything: people, messages, files, and a bank that reports as it likes.

Two people of finance press buttons on what they saw a while ago; messages are delivered late,
twice, beside one another or never; result files come in parts, again, overlapping and in another
order, and lie about what was settled before. Whatever happens, no case is paid twice, the doctor
finds nothing but the lies, and in the end everybody who may be paid is.
"""

from contextlib import suppress
from random import Random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from moto import mock_aws

from chalicelib.casework.case import Actor
from chalicelib.casework.machine import Role
from chalicelib.core.errors import AppError, Refused
from chalicelib.payout import service, settle, worker
from chalicelib.payout.models import BatchState, PaymentState
from chalicelib.payout.results import ResultRow
from chalicelib.store import keys
from chalicelib.store.payouts import HoldItem
from tests.fakes.cloud import make_stage
from tests.fakes.light import lighten
from tests.fakes.payroom import MAKER, RELEASER, PayRoom, person, wiped

PEOPLE = (MAKER, RELEASER, person("rosa"))
CODES = ("F02", "F06", "F01")
HELPED = (BatchState.READY, BatchState.RELEASED)
AFTER_EXPORT = (BatchState.EXPORTED, BatchState.SETTLED)
WHO = st.sampled_from(PEOPLE)
DICE = st.integers(0, 2**32).map(Random)


class Office(RuleBasedStateMachine):
    """People, worker and bank; `truth` is what the bank did with each payment number."""

    @initialize(dice=DICE)
    def open(self, dice: Any) -> None:
        self.room = PayRoom(make_stage())
        lighten()
        rita = Actor(Role.SECOND_REVIEWER, RELEASER.account)
        self.cases = [self.room.grants.approved(dice.randrange(1, 10**6)) for _ in range(3)]
        self.cases.append(self.room.grants.approved(second=rita))
        self.truth: dict[str, tuple[str, str]] = {}
        self.batches: list[str] = []
        self.presses = 0
        self.lied = set[str]()
        if dice.random() < 0.8:
            # most of the time the bank has a file already
            self.batches.append(self.room.gather(dice.randrange(2, 5)))
            self.room.release(self.batches[0], PEOPLE[2])
            self.room.export(self.batches[0])
            self._execute(self.batches[0], dice)

    # ---- people ----

    @rule(who=WHO, count=st.integers(1, 5))
    def build(self, who: Any, count: int) -> None:
        if len(self.batches) < 6:
            made = service.build(self.room.world, who, ["来宾市"], count, self.op())
            self.batches.append(made)

    @rule(who=WHO, dice=DICE, button=st.sampled_from(["release", "export", "release", "dissolve"]))
    @precondition(lambda self: self.batches)
    def press(self, who: Any, dice: Any, button: str) -> None:
        """Press a button, sometimes on a page that is out of date."""
        number = dice.choice(self.batches)
        version = int(self.room.batch(number).version) - (dice.random() < 0.1)
        with suppress(AppError):
            getattr(service, button)(self.room.world, who, number, version, self.op())

    @rule(who=WHO, dice=DICE)
    @precondition(lambda self: self.at(*AFTER_EXPORT))
    def hand_over(self, who: Any, dice: Any) -> None:
        """Take a file to the bank, perhaps for the second time; it executes each number once."""
        number = dice.choice(self.at(*AFTER_EXPORT))
        with suppress(Refused):
            service.download(self.room.world, who, number, "csv", dice.choice(["", "重传"]))
        self._execute(number, dice)

    @rule(dice=DICE)
    @precondition(lambda self: self.at(*HELPED))
    def help_on(self, dice: Any) -> None:
        """Press the button that a batch waits for, and let the worker do what it is asked."""
        number = dice.choice(self.at(*HELPED))
        waits = self.room.state(number) is BatchState.READY
        maker = self.room.batch(number).maker
        who = dice.choice([one for one in PEOPLE if one.account != maker])
        if waits:
            self.room.release(number, who)
        else:
            self.room.export(number, who)
        self.room.work()

    # ---- the platform ----

    @rule(dice=DICE, how=st.sampled_from(["once", "once", "once", "twice", "lost"]))
    @precondition(lambda self: self.room.queue.bodies)
    def deliver(self, dice: Any, how: str) -> None:
        bodies = self.room.queue.bodies
        body = bodies.pop(dice.randrange(len(bodies)))
        if how == "twice":
            bodies.append(body)
        if how != "lost":
            self.room.stage.clock.forward(seconds=1)
            worker.run(self.room.world, body)

    @rule()
    def tick(self) -> None:
        self.room.stage.clock.forward(minutes=11)
        worker.reconcile(self.room.world)

    # ---- the bank ----

    @rule(dice=DICE, rows=st.integers(1, 4))
    @precondition(lambda self: self.truth)
    def report(self, dice: Any, rows: int) -> None:
        """Report some payments of a batch, in any order, as often as it likes; lie at times."""
        number = dice.choice(self.at(*AFTER_EXPORT))
        items = [item for item in self.room.items(number) if item.number in self.truth]
        for line, item in enumerate(dice.choices(items, k=rows) if items else [], start=2):
            outcome, code = self.truth[item.number]
            if outcome == "unknown" and dice.random() < 0.5:
                outcome = "paid"
                self.truth[item.number] = outcome, code
            if item.state in (PaymentState.PAID, PaymentState.FAILED) and dice.random() < 0.25:
                outcome = "failed" if outcome == "paid" else "paid"
                code = "F02" if outcome == "failed" else ""
                self.lied.add(item.case_number)
            amount = int(item.amount_fen) + (dice.random() < 0.1)
            row = ResultRow(line, item.number, amount, outcome, code)
            settle.apply(self.room.world, number, row, f"{self.op()}:{line}")

    @rule(dice=DICE)
    def repair(self, dice: Any) -> None:
        case = dice.choice(self.cases)
        if self.room.grants.now(case).state == "account_repair":
            self.room.grants.repair(case)

    # ---- always ----

    @invariant()
    def nobody_is_paid_twice(self) -> None:
        if hasattr(self, "truth"):
            for case in self.cases:
                paid = [
                    n for n, (o, _) in self.truth.items() if n[:-2] == case.number and o == "paid"
                ]
                assert len(paid) <= 1

    def teardown(self) -> None:
        """Let everything come to its end, then look at everything."""
        if not hasattr(self, "truth"):
            return
        self.room.stage.clock.forward(minutes=20)
        for _round in range(8):
            self._settle_down()
        wiped(self.room.stage)
        lies = {where for where, what in self.room.examined() if "also said" in what}
        others = [found for found in self.room.examined() if "also said" not in found[1]]
        assert others == []
        assert lies == {c.number for c in self.cases if self._held(c.number)} <= self.lied
        for case in self.cases:
            paid = self.room.bank_paid(case.number, self.truth)
            closed = self.room.grants.now(case).state == "closed"
            assert paid == ([self.room.grants.now(case).data["amount"]] if closed else [])
            assert closed or self._held(case.number)

    def _settle_down(self) -> None:
        """Diligent people, a punctual platform, and a bank that has made up its mind."""
        room = self.room
        worker.reconcile(room.world)
        room.work()
        room.stage.clock.forward(minutes=20)
        for case in self.cases:
            if room.grants.now(case).state == "account_repair":
                room.grants.repair(case)
        if any(room.grants.now(case).state == "payable" for case in self.cases):
            self.batches.append(room.gather(10))
        for number in self.batches:
            self._see_through(number)

    def _see_through(self, number: str) -> None:
        room = self.room
        if room.state(number) is BatchState.READY:
            who = next(p for p in PEOPLE[::-1] if p.account != room.batch(number).maker)
            room.release(number, who)
        if room.state(number) is BatchState.RELEASED:
            room.export(number)
        if room.state(number) is BatchState.EXPORTED:
            for payment in room.bank.take(room.file(number)):
                self.truth.setdefault(payment, ("paid", ""))
            for line, item in enumerate(room.items(number), start=2):
                outcome, code = self.truth.get(item.number, ("", ""))
                if outcome == "unknown":
                    outcome, code = self.truth[item.number] = ("paid", "")
                if outcome:
                    row = ResultRow(line, item.number, int(item.amount_fen), outcome, code)
                    settle.apply(room.world, number, row, f"{self.op()}:{line}")
            room.settled(number)

    def _execute(self, number: str, dice: Any) -> None:
        """Let the bank have a file; it does each number once."""
        for payment in self.room.bank.take(self.room.file(number)):
            outcome = dice.choices(["paid", "failed", "unknown"], [5, 4, 2])[0]
            code = dice.choice(CODES) if outcome == "failed" else ""
            self.truth.setdefault(payment, (outcome, code))

    def _held(self, case_number: str) -> bool:
        return bool([*HoldItem.query(keys.hold(case_number))])

    def at(self, *states: BatchState) -> list[str]:
        return [number for number in self.batches if self.room.state(number) in states]

    def op(self) -> str:
        self.presses += 1
        return f"press-{self.presses}"


def test_any_order_of_anything() -> None:
    class Fresh(Office):
        def __init__(self) -> None:
            self.aws = mock_aws()
            self.aws.start()
            super().__init__()

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                self.aws.stop()

    examples = max(settings.default.max_examples // 12, 1)
    run_state_machine_as_test(
        Fresh, settings=settings(max_examples=examples, stateful_step_count=40)
    )
