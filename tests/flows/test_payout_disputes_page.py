"""待核实付款 on the pages: two people of finance find out what is true, and see what follows."""

from collections.abc import Iterator

import pytest
from chalice.test import Client

from chalicelib.casework.machine import Role
from chalicelib.payout import disputes, texts
from tests.fakes.cloud import Stage
from tests.fakes.desk import Desk, Office
from tests.fakes.matter import Matter, contradicted, to_paying
from tests.fakes.payroom import PayRoom
from tests.fakes.phone import Seen

HOME = "/staff/payouts"


@pytest.fixture
def matter(stage: Stage) -> Matter:
    return Matter(PayRoom(stage))


@pytest.fixture
def office(matter: Matter) -> Iterator[Office]:
    from app import app

    app.world = matter.room.world
    with Client(app) as client:
        yield Office(client, matter.room.stage)


@pytest.fixture
def mia(office: Office) -> Desk:
    return office.sit("mia", Role.FINANCE)


@pytest.fixture
def rita(office: Office) -> Desk:
    return office.sit("rita", Role.FINANCE)


def page(matter: Matter, payment: str) -> str:
    batch, number = matter.place(payment)
    return f"{HOME}/{batch}/disputes/{number}"


def propose(desk: Desk, path: str, **fields: str) -> Seen:
    form = desk.open(path).form(f"{path}/propose")
    return desk.post(f"{path}/propose", {"token": form["token"], **fields})


def confirm(desk: Desk, path: str) -> Seen:
    return desk.post(f"{path}/confirm", desk.open(path).form(f"{path}/confirm"))


def test_two_people_settle_what_the_bank_did(matter: Matter, mia: Desk, rita: Desk) -> None:
    assert "待核实" not in mia.open(HOME).text
    assert "没有需要核实的付款" in mia.open(f"{HOME}/disputes").text
    payment = matter.disputed()
    path = page(matter, payment)
    assert f'href="{HOME}/disputes"' in mia.open(HOME).body
    listed = mia.open(f"{HOME}/disputes")
    assert f'href="{path}"' in listed.body
    assert f'href="{path}"' in mia.open(path.partition("/disputes")[0]).body
    for words in ("待核实", "失败（户名或卡号有误） 2026-11-23", "成功 2026-11-23", "待修正账户"):
        assert words in listed.text

    seen = mia.open(path)
    assert texts.THEN_PAID in seen.text
    assert texts.THEN_STAYS_FAILED.format(state="待修正账户") in seen.text
    assert "6222" not in seen.body, "the payee is masked"
    refused = propose(mia, path, reason="")
    assert refused.status == 422
    assert refused.error("verdict") == disputes.CHOOSE
    assert refused.error("reason") == disputes.REASON
    proposed = propose(mia, path, verdict="paid", reason="复函 12 号")
    assert texts.OWN_PROPOSAL in proposed.text
    assert f'action="{path}/confirm"' not in proposed.body
    assert texts.PROPOSED in mia.open(f"{HOME}/disputes").text

    seen = rita.open(path)
    assert "由 mia 提出：复函 12 号" in seen.text
    done = confirm(rita, path)
    assert texts.VERDICTS["paid"] in done.text
    assert "由 rita 确认，mia 提出" in done.text
    assert matter.state == "closed"
    assert "待核实" not in mia.open(HOME).text
    batch = mia.open(path.partition("/disputes")[0])
    assert texts.VERDICTS["paid"] in batch.text
    assert "st-clash" not in batch.body
    audit = matter.room.world.audit.day("2026-11-23", None)
    said = {(one.account, one.action, one.detail) for one in audit if one.target == payment}
    assert said == {("mia", "payout_propose", "paid"), ("rita", "payout_verify", "paid")}


def test_what_cannot_be_said_now_says_why(matter: Matter, mia: Desk) -> None:
    payment = contradicted(matter, to_paying)
    path = page(matter, payment)
    seen = mia.open(path)
    assert "请先解散该批次" in seen.text
    assert 'value="paid" disabled' in seen.body
    forged = propose(mia, path, verdict="paid", reason="复函")
    assert forged.status == 422
    assert "请先解散该批次" in forged.error("verdict")


def test_what_was_typed_is_kept_and_an_old_page_is_told(
    matter: Matter, mia: Desk, rita: Desk
) -> None:
    path = page(matter, matter.disputed())
    kept = propose(mia, path, reason="复函 9 号")
    assert kept.form(f"{path}/propose")["reason"] == "复函 9 号"
    propose(mia, path, verdict="paid", reason="复函 9 号")
    stale = rita.open(path).form(f"{path}/confirm")
    propose(mia, path, verdict="failed", reason="复函 10 号")
    answer = rita.post(f"{path}/confirm", stale)
    assert answer.status == 409
    assert matter.state == "account_repair"
    assert "复函 10 号" in answer.text


def test_who_may_look_and_who_may_act(matter: Matter, office: Office) -> None:
    path = page(matter, matter.disputed())
    auditor = office.sit("ada", Role.AUDITOR)
    seen = auditor.open(path)
    assert seen.status == 200
    assert "<form" not in seen.body.partition("<main")[2]
    away = office.sit("away", Role.FINANCE, prefectures=("南宁市",))
    assert away.open(path).status == 404
    assert "没有需要核实的付款" in away.open(f"{HOME}/disputes").text
    reviewer = office.sit("anna", Role.FIRST_REVIEWER)
    assert reviewer.open(path).status == 403
