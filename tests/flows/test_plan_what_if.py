"""What another plan would change: every application that it is for, and not one more."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.casework import records
from chalicelib.casework.case import Case
from chalicelib.casework.kind import register
from chalicelib.store.plans import PlanBook
from chalicelib.subsidy import record
from chalicelib.subsidy.benefit import Year, estimate, lower
from chalicelib.subsidy.kind import KIND
from chalicelib.subsidy.payee import Payee
from chalicelib.subsidy.plan import Plan
from infra import plan_book, what_if
from infra.errors import InfraError
from tests.fakes.cloud import Stage
from tests.fakes.operator import Screen
from tests.unit.subsidy_examples import DEMO, plan, stay

LI = {
    "holder": "李明",
    "bank": "中国工商银行",
    "branch": "南宁分行",
    "account": "6222021234567890128",
}
BETTER = plan(revision=2, deductible_per_stay="0")
DUMP = BETTER.model_dump(mode="json")
FRESH = Year()
Apply = Callable[..., Case]


@pytest.fixture
def desk(stage: Stage) -> what_if.Desk:
    register(KIND)
    world = stage.world
    dump = DEMO.model_dump(mode="json")
    PlanBook(world.database).publish(DEMO.version, dump, seen=0, account="x", at=stage.clock.now())
    return what_if.Desk(world.database, world.vault, stage.clock.now(), Screen())


@pytest.fixture
def apply(stage: Stage, desk: what_if.Desk) -> Apply:
    """An application as it lies in the table, worked out by the demo plan."""

    def put(
        state: str = "first_review",
        *,
        year: Year = FRESH,
        lowered: int | None = None,
        age: timedelta = timedelta(),
        **typed: str,
    ) -> Case:
        vault, number = stage.world.vault, stage.ids.number()
        asked, at = stay(**typed), stage.clock.now() - age
        priced = record.Priced(estimate(DEMO, asked, year), year, asked.year)
        attempt = record.Attempt(asked, {"invoice": ("d1",)})
        payee = Payee.model_validate(LI, context={"name": LI["holder"]})
        data = record.submitted(vault, number, {}, attempt, payee, priced)
        if lowered is not None:
            low = lower(priced.statement, lowered, "票据重复")
            cheaper = record.Priced(low, year, asked.year)
            data = record.settled(vault, number, data, cheaper, record.Lowered(lowered, "票据重复"))
        case = Case("subsidy", number, "m1", "来宾市", state, 1, at, at, data)
        records.case_item(case).save()
        return case

    return put


def ask(desk: what_if.Desk, new: Plan = BETTER, days: int = 90) -> what_if.Answer:
    return what_if.examine(desk, new, timedelta(days=days))


def shown(desk: what_if.Desk) -> str:
    assert isinstance(desk.ui, Screen)
    return desk.ui.shown


def test_an_application_is_worked_out_anew(desk: what_if.Desk, apply: Apply) -> None:
    case = apply()
    (changed,) = ask(desk).changed
    assert changed.number == f"BZ{case.number}"
    assert (changed.state, changed.version) == ("待初核", "demo-2026.1")
    # 10,000 less 300 and 500; without the 300 that lie in the tier of 60%.
    assert (changed.old, changed.new) == (502_000, 520_000)


def test_the_same_rules_change_nothing(desk: what_if.Desk, apply: Apply) -> None:
    apply()
    apply("closed")
    answer = ask(desk, plan(revision=2))
    assert (answer.looked_at, answer.concerned, answer.changed) == (2, 2, ())
    assert ask(desk, DEMO).concerned == 2


def test_a_file_may_keep_the_number_that_is_published(desk: what_if.Desk, apply: Apply) -> None:
    apply()
    assert len(ask(desk, plan(deductible_per_stay="0")).changed) == 1


def test_other_admissions_are_not_concerned(desk: what_if.Desk, apply: Apply) -> None:
    apply(admission="2026-03-01")
    late = apply(admission="2026-07-01", discharge="2026-07-02", settled="2026-07-03")
    answer = ask(desk, plan(**{**DUMP, "effective_from": "2026-06-01"}))
    assert (answer.looked_at, answer.concerned) == (2, 1)
    assert [one.number for one in answer.changed] == [f"BZ{late.number}"]


@pytest.mark.parametrize("state", ["draft", "second_review", "payable", "paying", "account_repair"])
def test_open_ones_count_however_old(desk: what_if.Desk, apply: Apply, state: str) -> None:
    apply(state, age=timedelta(days=400))
    assert len(ask(desk).changed) == 1


@pytest.mark.parametrize("state", ["refused", "deleted"])
def test_those_that_nobody_pays_do_not(desk: what_if.Desk, apply: Apply, state: str) -> None:
    apply(state)
    assert ask(desk).looked_at == 0


def test_paid_ones_count_for_a_while(desk: what_if.Desk, apply: Apply) -> None:
    apply("closed", age=timedelta(days=30))
    assert ask(desk, days=31).looked_at == 1
    assert ask(desk, days=29).looked_at == 0


def test_a_year_that_was_used_stays_used(desk: what_if.Desk, apply: Apply) -> None:
    apply(year=Year(used=19_999_000, deducted=50_000))
    (changed,) = ask(desk, plan(**{**DUMP, "cap_per_year": "200,500.00"})).changed
    assert (changed.old, changed.new) == (1_000, 51_000)


def test_what_a_reviewer_lowered_stays_as_low(desk: what_if.Desk, apply: Apply) -> None:
    apply(lowered=100_000)
    assert ask(desk).changed == ()
    (changed,) = ask(desk, plan(**{**DUMP, "cap_per_claim": "900.00"})).changed
    assert (changed.old, changed.new) == (100_000, 90_000)


def test_what_cannot_be_opened_is_named(
    desk: what_if.Desk, apply: Apply, tmp_path: Path, stage: Stage
) -> None:
    case = apply()
    broken = Case("subsidy", stage.ids.number(), "m1", "来宾市", "payable", 1, case.created_at,
                  case.updated_at, case.data)  # fmt: skip
    records.case_item(broken).save()
    answer = ask(desk)
    assert answer.unreadable == (broken.number,)
    assert len(answer.changed) == 1
    with pytest.raises(InfraError, match=broken.number):
        what_if.run(desk, saved(tmp_path))


def saved(folder: Path, *changes: tuple[str, str]) -> Path:
    text = plan_book.DEMO.read_text("utf-8").replace('per_stay = "300.00"', 'per_stay = "0"')
    for old, new in changes:
        text = text.replace(old, new)
    (folder / "plan.toml").write_text(text, "utf-8")
    return folder / "plan.toml"


def stored(stage: Stage) -> Any:
    return stage.world.aws.client("dynamodb").scan(TableName="mutual-aid-local-cases")["Items"]


def test_the_answer_is_shown_with_totals_and_written(
    desk: what_if.Desk, apply: Apply, stage: Stage, tmp_path: Path
) -> None:
    cases = [apply(), apply("closed", total="1,000.00", invoice_number="0488888988")]
    before = stored(stage)
    what_if.run(desk, saved(tmp_path), table=tmp_path / "out.csv")
    assert stored(stage) == before
    assert "2 applications open or paid in the last 90 days, 2 admitted" in shown(desk)
    assert "2 with another amount. Nothing was changed: an application keeps the plan" in shown(
        desk
    )
    total = next(line for line in shown(desk).splitlines() if "2 in all" in line)
    assert all(amount in total for amount in ("5,120.00", "5,450.00", "330.00"))
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    assert head[0] == "number"
    assert rows == [
        [f"BZ{cases[0].number}", "待初核", "demo-2026.1", "5,020.00", "5,200.00", "180.00"],
        [f"BZ{cases[1].number}", "办结", "demo-2026.1", "100.00", "250.00", "150.00"],
    ]


def test_nothing_to_show_is_said(desk: what_if.Desk, tmp_path: Path) -> None:
    what_if.run(desk, saved(tmp_path))
    assert "0 applications" in shown(desk)


def test_a_place_that_cannot_be_written(desk: what_if.Desk, tmp_path: Path) -> None:
    with pytest.raises(InfraError, match="cannot be written"):
        what_if.run(desk, saved(tmp_path), table=tmp_path / "none" / "out.csv")
