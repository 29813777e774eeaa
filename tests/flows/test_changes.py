"""个人信息变更 (A13–A16) from the phone to 办结."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from chalice.test import Client

from chalicelib.casework.case import Reason
from chalicelib.core.clock import beijing_second
from chalicelib.core.ids import snowflake_time
from chalicelib.store import keys
from chalicelib.store.consents import ConsentItem, HistoryItem
from tests.fakes.cloud import Stage
from tests.fakes.people import LI
from tests.fakes.phone import Phone, Seen, check
from tests.flows.binding import bind
from tests.flows.changing import (
    FIRST,
    SECOND,
    ask,
    cases,
    close,
    decide,
    fill,
    locked,
    newest,
    picture,
    record,
    reject,
    typed,
)

NEW_PHONE = "13900000002"


def test_from_the_personal_centre_to_closed(phone: Phone, stage: Stage, me: str) -> None:
    assert "/changes" in phone.open("/me").body
    assert "还没有变更申请" in phone.open("/changes").text
    seen, case = ask(phone, stage, me, phone=NEW_PHONE)
    assert "变更申请已提交" in seen.text
    assert "请等待审核通知" in seen.text
    listed = phone.open("/changes").text
    assert f"BG{case.number}" in listed
    assert beijing_second(snowflake_time(case.number)) in listed
    assert "待初核" in listed
    assert "我要变更信息" not in listed
    decide(stage, case, "approve", FIRST)
    assert "待复核" in phone.open("/changes").text
    decide(stage, case, "approve", SECOND)
    page = phone.open(f"/changes/{case.number}").text
    assert "办结" in page
    assert "复核员" in page
    assert record(stage, me).phone == NEW_PHONE
    assert "139****0002" in phone.open("/me").text
    assert "我要变更信息" in phone.open("/changes").text
    assert not locked(me)
    history = HistoryItem.query(keys.member(me), HistoryItem.sk.startswith("history#"))
    assert [item.kind for item in history] == ["bound", "change_asked", "changed"]


def test_only_what_changed_is_kept_and_sealed(phone: Phone, stage: Stage, me: str) -> None:
    _seen, case = ask(phone, stage, me, phone=NEW_PHONE)
    stored = str(case.data)
    for secret in (LI.name, LI.phone, NEW_PHONE, LI.doc_number):
        assert secret not in stored
    client = stage.world.aws.client("dynamodb")
    dump = str(client.scan(TableName="mutual-aid-local-cases")["Items"])
    for secret in (LI.name, LI.phone, NEW_PHONE, LI.doc_number):
        assert secret not in dump


def test_nothing_registered_is_sent_in_the_clear(phone: Phone, stage: Stage, me: str) -> None:
    page = phone.open("/changes/new")
    for secret in (LI.name, LI.doc_number, LI.phone, str(LI.social_card), str(LI.birth_date)):
        assert secret not in page.body
    assert LI.unit_name in page.text
    assert "138****0001" in page.text
    form = page.form("/changes")
    assert (form["phone"], form["sex"], form["doc_type"]) == ("", "female", "resident_id")


def test_sent_back_mended_and_approved(phone: Phone, stage: Stage, me: str) -> None:
    _seen, case = ask(phone, stage, me, phone=NEW_PHONE)
    old = case.documents[0]
    reject(
        stage,
        case,
        Reason("R09", "field:phone", "与证明不符"),
        Reason("R08", f"document:{old}", "反光"),
        Reason("R99", "", "信息不正确"),
    )
    listed = phone.open("/changes")
    assert "草稿" in listed.text
    assert "信息不正确" in listed.text
    assert f"/changes/{case.number}/delete" in listed.body
    page = phone.open(f"/changes/{case.number}/edit")
    assert "与证明不符" in page.error("phone")
    assert "反光" in page.error(f"document-{old}")
    assert "信息不正确" in page.text
    assert NEW_PHONE not in page.body
    assert "上次填写 139****0002" in page.text
    path = f"/changes/{case.number}"
    form = typed(page, path, documents=[old])
    left = phone.post(path, form)
    assert left.status == 422
    assert "重新填写" in left.error("phone")
    assert "更换" in left.error(f"document-{old}")
    new = picture(stage, me)
    form = typed(left, path, documents=[new], phone="13900000003")
    assert phone.post(path, form).url == "/changes/done"
    again = newest(stage, me)
    assert (again.state, again.documents, again.reasons) == ("first_review", (new,), ())
    close(stage, again)
    assert record(stage, me).phone == "13900000003"
    timeline = phone.open(path).text
    for words in ("提交 · 待初核", "驳回 · 草稿", "与证明不符", "通过 · 办结", "初核员"):
        assert words in timeline


def test_what_is_left_empty_in_a_draft_stays_as_last_asked(
    phone: Phone, stage: Stage, me: str
) -> None:
    _seen, case = ask(phone, stage, me, phone=NEW_PHONE, social_card="99887766")
    reject(stage, case, Reason("R09", "field:social_card", "少一位"))
    path = f"/changes/{case.number}"
    form = typed(phone.open(f"{path}/edit"), path, social_card="998877665")
    phone.post(path, {**form, "documents": list(case.documents)})
    close(stage, newest(stage, me))
    assert record(stage, me).phone == NEW_PHONE
    assert record(stage, me).social_card == "998877665"


def test_an_internal_return_is_not_for_the_employee(phone: Phone, stage: Stage, me: str) -> None:
    _seen, case = ask(phone, stage, me, phone=NEW_PHONE)
    decide(stage, case, "approve", FIRST)
    decide(stage, case, "send_back", SECOND, (Reason("R99", "", "请初核员再看"),))
    page = phone.open(f"/changes/{case.number}").text
    assert "退回初核" in page
    assert "请初核员再看" not in page


def test_a_draft_is_deleted_and_another_may_be_opened(phone: Phone, stage: Stage, me: str) -> None:
    _seen, case = ask(phone, stage, me, phone=NEW_PHONE)
    reject(stage, case)
    assert locked(me)
    path = f"/changes/{case.number}/delete"
    page = phone.open(path)
    assert f"BG{case.number}" in page.text
    done = phone.post(path, page.form(path))
    assert done.url == "/changes/deleted"
    assert "还没有变更申请" in phone.open("/changes").text
    assert not locked(me)
    again = phone.post(path, page.form(path))
    assert again.url == "/changes/deleted", "the same form twice is the same success"
    ask(phone, stage, me, phone=NEW_PHONE)
    assert [c.state for c in cases(stage, me)] == ["first_review", "deleted"]


def test_what_is_under_review_is_neither_edited_nor_deleted(
    phone: Phone, stage: Stage, me: str
) -> None:
    _seen, case = ask(phone, stage, me, phone=NEW_PHONE)
    path = f"/changes/{case.number}"
    assert phone.open(f"{path}/edit").url == path
    assert phone.open(f"{path}/delete").url == path
    reject(stage, case)
    form, other = (typed(phone.open(f"{path}/edit"), path) for _tab in range(2))
    question = phone.open(f"{path}/delete")
    more = {"documents": list(case.documents), "phone": "13900000003"}
    assert phone.post(path, {**form, **more}).url == "/changes/done"
    late = phone.post(f"{path}/delete", question.form(f"{path}/delete"))
    assert (late.status, "审核中" in late.text) == (422, True)
    late = phone.post(path, {**other, **more})
    assert (late.status, "审核中" in late.text) == (422, True)
    assert late.form(path)["phone"] == "13900000003"
    assert newest(stage, me).version == 3


def test_an_old_form_of_a_draft_that_went_on_is_refused(
    phone: Phone, stage: Stage, me: str
) -> None:
    _seen, case = ask(phone, stage, me, phone=NEW_PHONE)
    reject(stage, case)
    path = f"/changes/{case.number}"
    old, form = (typed(phone.open(f"{path}/edit"), path) for _tab in range(2))
    more = {"documents": list(case.documents), "phone": "13900000003"}
    phone.post(path, {**form, **more})
    reject(stage, case)
    assert phone.post(path, {**old, **more}).status == 409


def test_the_same_form_twice_is_one_request(phone: Phone, stage: Stage, me: str) -> None:
    form = fill(phone, [picture(stage, me)], phone=NEW_PHONE)
    for _time in range(2):
        assert phone.post("/changes", form).url == "/changes/done"
    assert len(cases(stage, me)) == 1
    reject(stage, newest(stage, me))
    path = f"/changes/{newest(stage, me).number}"
    again = typed(phone.open(f"{path}/edit"), path, phone="13900000003")
    again["documents"] = list(newest(stage, me).documents)
    for _time in range(2):
        assert phone.post(path, again).url == "/changes/done"
    assert newest(stage, me).version == 3


def test_one_open_request_per_employee(phone: Phone, stage: Stage, me: str) -> None:
    first = fill(phone, [picture(stage, me)], phone=NEW_PHONE)
    second = fill(phone, [picture(stage, me)], phone="13900000003")
    phone.post("/changes", first)
    refused = phone.post("/changes", second)
    assert refused.status == 422
    assert "您有一条未办结的变更申请，办结后才能再次提交。" in refused.text
    assert refused.form("/changes")["phone"] == "13900000003"
    assert len(cases(stage, me)) == 1


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({}, "", "没有修改任何信息"),
        ({"phone": LI.phone}, "", "没有修改任何信息"),
        ({"phone": "123"}, "phone", "11 位"),
        ({"name": "李新例", "doc_type": "passport", "doc_number": "E1234567"}, "name", "不能同时"),
        ({"doc_number": "440524188001010014"}, "birth_date", "不一致"),
        ({"doc_type": "passport"}, "doc_number", "新证件的号码"),
        ({"birth_date": "昨天"}, "birth_date", "样式"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    phone: Phone, stage: Stage, me: str, fields: dict[str, str], field: str, words: str
) -> None:
    doc_id = picture(stage, me)
    seen = phone.post("/changes", fill(phone, [doc_id], **fields))
    assert seen.status == 422
    assert words in (seen.error(field) if field else seen.text)
    kept = seen.form("/changes")
    assert kept["documents"] == doc_id
    assert {name: kept[name] for name in fields} == fields


def test_pictures_must_be_there_clean_and_ones_own(
    phone: Phone, stage: Stage, me: str, enrol: Callable[..., str]
) -> None:
    none = phone.post("/changes", fill(phone, [], phone=NEW_PHONE))
    assert "至少 1 张" in none.error("documents-change")
    waiting = picture(stage, me, clean=False)
    seen = phone.post("/changes", fill(phone, [waiting], phone=NEW_PHONE))
    assert "不能使用" in seen.error(f"document-{waiting}")
    foreign = picture(stage, "4711")
    seen = phone.post("/changes", fill(phone, [foreign], phone=NEW_PHONE))
    assert seen.status == 422
    assert "不能使用" in seen.text
    assert cases(stage, me) == []


def test_each_submission_needs_its_consent_and_records_it(
    phone: Phone, stage: Stage, me: str
) -> None:
    form = fill(phone, [picture(stage, me)], phone=NEW_PHONE)
    assert "agree" not in phone.open("/changes/new").form("/changes")
    refused = phone.post("/changes", form | {"agree": ""})
    assert "勾选同意" in refused.error("agree")
    phone.post("/changes", form)
    reject(stage, newest(stage, me))
    path = f"/changes/{newest(stage, me).number}"
    again = phone.open(f"{path}/edit").form(path)
    assert "agree" not in again
    more = {"documents": list(newest(stage, me).documents), "agree": "1", "phone": "13900000003"}
    phone.post(path, {**again, **more})
    prefix = ConsentItem.sk.startswith("consent#")
    consents = [item.kind for item in ConsentItem.query(keys.member(me), prefix)]
    assert consents == ["policy", "change_evidence", "change_evidence"]


def test_a_forged_form_is_refused_and_loses_nothing(phone: Phone, stage: Stage, me: str) -> None:
    form = fill(phone, [picture(stage, me)], phone=NEW_PHONE)
    seen = phone.post("/changes", form | {"token": "forged"})
    assert (seen.status, "已过期" in seen.text) == (422, True)
    assert seen.form("/changes")["phone"] == NEW_PHONE
    _seen, case = ask(phone, stage, me, phone=NEW_PHONE)
    reject(stage, case)
    path = f"/changes/{case.number}"
    forged = typed(phone.open(f"{path}/edit"), path, phone="13900000003", token="forged")
    seen = phone.post(path, forged)
    assert (seen.status, "已过期" in seen.text) == (422, True)
    assert seen.form(path)["phone"] == "13900000003"
    new_form = phone.open("/changes/new").form("/changes")["token"]
    assert phone.post(path, forged | {"token": new_form}).status == 422


@pytest.mark.parametrize("way", ["", "/edit", "/delete"])
def test_somebody_elses_request_does_not_exist(
    phone: Phone, second_phone: Phone, stage: Stage, me: str, enrol: Callable[..., str], way: str
) -> None:
    other = replace(LI, doc_number="440524188001010014", phone="13800000003", sex="male")
    enrol(other)
    bind(second_phone, stage, doc_number=other.doc_number, phone=other.phone)
    _seen, case = ask(phone, stage, me, phone=NEW_PHONE)
    reject(stage, case)
    answers = [second_phone.open(f"/changes/{n}{way}") for n in (case.number, "1", "x", "9" * 30)]
    assert [seen.status for seen in answers] == [404] * 4
    assert len({seen.body for seen in answers}) == 1
    path = f"/changes/{case.number}"
    token = second_phone.open("/changes/new").form("/changes")
    assert second_phone.post(path, token).status in (404, 422)
    assert second_phone.post(f"{path}/delete", token).status in (404, 422)
    assert newest(stage, me).state == "draft"


def test_nobody_without_a_binding_gets_in(phone: Phone) -> None:
    for path in ("/changes", "/changes/new", "/changes/1", "/changes/1/edit", "/changes/done"):
        assert phone.open(path).url == "/bind"


@pytest.mark.parametrize("body", [b"", b"=", b"\xff\xfe", b"a" * 70_000, b"documents=&" * 50])
def test_any_body_gets_a_page(phone: Phone, client: Client, me: str, body: bytes) -> None:
    jar = "; ".join(f"{name}={value}" for name, value in phone.cookies.items())
    headers = {"content-type": "application/x-www-form-urlencoded", "cookie": jar}
    for path in ("/changes", "/changes/1", "/changes/1/delete"):
        answer = client.http.request("POST", path, headers=headers, body=body)
        seen = Seen(answer.status_code, dict(answer.headers), answer.body.decode(), path)
        check(seen)
        assert seen.status in (404, 422)


def test_what_is_odd_in_a_form_is_a_sentence(phone: Phone, stage: Stage, me: str) -> None:
    odd = {"sex": "x", "doc_type": "x", "insurance_type": "x", "name": "x" * 5000, "extra": "1"}
    seen = phone.post("/changes", fill(phone, ["../x", "y" * 5000], **odd))
    assert seen.status == 422
    for field in ("sex", "doc_type", "insurance_type", "name", "documents-change"):
        assert seen.error(field)
    assert phone.open("/changes?before=../x").status == 404
    assert phone.open("/changes?before=1").status == 200


def test_a_form_knows_which_pictures_the_case_keeps(phone: Phone, stage: Stage, me: str) -> None:
    _sent, case = ask(phone, stage, me, phone="13800000009")
    reject(stage, case, Reason("R08", f"document:{case.documents[0]}", "看不清"))
    # the script leaves such a picture out of the form; nobody may delete it
    assert "data-linked" in phone.open(f"/changes/{case.number}/edit").body
    assert "data-linked" not in phone.open("/changes/new").body
