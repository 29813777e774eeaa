"""The doctor examines while people work: what moved in between is not an illness."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.casework.case import Actor, Case
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.store import keys
from chalicelib.store.cases import LockItem
from infra import doctor
from tests.fakes.cloud import Stage
from tests.fakes.phone import Phone
from tests.flows.changing import ask, newest, reject


def examined(stage: Stage) -> list[str]:
    return [one.what for one in doctor.examine(stage.world.database, stage.clock.now())[1]]


def between(stage: Stage, act: Callable[[], object]) -> None:
    """Let somebody act after the doctor's scan and before it reads what it found."""
    events = stage.world.aws.client("dynamodb").meta.events
    acts = [act]

    def seen(**_: Any) -> None:
        for pending in acts[:]:
            acts.clear()
            pending()

    events.register("after-call.dynamodb.Scan", seen)


def delete(stage: Stage, case: Case) -> Case:
    step = Step("delete", Actor(Role.EMPLOYEE, case.member_id), stage.ids.token())
    return Casework(stage.world).apply(case.number, step)


def test_a_request_closed_meanwhile(phone: Phone, stage: Stage, me: str) -> None:
    _seen, case = ask(phone, stage, me, social_card="998877665")
    draft = reject(stage, case)
    between(stage, lambda: delete(stage, draft))
    assert examined(stage) == []
    assert newest(stage, me).state == "deleted"


def test_a_request_opened_meanwhile(phone: Phone, stage: Stage, me: str) -> None:
    _seen, case = ask(phone, stage, me, social_card="998877665")
    delete(stage, reject(stage, case))
    between(stage, lambda: ask(phone, stage, me, social_card="998877666"))
    assert examined(stage) == []
    assert newest(stage, me).state == "first_review"


@pytest.mark.parametrize(
    ("closed", "what"),
    [
        (True, "a lock says it is open, and it is not"),
        (False, "it is open, and nothing locks out a second one"),
    ],
)
def test_an_illness_stays_one(
    phone: Phone, stage: Stage, me: str, what: str, *, closed: bool
) -> None:
    _seen, case = ask(phone, stage, me, social_card="998877665")
    lock = LockItem(keys.open_case("change", me), keys.LOCK, number=case.number)
    if closed:
        delete(stage, reject(stage, case))
        lock.save()
    else:
        lock.delete()
    assert examined(stage) == [what]
