"""What the pages of an application show: sums that add up, what lies ahead, nothing too much."""

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.core.money import parse_yuan
from chalicelib.subsidy import estimates, forms, progress, views
from chalicelib.subsidy import page_texts as texts
from chalicelib.subsidy.benefit import Year, estimate
from chalicelib.subsidy.plan import Level, Settlement
from chalicelib.subsidy.states import MACHINE
from chalicelib.subsidy.stay import AMOUNTS, FIELDS, Stay
from tests.unit.subsidy_examples import DEMO, TODAY, TYPED, plan, stay
from tests.unit.subsidy_pages import ACCOUNT, CASE, FAILED, PAYEE, PICTURES, STATEMENT, STAY

LOW = stay(total="200", pooled="50")
HIGH = stay(total="900,000", pooled="100,000", commercial="50,000", out_of_catalogue="1,000")
OUTSIDE = stay(level="first")


def fen(shown: str) -> int:
    sign = -1 if shown.startswith("−") else 1
    return sign * parse_yuan(shown.removeprefix("−"))


@pytest.mark.parametrize("claimed", [STAY, LOW, HIGH, OUTSIDE], ids=["usual", "low", "high", "out"])
@pytest.mark.parametrize("year", [Year(), Year(19_900_000, 20_000)], ids=["first", "used"])
def test_every_sum_of_a_bill_is_that_of_the_lines_above_it(claimed: Stay, year: Year) -> None:
    statement = estimate(DEMO, claimed, year)
    bill = estimates.bill_view(statement, total="合计", note="")
    running = 0
    for row in bill.rows[: bill.rows.index(last_base(bill))]:
        running = fen(row.amount) if row.sort else running + fen(row.amount)
        assert not row.sort or running == fen(row.amount)
    after = bill.rows[bill.rows.index(last_base(bill)) + 1 : -1]
    assert sum(fen(row.amount) for row in after) == fen(bill.rows[-1].amount)
    assert bill.rows[-1].sort == "total"
    assert fen(bill.rows[-1].amount) == statement.amount_fen


def last_base(bill: estimates.BillView) -> estimates.BillRow:
    return next(row for row in bill.rows if row.label == texts.BILL_BASE)


def test_sums_within_the_basis_are_what_stays() -> None:
    rows = {row.label: row.amount for row in estimates.bill_view(STATEMENT, total="", note="").rows}
    assert rows[texts.BILL_OWN] == estimates.money_text(STAY.own)
    assert rows[texts.BILL_BASE] == estimates.money_text(STATEMENT.base_fen)


def test_an_example_plan_says_so() -> None:
    bare = plan(example=False)
    assert estimates.bill_view(STATEMENT, total="", note="").mark == "示例"
    statement = estimate(bare, STAY, Year())
    assert estimates.bill_view(statement, total="", note="").mark == ""
    assert views.new_view(bare, {}, agreed=False).mark == ""


def test_every_state_has_its_sentence_and_its_colour() -> None:
    for state in MACHINE.states:
        if state == "new":
            continue
        case = replace(CASE, state=state)
        assert progress.sentence(case).endswith("。")
        tone = progress.TONES.get(state, "wait")
        assert (tone == "wait") == MACHINE.states[state].queued, state


def test_what_lies_ahead_is_counted_in_working_days() -> None:
    told = dict(progress.expected(CASE, DEMO, TODAY))
    assert told == {
        "初核": "预计 2026-11-26 前",
        "复核": "预计 2026-12-01 前",
        "打款": "预计 2026-12-14 前",
    }
    assert dict(progress.expected(replace(CASE, state="paying"), DEMO, TODAY)) == {
        "打款": "预计 2026-11-26 前"
    }
    mended = replace(CASE, state="account_check")
    assert list(dict(progress.expected(mended, DEMO, TODAY))) == ["核对账户", "打款"]
    assert dict(progress.expected(CASE, None, TODAY))["复核"] == "一般 6 个工作日"
    late = dict(progress.expected(CASE, DEMO, date(2026, 12, 20)))
    assert set(late.values()) == {texts.EXPECTED_LATE}
    for state in ("draft", "account_repair", "closed", "refused", "deleted"):
        assert not list(progress.expected(replace(CASE, state=state), DEMO, TODAY))


@pytest.mark.parametrize(("quick", "told"), [(18, "，近期九成申请 1 天内完成"), (17, "")])
def test_how_long_others_took_is_told_once_enough_did(quick: int, told: str) -> None:
    recent = {"hours:first_review:24": quick, "hours:first_review:72": 2}
    ahead = dict(progress.expected(CASE, DEMO, TODAY, recent))
    assert ahead["初核"] == "预计 2026-11-26 前" + told
    assert ahead["复核"] == "预计 2026-12-01 前"


def test_every_field_of_the_stay_is_asked_for_once() -> None:
    fields = [each.name for group in forms.stay_groups({}, TODAY) for each in group.fields]
    assert sorted([*fields, forms.settlement_field({}).name]) == sorted(FIELDS)
    money = {
        each.name
        for group in forms.stay_groups({}, TODAY)
        for each in group.fields
        if each.sort == "money"
    }
    assert money == set(AMOUNTS)


@pytest.mark.parametrize(
    ("typed", "sort"),
    [("", "date"), ("2026-03-01", "date"), ("三月一日", "text"), ("2026.3.1", "text")],
)
def test_a_date_that_a_picker_would_hide_stays_text(typed: str, sort: str) -> None:
    (_, days, *_rest) = forms.stay_groups({"admission": typed}, TODAY)
    assert (days.fields[0].sort, days.fields[0].value) == (sort, typed)


def test_a_choice_that_does_not_exist_is_no_choice() -> None:
    groups = forms.stay_groups({**TYPED, "level": "fourth"}, TODAY)
    level = groups[0].fields[1]
    assert (level.value, level.options[0]) == ("", ("", texts.CHOOSE_ONE))
    assert [key for key, _ in level.options[1:]] == [level.value for level in Level]


@pytest.mark.parametrize("way", [*Settlement, ""])
def test_only_what_the_settlement_asks_for_is_shown(way: str) -> None:
    slots = forms.slot_views(forms.slots_of(DEMO, "stay"), way, PICTURES)
    shown = {slot.purpose for slot in slots if not slot.hidden}
    common = {"admission_record", "discharge_record", "invoice", "diagnosis"}
    asked = {slot.purpose for slot in DEMO.checklist(Settlement(way), "stay")} if way else common
    assert shown == asked
    assert all(slot.items for slot in slots)


def test_only_what_may_be_mended_can_be_typed() -> None:
    fields = forms.repair_fields(ACCOUNT, {"account": "1"}, ("account",))
    assert {each.name: each.sort for each in fields} == {
        "holder": "fixed",
        "bank": "fixed",
        "branch": "fixed",
        "account": "text",
    }
    assert fields[-1].value == "1"
    assert fields[-1].note == "上次填写 ************7430"
    banks = forms.repair_fields(ACCOUNT, ACCOUNT, ("bank", "branch"))
    assert banks[-1].value == "************7430"


def test_names_and_numbers_are_masked() -> None:
    shown = str(progress.payee_facts(PAYEE)) + str(progress.stay_facts(STAY))
    for secret in (PAYEE.holder, PAYEE.account, STAY.invoice_number, STAY.diagnosis):
        assert secret not in shown
    assert "李**" in str(forms.account_groups("李示例", {}))
    assert "李示例" not in str(forms.account_groups("李示例", {}))


def test_a_step_nobody_touched_is_neither_good_nor_wrong() -> None:
    bar = forms.marks("1", "stay", {"identity": False, "account": True})
    assert [mark.state for mark in bar] == ["done", "now", "wrong", "open"]
    assert [bool(mark.href) for mark in bar] == [True, False, True, True]


@pytest.mark.parametrize(
    ("state", "label"),
    [("first_review", "预计补助金"), ("payable", "补助金额"), ("account_repair", "补助金额")],
)
def test_an_amount_is_an_estimate_until_it_was_approved(state: str, label: str) -> None:
    assert progress.amount_label(replace(CASE, state=state)) == label


def test_a_card_leads_on() -> None:
    card = views.case_card(FAILED, "户名或卡号有误", STATEMENT, "")
    assert [link.label for link in card.links] == ["审核进度", "修正收款账户"]
    assert ("备注", "户名或卡号有误") in card.facts
    withdrawn = views.case_card(replace(CASE, state="draft"), "", STATEMENT, "/edit")
    assert withdrawn.sentence.startswith("您已撤回申请")
    assert [link.label for link in withdrawn.links] == ["删除", "审核进度", "修改"]


@pytest.mark.parametrize(
    ("name", "sentence", "said"),
    [
        ("admission", "请按样式填写日期。", "入院日期：请按样式填写日期。"),
        ("pooled", "统筹基金支付不能超过总费用。", "统筹基金支付不能超过总费用。"),
        ("documents-invoice", "请上传照片。", "请上传照片。"),
        ("form", "请重新核对。", "请重新核对。"),
    ],
)
def test_in_a_list_a_sentence_says_which_field_it_means(
    name: str, sentence: str, said: str
) -> None:
    assert forms.named(name, sentence) == said
