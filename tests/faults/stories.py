"""All stories: who does what, one act after another; each can be done again without harm."""

import dataclasses
import json
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import urlencode

from chalicelib.casework.case import Reason
from chalicelib.changes.kind import KIND
from chalicelib.chat import worker as chat
from chalicelib.core import keeping
from chalicelib.core.identity import DocType
from chalicelib.documents import worker as documents
from chalicelib.privacy import retention
from chalicelib.store import digests, keys
from chalicelib.store.plans import PlanBook
from chalicelib.store.retention import Retention
from chalicelib.store.roster import RosterEntry
from tests.fakes import pictures
from tests.fakes.cloud import BUCKET, WECHAT_SECRET
from tests.fakes.desk import PASSWORD, Desk
from tests.fakes.people import LI, THIS_YEAR
from tests.fakes.phone import Seen
from tests.fakes.push import OPENID, Sender, event_push
from tests.faults.employees import (
    BINDING,
    CHANGES,
    SUBSIDIES,
    TAKEN_BACK,
    coded,
    count_codes,
    written,
)
from tests.faults.people import (
    ME,
    Story,
    bound,
    enrolled,
    is_bound,
    newest,
    officed,
    opened,
    phone,
    press,
    stands,
)
from tests.faults.telling import Act, Telling
from tests.flows import changing
from tests.unit.subsidy_examples import DEMO

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


def _asked_in_vain(t: Telling) -> None:
    _asked_and_rejected(t)
    t._platform(armed=False)
    case = newest(t, KIND.name)
    assert case is not None
    t.facts["number"] = case.number


DROPPED = (Act("delete", press("/changes/{number}/delete"), stands(KIND.name, "deleted")),)

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
    """Whoever got no answer loads again what the address bar shows; nobody is sent away."""
    again = next(t.memo.setdefault("tries", count()))
    seen = phone(t).open(phone(t).here if again else "/me")
    assert seen.status == 200 or seen.status >= 500, seen.text
    return seen


def _signed(t: Telling) -> bool:
    return "__Host-sid" in t.people[ME].cookies


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
    Act("wait", count_codes, faults=False),
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
    Story("change dropped", _asked_in_vain, DROPPED),
    Story("subsidy", officed, SUBSIDIES),
    Story("taken back", written, TAKEN_BACK),
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
