"""The reviewer's sheet: one bill with the employee's, and what is said of an account."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from chalicelib.casework.case import Case
from chalicelib.casework.kind import Row
from chalicelib.core.money import yuan
from chalicelib.subsidy import benefit, desk_sheet, desk_texts, estimates, page_texts, texts
from chalicelib.subsidy.benefit import Statement, Year
from chalicelib.subsidy.desk_sheet import Held
from chalicelib.subsidy.payee import Payee
from chalicelib.subsidy.record import Attempt
from chalicelib.subsidy.stay import Stay
from tests.fakes.people import LI
from tests.properties.subsidy_worlds import any_plan, any_stay, any_year
from tests.unit.subsidy_examples import DEMO, stay

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ACCOUNT = Payee.model_validate(
    {
        "holder": LI.name,
        "bank": "中国工商银行",
        "branch": "忻城县支行",
        "account": "6225881414207430",
    },
    context={"name": LI.name},
)


def held(state: str, *stays: Stay, payees: tuple[Payee, ...] = (ACCOUNT,)) -> Held:
    tried = [Attempt(each, {}) for each in stays or (stay(),)]
    case = Case("subsidy", "1", "7", "来宾市", state, 1, NOW, NOW)
    made = benefit.estimate(DEMO, tried[-1].stay, Year())
    return Held(case, LI, tried, list(payees), made, None, DEMO)


def of_field(sheet: Held, name: str) -> Row:
    return next(row for row in desk_sheet.rows(sheet) if row.field == name)


def told(statement: Statement) -> list[tuple[str, str, str]]:
    """Return the bill as the employee reads it, without signs of currency."""
    view = estimates.bill_view(statement, total=page_texts.BILL_AMOUNT, note="")
    signs = str.maketrans({"−": "-", "¥": None})
    return [(row.label, row.formula, row.amount.translate(signs)) for row in view.rows]


@pytest.mark.parametrize("seed", range(100))
def test_employee_and_reviewer_read_one_bill(seed: int) -> None:
    dice = Random(seed)
    plan = any_plan(dice)
    made = benefit.estimate(plan, any_stay(dice, plan), any_year(dice, plan))
    if made.amount_fen > 1 and seed % 2:
        made = benefit.lower(made, made.amount_fen - 1, "床位费超出标准")
    lines = [(line.label, line.formula, yuan(line.amount_fen)) for line in desk_sheet.bill(made)]
    assert lines == told(made)
    assert lines[-1] == (page_texts.BILL_AMOUNT, "", yuan(made.amount_fen))


def test_a_bill_says_that_its_plan_is_an_example() -> None:
    made = held("first_review").statement
    assert "示例" in desk_sheet.bill_note(made)
    assert "示例" not in desk_sheet.bill_note(made.model_copy(update={"example": False}))


def test_what_changed_since_it_came_back_is_shown_while_it_is_decided() -> None:
    tried = stay(), stay(department="神经内科")
    assert of_field(held("first_review", *tried), "department").previous == "心血管内科"
    assert of_field(held("first_review", *tried), "hospital").previous is None
    assert of_field(held("second_review", *tried), "department").previous == "心血管内科"
    assert of_field(held("payable", *tried), "department").previous is None


def test_a_repaired_account_stands_beside_the_old_one_and_first() -> None:
    new = ACCOUNT.model_copy(update={"account": "6217003330012345678"})
    sheet = held("account_check", payees=(ACCOUNT, new))
    rows = list(desk_sheet.rows(sheet))
    assert [row.group for row in rows[:4]] == [desk_texts.ACCOUNT] * 4
    row = of_field(sheet, "account")
    assert (row.old, row.new, row.changed) == (ACCOUNT.account, new.account, True)
    bank = of_field(sheet, "bank")
    assert (bank.old, bank.changed) == (bank.new, False)
    pinned = {row.field for row in rows if not row.fixed}
    assert pinned == {"holder", "bank", "branch", "account"}
    assert of_field(held("payable", payees=(ACCOUNT, new)), "account").old is None
    assert of_field(held("second_review", payees=(ACCOUNT, new)), "account").previous


def test_no_reason_points_at_who_somebody_is() -> None:
    rows = list(desk_sheet.rows(held("first_review")))
    assert {row.field for row in rows if row.fixed} == {"name", "doc_number", "phone", "unit"}


def test_what_the_form_asks_for_is_all_on_the_sheet() -> None:
    shown = {row.field for row in desk_sheet.rows(held("first_review"))}
    assert set(Stay.model_fields) | set(Payee.model_fields) <= shown


def test_the_lowered_line_is_no_part_of_what_was_computed() -> None:
    sheet = held("second_review")
    less = benefit.lower(sheet.statement, 100, "床位费超出标准")
    assert less.lines[-1].label == texts.LOWERED
    assert desk_sheet.computed(replace(sheet, statement=less).statement) == (
        sheet.statement.amount_fen
    )
