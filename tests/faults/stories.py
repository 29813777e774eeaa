"""Who does what, one act after another; each can be done again without harm."""

import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from chalicelib.casework.case import Case, Reason
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework
from chalicelib.changes.kind import KIND as CHANGE
from chalicelib.chat import worker as chat
from chalicelib.core import keeping
from chalicelib.core.identity import DocType
from chalicelib.documents import worker as documents
from chalicelib.privacy import retention
from chalicelib.store import digests, keys
from chalicelib.store.members import BindingItem
from chalicelib.store.plans import PlanBook
from chalicelib.store.retention import Retention
from chalicelib.store.roster import RosterEntry
from chalicelib.subsidy import record
from chalicelib.subsidy.kind import KIND as SUBSIDY
from tests.fakes import pictures
from tests.fakes.cloud import BUCKET, WECHAT_SECRET
from tests.fakes.desk import PASSWORD, Desk, hire
from tests.fakes.people import LI, THIS_YEAR
from tests.fakes.phone import Phone, Seen
from tests.fakes.push import OPENID, Sender, event_push
from tests.faults.telling import Act, Telling
from tests.flows import applying, binding, changing, claiming
from tests.flows.content import form_of
from tests.unit.subsidy_examples import DEMO, TYPED

STAFF = {
    "anna": (Role.FIRST_REVIEWER,),
    "bob": (Role.SECOND_REVIEWER, Role.SENIOR_REVIEWER),
    "erin": (Role.EDITOR,),
    "fay": (Role.FINANCE,),
}
ME = "openid-one"
Typed = Callable[[Telling], dict[str, Any]]


@dataclasses.dataclass(frozen=True)
class Story:
    """Acts in order, and what must stand before the first."""

    name: str
    prepare: Callable[[Telling], None]
    acts: tuple[Act, ...]


# ---- people ----


def phone(t: Telling, openid: str = ME) -> Phone:
    if openid not in t.people:
        t.people[openid] = Phone(t.client, t.stage, openid)
    return t.people[openid]


def desk(t: Telling, account: str) -> Desk:
    if account not in t.people:
        hire(t.stage, account, *STAFF[account])
        made = Desk(t.client, t.stage)
        assert made.login(account).url == "/staff"
        t.people[account] = made
    return t.people[account]  # type: ignore[return-value]


def enrolled(t: Telling) -> None:
    digest = digests.document(t.warm().vault, DocType(LI.doc_type), LI.doc_number)
    entry = RosterEntry(LI, (THIS_YEAR,), digest, "content-1")
    t.facts["me"] = t.stage.world.roster.save_roster([entry])[0].member_id


def bound(t: Telling) -> None:
    enrolled(t)
    assert binding.bind(phone(t), t.stage).url == "/bind/done"


def officed(t: Telling) -> None:
    bound(t)
    claiming.publish(t.stage)
    for account in STAFF:
        desk(t, account)


def is_bound(t: Telling) -> bool:
    return any(BindingItem.query(keys.wechat(ME), BindingItem.sk == keys.BINDING))


# ---- pressing ----


def opened(who: Phone, path: str) -> Seen:
    """Open a page; 410 when another one came, with nothing to press there."""
    seen = who.open(path)
    if seen.status < 400 and seen.url.partition("?")[0] != path.partition("?")[0]:
        return dataclasses.replace(seen, status=410)
    return seen


def press(page: str, typed: Typed | None = None, action: str = "", who: str = ME) -> Any:
    """Open a page once, and send its form; again, if need be, with the same token."""

    def do(t: Telling) -> Seen:
        here = page.format(**t.facts)
        there = (action or page).format(**t.facts)
        if "form" not in t.memo:
            seen = opened(t.people[who], here)
            if seen.status >= 400:
                return seen
            form = form_of(seen) if here.startswith("/staff/content") else seen.form(there)
            t.memo["form"] = form | (typed(t) if typed else {})
        return t.people[who].post(there, t.memo["form"])

    return do


# ---- binding ----


def coded(t: Telling) -> bool:
    return len(t.stage.sms.sent) > t.facts["codes"]


def _code(t: Telling) -> Seen:
    page = opened(phone(t), "/bind")
    if page.status >= 400:
        return page
    return phone(t).post("/bind/code", binding.typed(page))


def _count_codes(t: Telling) -> None:
    t.stage.clock.forward(minutes=2)
    t.facts["codes"] = len(t.stage.sms.sent)


def _bind_typed(t: Telling) -> dict[str, Any]:
    code = t.stage.sms.last_to(LI.phone).params[0]
    return {
        "name": LI.name,
        "doc_type": LI.doc_type,
        "doc_number": LI.doc_number,
        "phone": LI.phone,
        "agree": "1",
        "code": code,
    }


BINDING = (
    Act("wait", _count_codes, faults=False),
    Act("code", _code, coded, proved=True),
    Act("bind", press("/bind", _bind_typed), is_bound),
    Act("unbind", press("/me/unbind"), lambda t: not is_bound(t)),
    Act("wait", _count_codes, faults=False),
    Act("code again", _code, coded, proved=True),
    Act("bind again", press("/bind", _bind_typed), is_bound),
)


# ---- cases ----


def newest(t: Telling, kind: str) -> Case | None:
    found = Casework(t.warm()).owned(t.facts["me"], kind)
    return found[0] if found else None


def stands(kind: str, state: str) -> Callable[[Telling], bool]:
    def done(t: Telling) -> bool:
        case = newest(t, kind)
        return case is not None and case.state == state

    return done


def remember(kind: str) -> Act:
    def do(t: Telling) -> None:
        case = newest(t, kind)
        assert case is not None
        t.facts["number"] = case.number

    return Act("remember", do, faults=False)


def decide(account: str, action: str, **fields: str) -> Callable[[Telling], Seen]:
    """Look, choose, read the question, say yes; again: say yes again."""

    def do(t: Telling) -> Seen:
        here, number = t.people[account], t.facts["number"]
        if "sure" not in t.memo:
            page = here.open(f"/staff/cases/{number}")
            if page.status >= 500:
                return page
            assert isinstance(here, Desk)
            path = f"/staff/cases/{number}/confirm"
            try:
                asked = here.press(page, path, action=action, **fields)
            except AssertionError:  # the button is gone: it was decided
                return dataclasses.replace(page, status=409)
            if f"/staff/cases/{number}/decide" not in asked.body:
                return asked if asked.status >= 400 else dataclasses.replace(asked, status=409)
            t.memo["sure"] = asked.form(f"/staff/cases/{number}/decide")
        return here.post(f"/staff/cases/{number}/decide", t.memo["sure"])

    return do


def review(account: str, action: str, kind: str, state: str, **fields: str) -> Act:
    name = f"{action} by {account}"
    return Act(name, decide(account, action, **fields), stands(kind, state))


def _change(t: Telling) -> dict[str, Any]:
    picture = t.memo.setdefault("picture", t.facts["picture"])
    return {"agree": "1", "phone": "13900000002", "documents": [picture]}


def _change_picture(t: Telling) -> None:
    t.facts["picture"] = changing.picture(t.stage, t.facts["me"])


def _change_rejected(t: Telling) -> None:
    case = newest(t, CHANGE.name)
    assert case is not None
    changing.reject(t.stage, case, Reason("R09", "field:phone", "与证明不符"))


CHANGES = (
    Act("picture", _change_picture, faults=False),
    Act(
        "submit",
        press("/changes/new", _change, "/changes"),
        stands(CHANGE.name, "first_review"),
    ),
    remember(CHANGE.name),
    review("anna", "reject", CHANGE.name, "draft", code_1="R09", target_1="field:phone"),
    Act("picture", _change_picture, faults=False),
    Act(
        "resubmit",
        press("/changes/{number}/edit", _change, "/changes/{number}"),
        stands(CHANGE.name, "first_review"),
    ),
    review("anna", "approve", CHANGE.name, "second_review"),
    review("bob", "approve", CHANGE.name, "closed"),
)


# ---- notifications ----


def _silent(t: Telling) -> None:
    """Nobody does anything: the platform does."""


def _asked_and_rejected(t: Telling) -> None:
    officed(t)
    _, case = changing.ask(phone(t), t.stage, t.facts["me"], phone="13900000002")
    chat_follow(t)
    changing.reject(t.stage, case, Reason("R09", "field:phone", "与证明不符"))


def chat_follow(t: Telling) -> None:
    """The employee follows the account: template messages reach them."""
    at = int(t.stage.clock.now().timestamp())
    t.chat.bodies.clear()
    t.warm()
    push(t, event_push("subscribe", at, EventKey="").replace(OPENID, ME))
    body = t.chat.bodies[-1]
    chat.handle([{"messageId": "1", "body": json.dumps(body)}], t.stage.world)
    t.chat.bodies.clear()


NOTIFICATIONS = (Act("the stream and the queues", _silent, platform=True),)


# ---- the official account ----


def push(t: Telling, xml: str) -> Any:
    sender = Sender(WECHAT_SECRET["token"], "wxtest", WECHAT_SECRET["aes_key"])
    query, body = sender.plain(xml, int(t.stage.clock.now().timestamp()))
    headers = {"content-type": "text/xml"}
    path = f"/wechat?{urlencode(query)}"
    return t.client.http.request("POST", path, headers=headers, body=body)


def _follows(t: Telling) -> Seen:
    """WeChat pushes, and pushes the same again when it got no answer."""
    xml = t.memo.setdefault("push", event_push("subscribe", 1795415298, EventKey=""))
    got = push(t, xml)
    return Seen(got.status_code, {}, got.body.decode(), "")


def _leaves(t: Telling) -> Seen:
    xml = t.memo.setdefault("push", event_push("unsubscribe", 1795415398))
    got = push(t, xml)
    return Seen(got.status_code, {}, got.body.decode(), "")


def _comes_back(t: Telling) -> None:
    push(t, event_push("subscribe", 1795415498, EventKey=""))


CALLBACK = (
    Act("follow", _follows),
    Act("leave", _leaves),
    Act("come back, as the queue tells", _comes_back, platform=True),
)


# ---- signing in ----


def _signs_in(t: Telling) -> Seen:
    return phone(t).open("/me")


def _signed(t: Telling) -> bool:
    return bool(t.people[ME].cookies)


def _sign_out(t: Telling) -> None:
    t.people[ME].cookies.clear()


SIGN_IN = (
    Act("cookies go", _sign_out, faults=False),
    Act("sign in", _signs_in, _signed),
)


def _staff_leaves(t: Telling) -> None:
    t.people["anna"].cookies.clear()


def _staff_signs_in(t: Telling) -> Seen:
    here = t.people["anna"]
    assert isinstance(here, Desk)
    page = here.open("/staff/login")
    if page.status >= 400 or page.url != "/staff/login":
        return page
    here.stage.clock.forward(seconds=30)
    typed = {"account": "anna", "password": PASSWORD, "code": here.code()}
    return here.post("/staff/login", page.form("/staff/login") | typed)


STAFF_LOGIN = (
    Act("cookies go", _staff_leaves, faults=False),
    Act("sign in", _staff_signs_in, lambda t: t.people["anna"].open("/staff").url == "/staff"),
)


# ---- subsidies ----


def _draft(t: Telling) -> bool:
    return bool(_drafts(t))


def _drafts(t: Telling) -> list[str]:
    items = [i for i in t.scan("cases") if i["sk"]["S"] == keys.DRAFT]
    return sorted(keys.name_in(item["pk"]["S"]) for item in items)


def _remember_draft(t: Telling) -> None:
    (t.facts["number"],) = _drafts(t)


def _photos(*slots: str) -> Act:
    def do(t: Telling) -> None:
        t.facts["pictures"] = applying.pictures(t.stage, t.facts["me"], *slots)

    return Act("pictures", do, faults=False)


def _with(**typed: str) -> Typed:
    return lambda t: {"documents": list(t.facts["pictures"]), **typed}


def _submitted(t: Telling) -> bool:
    case = newest(t, SUBSIDY.name)
    return case is not None and case.state == "first_review"


def _step(name: str, **typed: str) -> Act:
    return Act(name, press("/subsidies/{number}/" + name, _with(**typed)), proved=True)


WRITING = (
    Act("begin", press("/subsidies/new", lambda _t: {"agree": "1"}), _draft),
    Act("remember", _remember_draft, faults=False),
    _photos(claiming.SLOTS[0]),
    _step("identity"),
    _photos(*claiming.SLOTS[1:]),
    _step("stay", **TYPED),
    _photos(claiming.CARD),
    _step("account", agree="1", **applying.ACCOUNT),
)
SEND = Act(
    "submit",
    press("/subsidies/{number}/review", action="/subsidies/{number}/submit"),
    _submitted,
)


def _fails(t: Telling) -> None:
    case = newest(t, SUBSIDY.name)
    assert case is not None
    claiming.failed(t.stage, case, "F02")


def _mended(_t: Telling) -> dict[str, str]:
    return {"account": "6217 0033 3001 2345 678", "agree": "1"}


def _rejected_subsidy(t: Telling) -> None:
    case = newest(t, SUBSIDY.name)
    assert case is not None
    claiming.reject(t.stage, case, Reason("R10", "field:total", "与票据不同"))


_stay_again = Act(
    "stay mended",
    press("/subsidies/{number}/stay", lambda t: {"total": "9000", "documents": _claimed(t)}),
)


def _claimed(t: Telling) -> list[str]:
    case = newest(t, SUBSIDY.name)
    assert case is not None
    kept = record.latest(t.warm().vault, case).pictures
    return [doc for slot in claiming.SLOTS[1:] for doc in kept[slot]]


SUBSIDIES = (
    *WRITING,
    SEND,
    Act("reject", _rejected_subsidy, faults=False),
    _stay_again,
    dataclasses.replace(SEND, name="resubmit"),
    review("anna", "approve", SUBSIDY.name, "second_review"),
    review("bob", "approve", SUBSIDY.name, "payable"),
    Act("the payment fails", _fails, faults=False),
    Act(
        "repair",
        press("/subsidies/{number}/repair", _mended),
        stands(SUBSIDY.name, "account_check"),
    ),
)


def _written(t: Telling) -> None:
    officed(t)
    case = claiming.claim(t.stage, t.facts["me"])
    t.facts["number"] = case.number


TAKEN_BACK = (
    Act("withdraw", press("/subsidies/{number}/withdraw"), stands(SUBSIDY.name, "draft")),
    Act("delete", press("/subsidies/{number}/delete"), stands(SUBSIDY.name, "deleted")),
)


# ---- documents ----


def _asks_to_send(t: Telling) -> None:
    world = t.app.world
    upload = world.documents.begin(t.facts["me"], "change", content_type="image/jpeg", size=1000)
    t.facts["document"] = upload.doc_id


def _arrives(t: Telling) -> None:
    key = keys.incoming_object(t.facts["me"], t.facts["document"])
    t.s3.put_object(Bucket=BUCKET, Key=key, Body=pictures.photo())


def _looked_at(t: Telling) -> Seen:
    key = keys.incoming_object(t.facts["me"], t.facts["document"])
    got = documents.handle([pictures.arrival(key)], t.app.world)
    return Seen(503 if got["batchItemFailures"] else 200, {}, "", "")


def _clean(t: Telling) -> bool:
    found = t.warm().documents.get(t.facts["me"], t.facts["document"])
    names = pictures.names(t.s3)
    return (found.state, len({*names})) == ("clean", 2)


DOCUMENTS = (
    Act("begin", _asks_to_send),
    Act("the object arrives", _arrives, faults=False),
    Act("the worker", _looked_at, _clean),
)


# ---- operators and editors ----


def _imports(t: Telling) -> None:
    world = t.app.world
    found = [
        dataclasses.replace(LI, doc_number=number, phone=f"1380000010{index}")
        for index, number in enumerate(("440524188001010014", LI.doc_number))
    ]
    entries = []
    for one in found:
        digest = digests.document(world.vault, DocType(one.doc_type), one.doc_number)
        state = world.roster.find_many([digest]).get(digest)
        known = dataclasses.replace(one, member_id=state.member_id if state else "")
        entries.append(RosterEntry(known, (THIS_YEAR,), digest, "content-1"))
    world.roster.save_roster(entries)


def _publishes_plan(t: Telling) -> None:
    book = PlanBook(t.app.world.database)
    seen, dumps = book.read()
    if not dumps:
        dump = DEMO.model_dump(mode="json")
        book.publish(DEMO.version, dump, seen=seen, account="ops", at=t.stage.clock.now())


def _begins_article(t: Telling) -> None:
    seen = t.people["erin"].open("/staff/content?category=news")
    (t.facts["article"],) = {
        href
        for element in seen.tree.iter()
        if (href := element.get("href") or "").startswith("/staff/content/") and "?new=" in href
    }
    t.facts["bare"] = t.facts["article"].partition("?")[0]


def _article(action: str, **fields: str) -> Any:
    typed = {"title": "一篇文章", "source": "正文", "action": action, **fields}
    page = "{article}" if action == "publish" else "{bare}"
    return press(page, lambda _t: typed, "{bare}", who="erin")


def _public(t: Telling) -> bool:
    return any(item["sk"]["S"].startswith("live#") for item in t.scan("office"))


CONTENT = (
    Act("a new form", _begins_article, faults=False),
    Act("publish", _article("publish"), _public),
    Act("withdraw", _article("withdraw"), lambda t: not _listed(t)),
)


def _listed(t: Telling) -> bool:
    return "一篇文章" in phone(t).open("/news").text


# ---- leaving ----


def _leave_code(t: Telling) -> Seen:
    page = opened(phone(t), "/privacy/account/confirm")
    if page.status >= 400:
        return page
    form = page.form("/privacy/account/confirm")
    return phone(t).post("/privacy/account/code", form, accept="application/json")


def _leave_typed(t: Telling) -> dict[str, str]:
    return {"code": t.stage.sms.last_to(LI.phone).params[0], "agree": "1"}


LEAVING = (
    Act("wait", _count_codes, faults=False),
    Act("code", _leave_code, coded, proved=True),
    Act("leave", press("/privacy/account/confirm", _leave_typed), lambda t: not is_bound(t)),
)


def _closed_long_ago(t: Telling) -> None:
    officed(t)
    _, case = changing.ask(phone(t), t.stage, t.facts["me"], name="李改名")
    changing.close(t.stage, case)
    t._platform(armed=False)
    retention.run(t.warm())
    t.stage.clock.forward(days=keeping.PICTURES_OF_CLOSED + 1)
    book = Retention(t.stage.world.database)
    book.move_cursor(t.stage.clock.now().date() - timedelta(days=3))


def _night(t: Telling) -> None:
    retention.run(t.app.world)


RETENTION = (Act("a night", _night, lambda t: not _pictures(t)),)


def _pictures(t: Telling) -> list[Any]:
    return [item for item in t.scan("cases") if item["sk"]["S"].startswith("document#")]


STORIES = (
    Story("binding", enrolled, BINDING),
    Story("change", officed, CHANGES),
    Story("subsidy", officed, SUBSIDIES),
    Story("taken back", _written, TAKEN_BACK),
    Story("documents", bound, DOCUMENTS),
    Story("notifications", _asked_and_rejected, NOTIFICATIONS),
    Story("callback", bound, CALLBACK),
    Story("sign-in", bound, SIGN_IN),
    Story("staff login", officed, STAFF_LOGIN),
    Story("roster", enrolled, (Act("import", _imports),)),
    Story("plans", enrolled, (Act("publish", _publishes_plan),)),
    Story("content", officed, CONTENT),
    Story("leaving", bound, LEAVING),
    Story("retention", _closed_long_ago, RETENTION),
)
