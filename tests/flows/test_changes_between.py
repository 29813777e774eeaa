"""What happens between a reading and a writing: one wins, the other hears a sentence."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from chalicelib.casework import chain
from chalicelib.casework.case import Actor
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.core.errors import Conflict, Refused
from chalicelib.core.identity import DocType
from chalicelib.membership.roster import ImportReport, import_roster
from chalicelib.store import digests, particulars
from chalicelib.store.particulars import Change
from tests.fakes.cloud import Stage
from tests.fakes.people import LI
from tests.fakes.phone import Phone
from tests.flows.binding import bind
from tests.flows.changing import FIRST, SECOND, ask, close, decide, newest, record, reject
from tests.unit.roster_examples import TODAY, row

NEW_PHONE = "13900000002"
PASSPORT = {"doc_type": "passport", "doc_number": "E12345678"}


@pytest.mark.parametrize("first", ["submit", "delete"])
def test_delete_against_resubmit(phone: Phone, stage: Stage, me: str, first: str) -> None:
    _seen, case = ask(phone, stage, me, phone=NEW_PHONE)
    read = reject(stage, case)
    casework, myself = Casework(stage.world), Actor(Role.EMPLOYEE, me)
    steps = {action: Step(action, myself, f"op-{action}") for action in ("submit", "delete")}
    won = casework.advance(read, steps.pop(first))
    (late,) = steps.values()
    with pytest.raises(Conflict, match="请刷新"):
        casework.advance(read, late)
    history = casework.history(case.number)
    assert [event.seq for event in history] == [1, 2, 3]
    assert chain.broken_at(history) is None
    assert newest(stage, me).head == won.head


def test_two_reviewers_close_at_once(phone: Phone, stage: Stage, me: str) -> None:
    _seen, case = ask(phone, stage, me, phone=NEW_PHONE)
    read = decide(stage, case, "approve", FIRST)
    casework, other = Casework(stage.world), Actor(Role.SECOND_REVIEWER, "carol")
    casework.advance(read, Step("approve", SECOND, "op-1"))
    with pytest.raises((Conflict, Refused)):
        casework.advance(read, Step("approve", other, "op-2"))
    assert newest(stage, me).facts["second_reviewer"] == "bob"


def test_a_profile_written_meanwhile_is_not_overwritten(stage: Stage, enrol: Any) -> None:
    me = enrol()
    change = read_change(stage, me, phone=NEW_PHONE)
    enrol(replace(LI, member_id=me, phone="13700000007"))
    with pytest.raises(Conflict, match="stale"):
        write(stage, change)
    assert record(stage, me).phone == "13700000007"


def test_a_binding_made_meanwhile_is_not_lost(phone: Phone, stage: Stage, enrol: Any) -> None:
    me = enrol()
    change = read_change(stage, me, **PASSPORT)
    bind(phone, stage)
    with pytest.raises(Conflict, match="stale"):
        write(stage, change)
    assert phone.open("/me").status == 200


def test_a_document_taken_meanwhile_stays_taken(stage: Stage, enrol: Any) -> None:
    me = enrol()
    change = read_change(stage, me, **PASSPORT)
    enrol(replace(LI, **PASSPORT))
    with pytest.raises(Conflict, match="taken"):
        write(stage, change)
    assert record(stage, me).doc_number == LI.doc_number


def read_change(stage: Stage, member_id: str, **wanted: Any) -> Change:
    vault = stage.world.vault
    was = digests.document(vault, DocType.RESIDENT_ID, LI.doc_number)
    known = particulars.read(stage.world.database, member_id, [was])
    assert known.profile is not None
    after = replace(stage.world.members.open(known.profile), **wanted)
    digest = digests.document(vault, DocType(after.doc_type), after.doc_number)
    return Change(known.profile, known.identities[was], after, digest)


def write(stage: Stage, change: Change) -> None:
    transaction = stage.world.transaction()
    stale, taken = Conflict("stale"), Conflict("taken")
    particulars.change_in(transaction, stage.world.vault, change, stale=stale, taken=taken)
    transaction.commit()


def run_import(stage: Stage, **cells: Any) -> ImportReport:
    li = {"姓名": LI.name, "手机号码": LI.phone, "所属市": "来宾市"}
    rows = [(2, row(**(li | cells)))]
    return import_roster(
        rows,
        stage.world.roster,
        vault=stage.world.vault,
        today=TODAY,
        on_error=lambda error: pytest.fail(str(error)),
        on_progress=lambda _report: None,
    )


def test_rosters_with_the_old_number_after_a_change(phone: Phone, stage: Stage, me: str) -> None:
    run_import(stage)
    _seen, case = ask(phone, stage, me, **PASSPORT)
    close(stage, case)
    assert run_import(stage).unchanged == 1, "the same file again"
    next_year: dict[str, Any] = {"保障开始": "2027-01-01", "保障结束": "2027-12-31"}
    report = run_import(stage, **next_year)
    assert (report.updated, report.created) == (1, 0)
    assert record(stage, me).doc_number == PASSPORT["doc_number"]
    assert date(2027, 1, 1) in [e.starts for e in stage.world.members.enrolments(me)]
    assert run_import(stage, **next_year).unchanged == 1


def test_the_old_numbers_true_owner_comes_by_roster(phone: Phone, stage: Stage, me: str) -> None:
    _seen, case = ask(phone, stage, me, **PASSPORT)
    close(stage, case)
    owner: dict[str, Any] = {"姓名": "王真主", "手机号码": "13600000006"}
    assert run_import(stage, **owner).created == 1
    assert run_import(stage, **owner).unchanged == 1
    assert record(stage, me).name == LI.name
    assert phone.open("/me").status == 200
