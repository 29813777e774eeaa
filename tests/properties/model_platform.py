"""What finance, the queues, the bank and the channels do in the model."""

from contextlib import suppress
from random import Random

from chalicelib.casework.machine import Role
from chalicelib.core.errors import AppError
from chalicelib.payout import disputes, settle, worker
from chalicelib.payout import service as payouts
from chalicelib.payout.models import BatchState, PaymentState
from chalicelib.payout.results import ResultRow
from chalicelib.store import keys
from chalicelib.store.payouts import PaymentItem
from chalicelib.web.staff import StaffPerson
from tests.properties.model_ground import POSTAL, Ground


class Platform(Ground):
    """Money on its way, and news."""

    # ---- finance, the platform, the bank ----

    def build(self, who: StaffPerson, count: int, how: str, dice: Random) -> None:
        operation = self.op()
        act = lambda: payouts.build(self.world, who, [POSTAL], count, operation)  # noqa: E731
        came = self.press(act, how, dice)
        if isinstance(came, str):
            self.batches.append(came)
        self.hold(
            came, "build", as_expected=Role.FINANCE in who.roles and POSTAL in who.prefectures
        )

    def button(self, who: StaffPerson, number: str, name: str, how: str, dice: Random) -> None:
        batch = self.batch(number)
        stale = dice.random() < 0.08
        version, operation = int(batch.version) - stale, self.op()
        before = {"release": "ready", "dissolve": "ready", "export": "released"}[name]
        own = name == "release" and batch.maker == who.account
        act = lambda: getattr(payouts, name)(  # noqa: E731
            self.world, who, number, version, operation
        )
        allowed = Role.FINANCE in who.roles and POSTAL in who.prefectures
        self.hold(
            self.press(act, how, dice),
            name,
            batch.state,
            as_expected=allowed and batch.state == before and not stale and not own,
        )

    def deliver(self, how: str, dice: Random) -> None:
        """Let the worker have a message: late, twice, killed at it, or never."""
        body = self.queue.bodies.pop(dice.randrange(len(self.queue.bodies)))
        self.stage.clock.forward(seconds=1)
        if how == "twice":
            self.queue.bodies.append(body)
        if how == "killed" and self._killed(
            lambda: worker.run(self.world, body), dice.randrange(60)
        ):
            self.queue.bodies.append(body)
        elif how in ("once", "twice"):
            worker.run(self.world, body)
        self.check()

    def tick(self) -> None:
        """Let the clock find what stands still."""
        self.stage.clock.forward(minutes=11)
        worker.reconcile(self.world)

    def hand_over(self, number: str, dice: Random) -> None:
        """Take a file to the bank, perhaps again; it executes each number once."""
        for payment in self.bank.take(self._file(number)):
            outcome = dice.choices(["paid", "failed", "unknown"], [5, 4, 2])[0]
            code = dice.choice(["F02", "F06", "F01"]) if outcome == "failed" else ""
            self.truth.setdefault(payment, (outcome, code))

    def report(self, number: str, rows: int, how: str, dice: Random) -> None:
        """Let the bank report, in any order, again, and at times against its own word."""
        items = [item for item in self.items(number) if item.number in self.truth]
        for line, item in enumerate(dice.choices(items, k=rows) if items else [], start=2):
            outcome, code = self.truth[item.number]
            if outcome == "unknown" and dice.random() < 0.5:
                outcome = "paid"
                self.truth[item.number] = outcome, code
            if item.state in (PaymentState.PAID, PaymentState.FAILED) and dice.random() < 0.1:
                outcome = "failed" if outcome == "paid" else "paid"
                code = "F02" if outcome == "failed" else ""
                self.lied.add(item.case_number)
            amount = int(item.amount_fen) + (dice.random() < 0.05)
            row = ResultRow(line, item.number, amount, outcome, code)
            source = f"{self.op()}:{line}"
            act = lambda row=row, s=source: settle.apply(self.world, number, row, s)  # noqa: E731
            came = self.press(act, how, dice)
            assert not isinstance(came, AppError), came
            self.check()

    def said(self, number: str, item: PaymentItem, word: str, code: str) -> None:
        """Let a file say one thing of one payment."""
        row = ResultRow(2, item.number, int(item.amount_fen), word, code)
        settle.apply(self.world, number, row, f"{self.op()}:2")
        self.check()

    def find_out(self, place: tuple[str, str], verdict: str, one: str, other: str) -> None:
        """One says what is true of a payment, the other confirms it."""
        asks, seconds = self.staff[one], self.staff[other]
        seen, operation = self.op(), self.op()
        disputes.propose(self.world, asks, place, (verdict, "复函"), seen)
        disputes.confirm(self.world, seconds, place, seen, operation)
        self.check()
        disputes.confirm(self.world, seconds, place, seen, operation)
        self.check()

    def ask_the_bank(self, dice: Random) -> None:
        """Settle a dispute by what the bank really did; who may not or cannot now is refused."""
        found = disputes.listed(self.world, self.staff["fay"])
        if not found:
            return
        item, _case = dice.choice(found)
        verdict = "paid" if self.truth[item.number][0] == "paid" else "failed"
        one, other = dice.sample(sorted(self.staff), 2)
        with suppress(AppError):
            self.find_out((keys.name_in(item.pk), item.number), verdict, one, other)
        self.check()

    def at(self, *states: BatchState) -> list[str]:
        return [number for number in self.batches if self.state(number) in states]

    def _file(self, number: str) -> bytes:
        files = payouts.read(self.world, self.staff["fay"], number).batch.files
        key, version = files["csv"].key, files["csv"].version
        answer = self.s3.get_object(
            Bucket=self.world.settings.documents_bucket, Key=key, VersionId=version
        )
        return bytes(answer["Body"].read())

    # ---- the way to the employee ----

    def relay(self, dice: Random, *, killed: bool = False) -> None:
        """Let the relay have some of what waits, in any order, some of it twice."""
        waiting = self.pipes.stream()
        dice.shuffle(waiting)
        some = waiting[: dice.randrange(len(waiting) + 1)]
        some += some[: dice.randrange(2)]
        if killed:
            self._killed(lambda: self.pipes.relay(some), dice.randrange(20))
        else:
            self.pipes.relay(some)

    def notify(self, channel: str, dice: Random, *, killed: bool = False) -> None:
        """Let a worker have some messages, in any order, some twice; killed ones come again."""
        bodies = self.pipes.queued[channel]
        dice.shuffle(bodies)
        cut = dice.randrange(len(bodies) + 1)
        some, rest = bodies[:cut], bodies[cut:]
        some += some[: dice.randrange(2)]
        back: list[str] = []

        def work() -> None:
            back.extend(self.pipes.work(channel, some))

        if not killed:
            work()
        elif self._killed(work, dice.randrange(25)):
            back = list(some)
            self.doubted.add(channel)
        self.pipes.queued[channel] = rest + back
