"""A kind of case that is paid, for tests only: the subsidy's states, and nothing but money in it."""

from typing import Any

from chalicelib.casework.case import Actor, Case, Event
from chalicelib.casework.kind import Kind, Panel, Payable, register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.core.errors import Broken
from chalicelib.store.transaction import Transaction
from chalicelib.subsidy.states import MACHINE
from chalicelib.world import World
from tests.fakes.cloud import Stage

FIRST = Actor(Role.FIRST_REVIEWER, "anna")
SECOND = Actor(Role.SECOND_REVIEWER, "bob")
CHECKER = Actor(Role.FINANCE, "cleo")


def _effects(
    _world: World, _transaction: Transaction, _before: Case | None, _after: Case, _event: Event
) -> None:
    """A grant touches nothing else."""


def _payable(_world: World, case: Case) -> Payable:
    data = case.data
    if "payee" not in data:
        raise Broken("damaged for a test")
    payee = data["payee"]
    return Payable(
        data["amount"], payee["holder"], payee["bank"], payee["branch"], payee["account"]
    )


GRANT = Kind(
    name="grant",
    prefix="GX",
    label="测试补助",
    machine=MACHINE,
    effects=_effects,
    panel=lambda _world, _case: Panel(()),
    href=lambda case: f"/grants/{case.number}",
    payable=_payable,
)


def payee(account: str = "6222020000000000017") -> dict[str, str]:
    return {"holder": "李示例", "bank": "示例银行", "branch": "来宾支行", "account": account}


class Grants:
    """Cases on their way to be paid."""

    def __init__(self, stage: Stage) -> None:
        register(GRANT)
        self.stage = stage

    @property
    def casework(self) -> Casework:
        return Casework(self.stage.world)

    def approved(
        self,
        amount: int = 123_45,
        *,
        place: str = "来宾市",
        member: str = "1001",
        first: Actor = FIRST,
        second: Actor = SECOND,
        **data: Any,
    ) -> Case:
        """Return a case that waits to be paid, one millisecond younger than the one before."""
        self.stage.clock.forward(milliseconds=1)
        data = {"amount": amount, "payee": payee(), "payments": 0, "payment": ""} | data
        me = Actor(Role.EMPLOYEE, member)
        case = self.casework.open(GRANT, member, place, Step("submit", me, self._op(), data=data))
        case = self.casework.advance(case, Step("approve", first, self._op()))
        return self.casework.advance(case, Step("approve", second, self._op()))

    def now(self, case: Case) -> Case:
        return self.casework.read(case.number)

    def repair(self, case: Case, account: str = "6222020000000000025") -> Case:
        """Let the employee mend the account and finance look at it."""
        now = self.now(case)
        me = Actor(Role.EMPLOYEE, case.member_id)
        data = {**now.data, "payee": payee(account)}
        mended = self.casework.advance(now, Step("repair", me, self._op(), data=data))
        return self.casework.advance(mended, Step("confirm_account", CHECKER, self._op()))

    def _op(self) -> str:
        return self.stage.ids.token()
