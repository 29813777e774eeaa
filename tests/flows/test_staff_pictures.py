"""A change request on the desk: masked until asked, old beside new, pictures for a minute."""

import pytest
from chalice.test import Client

from chalicelib.casework.case import Case, Reason
from chalicelib.casework.machine import Role
from tests.fakes.cloud import Stage
from tests.fakes.desk import Desk, case_form, hire, path
from tests.fakes.people import LI
from tests.fakes.phone import Phone, Seen
from tests.flows import changing
from tests.flows.test_round_trips import Counter

PHONE, CARD = "13900001111", "45088812345678"


@pytest.fixture
def case(phone: Phone, stage: Stage, me: str) -> Case:
    return changing.ask(phone, stage, me, phone=PHONE, social_card=CARD)[1]


@pytest.fixture
def desk(client: Client, stage: Stage) -> Desk:
    hire(stage, "anna", Role.FIRST_REVIEWER)
    made = Desk(client, stage)
    made.login("anna")
    return made


def rows(seen: Seen) -> dict[str, str]:
    """Label → the rest of the line, as it can be read."""
    found = {}
    for row in seen.tree.iter():
        if row.get("data-target", "").startswith("field:") and row.tag.endswith("tr"):
            label, *cells = (" ".join("".join(cell.itertext()).split()) for cell in row)
            found[label] = " | ".join(cells)
    return found


def test_nothing_personal_stands_there_before_it_is_asked_for(case: Case, desk: Desk) -> None:
    seen = desk.open(path(case))
    for value in (LI.name, LI.doc_number, LI.phone, LI.social_card, PHONE, CARD, "1949"):
        assert str(value) not in seen.body
    shown = rows(seen)
    assert shown["手机号码"] == "138****0001 | 139****1111"
    assert shown["姓名"] == "李**"


def test_full_values_are_shown_once_for_a_reason(case: Case, desk: Desk, stage: Stage) -> None:
    seen = desk.press(desk.open(path(case)), f"{path(case)}/reveal", reason="compare", note_1="记")
    assert rows(seen)["手机号码"] == f"{LI.phone} | {PHONE}"
    assert rows(seen)["社保卡号"] == f"{LI.social_card} | {CARD}"
    assert LI.name in seen.text
    assert seen.form(f"{path(case)}/confirm")["note_1"] == "记"
    assert PHONE not in desk.open(path(case)).body
    latest = stage.world.audit.day("2026-11-23")[1]
    assert (latest.action, latest.target, latest.detail) == ("reveal", case.number, "compare")


def test_a_question_and_a_refusal_mask_too(case: Case, desk: Desk) -> None:
    asked = desk.press(
        desk.open(path(case)),
        f"{path(case)}/confirm",
        action="reject",
        code_1="R09",
        target_1="field:phone",
    )
    assert "显示在「手机号码」旁" in asked.text
    assert PHONE not in asked.body
    refused = desk.press(desk.open(path(case)), f"{path(case)}/confirm", action="reject")
    assert (refused.status, PHONE in refused.body) == (422, False)


def test_after_coming_back_the_former_wish_stands_below(
    case: Case, desk: Desk, phone: Phone, stage: Stage, me: str
) -> None:
    document = case.documents[0]
    why = (Reason("R08", f"document:{document}"), Reason("R09", "field:social_card"))
    changing.reject(stage, case, *why)
    form = changing.typed(
        phone.open(f"/changes/{case.number}/edit"),
        f"/changes/{case.number}",
        documents=[changing.picture(stage, me)],
        phone=PHONE,
        social_card="45088812345699",
    )
    assert phone.post(f"/changes/{case.number}", form).url == "/changes/done"
    seen = desk.press(desk.open(path(case)), f"{path(case)}/reveal", reason="compare")
    assert rows(seen)["社保卡号"] == f"{LI.social_card} | 45088812345699 上次提交：{CARD}"
    assert "身份信息不一致" in seen.text
    assert "再次办理" in desk.open("/staff").text


def test_a_picture_is_lent_for_a_minute_and_the_look_recorded(
    case: Case, desk: Desk, stage: Stage
) -> None:
    document = case.documents[0]
    page = desk.open(path(case))
    assert f"{path(case)}/pictures/{document}?size=thumb" in page.body
    assert "anna 2026-11-23" in page.body, "the watermark names who looks"
    seen = desk.open(f"{path(case)}/pictures/{document}", follow=False)
    assert seen.status == 303
    assert "X-Amz-Expires=60" in seen.headers["Location"]
    latest = stage.world.audit.day("2026-11-23")[0]
    assert (latest.action, latest.target, latest.detail) == ("picture", case.number, document)
    thumb = desk.open(f"{path(case)}/pictures/{document}?size=thumb", follow=False)
    assert thumb.status == 303


def test_no_picture_is_lent_to_whom_the_case_is_not(
    case: Case, desk: Desk, client: Client, stage: Stage, me: str
) -> None:
    document = case.documents[0]
    loose = changing.picture(stage, me)
    assert desk.open(f"{path(case)}/pictures/{loose}").status == 404
    assert desk.open(f"/staff/cases/123/pictures/{document}").status == 404
    hire(stage, "nan", Role.FIRST_REVIEWER, prefectures=("南宁市",))
    hire(stage, "fin", Role.FINANCE)
    hire(stage, "edi", Role.EDITOR)
    for account, status in (("nan", 404), ("fin", 404), ("edi", 403)):
        other = Desk(client, stage)
        other.login(account)
        assert other.open(path(case)).status == status
        assert other.open(f"{path(case)}/pictures/{document}").status == status


def test_round_trips_of_a_case_and_its_pictures(case: Case, desk: Desk, stage: Stage) -> None:
    counter = Counter(stage)
    page = counter.of(lambda: desk.open(path(case)))
    assert page[:3] == ["BatchGetItem", "Query", "TransactWriteItems"], "session, case, record"
    assert len(page) <= 8
    address = f"{path(case)}/pictures/{case.documents[0]}"
    assert len(counter.of(lambda: desk.open(address, follow=False))) <= 4


def test_a_change_goes_through_two_hands(
    case: Case, desk: Desk, client: Client, stage: Stage, me: str
) -> None:
    desk.decide(case.number, "approve")
    hire(stage, "bob", Role.SECOND_REVIEWER)
    bob = Desk(client, stage)
    bob.login("bob")
    asked = bob.press(bob.open(path(case)), f"{path(case)}/confirm", action="approve")
    assert "职工将看到进度变为「办结」" in asked.text
    assert "站内信、短信和微信" in asked.text
    bob.post(f"{path(case)}/decide", asked.form(f"{path(case)}/decide"))
    assert changing.record(stage, me).phone == PHONE
    assert case_form(bob.open(path(case)))["version"] == "3"
