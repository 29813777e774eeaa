"""An application on the desk: what is shown of it, and its amount."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.casework.case import Case
from chalicelib.casework.machine import Role
from chalicelib.core.money import yuan
from chalicelib.subsidy import desk_texts, estimates, page_texts, record, texts
from chalicelib.subsidy.kind import KIND
from tests.fakes.cloud import Stage
from tests.fakes.desk import Sit, case_form, path
from tests.fakes.people import LI
from tests.flows import claiming
from tests.flows.deciding import amount, bill, facts, now, words

Enrol = Callable[..., str]
BIG = {"total": "90,000.00", "pooled": "20,000.00"}


@pytest.fixture
def member(stage: Stage, enrol: Enrol) -> str:
    """An employee who may apply."""
    claiming.publish(stage)
    return enrol()


@pytest.fixture
def case(stage: Stage, member: str) -> Case:
    return claiming.claim(stage, member)


# ---- what is shown ----


def test_a_reviewer_sees_what_there_is_to_decide(sit: Sit, case: Case) -> None:
    seen = sit("anna", Role.FIRST_REVIEWER).open(path(case))
    for text in (
        f"BZ{case.number}",
        "待初核",
        "广西医科大学第一附属医院",
        "冠状动脉粥样硬化性心脏病",
        texts.IN_FORCE_GOOD.format(day="2026-03-01", starts="2026-01-01", ends="2026-12-31"),
        texts.INVOICE_GOOD,
        texts.OVERLAP_NONE,
        texts.ACCOUNT_GOOD,
        "按方案 demo-2026.1（示例）计算",
    ):
        assert text in seen.text, text
    known = facts(seen)
    assert known["医院等级"] == "三级"
    assert known["住院总费用"] == "10,000.00"
    assert known["商业保险支付"] == "0.00"


def test_whose_it_is_is_masked_until_it_is_asked_for(sit: Sit, case: Case) -> None:
    desk = sit("anna", Role.FIRST_REVIEWER)
    seen = desk.open(path(case))
    for secret in (LI.name, LI.doc_number, LI.phone, "6225881414207430"):
        assert secret not in seen.body
    assert facts(seen)["银行账号"].endswith("*7430")
    whole = desk.press(seen, path(case, "/reveal"), reason="compare")
    known = facts(whole)
    assert known["姓名"] == known["户名"] == LI.name
    assert known["银行账号"] == "6225881414207430"
    assert known["手机号码"] == LI.phone


def test_the_bill_is_the_one_that_the_employee_reads(sit: Sit, case: Case, stage: Stage) -> None:
    seen = sit("anna", Role.FIRST_REVIEWER).open(path(case))
    statement = record.statement(stage.world.vault, case)
    own = estimates.bill_view(statement, total=page_texts.BILL_AMOUNT, note="")
    told = [(" ".join(f"{row.label} {row.formula}".split()), row.amount) for row in own.rows]
    signs = str.maketrans({"−": "-", "¥": None})
    assert bill(seen) == [(label, money.translate(signs)) for label, money in told]
    assert bill(seen)[-1] == (page_texts.BILL_AMOUNT, amount(stage, case))


def test_pictures_stand_under_the_names_of_their_documents(sit: Sit, case: Case) -> None:
    seen = sit("anna", Role.FIRST_REVIEWER).open(path(case))
    names = [words(e) for e in seen.tree.iter() if e.get("class") == "st-slot__name"]
    assert names == [
        "参保人身份证件",
        "入院记录",
        "出院记录（出院小结）",
        "住院收费票据",
        "医保结算单",
        "银行卡卡号面",
    ]
    links = [e for e in seen.tree.iter() if e.get("data-picture") is not None]
    assert {e.get("data-target") for e in links} == {f"document:{d}" for d in case.documents}
    form = case_form(seen)
    assert {"ask_amount", "ask_amount_reason"} <= set(form)


def test_what_came_back_shows_what_it_was(sit: Sit, case: Case, stage: Stage) -> None:
    claiming.reject(stage, case)
    number = claiming.write(stage, case.member_id, case.number, department="神经内科", total="9000")
    again = claiming.send(stage, case.member_id, number)
    seen = sit("anna", Role.FIRST_REVIEWER).open(path(again))
    known = facts(seen)
    assert known["住院科室"] == "神经内科 上次提交：心血管内科"
    assert known["住院总费用"] == "9,000.00 上次提交：10,000.00"
    assert "上次" not in known["医院等级"]
    assert desk_texts.RESENT in seen.text
    assert "参保人身份证件 1 张" in seen.text


def test_a_name_that_is_no_longer_the_holders_is_seen(
    sit: Sit, case: Case, stage: Stage, enrol: Enrol
) -> None:
    assert desk_texts.HOLDER_DIFFERS not in sit("anna", Role.FIRST_REVIEWER).open(path(case)).text
    enrol(replace(LI, name="李新名"))
    seen = sit("anna").open(path(case))
    assert desk_texts.HOLDER_DIFFERS in seen.text


# ---- the amount ----


def test_two_people_approve_what_was_computed(
    sit: Sit, case: Case, stage: Stage, member: str
) -> None:
    anna, bob = sit("anna", Role.FIRST_REVIEWER), sit("bob", Role.SECOND_REVIEWER)
    computed = amount(stage, case)
    page = anna.open(path(case))
    assert case_form(page)["ask_amount"] == computed
    asked = anna.press(page, path(case, "/confirm"), action="approve")
    assert (asked.status, bill(asked)[-1]) == (200, (page_texts.BILL_AMOUNT, computed))
    assert "待初核 → 待复核" in asked.text
    assert now(stage, case).version == case.version, "asking changes nothing"
    anna.post(path(case, "/decide"), asked.form(path(case, "/decide")))
    assert now(stage, case).state == "second_review"
    bob.decide(case.number, "approve")
    done = now(stage, case)
    assert (done.state, amount(stage, done)) == ("payable", computed)
    year = claiming.year(stage, member)
    assert year is not None
    assert yuan(int(year.used)) == computed
    assert KIND.payable is not None
    paid = KIND.payable(stage.world, done)
    assert (yuan(paid.amount_fen), paid.holder, paid.account) == (
        computed,
        LI.name,
        "6225881414207430",
    )


def test_less_has_a_reason_that_stands_in_the_bill(sit: Sit, case: Case, stage: Stage) -> None:
    anna, bob = sit("anna", Role.FIRST_REVIEWER), sit("bob", Role.SECOND_REVIEWER)
    typed = {"ask_amount": "1,000", "ask_amount_reason": "床位费超出标准"}
    page = anna.open(path(case))
    asked = anna.press(page, path(case, "/confirm"), action="approve", **typed)
    assert bill(asked)[-1] == (page_texts.BILL_AMOUNT, "1,000.00")
    assert bill(asked)[-2][0] == f"{texts.LOWERED} 床位费超出标准"
    back = anna.post(path(case, "/typed"), asked.form(path(case, "/decide")))
    kept = back.form(path(case, "/confirm"))
    assert {name: kept[name] for name in typed} == typed
    anna.post(path(case, "/decide"), asked.form(path(case, "/decide")))
    assert amount(stage, case) == "1,000.00"
    assert "床位费" not in str(now(stage, case).data), "the reason is sealed"
    seen = bob.open(path(case))
    form = case_form(seen)
    assert (form["ask_amount"], form["ask_amount_reason"]) == ("1,000.00", "床位费超出标准")
    bob.decide(case.number, "approve")
    assert (now(stage, case).state, amount(stage, case)) == ("payable", "1,000.00")


def test_the_second_review_may_give_back_what_the_first_took(
    sit: Sit, case: Case, stage: Stage
) -> None:
    computed = amount(stage, case)
    anna, bob = sit("anna", Role.FIRST_REVIEWER), sit("bob", Role.SECOND_REVIEWER)
    anna.decide(case.number, "approve", ask_amount="1000", ask_amount_reason="床位费超出标准")
    bob.decide(case.number, "approve", ask_amount=computed)
    done = now(stage, case)
    assert (done.state, amount(stage, done)) == ("payable", computed)
    assert record.lowered(stage.world.vault, done) is None


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"ask_amount": "999,999"}, "amount", "不能超过它"),
        ({"ask_amount": "0"}, "amount", desk_texts.AMOUNT_ZERO),
        ({"ask_amount": "-5"}, "amount", "不能为负数"),
        ({"ask_amount": "很多"}, "amount", "1234.50"),
        ({"ask_amount": "1.005"}, "amount", "最多到分"),
        ({"ask_amount": ""}, "amount", "请填写金额"),
        ({"ask_amount": "100"}, "amount_reason", "核减请填写核减原因"),
        ({"ask_amount": "100", "ask_amount_reason": "长" * 61}, "amount_reason", "60"),
    ],
)
def test_an_amount_that_cannot_be_is_told_beside_it(
    sit: Sit, case: Case, stage: Stage, typed: dict[str, str], field: str, sentence: str
) -> None:
    desk = sit("anna", Role.FIRST_REVIEWER)
    page = desk.open(path(case))
    typed = {"remark": "看过票据", **typed}
    for to in ("/confirm", "/decide"):
        seen = desk.press(page, path(case, to), action="approve", **typed)
        assert seen.status == 422
        assert sentence in seen.error(field)
        form = seen.form(path(case, "/confirm"))
        assert {name: form[name] for name in typed} == typed
    assert now(stage, case) == case


def test_an_amount_of_another_day_is_told_and_not_paid(sit: Sit, stage: Stage, member: str) -> None:
    """The yearly deductible went to the other case: there is more for this one now."""
    first, second = claiming.claim(stage, member), claiming.claim(stage, member, **LATER)
    before = amount(stage, second)
    desk = sit("anna", Role.FIRST_REVIEWER)
    page = desk.open(path(second))
    claiming.payable(stage, first)
    stale = desk.press(page, path(second, "/confirm"), action="approve")
    assert stale.status == 422
    assert "计算金额现为" in stale.error("amount_reason")
    assert now(stage, second) == second
    fresh = desk.open(path(second))
    assert f"上次计算为 {before} 元" in fresh.text
    more = case_form(fresh)["ask_amount"]
    assert more != before
    desk.decide(second.number, "approve")
    assert amount(stage, second) == more


LATER = {"admission": "2026-05-01", "discharge": "2026-05-09", "settled": "2026-05-10"}


def test_two_cases_of_one_person_never_use_a_year_twice(
    sit: Sit, stage: Stage, member: str
) -> None:
    """Both are looked at before either is decided: the second decision is made anew."""
    huge = {"total": "400,000", "pooled": "50,000"}
    cases = [claiming.claim(stage, member, **huge), claiming.claim(stage, member, **huge | LATER)]
    for each in cases:
        claiming.approve(stage, each, claiming.FIRST)
    bob = sit("bob", Role.SECOND_REVIEWER, Role.SENIOR_REVIEWER)
    asked = [
        bob.press(bob.open(path(each)), path(each, "/confirm"), action="approve") for each in cases
    ]
    assert [a.status for a in asked] == [200, 200]
    answers = [
        bob.post(path(each, "/decide"), a.form(path(each, "/decide")))
        for each, a in zip(cases, asked, strict=True)
    ]
    assert [now(stage, each).state for each in cases] == ["payable", "second_review"]
    assert "计算金额现为 50,000.00 元" in answers[1].error("amount")
    bob.decide(cases[1].number, "approve", ask_amount="50,000.00")
    year = claiming.year(stage, member)
    assert year is not None
    assert yuan(int(year.used)) == "200,000.00"


def test_nothing_to_pay_is_not_approved(sit: Sit, stage: Stage, member: str) -> None:
    case = claiming.claim(stage, member, total="500", pooled="400")
    desk = sit("anna", Role.FIRST_REVIEWER)
    seen = desk.decide(case.number, "approve")
    assert (seen.status, seen.error("amount")) == (422, desk_texts.NOTHING_TO_PAY)
    assert desk.decide(case.number, "refuse", code_1="R12").url == "/staff?notice=done"
    assert now(stage, case).state == "refused"


def test_a_large_amount_is_a_seniors(sit: Sit, stage: Stage, member: str) -> None:
    case = claiming.claim(stage, member, **BIG)
    sit("anna", Role.FIRST_REVIEWER).decide(case.number, "approve")
    bob = sit("bob", Role.SECOND_REVIEWER)
    seen = bob.open(path(case))
    assert desk_texts.SENIOR in seen.text
    for to in ("/confirm", "/decide"):
        refused = bob.press(seen, path(case, to), action="approve")
        assert refused.status == 422
        assert "须由资深复核员复核，请" in refused.text
    assert now(stage, case).state == "second_review"
    chief = sit("chief", Role.SECOND_REVIEWER, Role.SENIOR_REVIEWER)
    assert chief.decide(case.number, "approve").url == "/staff?notice=done"
    assert now(stage, case).state == "payable"


def test_what_is_lowered_below_the_threshold_needs_no_senior(
    sit: Sit, stage: Stage, member: str
) -> None:
    case = claiming.claim(stage, member, **BIG)
    claiming.approve(stage, case, claiming.FIRST)
    bob = sit("bob", Role.SECOND_REVIEWER)
    bob.decide(
        case.number, "approve", ask_amount="30,000", ask_amount_reason="部分费用不属保障责任"
    )
    assert (now(stage, case).state, amount(stage, case)) == ("payable", "30,000.00")


def test_a_senior_who_is_no_second_reviewer_decides_nothing(sit: Sit, case: Case) -> None:
    assert sit("chief", Role.SENIOR_REVIEWER).open(path(case)).status == 403
