"""What an approved change does to the employee's record, and what stands in its way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from chalicelib.changes.kind import KIND
from chalicelib.core.errors import Refused
from chalicelib.core.identity import DocType
from chalicelib.store import digests, keys
from chalicelib.store.members import IdentityItem, MemberRecord
from chalicelib.store.roster import RosterEntry
from tests.fakes.cloud import Stage
from tests.fakes.people import LI, THIS_YEAR
from tests.fakes.phone import Phone
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
from tests.flows.test_binding import NOT_FOUND
from tests.flows.test_round_trips import Counter

NEW_PHONE = "13900000002"
PASSPORT = {"doc_type": "passport", "doc_number": "E12345678"}
OTHER = replace(LI, doc_number="440524188001010014", phone="13800000003", sex="male")


def digest(stage: Stage, doc_type: str, number: str) -> str:
    return digests.document(stage.world.vault, DocType(doc_type), number)


def identity(stage: Stage, doc_type: str, number: str) -> IdentityItem:
    key = keys.identity(digest(stage, doc_type, number))
    return IdentityItem.get(key, keys.IDENTITY, consistent_read=True)


def import_again(stage: Stage, member: MemberRecord, member_id: str, content: str) -> None:
    """The roster comes with other content for the same person."""
    entry = RosterEntry(
        replace(member, member_id=member_id),
        (THIS_YEAR,),
        digest(stage, member.doc_type, member.doc_number),
        content,
    )
    stage.world.roster.save_roster([entry])


def test_a_new_document_moves_the_look_up_and_the_binding(
    phone: Phone, second_phone: Phone, stage: Stage, me: str
) -> None:
    _seen, case = ask(phone, stage, me, **PASSPORT)
    close(stage, case)
    assert phone.open("/me").status == 200, "the session goes on"
    assert "护照" in phone.open("/me").text
    new, old = identity(stage, **doc(PASSPORT)), identity(stage, "resident_id", LI.doc_number)
    assert (new.member_id, new.openid) == (me, "openid-one")
    assert (old.moved, old.openid) == (True, None)
    stage.clock.forward(minutes=2)
    assert NOT_FOUND in bind(second_phone, stage).text, "nobody binds by the old document"
    stage.clock.forward(minutes=2)
    assert bind(second_phone, stage, **PASSPORT).url == "/bind/done"
    assert phone.open("/me").url == "/bind", "one WeChat user at a time, as before"
    page = second_phone.open("/me/unbind")
    assert second_phone.post("/me/unbind", page.form("/me/unbind")).url == "/me/unbound"


def doc(fields: dict[str, str]) -> dict[str, str]:
    return {"doc_type": fields["doc_type"], "number": fields["doc_number"]}


def test_a_new_name_and_phone_are_what_binding_asks_for(
    phone: Phone, second_phone: Phone, stage: Stage, me: str
) -> None:
    _seen, case = ask(phone, stage, me, name="李新例", phone=NEW_PHONE)
    close(stage, case)
    assert (record(stage, me).name, record(stage, me).phone) == ("李新例", NEW_PHONE)
    stage.clock.forward(minutes=2)
    assert NOT_FOUND in bind(second_phone, stage).text
    stage.clock.forward(minutes=2)
    assert bind(second_phone, stage, name="李新例", phone=NEW_PHONE).url == "/bind/done"


def test_a_corrected_number_brings_its_birth_date_and_sex(
    phone: Phone, stage: Stage, me: str
) -> None:
    right = {"doc_number": OTHER.doc_number, "birth_date": "1880-1-1", "sex": "male"}
    refused = phone.post("/changes", fill(phone, [picture(stage, me)], **right))
    assert "早于" in refused.error("birth_date")
    right |= {"doc_number": "450102199003077218", "birth_date": "19900307"}
    _seen, case = ask(phone, stage, me, **right)
    close(stage, case)
    now = record(stage, me)
    assert (now.doc_number, now.birth_date) == ("450102199003077218", date(1990, 3, 7))


def test_a_renewed_permit_keeps_its_look_up(
    phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    permit = replace(LI, doc_type="hk_macao_permit", doc_number="H1234567801")
    vault = stage.world.vault
    key = digests.document(vault, DocType.HK_MACAO_PERMIT, "H12345678")
    entry = RosterEntry(permit, (THIS_YEAR,), key, "content-1")
    me = stage.world.roster.save_roster([entry])[0].member_id
    bind(phone, stage, doc_type="hk_macao_permit", doc_number=permit.doc_number)
    _seen, case = ask(phone, stage, me, doc_number="H1234567802")
    close(stage, case)
    assert record(stage, me).doc_number == "H1234567802"
    assert identity(stage, "hk_macao_permit", "H12345678").moved is None


def test_somebody_elses_document_shows_to_staff_only_and_never_closes(
    phone: Phone, stage: Stage, me: str, enrol: Callable[..., str]
) -> None:
    passport = replace(OTHER, **PASSPORT)
    enrol(passport)
    seen, case = ask(phone, stage, me, **PASSPORT)
    assert "其他职工" not in seen.text, "the form is no way to ask who is enrolled"
    checks = {check.label: check.passed for check in KIND.panel(stage.world, case).checks}
    assert checks["证件号码未登记在其他职工名下"] is False
    decide(stage, case, "approve", FIRST)
    with pytest.raises(Refused, match="其他职工名下"):
        decide(stage, case, "approve", SECOND)
    assert record(stage, me).doc_number == LI.doc_number
    assert newest(stage, me).state == "second_review"
    assert locked(me)


def test_there_and_back_again(phone: Phone, stage: Stage, me: str) -> None:
    for fields in (PASSPORT, {"doc_type": "resident_id", "doc_number": LI.doc_number}):
        _seen, case = ask(phone, stage, me, **fields)
        close(stage, case)
        stage.clock.forward(minutes=1)
    assert identity(stage, "resident_id", LI.doc_number).moved is None
    assert identity(stage, **doc(PASSPORT)).moved is True


def test_a_roster_that_gave_a_third_value_stops_the_closing(
    phone: Phone, stage: Stage, me: str
) -> None:
    _seen, case = ask(phone, stage, me, phone=NEW_PHONE)
    decide(stage, case, "approve", FIRST)
    import_again(stage, replace(LI, phone="13700000007"), me, "content-2")
    labels = {c.label: (c.passed, c.evidence) for c in KIND.panel(stage.world, case).checks}
    assert labels["申请提交后名册未更新所改项目"] == (False, "手机号码")
    with pytest.raises(Refused, match="手机号码已被参保名册更新"):
        decide(stage, case, "approve", SECOND)
    assert record(stage, me).phone == "13700000007"


def test_a_roster_that_changed_something_else_does_not(phone: Phone, stage: Stage, me: str) -> None:
    _seen, case = ask(phone, stage, me, phone=NEW_PHONE)
    import_again(stage, replace(LI, social_card="55667788"), me, "content-2")
    close(stage, case)
    assert (record(stage, me).phone, record(stage, me).social_card) == (NEW_PHONE, "55667788")


def test_the_same_roster_row_again_changes_nothing_back(
    phone: Phone, stage: Stage, me: str
) -> None:
    _seen, case = ask(phone, stage, me, **PASSPORT)
    close(stage, case)
    found = stage.world.roster.find_many([digest(stage, "resident_id", LI.doc_number)])
    (state,) = found.values()
    assert (state.member_id, state.content_digest) == (me, "content-1")
    assert state.moved_name == digests.name(stage.world.vault, LI.name)


def test_an_old_number_in_a_new_roster_adds_to_the_same_person(
    phone: Phone, stage: Stage, me: str
) -> None:
    _seen, case = ask(phone, stage, me, **PASSPORT)
    close(stage, case)
    next_year = replace(THIS_YEAR, plan_id="demo-2027", starts=date(2027, 1, 1))
    old = digest(stage, "resident_id", LI.doc_number)
    theirs = replace(LI, member_id=me)
    entry = RosterEntry(theirs, (next_year,), old, "content-2", moved=True)
    stage.world.roster.save_roster([entry])
    assert record(stage, me).doc_number == PASSPORT["doc_number"]
    assert len(stage.world.members.enrolments(me)) == 2


def test_the_true_owner_of_a_number_is_somebody_new(
    phone: Phone, stage: Stage, me: str, enrol: Callable[..., str]
) -> None:
    _seen, case = ask(phone, stage, me, **PASSPORT)
    close(stage, case)
    true_owner = enrol(replace(LI, name="王真主"))
    assert true_owner != me
    assert record(stage, me).doc_number == PASSPORT["doc_number"]


def test_a_double_approval_changes_once(phone: Phone, stage: Stage, me: str) -> None:
    _seen, case = ask(phone, stage, me, phone=NEW_PHONE)
    close(stage, case)
    with pytest.raises(Refused, match="办结"):
        decide(stage, case, "approve", SECOND)
    assert len(cases(stage, me)) == 1


def test_the_panel_shows_old_beside_new_and_what_was_asked_before(
    phone: Phone, stage: Stage, me: str
) -> None:
    _seen, case = ask(phone, stage, me, phone=NEW_PHONE)
    reject(stage, case)
    path = f"/changes/{case.number}"
    pictures = [*case.documents, picture(stage, me)]
    edit = phone.open(f"{path}/edit")
    phone.post(path, typed(edit, path, phone="13900000003", documents=pictures))
    panel = KIND.panel(stage.world, newest(stage, me))
    rows = {row.field: row for row in panel.rows}
    changed = rows["phone"]
    assert (changed.old, changed.new, changed.changed) == (LI.phone, "13900000003", True)
    assert changed.previous == NEW_PHONE
    assert rows["name"].new == LI.name
    assert rows["doc_number"].new == "1101**********002X"
    assert [c.passed for c in panel.checks] == [True] * 6 + [None]
    assert panel.checks[-1].evidence == "本次 2 张，其中新上传 1 张"


def test_round_trips(phone: Phone, stage: Stage, me: str) -> None:
    counter = Counter(stage)
    assert counter.of(lambda: phone.open("/changes")) == ["BatchGetItem", "Query"]
    assert counter.of(lambda: phone.open("/changes/new")) == ["BatchGetItem", "Query"]
    form = fill(phone, [picture(stage, me)], phone=NEW_PHONE)
    submit = counter.of(lambda: phone.post("/changes", form, follow=False))
    assert submit == ["BatchGetItem", "TransactWriteItems"]
    wrong = counter.of(lambda: phone.post("/changes", {**form, "phone": "1"}, follow=False))
    assert wrong == ["BatchGetItem", "BatchGetItem"]
    case = newest(stage, me)
    path = f"/changes/{case.number}"
    assert counter.of(lambda: phone.open(path)) == ["BatchGetItem", "Query"]
    assert counter.of(lambda: phone.open("/changes/done")) == ["BatchGetItem"]
    reject(stage, case)
    assert counter.of(lambda: phone.open(f"{path}/edit")) == ["BatchGetItem", "GetItem"]
    question = phone.open(f"{path}/delete").form(f"{path}/delete")
    again = typed(phone.open(f"{path}/edit"), path, phone="13900000003")
    again["documents"] = list(case.documents)
    trips = ["BatchGetItem", "GetItem", "TransactWriteItems"]
    assert counter.of(lambda: phone.post(path, again, follow=False)) == trips
    reject(stage, newest(stage, me))
    assert counter.of(lambda: phone.post(f"{path}/delete", question, follow=False)) == trips
