"""One case with its payments, and a bank that says of them what it likes."""

from collections.abc import Callable

from chalicelib.casework import chain
from chalicelib.casework.case import Actor
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.payout import disputes, settle
from chalicelib.payout.results import ResultRow
from chalicelib.store import keys
from chalicelib.store.payouts import HoldItem, PaymentItem
from chalicelib.web.staff import StaffPerson
from tests.fakes.payroom import MAKER, RELEASER, PayRoom, wiped


class Matter:
    """One case, its batches, and what the bank says of its payments."""

    def __init__(self, room: PayRoom) -> None:
        self.room = room
        self.case = room.grants.approved(10_000)
        self.batches: list[str] = []
        self.lines = 0

    def pay(self) -> str:
        """Gather, release and export; returns the number of the payment."""
        number = self.room.gather()
        self.room.release(number)
        self.room.export(number)
        self.batches.append(number)
        (item,) = [i for i in self.room.items(number) if i.case_number == self.case.number]
        return item.number

    def say(self, payment: str, outcome: str, code: str = "F02") -> settle.Outcome:
        self.lines += 1
        row = ResultRow(2, payment, 10_000, outcome, code if outcome == "failed" else "")
        number = self.batch_of(payment)
        done = settle.apply(self.room.world, number, row, f"file-{self.lines}:2")
        self.room.settled(number)
        return done

    def disputed(self, *words: str, code: str = "F02") -> str:
        """Pay once, and let the bank say this and then that."""
        payment = self.pay()
        for word in words or ("failed", "paid"):
            self.say(payment, word, code)
        return payment

    def batch_of(self, payment: str) -> str:
        return next(
            number
            for number in self.batches
            if any(item.number == payment for item in self.room.items(number))
        )

    def place(self, payment: str) -> tuple[str, str]:
        return self.batch_of(payment), payment

    def propose(
        self, payment: str, verdict: str, who: StaffPerson = MAKER, reason: str = "复函 12 号"
    ) -> str:
        operation = self.room.op()
        said = (verdict, reason)
        disputes.propose(self.room.world, who, self.place(payment), said, operation)
        return operation

    def confirm(
        self, payment: str, seen: str, who: StaffPerson = RELEASER, operation: str = ""
    ) -> None:
        operation = operation or self.room.op()
        disputes.confirm(self.room.world, who, self.place(payment), seen, operation)

    def verified(self, payment: str, verdict: str) -> None:
        self.confirm(payment, self.propose(payment, verdict))

    def payment(self, payment: str) -> PaymentItem:
        number = self.batch_of(payment)
        return next(item for item in self.room.items(number) if item.number == payment)

    @property
    def state(self) -> str:
        return self.room.grants.now(self.case).state

    @property
    def held(self) -> set[str]:
        found = [*HoldItem.query(keys.hold(self.case.number))]
        return set().union(*(item.payments or set() for item in found))

    def actions(self) -> list[str]:
        history = Casework(self.room.world).history(self.case.number)
        assert chain.broken_at(history) is None
        return [event.action for event in history]

    def examined(self) -> list[str]:
        wiped(self.room.stage)
        return [what for _where, what in self.room.examined()]

    def listed(self) -> list[str]:
        return [item.number for item, _case in disputes.listed(self.room.world, MAKER)]


def to_repair(_matter: Matter) -> None:
    """The case waits for its employee, as the failure left it."""


def to_check(matter: Matter) -> None:
    grants = matter.room.grants
    me = Actor(Role.EMPLOYEE, matter.case.member_id)
    grants.casework.advance(grants.now(matter.case), Step("repair", me, matter.room.op()))


def to_payable(matter: Matter) -> None:
    matter.room.grants.repair(matter.case)


def to_batched(matter: Matter) -> None:
    to_payable(matter)
    # gathered before the bank contradicts itself, as the hold stops it after
    matter.batches.append(matter.room.gather())


def to_paying(matter: Matter) -> None:
    to_payable(matter)
    matter.pay()


def to_closed(matter: Matter) -> None:
    to_payable(matter)
    assert matter.say(matter.pay(), "paid").kind is settle.Kind.APPLIED


def contradicted(matter: Matter, way: Callable[[Matter], None]) -> str:
    """Let the first payment fail, the case go on, and the bank say then that it was paid."""
    payment = matter.disputed("failed")
    way(matter)
    assert matter.say(payment, "paid").kind is settle.Kind.PROBLEM
    assert matter.held == {"/".join(matter.place(payment))}
    assert matter.listed() == [payment]
    return payment


def finish(matter: Matter) -> None:
    """Let the case be paid by whatever batch has it, or the next."""
    room = matter.room
    if matter.state == "account_repair":
        to_check(matter)
    if matter.state == "account_check":
        cleo = Actor(Role.FINANCE, "cleo")
        now = room.grants.now(matter.case)
        room.grants.casework.advance(now, Step("confirm_account", cleo, room.op()))
    if matter.state == "batched":
        room.release(matter.batches[-1])
        room.export(matter.batches[-1])
    if matter.state == "payable":
        matter.pay()
    if matter.state == "paying":
        now = room.grants.now(matter.case)
        assert matter.say(now.data["payment"], "paid").kind is settle.Kind.APPLIED
    assert matter.state == "closed"
