"""隐私与授权 on the phone: the ledger, withdrawing, the file, and leaving."""

import json
from collections.abc import Callable

import pytest

from chalicelib.casework.kind import register
from chalicelib.core.errors import Refused
from chalicelib.privacy.consents import WORDS
from chalicelib.store import keys
from chalicelib.store.consents import (
    BANK,
    HEALTH,
    KINDS,
    POLICY,
    Consent,
    agreed_in,
    in_force,
    ledger,
    records,
)
from chalicelib.store.members import BindingItem, FollowerItem, IdentityItem, MemberItem
from tests.architecture import house
from tests.fakes.cloud import Stage
from tests.fakes.people import LI
from tests.fakes.phone import Phone, Seen
from tests.flows.binding import bind
from tests.flows.changing import KIND, ask, close, record, reject
from tests.flows.claiming import KIND as SUBSIDY
from tests.flows.claiming import begin, claim, publish
from tests.flows.test_round_trips import Counter


@pytest.fixture(autouse=True)
def _kinds() -> None:
    register(KIND)
    register(SUBSIDY)


def agree(stage: Stage, member_id: str, kind: str) -> None:
    transaction = stage.world.transaction()
    stage.world.members.note_in(
        transaction,
        member_id,
        kind="bound",
        number=stage.ids.number(),
        at=stage.clock.now(),
        consents=[Consent(kind, "2026-11", given=True, channel="wechat-h5")],
    )
    transaction.commit()


def events(stage: Stage, member_id: str) -> list[str]:
    return [event.kind for event in records(stage.world.database, member_id)[1]]


def code_for(phone: Phone, stage: Stage, page: str, ask_at: str) -> dict[str, str]:
    """Ask for a code on a page; return its form with the code in it."""
    stage.clock.forward(minutes=2)
    seen = phone.open(page)
    answer = phone.post(ask_at, seen.form(page), accept="application/json")
    assert json.loads(answer.body)["ok"], answer.body
    return phone.open(page).form(page) | {"code": stage.sms.last_to(LI.phone).params[0]}


def export(phone: Phone, stage: Stage) -> Seen:
    fields = code_for(phone, stage, "/privacy/export", "/privacy/export/code")
    return phone.post("/privacy/export", fields)


def leave(phone: Phone, stage: Stage, **changes: str) -> Seen:
    page = "/privacy/account/confirm"
    fields = code_for(phone, stage, page, "/privacy/account/code")
    return phone.post(page, fields | {"agree": "1"} | changes)


def test_every_consent_that_is_recorded_anywhere_has_words() -> None:
    recorded = {POLICY, HEALTH, BANK, "change_evidence"}
    assert recorded == set(WORDS)
    for kind in ("change_evidence", POLICY):
        assert any(f'"{kind}"' in source.text for source in house.product())


def test_the_page_shows_what_is_in_force_and_how_it_came(
    phone: Phone, stage: Stage, me: str
) -> None:
    agree(stage, me, HEALTH)
    seen = phone.open("/privacy")
    assert seen.text.count("生效中") == 3  # the heading and two consents
    for words in ("隐私政策（职工绑定）", "医疗健康信息（住院补助）", "版本 2026-11", "绑定微信"):
        assert words in seen.text
    assert "/privacy/consents/subsidy_health" in seen.body
    assert "银行账户信息" not in seen.text


def test_it_costs_two_trips(phone: Phone, stage: Stage, me: str) -> None:
    counter = Counter(stage)
    assert counter.of(lambda: phone.open("/privacy")) == ["BatchGetItem", "Query"]
    agree(stage, me, HEALTH)
    page = f"/privacy/consents/{HEALTH}"
    assert counter.of(lambda: phone.open(page)) == ["BatchGetItem", "Query"]
    form = phone.open(page).form(page)
    assert counter.of(lambda: phone.post(page, form, follow=False)) == [
        "BatchGetItem",
        "Query",
        "TransactWriteItems",
    ]


def test_a_consent_is_withdrawn_after_what_follows_is_said(
    phone: Phone, stage: Stage, me: str
) -> None:
    agree(stage, me, HEALTH)
    page = f"/privacy/consents/{HEALTH}"
    seen = phone.open(page)
    assert "不能再提交新的补助申请" in seen.text
    done = phone.post(page, seen.form(page))
    assert (done.url, "已撤回" in done.text) == ("/privacy/withdrawn", True)
    assert set(in_force(ledger(me))) == {"policy"}
    assert events(stage, me)[0] == "withdrawn"
    shown = phone.open("/privacy").text
    assert "撤回：医疗健康信息（住院补助）" in shown
    assert "同意：医疗健康信息（住院补助）" in shown
    assert phone.open(page).status == 404


def test_the_same_form_twice_withdraws_once(phone: Phone, stage: Stage, me: str) -> None:
    agree(stage, me, HEALTH)
    page = f"/privacy/consents/{HEALTH}"
    form = phone.open(page).form(page)
    phone.post(page, form)
    phone.post(page, form)
    assert [entry.given for entry in ledger(me) if entry.kind == HEALTH] == [False, True]


def test_a_withdrawn_consent_stops_transactions_until_it_is_given_again(
    phone: Phone, stage: Stage, me: str
) -> None:
    def demand() -> None:
        transaction = stage.world.transaction()
        agreed_in(transaction, me, HEALTH, Refused("请重新同意。"))
        transaction.commit()

    agree(stage, me, HEALTH)
    demand()
    page = f"/privacy/consents/{HEALTH}"
    phone.post(page, phone.open(page).form(page))
    with pytest.raises(Refused, match="请重新同意"):
        demand()
    agree(stage, me, HEALTH)
    demand()


def test_the_consent_to_the_policy_ends_with_the_binding(
    phone: Phone, stage: Stage, me: str
) -> None:
    page = "/privacy/consents/policy"
    seen = phone.open(page)
    assert "解除此微信的绑定" in seen.text
    assert 'href="/me/unbind"' in seen.body
    phone.post("/me/unbind", phone.open("/me/unbind").form("/me/unbind"))
    assert in_force(ledger(me)) == {}
    stage.clock.forward(minutes=2)
    bind(phone, stage)
    assert set(in_force(ledger(me))) == {"policy"}


def test_the_file_holds_everything_in_the_clear(phone: Phone, stage: Stage, me: str) -> None:
    _, case = ask(phone, stage, me, name="李改名")
    reject(stage, case)
    ready = export(phone, stage)
    assert ready.url == "/privacy/export/ready"
    seen = phone.open("/privacy/export/file")
    assert seen.headers["Content-Disposition"].startswith('attachment; filename="my-data-2026-')
    assert seen.headers["Cache-Control"] == "no-store"
    content = json.loads(seen.body)
    assert content["个人信息"]["证件号码"] == LI.doc_number
    assert content["个人信息"]["手机号码"] == LI.phone
    assert content["绑定"]["微信用户标识"] == phone.openid
    assert [one["保障计划"] for one in content["参保"]] == ["示例计划"]
    (asked,) = content["申请"]
    assert asked["申请单号"] == f"BG{case.number}"
    assert asked["变更内容"] == [{"姓名": {"变更前": "李示例", "变更后": "李改名"}}]
    assert asked["进度"][0]["说明"] == ["材料不清晰或非本人：信息不正确"]
    assert {"anna"}.isdisjoint(json.dumps(content, ensure_ascii=False).split('"'))
    assert [one["授权"] for one in content["授权记录"]] == [
        "证件照片（个人信息变更）",
        "隐私政策（职工绑定）",
    ]
    assert content["账户安全记录"][0]["事项"] == "下载个人信息"
    assert len(content["照片"]) == 1


def test_the_file_is_for_who_proved_the_phone(phone: Phone, stage: Stage, me: str) -> None:
    assert me
    assert phone.open("/privacy/export/file").url == "/privacy/export"
    form = phone.open("/privacy/export").form("/privacy/export")
    for code in ("", "12345", "000000"):
        seen = phone.post("/privacy/export", form | {"code": code})
        assert seen.status == 422
        assert seen.error("code")
    assert phone.open("/privacy/export/file").url == "/privacy/export"


def test_the_file_is_there_for_ten_minutes_and_a_few_readings(
    phone: Phone, stage: Stage, me: str
) -> None:
    export(phone, stage)
    for _ in range(3):
        assert phone.open("/privacy/export/file").status == 200
    assert phone.open("/privacy/export/file").url == "/privacy/export"
    export(phone, stage)
    stage.clock.forward(minutes=11)
    assert phone.open("/privacy/export/file").url == "/privacy/export"
    assert events(stage, me).count("exported") == 2


def test_files_are_limited_to_a_few_a_day(phone: Phone, stage: Stage, me: str) -> None:
    assert me
    answers = [export(phone, stage) for _ in range(4)]
    assert [seen.status for seen in answers] == [200, 200, 200, 422]
    assert answers[3].error("code") == "今天下载次数已达上限，请明天再试。"
    stage.clock.forward(days=1)
    assert export(phone, stage).status == 200


def test_an_open_case_stands_in_the_way_of_leaving(phone: Phone, stage: Stage, me: str) -> None:
    _, case = ask(phone, stage, me, name="李改名")
    seen = phone.open("/privacy/account")
    assert "您还有未办结的申请或草稿" in seen.text
    assert f"BG{case.number}" in seen.text
    assert f'href="/changes/{case.number}"' in seen.body
    assert "下一步" not in seen.text
    refused = leave(phone, stage)
    assert refused.status == 422
    assert "您还有未办结的申请或草稿" in refused.text
    assert phone.open("/me").status == 200
    close(stage, case)
    assert "下一步" in phone.open("/privacy/account").text


def test_leaving_says_what_goes_and_what_stays(phone: Phone, me: str) -> None:
    assert me
    text = phone.open("/privacy/account").text
    for words in ("手机号码：立即删除", "站内消息：一天内删除", "30 年", "失效后 3 年"):
        assert words in text


def test_leaving_takes_binding_phone_and_consents_and_keeps_the_roster(
    phone: Phone, stage: Stage, me: str
) -> None:
    stage.world.members.record_follow(phone.openid, subscribed=True, event_at=1)
    agree(stage, me, HEALTH)
    done = leave(phone, stage)
    assert (done.url, "账户已注销" in done.text) == ("/privacy/account/deleted", True)
    kept = record(stage, me)
    assert (kept.name, kept.doc_number, kept.phone) == (LI.name, LI.doc_number, "")
    assert stage.world.members.phone_of(me) is None
    for kind, sk in ((BindingItem, keys.BINDING), (FollowerItem, keys.FOLLOWER)):
        assert not list(kind.query(keys.wechat(phone.openid), kind.sk == sk))
    assert in_force(ledger(me)) == {}
    assert events(stage, me)[0] == "deleted"
    assert phone.open("/me").url == "/bind"


def test_leaving_needs_the_tick_and_the_code(phone: Phone, stage: Stage, me: str) -> None:
    without_tick = leave(phone, stage, agree="")
    assert without_tick.error("agree") == "请先勾选，确认了解注销的后果。"
    assert leave(phone, stage, code="000000").error("code")
    assert phone.open("/me").status == 200
    assert stage.world.members.phone_of(me) == LI.phone


def test_who_left_may_come_back_with_their_phone(phone: Phone, stage: Stage, me: str) -> None:
    leave(phone, stage)
    stage.clock.forward(minutes=2)
    assert bind(phone, stage).url == "/bind/done"
    assert stage.world.members.phone_of(me) == LI.phone
    profile = MemberItem.get(keys.member(me), keys.PROFILE)
    identity = IdentityItem.get(keys.identity(profile.doc_digest), keys.IDENTITY)
    assert identity.left is None
    assert identity.openid == phone.openid


def test_a_withdrawn_authorisation_ends_the_binding(phone: Phone, stage: Stage, me: str) -> None:
    members, at = stage.world.members, stage.clock.now()
    early = int(at.timestamp()) - 60
    assert not members.revoke(phone.openid, event_at=early, number=stage.ids.number(), at=at)
    assert phone.open("/me").status == 200
    later = int(at.timestamp()) + 1
    assert members.revoke(phone.openid, event_at=later, number=stage.ids.number(), at=at)
    assert phone.open("/me").url == "/bind"
    assert in_force(ledger(me)) == {}
    assert events(stage, me)[0] == "revoked"
    assert not members.revoke(phone.openid, event_at=later, number=stage.ids.number(), at=at)


def test_nobody_sees_anothers_privacy(
    phone: Phone, second_phone: Phone, stage: Stage, me: str, enrol: Callable[..., str]
) -> None:
    assert me
    assert enrol
    export(phone, stage)
    for page in ("/privacy", "/privacy/export/file", "/privacy/account"):
        assert second_phone.open(page).url == "/bind"


def test_an_application_is_in_the_file_with_its_amount(phone: Phone, stage: Stage, me: str) -> None:
    publish(stage)
    case = claim(stage, me)
    export(phone, stage)
    content = json.loads(phone.open("/privacy/export/file").body)
    (asked,) = content["申请"]
    assert (asked["类型"], asked["申请单号"]) == ("住院医疗补助", f"BZ{case.number}")
    (stay,) = asked["住院信息"]
    assert (stay["医院等级"], stay["住院总费用"]) == ("三级", "10,000.00")
    assert stay["出院诊断"] == "冠状动脉粥样硬化性心脏病"
    assert asked["收款账户"][0]["银行账号"] == "6225881414207430"
    assert asked["计算说明"][0] == {"项目": "住院总费用", "说明": "", "金额": "10,000.00"}
    assert asked["补助金额"].endswith(".00")
    assert {one["用途"] for one in content["照片"]} >= {"invoice", "bank_card"}


def test_a_draft_stands_in_the_way_of_leaving_too(phone: Phone, stage: Stage, me: str) -> None:
    number = begin(stage, me)
    seen = phone.open("/privacy/account")
    assert f"BZ{number}" in seen.text
    assert "下一步" not in seen.text
    assert leave(phone, stage).status == 422
    export(phone, stage)
    content = json.loads(phone.open("/privacy/export/file").body)
    assert (content["申请"], content["未提交的草稿"]) == ([], [f"BZ{number}"])


def test_leaving_costs_three_trips(phone: Phone, stage: Stage, me: str) -> None:
    assert me
    counter = Counter(stage)
    assert counter.of(lambda: phone.open("/privacy/account")) == ["BatchGetItem"]
    page = "/privacy/account/confirm"
    assert counter.of(lambda: phone.open(page)) == ["BatchGetItem"]
    fields = code_for(phone, stage, page, "/privacy/account/code") | {"agree": "1"}
    calls = counter.of(lambda: phone.post(page, fields, follow=False))
    assert calls == ["BatchGetItem", "UpdateItem", "TransactWriteItems"]


def test_drafts_that_ran_out_keep_nobody(phone: Phone, stage: Stage, me: str) -> None:
    publish(stage)
    begin(stage, me)
    stage.clock.forward(days=181)
    assert "下一步" in phone.open("/privacy/account").text
    assert leave(phone, stage).url == "/privacy/account/deleted"


def test_what_is_begun_meanwhile_keeps_who_leaves(phone: Phone, stage: Stage, me: str) -> None:
    """No index is asked: it may not know yet."""
    publish(stage)
    fields = code_for(phone, stage, "/privacy/account/confirm", "/privacy/account/code")
    events = stage.world.aws.client("dynamodb").meta.events

    def begin_first(**_: object) -> None:
        events.unregister("before-send.dynamodb.UpdateItem", begin_first)
        begin(stage, me)

    events.register_first("before-send.dynamodb.UpdateItem", begin_first)
    refused = phone.post("/privacy/account/confirm", fields | {"agree": "1"})
    assert refused.status == 422
    assert "您还有未办结的申请或草稿" in refused.text
    assert phone.open("/me").status == 200


def test_every_consent_has_words_and_a_standing() -> None:
    assert WORDS.keys() == set(KINDS)


def test_who_asks_for_a_change_meanwhile_does_not_leave(
    phone: Phone, second_phone: Phone, stage: Stage, me: str
) -> None:
    fields = code_for(phone, stage, "/privacy/account/confirm", "/privacy/account/code")
    events = stage.world.aws.client("dynamodb").meta.events
    second_phone.openid = phone.openid

    def ask_first(**_: object) -> None:
        events.unregister("before-send.dynamodb.UpdateItem", ask_first)
        ask(second_phone, stage, me, name="李改名")

    events.register_first("before-send.dynamodb.UpdateItem", ask_first)
    seen = phone.post("/privacy/account/confirm", fields | {"agree": "1"}, follow=False)
    assert seen.status == 422
    assert "您还有未办结的申请或草稿" in seen.text
    assert phone.open("/me").status == 200
