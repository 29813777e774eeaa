"""站内信 (A18): the list, the badge, one message, and the way to the case."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.casework.case import Actor, Reason
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.store import keys
from chalicelib.store.messages import Message
from tests.fakes.cloud import Stage
from tests.fakes.parcel import PARCEL
from tests.fakes.people import LI
from tests.fakes.phone import HTML, Phone, Seen
from tests.fakes.pipes import Pipes
from tests.flows.binding import bind
from tests.flows.test_round_trips import Counter

FIRST = Actor(Role.FIRST_REVIEWER, "anna")


@pytest.fixture
def member_id(phone: Phone, stage: Stage, enrol: Callable[..., str]) -> str:
    member_id = enrol()
    bind(phone, stage)
    return member_id


def put(stage: Stage, member_id: str, count: int) -> None:
    for seq in range(1, count + 1):
        stage.clock.forward(minutes=1)
        at = stage.clock.now()
        name = keys.message_name(at, "1344168415351173120", seq)
        message = Message(name, f"变更申请已办结 {seq}", "请查看核对。", "查看", "/me", at)
        transaction = stage.world.transaction()
        stage.world.messages.put_in(transaction, member_id, message)
        transaction.commit()


def titles(seen: Seen) -> list[str]:
    marked = (e for e in seen.tree.iter(f"{HTML}span") if "row__title" in e.get("class", ""))
    return ["".join(element.itertext()).strip() for element in marked]


def links(seen: Seen, prefix: str) -> list[str]:
    found = (a.get("href", "") for a in seen.tree.iter(f"{HTML}a"))
    return [href for href in found if href.startswith(prefix)]


def badge(phone: Phone) -> str:
    found = [
        element
        for element in phone.open("/").tree.iter(f"{HTML}span")
        if "ma-nav__badge" in element.get("class", "")
    ]
    return "".join("".join(element.itertext()).strip() for element in found)


def test_nothing_yet_says_what_will_be_here(phone: Phone, member_id: str) -> None:
    seen = phone.open("/messages")
    assert "还没有消息" in seen.text
    assert badge(phone) == ""
    assert "条未读" not in phone.open("/me").text


def test_a_message_is_unread_until_it_is_opened(phone: Phone, stage: Stage, member_id: str) -> None:
    put(stage, member_id, 2)
    assert badge(phone) == "2"
    assert "2 条未读" in phone.open("/me").text
    listed = phone.open("/messages")
    assert titles(listed) == ["变更申请已办结 2", "变更申请已办结 1"]
    assert listed.body.count('aria-label="未读"') == 2
    newest = links(listed, "/messages/")[0]
    opened = phone.open(newest)
    assert opened.title == "变更申请已办结 2"
    assert "/me" in links(opened, "/me")
    phone.open(newest)
    assert badge(phone) == "1"
    assert phone.open("/messages").body.count('aria-label="未读"') == 1


def test_twenty_a_page_newest_first(phone: Phone, stage: Stage, member_id: str) -> None:
    put(stage, member_id, 43)
    assert badge(phone) == "43"
    pages, href = [], "/messages"
    while href:
        seen = phone.open(href)
        pages.append(titles(seen))
        href = next(iter(links(seen, "/messages?")), "")
    assert [len(page) for page in pages] == [20, 20, 3]
    shown = [title for page in pages for title in page]
    assert shown == [f"变更申请已办结 {seq}" for seq in range(43, 0, -1)]


def test_exactly_one_page_has_no_older_one(phone: Phone, stage: Stage, member_id: str) -> None:
    put(stage, member_id, 20)
    assert links(phone.open("/messages"), "/messages?") == []


def test_nobody_reads_what_is_not_theirs(
    phone: Phone, second_phone: Phone, stage: Stage, member_id: str, enrol: Callable[..., str]
) -> None:
    put(stage, member_id, 1)
    (href,) = links(phone.open("/messages"), "/messages/")
    other = replace(LI, name="王示例", doc_number="440524188001010014", phone="13800000002")
    enrol(other)
    stage.clock.forward(minutes=5)
    bind(second_phone, stage, name=other.name, doc_number=other.doc_number, phone=other.phone)
    assert second_phone.open(href).status == 404
    assert phone.open("/messages/nothing").status == 404
    assert phone.open(f"/messages/{'9' * 500}").status == 404
    stranger = Phone(phone.client, stage, "openid-three")
    assert stranger.open(href).url == "/bind"
    assert badge(phone) == "1"


def test_round_trips(phone: Phone, stage: Stage, member_id: str) -> None:
    put(stage, member_id, 1)
    counter = Counter(stage)
    assert counter.of(lambda: phone.open("/")) == ["BatchGetItem"]
    listed = counter.of(lambda: phone.open("/messages"))
    assert listed == ["BatchGetItem", "Query"]
    (href,) = links(phone.open("/messages"), "/messages/")
    assert counter.of(lambda: phone.open(href)) == ["BatchGetItem", "TransactWriteItems"]
    assert counter.of(lambda: phone.open(href)) == ["BatchGetItem"]


def test_nothing_that_leaves_the_house_says_whose_it_is(
    phone: Phone, stage: Stage, member_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="chalicelib")
    register(PARCEL)
    pipes = Pipes(stage)
    casework, me = Casework(stage.world), Actor(Role.EMPLOYEE, member_id)
    data = {"what": stage.world.vault.seal(LI.doc_number, place="x")}
    case = casework.open(PARCEL, member_id, "来宾", Step("submit", me, "op-1", data=data))
    reason = Reason("R08", "field:phone", f"{LI.name}的手机 {LI.phone} 不对")
    casework.apply(case.number, Step("reject", FIRST, "op-2", reasons=(reason,)))
    stage.sms.sent.clear()
    pipes.relay()
    bodies = [body for queued in pipes.queued.values() for body in queued]
    pipes.drain()
    (sms,) = stage.sms.sent
    (template,) = stage.wechat.templates
    messages = stage.world.messages.latest(member_id, 5)
    logged = [str(vars(record)) for record in caplog.records]
    assert logged
    spoken = [*pipes.told, *bodies, *sms.params, str(template["fields"]), template["url"]]
    spoken += [*logged, *(message.title + message.text for message in messages)]
    for private in (LI.name, LI.phone, LI.doc_number, LI.unit_name, "123456464", "op-1"):
        assert not [text for text in spoken if private in text], private
    ledger = stage.world.deliveries.of_event(case.number, 2)
    assert LI.phone not in str(ledger)
