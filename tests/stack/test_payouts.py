"""Deployed: a batch goes to the bank and back through the queue, the worker and the bucket.

Who acts here is the operator; what the worker does, it does with its own rights alone.
"""

from __future__ import annotations

import csv
import io
import time
import zipfile
from typing import Any
from uuid import uuid4

import pytest
import requests

from chalicelib.casework.case import Actor, Case
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.payout import service
from chalicelib.payout.models import BatchState, ResultState
from chalicelib.subsidy import record
from chalicelib.subsidy.benefit import Year, estimate
from chalicelib.subsidy.kind import KIND
from chalicelib.subsidy.payee import Payee
from chalicelib.web.staff import StaffPerson
from chalicelib.world import World
from tests.fakes import bank
from tests.stack.deployed import world_of
from tests.stage import Running
from tests.unit.subsidy_examples import DEMO, stay

pytestmark = pytest.mark.stack

PATIENCE_SECONDS = 60
PLACE = "贺州市"
GOOD, CLOSED_ACCOUNT = "6222020000000000017", "6222020000000000033"


def person(account: str) -> StaffPerson:
    return StaffPerson(account, account, frozenset([Role.FINANCE]), frozenset([PLACE]), "")


MAKER, RELEASER = person("stack-mia"), person("stack-rita")


@pytest.fixture
def world(running: Running) -> World:
    made = world_of(running)
    register(KIND)
    return made


def op() -> str:
    return uuid4().hex


def approved(world: World, account: str) -> Case:
    """An application that waits to be paid, of somebody new."""
    member_id, number = uuid4().hex, world.ids.number()
    asked = stay(invoice_number=str(uuid4().int)[:10])
    priced = record.Priced(estimate(DEMO, asked, Year()), Year(), asked.year)
    typed = {"holder": "李示例", "bank": "中国工商银行", "branch": "贺州分行", "account": account}
    payee = Payee.model_construct(**typed)
    data = record.submitted(world.vault, number, {}, record.Attempt(asked, {}), payee, priced) | {
        "claimed_on": "2026-03-20"
    }
    casework = Casework(world)
    step = Step("submit", Actor(Role.EMPLOYEE, member_id), op(), data=data)
    case = casework.open(KIND, member_id, PLACE, step, number=number)
    case = casework.advance(case, Step("approve", Actor(Role.FIRST_REVIEWER, "anna"), op()))
    return casework.advance(case, Step("approve", Actor(Role.SECOND_REVIEWER, "bob"), op()))


def until(world: World, number: str, wanted: BatchState) -> service.Shown:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (shown := service.read(world, MAKER, number)).batch.state is not wanted:
        assert time.monotonic() < deadline, f"{shown} is not {wanted}"
        time.sleep(0.2)
    return shown


def fetched(world: World, number: str, ext: str, reason: str = "") -> bytes:
    answer = requests.get(service.download(world, MAKER, number, ext, reason), timeout=20)
    assert answer.status_code == 200
    return answer.content


def bring(world: World, number: str, body: bytes) -> str:
    """Send a result file as a browser does, and let it be read."""
    upload = service.begin_result(world, MAKER, number)
    sent = requests.post(upload.url, data=upload.fields, files={"file": body}, timeout=20)
    assert sent.status_code in (200, 204)
    service.import_result(world, MAKER, number, upload.result_id)
    return upload.result_id


def read(world: World, number: str, result_id: str) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        result, problems = service.report(world, MAKER, number, result_id)
        if result.state is not ResultState.READING:
            return result, problems
        assert time.monotonic() < deadline, result
        time.sleep(0.2)


def test_a_batch_goes_to_the_bank_and_back(world: World) -> None:
    good, bad = approved(world, GOOD), approved(world, CLOSED_ACCOUNT)
    number = service.build(world, MAKER, [PLACE], 10, op())
    ready = until(world, number, BatchState.READY)
    assert {one.case_number for one in ready.payments} == {good.number, bad.number}

    service.release(world, RELEASER, number, ready.batch.version, op())
    released = until(world, number, BatchState.RELEASED)
    service.export(world, MAKER, number, released.batch.version, op())
    until(world, number, BatchState.EXPORTED)

    rows = [*csv.DictReader(io.StringIO(fetched(world, number, "csv").decode("utf-8-sig")))]
    assert [row["付款编号"][:-2] for row in rows[:-1]] == [good.number, bad.number]
    with zipfile.ZipFile(io.BytesIO(fetched(world, number, "xlsx", "打印"))) as book:
        assert "xl/workbook.xml" in book.namelist()

    payer = bank.Bank(refuses={CLOSED_ACCOUNT: "F01"})
    numbers = payer.take(fetched(world, number, "csv", "交银行"))
    result, problems = read(world, number, bring(world, number, payer.report(numbers)))
    assert (result.applied, problems) == (2, [])
    casework = Casework(world)
    assert casework.read(good.number).state == "closed"
    assert casework.read(bad.number).state == "account_repair"
    until(world, number, BatchState.SETTLED)
    (paid,) = payer.paid(good.number)
    assert paid == record.statement(world.vault, good).amount_fen

    again, _ = read(world, number, bring(world, number, payer.report(numbers)))
    assert (again.applied, again.unchanged) == (0, 2)
