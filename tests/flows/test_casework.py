"""The one transition, with a kind of case that only tests know."""

from dataclasses import replace

import pytest

from chalicelib.casework import chain
from chalicelib.casework.case import Actor, Case, Reason
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.core.errors import AppError, Conflict, NotAllowed, NotFound, Refused
from chalicelib.store.cases import OutboxItem
from tests.fakes.cloud import Stage
from tests.fakes.parcel import PARCEL

ME = Actor(Role.EMPLOYEE, "1001")
FIRST = Actor(Role.FIRST_REVIEWER, "anna")
SECOND = Actor(Role.SECOND_REVIEWER, "bob")
WHY = (Reason("R08", "document:1", "看不清第二行"),)


@pytest.fixture
def casework(stage: Stage) -> Casework:
    register(PARCEL)
    return Casework(stage.world)


@pytest.fixture
def case(casework: Casework) -> Case:
    step = Step("submit", ME, "op-1", data={"what": "一本书"}, documents=["d1"])
    return casework.open(PARCEL, ME.id, "来宾", step)


def test_a_case_goes_from_hand_to_hand_and_its_history_is_whole(
    casework: Casework, case: Case, stage: Stage
) -> None:
    casework.apply(case.number, Step("approve", FIRST, "op-2"), version=1)
    stage.clock.forward(minutes=3)
    done = casework.apply(case.number, Step("approve", SECOND, "op-3"), version=2)
    assert (done.state, done.version) == ("done", 3)
    history = casework.history(case.number)
    assert [(e.from_state, e.to_state) for e in history] == [
        ("new", "first"),
        ("first", "second"),
        ("second", "done"),
    ]
    assert chain.broken_at(history) is None
    assert done.head == history[-1].hash
    assert chain.data_digest(done.data, done.documents) == history[-1].data_digest


@pytest.mark.parametrize("seq", [0, 1, 2])
def test_an_edited_dropped_or_swapped_event_shows(casework: Casework, case: Case, seq: int) -> None:
    casework.apply(case.number, Step("reject", FIRST, "op-2", reasons=WHY))
    casework.apply(case.number, Step("submit", ME, "op-3"))
    history = casework.history(case.number)
    edited = [*history]
    edited[seq] = replace(edited[seq], actor="mallory")
    assert chain.broken_at(edited) == seq + 1
    assert chain.broken_at(history[:seq] + history[seq + 1 :]) == (seq + 1 if seq < 2 else None)
    assert chain.broken_at(list(reversed(history))) == 1


def test_the_same_form_twice_is_one_case(casework: Casework, case: Case, stage: Stage) -> None:
    step = Step("submit", ME, "op-1", data={"what": "一本书"})
    assert casework.open(PARCEL, ME.id, "来宾", step).number == case.number
    assert len(casework.owned(ME.id, "parcel")) == 1
    first = casework.apply(case.number, Step("approve", FIRST, "op-2"))
    again = casework.apply(case.number, Step("approve", FIRST, "op-2"))
    assert (again.version, len(casework.history(case.number))) == (first.version, 2)


def test_four_eyes(casework: Casework, case: Case) -> None:
    casework.apply(case.number, Step("approve", FIRST, "op-2"))
    both = Actor(Role.SECOND_REVIEWER, "anna")
    with pytest.raises(NotAllowed, match="其他人员"):
        casework.apply(case.number, Step("approve", both, "op-3"))
    own = Actor(Role.SECOND_REVIEWER, "carl", member_id=ME.id)
    with pytest.raises(NotAllowed, match="本人"):
        casework.apply(case.number, Step("approve", own, "op-4"))


@pytest.mark.parametrize(
    ("step", "error", "words"),
    [
        (Step("approve", SECOND, "x"), NotAllowed, "权限"),
        (Step("delete", ME, "x"), Refused, "审核中"),
        (Step("submit", Actor(Role.EMPLOYEE, "2002"), "x"), Refused, "审核中"),
        (Step("reject", FIRST, "x"), Refused, "原因"),
        (Step("send_back", SECOND, "x", reasons=WHY), Refused, "环节"),
    ],
)
def test_what_may_not_be_is_refused_with_a_sentence(
    casework: Casework, case: Case, step: Step, error: type[AppError], words: str
) -> None:
    with pytest.raises(error, match=words):
        casework.apply(case.number, step)
    assert casework.read(case.number) == case


def test_what_was_seen_must_still_be_so(casework: Casework, case: Case) -> None:
    casework.apply(case.number, Step("reject", FIRST, "op-2", reasons=WHY), version=1)
    with pytest.raises(Conflict, match="他人"):
        casework.apply(case.number, Step("approve", FIRST, "op-3"), version=1)
    with pytest.raises(NotFound):
        casework.read("12345")


def test_a_lease_keeps_others_out_until_it_ends(
    casework: Casework, case: Case, stage: Stage
) -> None:
    other = Actor(Role.FIRST_REVIEWER, "carl")
    assert casework.lease(case.number, "anna")
    assert casework.lease(case.number, "anna")
    assert not casework.lease(case.number, "carl")
    with pytest.raises(Refused, match="正由其他"):
        casework.apply(case.number, Step("approve", other, "op-2"))
    casework.release(case.number, "carl")
    assert not casework.lease(case.number, "carl")
    stage.clock.forward(minutes=16)
    assert casework.lease(case.number, "carl")


def test_a_decision_ends_the_lease(casework: Casework, case: Case) -> None:
    assert casework.lease(case.number, "anna")
    casework.apply(case.number, Step("approve", FIRST, "op-2"))
    assert casework.lease(case.number, "bob"), "the second review need not wait for the first one"


def test_queues_hold_open_states_only(casework: Casework, case: Case) -> None:
    assert [c.number for c in casework.queue("first", "来宾")] == [case.number]
    assert casework.queue("first", "南宁") == []
    casework.apply(case.number, Step("approve", FIRST, "op-2"))
    assert casework.queue("first", "来宾") == []
    casework.apply(case.number, Step("approve", SECOND, "op-3"))
    assert casework.queue("second", "来宾") == []
    assert [c.state for c in casework.owned(ME.id, "parcel")] == ["done"]


def test_remarks_are_sealed_and_each_event_waits_for_the_topic(
    casework: Casework, case: Case, stage: Stage
) -> None:
    casework.apply(case.number, Step("reject", FIRST, "op-2", reasons=WHY))
    stored = casework.read(case.number).reasons[0]
    assert stored.note != WHY[0].note
    assert casework.open_note(case.number, stored.note) == WHY[0].note
    waiting = [item for shard in range(4) for item in OutboxItem.waiting.query(f"outbox-{shard}")]
    assert len(waiting) == 2
    assert "一本书" not in "".join(item.body for item in waiting)
