"""Gathering, releasing, dissolving: who is in a batch, who may sign, and what is left out."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.casework.case import Actor
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework
from chalicelib.core.errors import Conflict, NotAllowed, NotFound, Refused
from chalicelib.payout import service, worker
from chalicelib.payout.models import BatchState, LeftCode
from chalicelib.store import keys
from chalicelib.store.plans import PlanBook
from tests.fakes.cloud import Stage
from tests.fakes.payroom import MAKER, PLAN, RELEASER, PayRoom, person, wiped


@pytest.fixture
def room(stage: Stage) -> PayRoom:
    return PayRoom(stage)


def left(room: PayRoom, number: str) -> dict[str, str]:
    return {one.case_number: one.code for one in room.store.shown(number).left}


def limit(room: PayRoom, revision: int, **limits: object) -> None:
    """Publish a revision with other limits."""
    dump = PLAN.model_copy(update={"revision": revision}).model_dump(mode="json")
    dump["payout"] = dump["payout"] | limits
    book = PlanBook(room.world.database)
    now = room.stage.clock.now()
    book.publish(f"demo-2026.{revision}", dump, seen=revision - 1, account="ops", at=now)


# ---- gathering ----


def test_the_oldest_come_first_across_prefectures(room: PayRoom) -> None:
    places = ["南宁市", "来宾市", "柳州市", "来宾市", "南宁市"]
    cases = [room.grants.approved(place=place) for place in places]
    both = person("mia", "来宾市", "南宁市")
    number = room.gather(3, both)
    wanted = [case.number for case in cases if case.prefecture != "柳州市"][:3]
    assert sorted(room.payments(number)) == sorted(wanted)
    assert room.batch(number).total_fen == 3 * 12_345


def test_a_batch_ends_before_the_case_that_would_be_too_much(room: PayRoom) -> None:
    limit(room, 2, per_batch="300.00")
    cases = [room.grants.approved(amount) for amount in (10_000, 15_000, 6_000, 1_000)]
    first = room.gather()
    assert sorted(room.payments(first)) == [case.number for case in cases[:2]]
    assert room.batch(first).total_fen == 25_000
    assert sorted(room.payments(room.gather())) == [case.number for case in cases[2:]]


def test_what_cannot_be_gathered_is_named_and_waits(room: PayRoom) -> None:
    grants = room.grants
    maker = replace(MAKER, member_id="77")
    own = grants.approved(member="77")
    signed = grants.approved(first=Actor(Role.FIRST_REVIEWER, maker.account))
    huge = grants.approved(PLAN.payout.per_payment + 1)
    nothing = grants.approved(0)
    damaged = grants.approved(payee=None)
    busy = grants.approved()
    assert Casework(room.world).lease(busy.number, "anna")
    good = grants.approved()
    number = room.gather(who=maker)
    assert [*room.payments(number)] == [good.number]
    assert left(room, number) == {
        own.number: LeftCode.OWN,
        signed.number: LeftCode.SIGNED,
        huge.number: LeftCode.AMOUNT,
        nothing.number: LeftCode.AMOUNT,
        damaged.number: LeftCode.DAMAGED,
        busy.number: LeftCode.BUSY,
    }
    assert grants.now(own).state == "payable"


def test_a_queue_with_nothing_for_this_batch_ends_it(room: PayRoom) -> None:
    room.grants.approved(0)
    assert room.state(room.gather()) is BatchState.DISSOLVED


@pytest.mark.parametrize("count", [0, -1, 10_001])
def test_counts_beyond_the_plan_are_refused(room: PayRoom, count: int) -> None:
    with pytest.raises(Refused, match="10,000") as refused:
        service.build(room.world, MAKER, ["来宾市"], count, "op")
    assert [*refused.value.errors] == ["count"]


@pytest.mark.parametrize("places", [[], ["南宁市"], ["来宾市", "南宁市"]])
def test_nobody_gathers_outside_their_scope(room: PayRoom, places: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        service.build(room.world, MAKER, places, 10, "op")
    assert [*refused.value.errors] == ["prefectures"]


def test_without_a_plan_in_effect_there_are_no_limits(room: PayRoom) -> None:
    room.stage.clock.forward(days=-400)
    with pytest.raises(Refused, match="尚未发布"):
        service.build(room.world, MAKER, ["来宾市"], 10, "op")


def test_only_finance_builds(room: PayRoom) -> None:
    auditor = replace(MAKER, roles=frozenset([Role.AUDITOR]))
    with pytest.raises(NotAllowed):
        service.build(room.world, auditor, ["来宾市"], 10, "op")


def test_the_same_form_makes_one_batch(room: PayRoom) -> None:
    case = room.grants.approved()
    numbers = {service.build(room.world, MAKER, ["来宾市"], 10, "op") for _ in range(3)}
    room.work()
    assert len(numbers) == 1
    assert [batch.number for batch in service.listed(room.world, MAKER, None).batches] == [*numbers]
    assert [*room.payments(*numbers)] == [case.number]


def test_two_batches_at_once_share_the_queue(room: PayRoom) -> None:
    cases = {room.grants.approved().number for _ in range(6)}
    both = [
        service.build(room.world, who, ["来宾市"], 100, who.account) for who in (MAKER, RELEASER)
    ]
    first, second = room.queue.bodies
    room.queue.bodies[:] = [second, first, second, first]
    room.work()
    gathered = [set(room.payments(number)) for number in both]
    assert gathered[0] | gathered[1] == cases
    assert not gathered[0] & gathered[1]


def test_a_payment_that_another_worker_made_meanwhile_is_known_again(room: PayRoom) -> None:
    """The worker's own step is found by reading the case again, as it may: with a query."""
    case = room.grants.approved()
    client = room.world.aws.client("dynamodb")
    call, calls = client._make_api_call, list[str]()

    def first_another(operation: str, asked: Any) -> Any:
        joins = operation == "TransactWriteItems" and case.number in str(asked)
        if joins and "another's" not in calls:
            call(operation, asked)
            calls.append("another's")
        calls.append(operation)
        return call(operation, asked)

    client._make_api_call = first_another
    number = room.gather()
    mine, then = calls[calls.index("another's") + 1 :][:2]
    assert (mine, then) == ("TransactWriteItems", "Query")
    assert room.payments(number) == {case.number: "gathered"}
    assert (room.batch(number).gathered, room.batch(number).total_fen) == (1, 12_345)
    assert Casework(room.world).read(case.number).version == case.version + 1
    wiped(room.stage)
    assert room.examined() == []


def test_slices_go_on_where_the_last_one_ended(room: PayRoom) -> None:
    for _ in range(2 * worker.PAYMENTS // 100):
        room.grants.approved()
    number = service.build(room.world, MAKER, ["来宾市"], 100, "op")
    # one payment a slice: as if each took longer than a message may
    bodies = 0
    while room.queue.bodies:
        body = room.queue.bodies.pop()
        slow(room, body)
        bodies += 1
    assert bodies > 2
    assert room.state(number) is BatchState.READY
    assert room.batch(number).payments == 4


def slow(room: PayRoom, body: dict[str, str]) -> None:
    """Let a minute pass with each transaction of a slice."""
    events = room.world.database.client.meta.events

    def later(**_: object) -> None:
        room.stage.clock.forward(minutes=1)

    events.register("after-call.dynamodb.TransactWriteItems", later)
    worker.run(room.world, body)
    events.unregister("after-call.dynamodb.TransactWriteItems", later)


# ---- releasing ----


def test_nobody_releases_what_they_gathered(room: PayRoom) -> None:
    room.grants.approved()
    number = room.gather()
    with pytest.raises(NotAllowed, match="不同人员"):
        room.release(number, MAKER)
    assert room.state(number) is BatchState.READY


def test_what_the_releaser_may_not_sign_is_moved_out_and_named(room: PayRoom) -> None:
    grants = room.grants
    releaser = replace(RELEASER, member_id="88")
    own = grants.approved(member="88")
    reviewed = grants.approved(second=Actor(Role.SECOND_REVIEWER, releaser.account))
    good = grants.approved(5_000)
    number = room.gather()
    room.release(number, releaser)
    assert room.state(number) is BatchState.RELEASED
    assert left(room, number) == {own.number: LeftCode.OWN, reviewed.number: LeftCode.SIGNED}
    assert (room.batch(number).payments, room.batch(number).total_fen) == (1, 5_000)
    assert {grants.now(case).state for case in (own, reviewed)} == {"payable"}
    assert grants.now(good).facts["releaser"] == releaser.account
    again = room.gather()
    assert sorted(room.payments(again)) == sorted([own.number, reviewed.number])
    wiped(room.stage)
    assert room.examined() == []


def test_a_batch_of_which_nothing_may_be_released_ends(room: PayRoom) -> None:
    case = room.grants.approved(second=Actor(Role.SECOND_REVIEWER, RELEASER.account))
    number = room.gather()
    room.release(number)
    assert room.state(number) is BatchState.DISSOLVED
    assert room.grants.now(case).state == "payable"


def test_who_vouched_for_an_account_does_not_release_it(room: PayRoom) -> None:
    room.bank.refuses = {"6222020000000000017": "F01"}
    case = room.grants.approved()
    room.pay(room.gather())
    room.grants.repair(case)
    number = room.gather()
    room.release(number, person("cleo"))
    assert left(room, number) == {case.number: LeftCode.SIGNED}


def test_a_case_in_other_hands_is_waited_for(room: PayRoom) -> None:
    case, other = room.grants.approved(), room.grants.approved()
    number = room.gather()
    assert Casework(room.world).lease(case.number, "anna")
    room.release(number)
    assert room.state(number) is BatchState.RELEASING
    assert room.payments(number) == {case.number: "gathered", other.number: "released"}
    room.stage.clock.forward(minutes=16)
    worker.reconcile(room.world)
    room.work()
    assert room.state(number) is BatchState.RELEASED


def test_what_was_seen_is_what_is_released(room: PayRoom) -> None:
    room.grants.approved()
    number = room.gather()
    seen = room.batch(number).version
    with pytest.raises(Conflict):
        service.release(room.world, RELEASER, number, seen - 1, "op")
    service.release(room.world, RELEASER, number, seen, "op")
    service.release(room.world, RELEASER, number, seen, "op")
    with pytest.raises(Refused, match="放行中"):
        service.dissolve(room.world, MAKER, number, seen, "other")
    room.work()
    assert room.state(number) is BatchState.RELEASED


def test_a_dissolved_batch_gives_its_cases_back(room: PayRoom) -> None:
    cases = [room.grants.approved() for _ in range(3)]
    number = room.gather()
    service.dissolve(room.world, MAKER, number, room.batch(number).version, "op")
    room.work()
    assert room.state(number) is BatchState.DISSOLVED
    assert (room.batch(number).payments, room.batch(number).removed) == (0, 3)
    assert {room.grants.now(case).state for case in cases} == {"payable"}
    assert {room.grants.now(case).data["payment"] for case in cases} == {""}
    again = room.gather()
    assert {item.number for item in room.items(again)} == {
        keys.payment_number(case.number, 2) for case in cases
    }
    wiped(room.stage)
    assert room.examined() == []


def test_other_prefectures_batches_do_not_exist(room: PayRoom) -> None:
    room.grants.approved()
    number = room.gather()
    stranger = person("sam", "南宁市")
    for look in (
        lambda: service.read(room.world, stranger, number),
        lambda: service.release(room.world, stranger, number, 1, "op"),
        lambda: service.read(room.world, MAKER, "9" * 19),
        lambda: service.read(room.world, MAKER, "1" * 3000),
        lambda: service.read(room.world, MAKER, "../x"),
    ):
        with pytest.raises(NotFound):
            look()
    assert service.listed(room.world, stranger, None).batches == ()
