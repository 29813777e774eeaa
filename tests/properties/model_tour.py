"""A guided walk through the model: who presses what on the case at hand, and every wrong button."""

from collections.abc import Callable
from random import Random

from chalicelib.payout import service as payouts
from tests.properties.model_house import House


class Tour:
    """A guided walk over every edge; at each stop every wrong button is tried."""

    def __init__(self, house: House, dice: Random) -> None:
        self.house, self.dice = house, dice
        self.number = ""
        self.batch = ""
        self.payment = "", ""

    def go(self, *stops: str) -> None:
        for stop in stops:
            word, _, who = stop.partition(" ")
            getattr(self, word, self._decide(word))(*([who] if who else []))
            self.house.wrong_buttons(self.number)
            for each in ("beth", "fay", "olga", "nora"):
                self.house.wrong_people(self.number, self.house.staff[each])

    def _decide(self, action: str) -> Callable[[str], None]:
        def decide(who: str) -> None:
            assert self.decided(who, action), f"{action} never came about"

        return decide

    def decided(self, who: str, action: str) -> bool:
        """Decide; now and then the dice press on an old page, or give no reason."""
        before = self.house.book.cases[self.number].version
        for _try in range(20):
            self.house.decide(self.house.staff[who], self.number, action, "twice", self.dice)
            if self.house.book.cases[self.number].version > before:
                return True
        return False

    def claim(self, owner: str = "0") -> None:
        """Apply until the dice give a stay for which something is paid."""
        member = self.house.members[int(owner)]
        for _try in range(20):
            invoice = f"{len(self.house.book.cases):010d}"
            self.house.claim(member, invoice, "killed", self.dice)
            self.number = max(self.house.book.of("subsidy"), key=int)
            if self.house.worth(self.number):
                return

    def ask(self) -> None:
        self.house.ask_change(self.house.members[0], "killed", self.dice)
        self.number = max(self.house.book.of("change"), key=int)

    def again(self) -> None:
        before = self.house.book.cases[self.number].version
        while self.house.book.cases[self.number].version == before:
            if self.house.book.cases[self.number].kind == "change":
                self.house.ask_change_again(self.number, "killed", self.dice)
            else:
                invoice = self.house.book.cases[self.number].invoice
                self.house.claim_again(self.number, invoice, "killed", self.dice)

    def withdraw(self) -> None:
        self.house.withdraw(self.number, "twice", self.dice)

    def drop(self) -> None:
        self.house.drop(self.number, "twice", self.dice)

    def repair(self) -> None:
        before = self.house.book.cases[self.number].version
        while self.house.book.cases[self.number].version == before:
            self.house.repair(self.number, "twice", self.dice)

    def gathered(self) -> None:
        self.batch = self.house.gather(9, self.house.staff["fay"])
        self.house.check()

    def dissolved(self) -> None:
        house = self.house
        version = int(house.batch(self.batch).version)
        payouts.dissolve(house.world, house.staff["fay"], self.batch, version, house.op())
        house.work()
        house.check()

    def released(self) -> None:
        self.house.release(self.batch, self.house.staff["rex"])
        self.house.export(self.batch, self.house.staff["rex"])
        self.house.check()

    def says(self, outcome: str) -> None:
        word, _, code = outcome.partition(":")
        (item,) = self.house.items(self.batch)
        self.house.bank.take(self.house.file(self.batch))
        self.house.truth[item.number] = word, code
        self.house.said(self.batch, item, word, code)
        self.payment = self.batch, item.number

    def keeps(self, *stops: str) -> None:
        """Go on while the payment in doubt stays the one before."""
        payment = self.payment
        for stop in stops:
            self.go(stop)
            self.payment = payment

    def doubted(self, outcome: str) -> None:
        """Let the bank say something else of the last payment that it spoke of."""
        word, _, code = outcome.partition(":")
        (item,) = self.house.items(self.payment[0])
        self.house.lied.add(self.number)
        self.house.said(self.payment[0], item, word, code)

    def found(self, verdict: str) -> None:
        self.house.find_out(self.payment, verdict, "fay", "rex")
