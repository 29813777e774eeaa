"""One case on the desk: looks, notes, reasons, deciding, and being second."""

import pytest

from chalicelib.casework.case import Case
from chalicelib.casework.machine import Refusal, Role
from chalicelib.casework.service import Casework
from chalicelib.staff import texts
from tests.fakes.cloud import Stage
from tests.fakes.desk import Desk, Send, Sit, case_form, path
from tests.fakes.phone import Seen
from tests.flows.test_round_trips import Counter


def state_of(stage: Stage, case: Case) -> str:
    return Casework(stage.world).read(case.number).state


def test_a_case_shows_what_is_needed_to_decide(sit: Sit, send: Send, stage: Stage) -> None:
    case = send()
    desk = sit("anna", Role.FIRST_REVIEWER)
    seen = desk.open(path(case))
    for words in (
        "PX" + case.number,
        "待初核",
        "一本书",
        "提交 · 待初核",
        "职工本人",
        "尚无人办理",
    ):
        assert words in seen.text
    form = case_form(seen)
    assert "由您办理" in desk.post(path(case, "/lease"), form).text
    other = sit("bea", Role.FIRST_REVIEWER)
    seen = other.open(path(case))
    assert "anna 正在办理" in seen.text
    late = other.post(path(case, "/lease"), case_form(seen))
    assert (late.status, texts.LEASED in late.text) == (422, True)


def test_a_number_leads_to_its_case(sit: Sit, send: Send) -> None:
    case = send()
    desk = sit("anna", Role.FIRST_REVIEWER)
    for typed in (f"PX{case.number}", case.number, f"%20px{case.number}"):
        assert desk.open(f"/staff/find?number={typed}").url == path(case)
    for typed in ("", "PX", "一二三", "../../me"):
        assert texts.NOTICES["unknown"] in desk.open(f"/staff/find?number={typed}").text


@pytest.mark.parametrize("number", ["9" * 3000, "x" * 3000, "一二三", "%00", "1%2F2"])
@pytest.mark.parametrize("below", ["", "/pictures/x"])
def test_what_is_no_number_is_not_looked_for(
    sit: Sit, stage: Stage, number: str, below: str
) -> None:
    desk, counter = sit("anna", Role.FIRST_REVIEWER), Counter(stage)
    assert desk.open(f"/staff/cases/{number}{below}").status == 404
    # the session, and no key that DynamoDB would find too long
    assert counter.calls == ["BatchGetItem"]


def test_the_record_of_looks_takes_no_odd_page(sit: Sit, stage: Stage) -> None:
    desk = sit("dora", Role.AUDITOR)
    whole = desk.open("/staff/audit").text
    assert desk.open(f"/staff/audit?before={'9' * 3000}").text == whole


@pytest.mark.parametrize("version", ["9" * 5000, "٣", "-1", ""])
def test_a_version_that_nobody_saw_is_a_stale_page(sit: Sit, send: Send, version: str) -> None:
    case = send()
    desk = sit("anna", Role.FIRST_REVIEWER)
    form = case_form(desk.open(path(case))) | {"action": "approve", "version": version}
    for to in ("/confirm", "/decide"):
        seen = desk.post(path(case, to), form)
        assert (seen.status, Refusal.ALREADY_DECIDED.value in seen.text) == (409, True)


def test_each_look_is_recorded_without_what_was_seen(sit: Sit, send: Send, stage: Stage) -> None:
    case = send()
    desk = sit("anna", Role.FIRST_REVIEWER)
    seen = desk.open(path(case))
    desk.press(seen, path(case, "/reveal"), reason="compare")
    refused = desk.press(seen, path(case, "/reveal"), reason="curious")
    assert refused.status == 422
    entries = stage.world.audit.day("2026-11-23")
    looks = [(e.account, e.action, e.target, e.detail) for e in reversed(entries)]
    assert looks[:3] == [
        ("anna", "login", "", ""),
        ("anna", "case", case.number, ""),
        ("anna", "reveal", case.number, "compare"),
    ]
    assert "一本书" not in str(entries)
    auditor = sit("dora", Role.AUDITOR)
    text = auditor.open("/staff/audit").text
    assert "查看完整信息" in text
    assert "核对填报内容与证件" in text
    assert "没有查看记录" in auditor.open("/staff/audit?day=2026-11-22").text
    assert "查看完整信息" in auditor.open("/staff/audit?day=nonsense").text


def test_notes_are_for_staff_and_written_once(sit: Sit, send: Send, stage: Stage) -> None:
    case = send()
    desk = sit("anna", Role.FIRST_REVIEWER)
    form = case_form(desk.open(path(case))) | {"note": "单位电话已核实", "note_1": "第二行"}
    for _ in range(2):
        seen = desk.post(path(case, "/notes"), form)
        assert seen.text.count("单位电话已核实") == 1
        assert case_form_at(seen, case)["note_1"] == "第二行", "what was typed elsewhere stays"
    empty = desk.post(path(case, "/notes"), case_form_at(seen, case) | {"note": ""})
    assert empty.error("note") == texts.NOTE_EMPTY
    raw = stage.world.aws.client("dynamodb").scan(TableName="mutual-aid-local-office")
    assert "单位电话已核实" not in str(raw["Items"])


def case_form_at(seen: Seen, case: Case) -> dict[str, str]:
    return seen.form(path(case, "/confirm"))


# ---- deciding ----


def test_two_people_bring_a_case_home(sit: Sit, send: Send, stage: Stage) -> None:
    case = send()
    anna, bob = sit("anna", Role.FIRST_REVIEWER), sit("bob", Role.SECOND_REVIEWER)
    anna.decide(case.number, "approve", remark="证件清楚")
    assert state_of(stage, case) == "second"
    seen = bob.open(path(case))
    assert "证件清楚" in seen.text
    assert "初核员 anna" in seen.text
    bob.decide(case.number, "approve")
    assert state_of(stage, case) == "done"
    assert "此环节您只能查看" in bob.open(path(case)).text


def test_the_question_shows_what_the_employee_will_read(sit: Sit, send: Send, stage: Stage) -> None:
    case = send()
    desk = sit("anna", Role.FIRST_REVIEWER)
    asked = desk.press(
        desk.open(path(case)),
        path(case, "/confirm"),
        action="reject",
        code_1="R08",
        target_1="field:what",
        note_1="第二行看不清",
        code_2="R07",
        remark="第二次了",
    )
    assert asked.status == 200
    assert state_of(stage, case) == "first", "asking changes nothing"
    told, internal = asked.text.split("仅内部可见")
    for words in (
        "待初核 → 草稿",
        "材料不清晰或非本人：第二行看不清",
        "显示在「内容」旁",
        "材料不全",
    ):
        assert words in told
    assert "第二次了" in internal
    form = asked.form(path(case, "/decide"))
    back = desk.post(path(case, "/typed"), form)
    assert case_form_at(back, case)["note_1"] == "第二行看不清"
    done = desk.post(path(case, "/decide"), form)
    assert done.url == "/staff?notice=done"
    kept = Casework(stage.world).read(case.number)
    assert (kept.state, [r.code for r in kept.reasons]) == ("draft", ["R08", "R07"])
    assert kept.reasons[0].target == "field:what"


def test_what_goes_back_inside_the_house_stays_inside(sit: Sit, send: Send, stage: Stage) -> None:
    case = send()
    anna, bob = sit("anna", Role.FIRST_REVIEWER), sit("bob", Role.SECOND_REVIEWER)
    anna.decide(case.number, "approve")
    asked = bob.press(
        bob.open(path(case)), path(case, "/confirm"), action="send_back", code_1="R09"
    )
    assert "职工将看到 " not in asked.text
    assert "身份信息不一致" in asked.text.split("仅内部可见")[1]
    bob.post(path(case, "/decide"), asked.form(path(case, "/decide")))
    assert state_of(stage, case) == "first"
    assert "再次办理" in anna.open("/staff?state=first").text
    assert "身份信息不一致" in anna.open(path(case)).text


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({}, "code_1", texts.REASON_MISSING),
        ({"code_1": "R99"}, "note_1", "说明"),
        ({"code_2": "R55"}, "code_2", "列表"),
        ({"note_1": "没有选原因"}, "code_1", "列表"),
        ({"code_1": "R08", "target_1": "document:none"}, "target_1", texts.TARGET_UNKNOWN),
        ({"code_1": "R08", "target_1": "../x"}, "target_1", texts.TARGET_UNKNOWN),
        ({"code_1": "R08", "note_1": "长" * 201}, "note_1", "200"),
        ({"code_1": "R08", "remark": "长" * 501}, "remark", texts.NOTE_TOO_LONG),
    ],
)
def test_an_incomplete_rejection_keeps_what_was_typed(
    sit: Sit, send: Send, stage: Stage, fields: dict[str, str], field: str, words: str
) -> None:
    case = send()
    desk = sit("anna", Role.FIRST_REVIEWER)
    typed = {"note_5": "另一条", "code_5": "R07"} | fields if fields else {}
    seen = desk.decide(case.number, "reject", **typed)
    assert seen.status == 422
    assert words in seen.error(field)
    form = case_form_at(seen, case)
    assert all(form[name] == value for name, value in typed.items() if name in ("note_1", "note_5"))
    assert state_of(stage, case) == "first"


def test_a_double_click_is_one_decision(sit: Sit, send: Send, stage: Stage) -> None:
    case = send()
    desk = sit("anna", Role.FIRST_REVIEWER)
    asked = desk.press(desk.open(path(case)), path(case, "/confirm"), action="approve")
    sure = asked.form(path(case, "/decide"))
    assert desk.post(path(case, "/decide"), sure).url == "/staff?notice=done"
    assert desk.post(path(case, "/decide"), sure).url == "/staff?notice=done"
    assert len(Casework(stage.world).history(case.number)) == 2


def test_who_is_second_reads_so_and_loses_nothing(sit: Sit, send: Send, stage: Stage) -> None:
    case = send()
    anna, bea = sit("anna", Role.FIRST_REVIEWER), sit("bea", Role.FIRST_REVIEWER)
    asked = [
        desk.press(desk.open(path(case)), path(case, "/confirm"), **typed)
        for desk, typed in (
            (anna, {"action": "approve"}),
            (bea, {"action": "reject", "code_1": "R08", "note_1": "第二行"}),
        )
    ]
    anna.post(path(case, "/decide"), asked[0].form(path(case, "/decide")))
    late = bea.post(path(case, "/decide"), asked[1].form(path(case, "/decide")))
    assert late.status == 409
    assert Refusal.ALREADY_DECIDED.value in late.text
    assert state_of(stage, case) == "second"
    assert len(Casework(stage.world).history(case.number)) == 2


def test_a_stale_page_keeps_the_reasons_for_a_second_look(
    sit: Sit, send: Send, stage: Stage
) -> None:
    case = send()
    anna, bob = sit("anna", Role.FIRST_REVIEWER), sit("bob", Role.SECOND_REVIEWER)
    typed = {"action": "reject", "code_1": "R08", "note_1": "第二行"}
    asked = anna.press(anna.open(path(case)), path(case, "/confirm"), **typed)
    bea = sit("bea", Role.FIRST_REVIEWER)
    bea.decide(case.number, "approve")
    bob.decide(case.number, "send_back", code_1="R09")
    late = anna.post(path(case, "/decide"), asked.form(path(case, "/decide")))
    assert late.status == 409
    form = case_form_at(late, case)
    assert (form["code_1"], form["note_1"], form["version"]) == ("R08", "第二行", "3")


def test_a_lease_keeps_others_from_deciding(sit: Sit, send: Send, stage: Stage) -> None:
    case = send()
    anna, bea = sit("anna", Role.FIRST_REVIEWER), sit("bea", Role.FIRST_REVIEWER)
    Casework(stage.world).lease(case.number, "anna")
    seen = bea.decide(case.number, "approve")
    assert (seen.status, "正由其他" in seen.text) == (422, True)
    stage.clock.forward(minutes=16)
    bea.decide(case.number, "approve")
    assert state_of(stage, case) == "second"
    assert anna.open(path(case)).status == 200


def forged(desk: Desk, seen: Seen, case: Case, action: str) -> Seen:
    """Send a decision that no button offers."""
    form = case_form_at(seen, case) | {"action": action, "version": str(case.version)}
    return desk.post(path(case, "/decide"), form)


def test_four_eyes_hold_against_forged_forms(sit: Sit, send: Send, stage: Stage) -> None:
    case, own = send(), send("7")
    both = sit("anna", Role.FIRST_REVIEWER, Role.SECOND_REVIEWER)
    both.decide(case.number, "approve")
    now = Casework(stage.world).read(case.number)
    assert forged(both, both.open(path(case)), now, "approve").status == 403
    assert state_of(stage, case) == "second"
    mine = sit("carl", Role.FIRST_REVIEWER, member_id="7")
    seen = mine.open(path(own))
    assert "您本人的申请" in seen.text
    assert forged(mine, seen, own, "approve").status == 403
    assert forged(mine, seen, own, "delete").status in (403, 422)
    assert forged(mine, seen, own, "explode").status == 404
    assert state_of(stage, own) == "first"


def test_a_token_is_for_one_session_and_one_case(sit: Sit, send: Send, stage: Stage) -> None:
    case, second = send(), send("1002")
    anna, bea = sit("anna", Role.FIRST_REVIEWER), sit("bea", Role.FIRST_REVIEWER)
    form = case_form(anna.open(path(case))) | {"action": "approve"}
    elsewhere = case_form(anna.open(path(second))) | {"action": "approve"}
    for desk, fields in ((bea, form), (anna, elsewhere), (anna, form | {"token": ""})):
        seen = desk.post(path(case, "/decide"), fields)
        assert (seen.status, "页面已过期" in seen.text) == (422, True)
    again = sit("anna")
    assert again.post(path(case, "/decide"), form).status == 422
    assert state_of(stage, case) == "first"
