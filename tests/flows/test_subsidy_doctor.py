"""The doctor finds what an application holds and should not, and misses what it should hold."""

from collections.abc import Callable

import pytest

from chalicelib.casework.case import Case
from chalicelib.casework.kind import register
from chalicelib.store import keys, years
from chalicelib.store.uses import InvoiceItem
from chalicelib.subsidy.kind import KIND
from infra import doctor
from tests.fakes.cloud import Stage
from tests.flows import claiming


@pytest.fixture
def case(stage: Stage, enrol: Callable[..., str]) -> Case:
    register(KIND)
    claiming.publish(stage)
    return claiming.claim(stage, enrol())


def examined(stage: Stage) -> list[str]:
    return [one.what for one in doctor.examine(stage.world.database, stage.clock.now())[1]]


def lock(case: Case) -> InvoiceItem:
    where = keys.invoice(case.data["invoice"]), keys.LOCK
    return InvoiceItem(*where, number=case.number, member_id=case.member_id)


def test_a_healthy_application(stage: Stage, case: Case) -> None:
    assert examined(stage) == []
    claiming.reject(stage, case)
    claiming.save(stage, case.member_id, case.number, "stay", {"total": "7"})
    claiming.begin(stage, case.member_id)
    assert examined(stage) == []


def test_an_invoice_that_nothing_keeps(stage: Stage, case: Case) -> None:
    lock(case).delete()
    assert examined(stage) == ["it has an invoice, and nothing keeps others from it"]


def test_an_invoice_that_is_kept_for_nobody(stage: Stage, case: Case) -> None:
    claiming.take(stage, case, "refuse", claiming.FIRST, claiming.BLURRED)
    assert examined(stage) == []
    lock(case).save()
    assert examined(stage) == ["a lock says it has an invoice, and it has not"]


@pytest.mark.parametrize("refused", [False, True])
def test_a_stay_that_its_year_does_not_know(stage: Stage, case: Case, *, refused: bool) -> None:
    transaction = stage.world.transaction()
    if refused:
        claiming.take(stage, case, "refuse", claiming.FIRST, claiming.BLURRED)
        years.note_stay_in(transaction, case.member_id, 2026, case.number, "sealed")
    else:
        years.forget_stay_in(transaction, case.member_id, 2026, case.number)
    transaction.commit()
    assert examined(stage) == ["its stay and its year do not say the same"]
