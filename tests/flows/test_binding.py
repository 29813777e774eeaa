"""职工绑定 (A4), personal centre (A5), unbinding, by the manual's words."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.gateways.sms import SmsRetry
from chalicelib.membership import service
from chalicelib.membership.models import BindForm
from chalicelib.store import keys
from chalicelib.store.consents import ConsentItem, HistoryItem
from chalicelib.store.members import BindingItem
from chalicelib.web.forms import parse
from tests.fakes.cloud import Stage
from tests.fakes.people import LI
from tests.fakes.phone import Phone, Seen
from tests.flows.binding import ask_code, bind, typed
from tests.flows.test_round_trips import Counter

NOT_FOUND = "未查询到该职工信息，请确认所填内容再重试"


def test_an_employee_binds_and_home_shows_the_person(
    phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    enrol()
    assert "点击绑定" in phone.open("/").text
    seen = bind(phone, stage)
    assert (seen.status, seen.url) == (200, "/bind/done")
    home = phone.open("/")
    assert "李**" in home.text
    assert LI.name not in home.body
    centre = phone.open("/me")
    assert "138****0001" in centre.text
    assert LI.doc_number not in centre.body
    assert phone.open("/bind").url == "/me"
    assert "示例计划" in phone.open("/enrolments").text


def test_the_form_speaks_the_manuals_words(phone: Phone) -> None:
    body = phone.open("/bind").body
    for words in (
        "请输入您的姓名",
        "居民身份证",
        "请输入您的证件号码",
        "请输入您的手机号码",
        "请输入验证码",
        "获取",
        "立即绑定",
    ):
        assert words in body


def test_whatever_is_wrong_the_answer_is_the_same_for_the_same_work(
    phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    enrol()
    counter, costs = Counter(stage), []
    for wrong in ({"name": "李四"}, {"doc_number": "440524188001010014"}, {"phone": "13800000002"}):
        fields = {"name": LI.name, "doc_number": LI.doc_number, "phone": LI.phone} | wrong
        page, code = ask_code(phone, stage, **fields)
        form = typed(page, code=code, **fields)
        seen: list[Seen] = []
        costs.append(
            counter.of(lambda form=form, seen=seen: seen.append(phone.post("/bind", form)))
        )
        assert seen[0].status == 422
        assert NOT_FOUND in seen[0].text
        kept = seen[0].form("/bind")
        assert {field: kept[field] for field in fields} == fields
        stage.clock.forward(minutes=2)
    assert costs == [costs[0]] * 3


def test_a_wrong_code_says_so_and_five_tries_end_it(
    phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    enrol()
    seen, code = ask_code(phone, stage)
    wrong = "000000" if code != "000000" else "111111"
    for _try in range(5):
        seen = phone.post("/bind", typed(seen, code=wrong))
        assert "验证码不正确" in seen.error("code")
    seen = phone.post("/bind", typed(seen, code=code))
    assert "已失效" in seen.error("code")


def test_a_code_lives_five_minutes(phone: Phone, stage: Stage, enrol: Callable[..., str]) -> None:
    enrol()
    seen, code = ask_code(phone, stage)
    stage.clock.forward(minutes=5)
    assert "已失效" in phone.post("/bind", typed(seen, code=code)).error("code")


def test_a_code_is_for_one_phone_and_one_wechat_user(
    phone: Phone, second_phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    enrol()
    _seen, code = ask_code(phone, stage)
    other = second_phone.open("/bind")
    assert "已失效" in second_phone.post("/bind", typed(other, code=code)).error("code")


def test_codes_are_limited_per_minute_hour_and_day(phone: Phone, stage: Stage) -> None:
    ask_code(phone, stage)
    fields = typed(phone.open("/bind"))
    again = phone.post("/bind/code", fields)
    assert (again.status, again.error("code")) == (422, "获取验证码过于频繁，请在 60 秒 后再试。")
    sent = 1
    for _minute in range(60 * 30):
        stage.clock.forward(minutes=1)
        if (
            phone.post("/bind/code", typed(phone.open("/bind")), accept="application/json").status
            == 200
        ):
            sent += 1
        if sent == 10:
            break
    minutes = (stage.clock.at.timestamp() - 1_700_000_000) % 86400
    assert sent == 10
    assert len(stage.sms.sent) == 10
    stage.clock.forward(minutes=61)
    refused = phone.post("/bind/code", typed(phone.open("/bind")))
    assert "小时" in refused.error("code"), minutes


def test_a_script_gets_json(phone: Phone, stage: Stage) -> None:
    fields = typed(phone.open("/bind"))
    first = phone.post("/bind/code", fields, accept="application/json")
    notice = "验证码已发送至 138****0001，5 分钟内有效。"
    assert json.loads(first.body) == {"ok": True, "wait": 60, "notice": notice}
    second = phone.post("/bind/code", fields, accept="application/json")
    said = {"code": "获取验证码过于频繁，请在 60 秒 后再试。"}
    assert (second.status, json.loads(second.body)) == (
        429,
        {"ok": False, "wait": 60, "errors": said},
    )
    wrong = phone.post("/bind/code", fields | {"phone": "123"}, accept="application/json")
    assert (wrong.status, '"phone"' in wrong.body) == (422, True)


def test_a_provider_that_fails_is_said_and_never_retried(phone: Phone, stage: Stage) -> None:
    stage.sms.failures.append(SmsRetry("x"))
    seen = phone.post("/bind/code", typed(phone.open("/bind")))
    assert "未能发出" in seen.error("code")
    assert not stage.sms.sent


def test_consent_is_unticked_and_required_and_recorded(
    phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    member_id = enrol()
    assert "agree" not in phone.open("/bind").form("/bind")
    refused = bind(phone, stage, agree="")
    assert "隐私政策" in refused.error("agree")
    stage.clock.forward(minutes=2)
    bind(phone, stage)
    consents = list(
        ConsentItem.query(keys.member(member_id), ConsentItem.sk.startswith("consent#"))
    )
    assert [(c.kind, c.given) for c in consents] == [("policy", True)]


def test_double_submit_is_one_binding(
    phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    member_id = enrol()
    seen, code = ask_code(phone, stage)
    fields = typed(seen, code=code)
    first = phone.post("/bind", fields, follow=False)
    second = phone.post("/bind", fields, follow=False)
    assert (first.status, second.status) == (303, 303)
    assert second.headers["Location"] == "/bind/done"
    history = list(HistoryItem.query(keys.member(member_id), HistoryItem.sk.startswith("history#")))
    assert [h.kind for h in history] == ["bound"]


@pytest.mark.parametrize("between", ["BatchGetItem", "UpdateItem", "TransactWriteItems"])
def test_submitted_twice_at_once_both_hear_of_the_one_binding(
    phone: Phone, stage: Stage, enrol: Callable[..., str], between: str
) -> None:
    member_id = enrol()
    _seen, code = ask_code(phone, stage)
    fields = {"name": LI.name, "doc_number": LI.doc_number, "phone": LI.phone}
    today = {"today": stage.clock.now().date()}
    form = parse(BindForm, fields | {"code": code, "agree": "1"}, today)
    heard: list[str] = []

    def other_first(request: Any, **_kwargs: Any) -> None:
        operation = request.headers.get("X-Amz-Target", b"").decode().rpartition(".")[2]
        if operation == between and not heard:
            heard.append("")
            heard[0] = service.bind(stage.world, "openid-one", form, "operation-1")

    events = stage.world.aws.client("dynamodb").meta.events
    events.register_first("before-send.dynamodb.*", other_first)
    assert service.bind(stage.world, "openid-one", form, "operation-1") == member_id
    assert heard == [member_id]
    history = list(HistoryItem.query(keys.member(member_id), HistoryItem.sk.startswith("history#")))
    assert [h.kind for h in history] == ["bound"]


def test_a_new_phone_takes_over_and_the_old_binding_ends_at_once(
    phone: Phone, second_phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    enrol()
    bind(phone, stage)
    assert phone.open("/me").status == 200
    stage.clock.forward(minutes=2)
    bind(second_phone, stage)
    assert phone.open("/me").url == "/bind"
    assert "点击绑定" in phone.open("/").text
    assert second_phone.open("/me").url == "/me"
    phone.cookies.clear()
    assert phone.open("/me").url == "/bind"


def test_one_wechat_user_is_one_employee(
    phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    mine = enrol()
    other = replace(LI, doc_number="440524188001010014", phone="13800000003", sex="male")
    enrol(other)
    phone.open("/bind")
    before = dict(phone.cookies)  # a second tab, from before the binding
    bind(phone, stage)
    stage.clock.forward(minutes=2)
    form = {"token": phone.open("/me/unbind").form("/me/unbind")["token"]}
    assert "已过期" in phone.post("/bind", form).text  # a token is for one form
    phone.cookies = before
    stage.clock.forward(minutes=2)
    changes = {"doc_number": other.doc_number, "phone": other.phone}
    refused = bind(phone, stage, **changes)
    assert "先在个人中心解除绑定" in refused.text
    binding = BindingItem.get(keys.wechat("openid-one"), keys.BINDING)
    assert binding.member_id == mine


def test_unbinding_ends_the_session_everywhere(
    phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    enrol()
    bind(phone, stage)
    stolen = dict(phone.cookies)
    page = phone.open("/me/unbind")
    assert "解除绑定" in page.text
    done = phone.post("/me/unbind", page.form("/me/unbind"))
    assert (done.status, done.url) == (200, "/me/unbound")
    assert "点击绑定" in phone.open("/").text
    phone.cookies = stolen
    assert phone.open("/me").url == "/bind"
    stage.clock.forward(minutes=2)
    assert bind(phone, stage).url == "/bind/done"


@pytest.mark.parametrize("again_as", ["the same", "another"])
def test_a_form_sent_once_more_after_unbinding_wakes_no_old_session(
    phone: Phone, stage: Stage, enrol: Callable[..., str], again_as: str
) -> None:
    other = replace(LI, name="王示例", doc_number="440524188001010014", phone="13800000003")
    enrol()
    enrol(other)
    seen, code = ask_code(phone, stage)
    phone.post("/bind", typed(seen, code=code))
    stolen = dict(phone.cookies)
    page = phone.open("/me/unbind")
    phone.post("/me/unbind", page.form("/me/unbind"))
    stage.clock.forward(minutes=2)
    who = LI if again_as == "the same" else other
    changes = {"name": who.name, "doc_number": who.doc_number, "phone": who.phone}
    _page, code = ask_code(phone, stage, **changes)
    # the page of the first time, from the browser's memory, with its token
    used = phone.post("/bind", typed(seen, code=code, **changes))
    assert (used.status, "页面已过期" in used.text) == (422, True)
    assert phone.post("/bind", typed(used, code=code, **changes)).url == "/bind/done"
    assert f"{who.name[0]}**" in phone.open("/").text
    phone.cookies = stolen
    assert phone.open("/me").url == "/bind"


def test_a_forged_or_stale_form_is_refused_and_loses_nothing(
    phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    enrol()
    seen, code = ask_code(phone, stage)
    forged = phone.post("/bind", typed(seen, code=code, token="forged"))
    assert forged.status == 422
    assert "已过期" in forged.text
    assert forged.form("/bind")["doc_number"] == LI.doc_number
    assert phone.post("/bind", typed(forged, code=code)).url == "/bind/done"


def test_nothing_personal_is_stored_in_the_clear(
    phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    enrol()
    bind(phone, stage)
    client = stage.world.aws.client("dynamodb")
    dump = "".join(
        str(client.scan(TableName=f"mutual-aid-local-{t}")["Items"]) for t in ("members", "moments")
    )
    for secret in (LI.name, LI.doc_number, LI.phone, str(LI.birth_date), str(LI.social_card)):
        assert secret not in dump


def test_signing_in_leads_to_the_very_page_that_was_asked_for(
    phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    enrol()
    bind(phone, stage)
    phone.cookies.clear()
    assert phone.open("/changes/424242/edit").url == "/changes/424242/edit"
    phone.cookies.clear()
    assert phone.open("/notices?before=2026").url == "/notices?before=2026"
    assert phone.open("/me?from=menu").url == "/me?from=menu"
