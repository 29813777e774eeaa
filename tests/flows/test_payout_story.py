"""From 待打款 to 办结, through everything that a bank may say in between."""

import pytest

from chalicelib.payout.models import BatchState
from tests.fakes.cloud import Stage
from tests.fakes.grant import payee
from tests.fakes.payroom import PayRoom, wiped

BAD, UNSURE = "6222020000000000033", "6222020000000000041"


@pytest.fixture
def room(stage: Stage) -> PayRoom:
    return PayRoom(stage)


def test_a_failed_payment_is_mended_and_paid_with_the_next_batch(room: PayRoom) -> None:
    grants, bank = room.grants, room.bank
    good, bad, unsure = (
        grants.approved(10_000),
        grants.approved(20_050, payee=payee(BAD)),
        grants.approved(30_001, payee=payee(UNSURE)),
    )
    bank.refuses[BAD], bank.unsure = "F02", {UNSURE}
    batch = room.gather()
    assert room.state(batch) is BatchState.READY
    assert (room.batch(batch).payments, room.batch(batch).total_fen) == (3, 60_051)
    assert {grants.now(c).state for c in (good, bad, unsure)} == {"batched"}
    room.pay(batch)
    assert room.payments(batch) == {
        good.number: "paid",
        bad.number: "failed",
        unsure.number: "unknown",
    }
    assert [grants.now(c).state for c in (good, bad, unsure)] == [
        "closed",
        "account_repair",
        "paying",
    ]
    assert room.state(batch) is BatchState.EXPORTED
    assert [reason.code for reason in grants.now(bad).reasons] == ["F02"]

    mended = grants.repair(bad)
    second = room.gather()
    assert room.payments(second) == {bad.number: "gathered"}
    room.pay(second)
    assert room.state(second) is BatchState.SETTLED
    assert grants.now(mended).data["payment"] == f"{bad.number}02"

    bank.unsure = set()
    room.bring(batch, bank.report([f"{unsure.number}01"]))
    assert room.state(batch) is BatchState.SETTLED
    for case, amount in ((good, 10_000), (bad, 20_050), (unsure, 30_001)):
        assert grants.now(case).state == "closed"
        assert bank.paid(case.number) == [amount]
    room.stage.clock.forward(hours=1)
    wiped(room.stage)
    assert room.examined() == []
