"""The pages of an application: three steps, one look back, what is wrong said where it is wrong."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.casework.service import Casework
from chalicelib.subsidy import record
from chalicelib.subsidy.kind import NAME
from chalicelib.web.session import FORM_HOURS
from tests.fakes.cloud import Stage
from tests.fakes.people import LI
from tests.fakes.phone import HTML, Phone, Seen
from tests.flows import applying, claiming
from tests.flows.applying import ACCOUNT, NUMBER_TYPED, keep, links, number_in, pictures, send
from tests.flows.binding import bind
from tests.unit.subsidy_examples import TYPED


@pytest.fixture(autouse=True)
def _plan(stage: Stage) -> None:
    claiming.publish(stage)


def cases(stage: Stage, member_id: str) -> list[Any]:
    return Casework(stage.world).owned(member_id, NAME)


def hidden_slots(seen: Seen) -> set[str]:
    wrappers = (e for e in seen.tree.iter(f"{HTML}div") if e.get("data-for") is not None)
    return {
        slot.get("data-purpose")
        for wrapper in wrappers
        if wrapper.get("hidden") is not None
        for slot in wrapper.iter(f"{HTML}section")
    }


def sent_pictures(seen: Seen) -> list[str]:
    fields = seen.tree.iter(f"{HTML}input")
    return [f.get("value") for f in fields if f.get("name") == "documents"]


def test_from_the_list_to_the_review(phone: Phone, stage: Stage, me: str) -> None:
    empty = phone.open("/subsidies")
    assert "还没有补助申请" in empty.text
    new = phone.open(links(empty)["申请住院补助金"])
    for word in ("本地直接结算另需 医保结算单", "报销待遇核定表", "结算日起 60 个工作日内", "示例"):
        assert word in new.text
    review = applying.to_review(phone, stage, me)
    for word in ("尚未提交", "广西医科大学第一附属医院", "计算说明", "¥5,020.00", "示例", "李**"):
        assert word in review.text
    assert NUMBER_TYPED not in review.body
    assert LI.name not in review.body
    done = applying.submit(phone, review)
    assert done.title == "等待审核"
    number = number_in(done)
    assert [case.number for case in cases(stage, me)] == [number]
    page = phone.open(f"/subsidies/{number}")
    for word in (
        "待初核",
        f"BZ{number}",
        "接下来",
        "初核预计 2026-11-26 前",
        "存证编号",
        "¥5,020.00",
    ):
        assert word in page.text
    assert NUMBER_TYPED not in page.body
    listed = phone.open("/subsidies")
    assert "待初核" in listed.text
    assert "尚未提交" not in listed.text


def test_nothing_begins_without_consent(phone: Phone, me: str) -> None:
    del me
    form = phone.open("/subsidies/new").form("/subsidies/new")
    assert "agree" not in form
    seen = phone.post("/subsidies/new", form)
    assert seen.status == 422
    assert seen.error("agree") == "请先阅读并同意处理健康医疗信息。"
    assert "尚未提交" not in phone.open("/subsidies").text


def test_before_a_plan_is_published_the_page_says_so(phone: Phone, stage: Stage, me: str) -> None:
    del me
    stage.clock.forward(days=-400)
    assert phone.open("/subsidies/new").title == "暂时不能申请"


def test_a_wrong_form_keeps_everything_and_says_what_to_do(
    phone: Phone, stage: Stage, me: str
) -> None:
    stay = applying.to_stay(phone, stage, me)
    doc = pictures(stage, me, "invoice")
    typed = {
        **TYPED,
        "hospital": "医",
        "admission": "三月一日",
        "discharge": "2026-13-01",
        "total": "一万",
        "pooled": "-5",
        "settlement": "",
    }
    seen = send(phone, stay, *doc, **typed)
    assert seen.status == 422
    form = seen.form(applying.path(seen))
    assert {name: form[name] for name in typed} == typed
    assert sent_pictures(seen) == doc
    assert seen.error("hospital") == "请填写 2 至 50 个字，现为 1 个。"
    assert seen.error("admission") == "请按 2026-03-05 的样式填写日期。"
    assert seen.error("total") == "金额请按 1234.50 的样式填写。"
    assert seen.error("documents-admission_record") == "请上传入院记录照片。"
    summary = links(seen)
    assert summary["医院名称：请填写 2 至 50 个字，现为 1 个。"] == "#hospital"
    assert summary["请上传入院记录照片。"] == "#documents-admission_record"
    ids = {element.get("id") for element in seen.tree.iter()}
    assert {href[1:] for href in summary.values() if href.startswith("#")} <= ids
    again = phone.open(applying.path(seen))
    assert again.form(applying.path(seen))["hospital"] == "医"
    assert again.error("hospital") == ""


def test_a_forgotten_field_is_said_once_it_is_looked_at_again(
    phone: Phone, stage: Stage, me: str
) -> None:
    stay = applying.to_stay(phone, stage, me)
    number = number_in(stay)
    review = phone.open(f"/subsidies/{number}/review")
    found = links(review)
    to_hospital = found["第 2 步：医院名称：请填写医院全称。"]
    assert to_hospital == f"/subsidies/{number}/stay?check=1#hospital"
    assert "请先阅读并同意处理银行账户信息。" in review.text
    there = phone.open(to_hospital.partition("#")[0])
    assert there.error("hospital") == "请填写医院全称。"
    refused = applying.submit(phone, review)
    assert refused.status == 422
    assert "第 2 步：医院名称：请填写医院全称。" in links(refused)
    assert cases(stage, me) == []


def test_the_script_keeps_what_is_typed_and_shows_the_amount(
    phone: Phone, stage: Stage, me: str
) -> None:
    stay = applying.to_stay(phone, stage, me)
    answer = keep(phone, stay, hospital="医院", pooled="5000", total="1000")
    assert (answer["status"], answer["ok"]) == (200, True)
    assert answer["saved"] == "已保存 14:30"
    assert "hospital" not in answer["errors"]
    assert answer["errors"]["pooled"] == "统筹基金支付不能超过总费用，请核对。"
    assert "department" not in answer["errors"]
    stay = phone.open(stay.url)
    assert "已保存 14:30" in stay.text
    full = keep(phone, stay, **TYPED)
    assert "¥5,020.00" in full["html"]
    assert full["say"] == "预计补助金 5,020.00 元。有 1 项请留意。"
    assert "示例" in full["html"]
    assert int(full["version"]) == int(answer["version"]) + 1


def test_a_page_left_behind_by_another_loses_nothing(phone: Phone, stage: Stage, me: str) -> None:
    old = applying.to_stay(phone, stage, me)
    keep(phone, phone.open(old.url), hospital="第一医院")
    answer = keep(phone, old, hospital="第二医院")
    assert answer["status"] == 409
    assert answer["errors"]["form"] == "申请已在其他页面修改，请刷新后再继续填写。"
    assert phone.open(old.url).form(old.url)["hospital"] == "第一医院"
    seen = send(phone, old, **(TYPED | {"hospital": "第二医院"}))
    assert seen.status == 422
    assert "请核对下面的内容后再点一次" in seen.text
    assert seen.form(old.url)["hospital"] == "第二医院"
    docs = pictures(stage, me, *claiming.SLOTS[1:])
    assert send(phone, seen, *docs).url.endswith("/account")


def test_an_old_page_asks_to_press_again(phone: Phone, stage: Stage, me: str) -> None:
    stay = applying.to_stay(phone, stage, me)
    stage.clock.forward(hours=FORM_HOURS + 1)
    seen = send(phone, stay, **TYPED)
    assert seen.status == 422
    assert "页面已过期" in seen.text
    assert seen.form(stay.url)["diagnosis"] == TYPED["diagnosis"]


@pytest.mark.parametrize(
    ("go", "to"), [("back", "/identity"), ("keep", "/subsidies"), ("slots", "/stay#settlement")]
)
def test_other_ways_out_keep_and_judge_nothing(
    phone: Phone, stage: Stage, me: str, go: str, to: str
) -> None:
    stay = applying.to_stay(phone, stage, me)
    seen = send(phone, stay, go=go, hospital="医", settlement="remote_direct")
    assert seen.url.endswith(to)
    kept = phone.open(stay.url)
    assert kept.form(stay.url)["hospital"] == "医"


def test_the_way_of_settlement_decides_what_is_asked_for(
    phone: Phone, stage: Stage, me: str
) -> None:
    stay = applying.to_stay(phone, stage, me)
    special = {"settlement_sheet", "remote_settlement_sheet", "reimbursement_sheet"}
    assert hidden_slots(stay) == special
    sheet = pictures(stage, me, "settlement_sheet")
    local = send(phone, stay, *sheet, go="slots", settlement="local_direct")
    assert hidden_slots(phone.open(stay.url)) == special - {"settlement_sheet"}
    remote = send(phone, phone.open(stay.url), *sheet, settlement="remote_unsettled")
    assert remote.error("documents-reimbursement_sheet") == "请上传报销待遇核定表照片。"
    assert hidden_slots(remote) == special - {"reimbursement_sheet"}
    assert sent_pictures(remote) == sheet
    assert local.status == 200


def test_where_it_was_left_it_goes_on(phone: Phone, stage: Stage, me: str) -> None:
    seen = applying.begin(phone)
    number = number_in(seen)
    assert links(phone.open("/subsidies"))["继续填写"] == f"/subsidies/{number}/identity"
    send(phone, seen, *pictures(stage, me, "identity"))
    assert phone.open(f"/subsidies/{number}").url == f"/subsidies/{number}/stay"
    keep(phone, phone.open(f"/subsidies/{number}/account"), bank="中国银行")
    assert phone.open(f"/subsidies/{number}").url == f"/subsidies/{number}/account"


def test_an_account_that_looks_wrong_is_a_warning_only(phone: Phone, stage: Stage, me: str) -> None:
    account = applying.to_account(phone, stage, me)
    assert "holder" not in account.form(account.url)
    answer = keep(phone, account, **(ACCOUNT | {"account": "6225881414207431"}))
    assert "不像银行卡号" in answer["html"]
    assert answer["errors"] == {}
    seen = send(phone, phone.open(account.url), *pictures(stage, me, "bank_card"), agree="1")
    assert seen.url.endswith("/review")
    stranger = keep(phone, phone.open(account.url), holder="王五")
    assert stranger["ok"]
    assert "李**" in phone.open(seen.url).text


def test_pressed_twice_it_is_one_application(phone: Phone, stage: Stage, me: str) -> None:
    review = applying.to_review(phone, stage, me)
    first, second = applying.submit(phone, review), applying.submit(phone, review)
    assert first.url == second.url
    assert len(cases(stage, me)) == 1


def test_what_was_not_seen_is_not_submitted(phone: Phone, stage: Stage, me: str) -> None:
    review = applying.to_review(phone, stage, me)
    number = number_in(review)
    keep(phone, phone.open(f"/subsidies/{number}/stay"), hospital="另一家医院")
    seen = applying.submit(phone, review)
    assert seen.status == 422
    assert "请重新核对后提交" in seen.text
    assert cases(stage, me) == []


def test_somebody_elses_application_is_not_there(
    phone: Phone, second_phone: Phone, stage: Stage, me: str, enrol: Callable[..., str]
) -> None:
    draft = number_in(applying.begin(phone))
    number = applying.apply(phone, stage, me)
    enrol(replace(LI, name="王示例", doc_number="440524188001010014", phone="13800000002"))
    bind(second_phone, stage, name="王示例", doc_number="440524188001010014", phone="13800000002")
    for owned in (draft, number):
        for page in ("", "/identity", "/stay", "/account", "/review", "/withdraw", "/delete"):
            seen = second_phone.open(f"/subsidies/{owned}{page}")
            assert seen.status == 404, page
            assert LI.name not in seen.body
    assert number not in second_phone.open("/subsidies").text


def test_an_invoice_serves_once(phone: Phone, stage: Stage, me: str) -> None:
    number = applying.apply(phone, stage, me)
    stay = applying.to_stay(phone, stage, me)
    answer = keep(phone, stay, **TYPED)
    assert f"本人的申请 BZ{number}" in answer["errors"]["invoice_number"]


def test_the_list_goes_on_page_by_page(phone: Phone, stage: Stage, me: str) -> None:
    for _ in range(21):
        stage.clock.forward(days=1)  # pictures are counted
        claiming.claim(stage, me)
    first = phone.open("/subsidies")
    second = phone.open(links(first)["更早的申请"])
    assert first.text.count("待初核") == 20
    assert second.text.count("待初核") == 1
    assert "更早的申请" not in links(second)


def test_the_amount_shown_is_the_one_that_is_kept(phone: Phone, stage: Stage, me: str) -> None:
    number = applying.apply(phone, stage, me, pooled="1234.56")
    case = Casework(stage.world).read(number)
    statement = record.statement(stage.world.vault, case)
    seen = phone.open(f"/subsidies/{number}")
    for line in (*statement.basis, *statement.lines):
        assert line.label in seen.text
        assert line.formula in seen.text
