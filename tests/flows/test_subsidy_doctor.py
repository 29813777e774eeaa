"""The doctor finds what an application holds and should not, and misses what it should hold."""

from collections.abc import Callable

import pytest

from chalicelib.casework.case import Case
from chalicelib.casework.kind import register
from chalicelib.casework.service import Casework
from chalicelib.store import drafts, keys, years
from chalicelib.store.uses import InvoiceItem
from chalicelib.subsidy import record
from chalicelib.subsidy.kind import KIND
from infra import doctor, doctor_figures, doctor_subsidies
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


@pytest.mark.parametrize("refused", [False, True])
def test_what_is_open_is_listed(stage: Stage, case: Case, *, refused: bool) -> None:
    transaction = stage.world.transaction()
    if refused:
        claiming.take(stage, case, "refuse", claiming.FIRST, claiming.BLURRED)
        assert examined(stage) == []
        drafts.open_in(transaction, case.member_id, case.number)
    else:
        drafts.close_in(transaction, case.member_id, case.number)
    transaction.commit()
    said = "whether it is open and the list of what is open do not say the same"
    assert examined(stage) == [said]


# ---- what a year says was had of it ----


@pytest.fixture
def approved(stage: Stage, case: Case) -> Case:
    return claiming.payable(stage, case)


def sums(stage: Stage) -> list[str]:
    """What the doctor says with leave to open amounts, but for counters that nobody counted."""
    now = stage.clock.now()
    tally = doctor_figures.Tally(stage.world.database, now, doctor.GRACE, stage.world)
    found = doctor.examine(stage.world.database, now, tally)[1]
    return [one.what for one in found if one.what.startswith("year ")]


def change(stage: Stage, case: Case, name: str, by: int) -> None:
    stage.world.database.client.update_item(
        TableName="mutual-aid-local-members",
        Key={"pk": {"S": keys.member(case.member_id)}, "sk": {"S": keys.year(2026)}},
        UpdateExpression="ADD #name :by",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":by": {"N": str(by)}},
    )


@pytest.mark.parametrize("name", ["used", "deducted"])
def test_a_year_that_says_another_sum(stage: Stage, approved: Case, name: str) -> None:
    assert sums(stage) == []
    statement = record.statement(stage.world.vault, approved)
    granted = statement.amount_fen, statement.deducted_fen
    assert granted[0] > 0
    change(stage, approved, name, -1 if name == "used" else 5)
    said = {"used": (granted[0] - 1, granted[1]), "deducted": (granted[0], granted[1] + 5)}[name]
    words = f"year 2026 says {said[0]} used and {said[1]} deducted, "
    words += f"the employee's approved applications {granted[0]} and {granted[1]}"
    assert sums(stage) == [words]


def test_what_nobody_approved_is_in_no_sum(stage: Stage, case: Case) -> None:
    assert sums(stage) == []
    claiming.take(stage, case, "refuse", claiming.FIRST, claiming.BLURRED)
    assert sums(stage) == []
    change(stage, case, "used", 100)
    assert len(sums(stage)) == 1


def test_an_approval_while_the_doctor_looks_is_no_finding(stage: Stage, case: Case) -> None:
    events = stage.world.aws.client("dynamodb").meta.events
    before = Casework(stage.world).read(case.number)
    claiming.payable(stage, case)
    tables = stage.world.database
    assert [*doctor_subsidies.years(tables, [before], stage.world.vault)] == []
    reads = []

    def raise_again(**_: object) -> None:
        """Somebody's year never stands still while it is looked at."""
        reads.append(1)
        change(stage, case, "used", 1)

    events.register("before-call.dynamodb.BatchGetItem", raise_again)
    assert [*doctor_subsidies.years(tables, [before], stage.world.vault)] == []
    assert len(reads) > 2


def test_without_leave_to_open_amounts_sums_are_left_out(stage: Stage, approved: Case) -> None:
    change(stage, approved, "used", 1)
    now = stage.clock.now()
    tally = doctor_figures.Tally(stage.world.database, now, doctor.GRACE, None)
    assert doctor.examine(stage.world.database, now, tally)[1] == []
    assert not tally.money
