"""A bank that said two things: two people say what is true, wherever the case is by then."""

from collections.abc import Callable

import pytest

from chalicelib.core.errors import Refused
from chalicelib.payout import service
from chalicelib.payout.models import BatchState, Dispute
from chalicelib.store import keys
from tests.fakes.cloud import Stage
from tests.fakes.light import lighten
from tests.fakes.matter import (
    Matter,
    contradicted,
    finish,
    to_batched,
    to_check,
    to_closed,
    to_payable,
    to_paying,
    to_repair,
)
from tests.fakes.payroom import MAKER, PayRoom

WAYS = [
    (to_repair, "account_repair"),
    (to_check, "account_check"),
    (to_payable, "payable"),
    (to_batched, "batched"),
    (to_paying, "paying"),
    (to_closed, "closed"),
]


@pytest.fixture
def matter(stage: Stage) -> Matter:
    lighten()
    return Matter(PayRoom(stage))


@pytest.mark.parametrize(("way", "state"), WAYS, ids=[state for _way, state in WAYS])
def test_it_was_not_paid_and_the_case_goes_on_where_it_is(
    matter: Matter, way: Callable[[Matter], None], state: str
) -> None:
    payment = contradicted(matter, way)
    assert matter.state == state
    matter.verified(payment, "failed")
    assert matter.state == state
    assert (matter.held, matter.listed(), matter.examined()) == (set(), [], [])
    assert matter.payment(payment).state == "failed"
    assert matter.actions()[-1] == "verify"
    finish(matter)
    assert matter.examined() == []


@pytest.mark.parametrize(("way", "state"), WAYS[:3], ids=[state for _way, state in WAYS[:3]])
def test_it_was_paid_and_the_case_is_closed(
    matter: Matter, way: Callable[[Matter], None], state: str
) -> None:
    payment = contradicted(matter, way)
    assert matter.state == state
    matter.verified(payment, "paid")
    assert matter.state == "closed"
    now = matter.room.grants.now(matter.case)
    assert (now.data["payment"], now.data["batch"]) == matter.place(payment)[::-1]
    batch = matter.room.batch(matter.batch_of(payment))
    assert (batch.paid, batch.paid_fen, batch.failed, batch.contradicted) == (1, 10_000, 0, 0)
    assert (matter.held, matter.listed(), matter.examined()) == (set(), [], [])
    assert matter.actions()[-1] == "verify_paid"


@pytest.mark.parametrize(("way", "state"), WAYS[3:5], ids=[state for _way, state in WAYS[3:5]])
def test_it_was_paid_while_another_batch_has_the_case(
    matter: Matter, way: Callable[[Matter], None], state: str
) -> None:
    """The sentence says what to do; once that batch is through, the word can be given."""
    payment = contradicted(matter, way)
    with pytest.raises(Refused, match="另一批次") as refused:
        matter.propose(payment, "paid")
    assert [*refused.value.errors] == ["verdict"]
    again = matter.batches[-1]
    if state == "batched":
        matter.room.release(again)  # the hold moves it out
        assert matter.room.payments(again) == {matter.case.number: "removed"}
    else:
        second = matter.room.grants.now(matter.case).data["payment"]
        matter.say(second, "failed", "F06")
    assert matter.state == "payable"
    matter.verified(payment, "paid")
    assert matter.state == "closed"
    assert matter.examined() == []


def test_paid_twice_is_named_until_the_money_is_back(
    matter: Matter, caplog: pytest.LogCaptureFixture
) -> None:
    payment = contradicted(matter, to_closed)
    second = matter.room.grants.now(matter.case).data["payment"]
    matter.verified(payment, "paid")
    assert matter.state == "closed"
    assert "payout_paid_twice" in caplog.messages
    assert matter.payment(payment).dispute == Dispute.DOUBLED
    assert matter.listed() == [payment], "it stays on the list"
    said = matter.examined()
    assert f"paid twice: {payment} and {second}" in said
    assert any("to be recovered" in one for one in said)
    for verdict in ("paid", "failed"):
        with pytest.raises(Refused, match="请选择"):
            matter.propose(payment, verdict)
    matter.verified(payment, "recovered")
    assert (matter.state, matter.held, matter.listed()) == ("closed", set(), [])
    assert matter.payment(payment).state == "failed"
    assert matter.room.grants.now(matter.case).data["payment"] == second
    assert matter.actions()[-2:] == ["verify_twice", "verify"]
    assert matter.examined() == []


@pytest.mark.parametrize(
    ("code", "state"), [("F02", "account_repair"), ("F06", "payable")], ids=["F02", "F06"]
)
def test_a_payment_came_back_after_all(matter: Matter, code: str, state: str) -> None:
    payment = matter.disputed("paid", "failed", code=code)
    assert matter.state == "closed"
    matter.verified(payment, "failed")
    assert matter.state == state
    assert matter.payment(payment).code == code
    batch = matter.room.batch(matter.batch_of(payment))
    assert (batch.paid, batch.paid_fen, batch.failed, batch.contradicted) == (0, 0, 1, 0)
    assert matter.examined() == []
    finish(matter)
    assert matter.room.grants.now(matter.case).data["payment"] != payment
    assert matter.examined() == []


def test_a_payment_that_was_made_stays_made(matter: Matter) -> None:
    payment = matter.disputed("paid", "failed")
    matter.verified(payment, "paid")
    assert (matter.state, matter.payment(payment).state) == ("closed", "paid")
    assert (matter.held, matter.examined()) == (set(), [])


def test_of_two_payments_in_dispute_the_first_was_the_true_one(matter: Matter) -> None:
    first = contradicted(matter, to_closed)
    second = matter.room.grants.now(matter.case).data["payment"]
    matter.say(second, "failed")
    assert len(matter.held) == 2
    matter.verified(first, "paid")
    assert matter.payment(first).dispute == Dispute.DOUBLED
    matter.verified(second, "failed")
    assert matter.state == "closed"
    assert matter.room.grants.now(matter.case).data["payment"] == first
    assert (matter.held, matter.listed(), matter.examined()) == (set(), [], [])


def test_of_two_payments_in_dispute_neither_was_made(matter: Matter) -> None:
    first = contradicted(matter, to_closed)
    second = matter.room.grants.now(matter.case).data["payment"]
    matter.say(second, "failed")
    matter.verified(second, "failed")
    assert matter.state == "account_repair"
    assert matter.held == {"/".join(matter.place(first))}, "one hold does not lift the other"
    to_payable(matter)
    held = matter.room.gather()
    assert matter.room.state(held) is BatchState.DISSOLVED
    matter.verified(first, "failed")
    finish(matter)
    assert matter.examined() == []


def test_a_file_that_needs_a_reason_needs_none_any_more(matter: Matter) -> None:
    payment = contradicted(matter, to_paying)
    again = matter.batches[-1]
    with pytest.raises(Refused, match="可能已经付过"):
        service.download(matter.room.world, MAKER, again, "csv", "")
    matter.verified(payment, "failed")
    assert service.download(matter.room.world, MAKER, again, "csv", "")


def test_a_batch_with_two_held_cases_is_feared_for_until_both_are_settled(matter: Matter) -> None:
    room = matter.room
    one, two = matter, Matter(room)
    number = room.gather()
    room.release(number)
    room.export(number)
    payments = [keys.payment_number(m.case.number, 1) for m in (one, two)]
    for each, payment in zip((one, two), payments, strict=True):
        each.batches.append(number)
        each.say(payment, "failed")
        to_payable(each)
    again = room.gather()
    room.release(again)
    room.export(again)
    for each, payment in zip((one, two), payments, strict=True):
        each.say(payment, "paid")
    one.verified(payments[0], "failed")
    assert room.batch(again).problem == "held"
    two.verified(payments[1], "failed")
    assert (room.batch(again).problem, room.batch(again).held) == (None, None)
