"""The real kind on the whole way: applied for, approved, refused by the bank, mended, paid."""

from collections.abc import Callable

import pytest

from chalicelib.casework.case import Actor
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework
from chalicelib.payout.models import BatchState
from chalicelib.subsidy import record, service
from chalicelib.subsidy.draft import Typed
from tests.fakes.bank import fen
from tests.fakes.cloud import Stage
from tests.fakes.payroom import PayRoom, person, wiped
from tests.flows import claiming

GIVEN, MENDED = "6225881414207430", "6222020000000000025"


@pytest.fixture
def room(stage: Stage) -> PayRoom:
    return PayRoom(stage)


def test_an_application_is_paid_on_the_account_that_was_mended(
    room: PayRoom, stage: Stage, enrol: Callable[..., str]
) -> None:
    member_id = enrol()
    case = claiming.payable(stage, claiming.claim(stage, member_id))
    statement = record.statement(stage.world.vault, case)
    room.bank.refuses[GIVEN] = "F02"
    first = room.gather()
    room.pay(first)
    now = room.grants.now(case)
    assert now.state == "account_repair"
    assert service.repairable(now) == ("account",)

    visit = claiming.asking(stage, member_id, case.number)
    typed = Typed({"account": MENDED, "bank": "别的银行"}, {}, str(now.version))
    mended = service.repair(visit, now, typed, "repair")
    checker = Actor(Role.FINANCE, "cleo")
    claiming.take(stage, mended, "confirm_account", checker)
    second = room.gather()
    room.release(second, person("cleo"))
    assert room.state(second) is BatchState.DISSOLVED, "who vouched for it does not release it"
    third = room.gather()
    room.pay(third)

    assert room.grants.now(case).state == "closed"
    orders = {n: o for n, o in room.bank.orders.items() if n.startswith(case.number)}
    assert {n: (o.account, o.outcome) for n, o in orders.items()} == {
        f"{case.number}01": (GIVEN, "failed"),
        f"{case.number}03": (MENDED, "paid"),
    }
    assert {fen(o.amount) for o in orders.values()} == {statement.amount_fen}
    history = [event.action for event in Casework(stage.world).history(case.number)]
    assert history[3:] == [
        *("batch", "release", "fail", "repair", "confirm_account"),
        *("batch", "unbatch", "batch", "release", "paid"),
    ]
    wiped(stage)
    assert room.examined() == []
