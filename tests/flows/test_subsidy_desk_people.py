"""Who decides an application: four eyes, places, what is not the desk's; and its account."""

from collections.abc import Callable

import pytest

from chalicelib.casework.case import Case
from chalicelib.casework.machine import Role
from chalicelib.store.members import MemberRecord
from chalicelib.subsidy import texts
from tests.fakes.cloud import Stage
from tests.fakes.desk import Sit, case_form, path
from tests.fakes.phone import HTML, Seen
from tests.flows import claiming
from tests.flows.deciding import amount, bill, now, repaired, words
from tests.flows.test_nobody_else import WANG
from tests.flows.test_round_trips import Counter

Enrol = Callable[..., str]


@pytest.fixture
def member(stage: Stage, enrol: Enrol) -> str:
    """An employee who may apply."""
    claiming.publish(stage)
    return enrol()


@pytest.fixture
def case(stage: Stage, member: str) -> Case:
    return claiming.claim(stage, member)


# ---- who decides ----


@pytest.mark.parametrize("second", [False, True])
def test_either_reviewer_refuses_for_good_with_a_reason(
    sit: Sit, case: Case, stage: Stage, *, second: bool
) -> None:
    if second:
        claiming.approve(stage, case, claiming.FIRST)
    role = Role.SECOND_REVIEWER if second else Role.FIRST_REVIEWER
    desk = sit("carl", role)
    assert desk.decide(case.number, "refuse").error("code_1")
    page = desk.open(path(case))
    asked = desk.press(page, path(case, "/confirm"), action="refuse", code_1="R05", note_1="美容")
    assert "不属保障责任：美容" in asked.text.split("职工将看到")[1]
    assert not bill(asked)
    desk.post(path(case, "/decide"), asked.form(path(case, "/decide")))
    assert now(stage, case).state == "refused"


def test_four_eyes_hold(sit: Sit, case: Case, stage: Stage) -> None:
    both = sit("anna", Role.FIRST_REVIEWER, Role.SECOND_REVIEWER, Role.FINANCE)
    both.decide(case.number, "approve")
    seen = both.open(path(case))
    assert "您已办理该申请的初核，复核须由其他人员办理。" in seen.text
    assert 'name="action"' not in seen.body
    forged = case_form(seen) | {"action": "approve", "ask_amount": amount(stage, case)}
    assert both.post(path(case, "/decide"), forged).status == 403
    assert now(stage, case).state == "second_review"


def test_nobody_decides_their_own(sit: Sit, case: Case, stage: Stage) -> None:
    own = sit("own", Role.FIRST_REVIEWER, member_id=case.member_id)
    seen = own.open(path(case))
    assert "本人的申请" in seen.text
    forged = case_form(seen) | {"action": "approve", "ask_amount": amount(stage, case)}
    assert own.post(path(case, "/decide"), forged).status == 403
    assert now(stage, case) == case


def test_another_prefecture_has_no_such_case(sit: Sit, case: Case) -> None:
    there = sit("nan", Role.FIRST_REVIEWER, prefectures=("南宁市",))
    assert there.open(path(case)).status == 404
    assert there.open(path(case, f"/pictures/{case.documents[0]}")).status == 404


@pytest.mark.parametrize("action", ["batch", "unbatch", "release", "paid", "fail", "bounce"])
def test_money_moves_in_no_form_of_the_desk(
    sit: Sit, case: Case, stage: Stage, action: str
) -> None:
    claiming.payable(stage, case)
    if action not in ("batch", "paid"):
        claiming.take(stage, case, "batch", claiming.FINANCE)
    if action in ("fail", "bounce"):
        claiming.take(stage, case, "release", claiming.RELEASER)
    then = now(stage, case)
    desk = sit("gu", Role.FINANCE)
    seen = desk.open(path(case))
    assert 'name="action"' not in seen.body
    forged = case_form(seen) | {"action": action, "code_1": "R99", "note_1": "x"}
    for to in ("/confirm", "/decide"):
        assert desk.post(path(case, to), forged).status in (200, 403, 404, 422)
    assert now(stage, case) == then


# ---- finance ----


def test_finance_sees_what_was_approved_and_nothing_before(
    sit: Sit, case: Case, stage: Stage
) -> None:
    desk = sit("gu", Role.FINANCE)
    tabs = desk.open("/staff")
    for label in ("待打款", "待放行", "打款中", "待核对账户"):
        assert label in tabs.text
    for label in ("待初核", "待复核"):
        assert label not in tabs.text
    assert desk.open(path(case)).status == 404
    claiming.payable(stage, case)
    seen = desk.open(path(case))
    assert "此环节按批次办理" in seen.text
    assert case.number in desk.open("/staff?state=payable").body
    assert case.number not in desk.open("/staff").body, "they begin where the desk decides"


def test_the_new_account_stands_beside_the_old(sit: Sit, case: Case, stage: Stage) -> None:
    repaired(stage, case)
    desk = sit("gu", Role.FINANCE)
    seen = desk.post("/staff/next", desk.open("/staff").form("/staff/next"))
    assert seen.url == path(case)
    rows = {words(tr[0]): [words(td) for td in tr[1:]] for tr in account_table(seen)}
    assert rows["银行账号"] == ["*" * 12 + "7430", "*" * 15 + "5678"]
    assert rows["开户银行"][0] == rows["开户银行"][1]
    whole = desk.press(seen, path(case, "/reveal"), reason="compare")
    rows = {words(tr[0]): [words(td) for td in tr[1:]] for tr in account_table(whole)}
    assert rows["银行账号"] == ["6225881414207430", "6217003330012345678"]
    assert texts.ACCOUNT_GOOD in seen.text
    assert texts.IN_FORCE not in seen.text, "the stay was decided before"
    for name in ("ask_amount", "ask_amount_reason"):
        assert name not in case_form(seen)


def account_table(seen: Seen) -> list[object]:
    body = next(e for e in seen.tree.iter(f"{HTML}tbody"))
    return list(body)


def test_finance_confirms_an_account(sit: Sit, case: Case, stage: Stage) -> None:
    repaired(stage, case)
    desk = sit("gu", Role.FINANCE)
    desk.decide(case.number, "confirm_account")
    done = now(stage, case)
    assert (done.state, done.facts["account_checker"]) == ("payable", "gu")


def test_an_account_goes_back_with_a_reason(sit: Sit, case: Case, stage: Stage) -> None:
    repaired(stage, case)
    desk = sit("gu", Role.FINANCE)
    assert desk.decide(case.number, "reject_account").error("code_1")
    page = desk.open(path(case))
    targets = [e.get("value") for e in page.tree.iter(f"{HTML}option")]
    assert "field:account" in targets
    assert "field:hospital" not in targets
    typed = {"code_1": "R13", "target_1": "field:account", "note_1": "非本人账户"}
    asked = desk.press(page, path(case, "/confirm"), action="reject_account", **typed)
    assert "收款账户非本人：非本人账户" in asked.text.split("职工将看到")[1]
    desk.post(path(case, "/decide"), asked.form(path(case, "/decide")))
    assert now(stage, case).state == "account_repair"


def test_who_reviewed_it_does_not_vouch_for_its_account(sit: Sit, case: Case, stage: Stage) -> None:
    repaired(stage, case)
    desk = sit("bob", Role.SECOND_REVIEWER, Role.FINANCE)
    seen = desk.open(path(case))
    assert "您已办理该申请的复核，核对账户须由其他人员办理。" in seen.text
    forged = case_form(seen) | {"action": "confirm_account"}
    assert desk.post(path(case, "/decide"), forged).status == 403
    assert now(stage, case).state == "account_check"


def test_others_on_the_same_account_are_counted(
    sit: Sit, stage: Stage, member: str, enrol: Enrol
) -> None:
    wang: MemberRecord = WANG
    other = enrol(wang)
    claiming.claim(stage, other, holder=wang.name, account="6217003330012345678")
    mine = claiming.claim(stage, member)
    repaired(stage, mine)
    seen = sit("gu", Role.FINANCE).open(path(mine))
    assert texts.ACCOUNT_BAD.format(count=1) in seen.text
    assert wang.name not in seen.body


# ---- what it costs ----


def test_deciding_an_amount_is_one_round_trip_more(sit: Sit, case: Case, stage: Stage) -> None:
    desk = sit("anna", Role.FIRST_REVIEWER)
    asked = desk.press(desk.open(path(case)), path(case, "/confirm"), action="approve")
    sure = asked.form(path(case, "/decide"))
    sure.pop("then")
    counter = Counter(stage)
    calls = counter.of(lambda: desk.post(path(case, "/decide"), sure, follow=False))
    assert calls == ["BatchGetItem", "GetItem", "BatchGetItem", "TransactWriteItems"]


def test_a_page_costs_the_same_after_many_cases(sit: Sit, stage: Stage, member: str) -> None:
    case = claiming.claim(stage, member)
    desk = sit("anna", Role.FIRST_REVIEWER)
    counter = Counter(stage)
    alone = counter.of(lambda: desk.open(path(case)))
    for month in ("05", "06", "07"):
        days = {"admission": f"2026-{month}-01", "discharge": f"2026-{month}-02"}
        claiming.claim(stage, member, **days, settled=f"2026-{month}-03")
    desk = sit("anna")
    assert counter.of(lambda: desk.open(path(case))) == alone
    looked, noted = ["Query", "TransactWriteItems", "Query"], ["BatchGetItem", "Query"]
    assert alone == ["BatchGetItem", *looked, *noted]
