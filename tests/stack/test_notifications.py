"""Deployed: a change that is sent back is told once on each channel, and nothing gets lost.

What nobody can read or deliver ends on a failure queue, and comes back by `queues redrive`.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest
import requests

from chalicelib.casework import records
from chalicelib.casework.case import Case
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework
from chalicelib.changes import service as changes
from chalicelib.changes.service import Submission
from chalicelib.core.clock import BEIJING
from chalicelib.membership import service as membership
from chalicelib.membership.models import BindForm
from chalicelib.staff import decisions
from chalicelib.store.members import MemberRecord
from chalicelib.web import codes
from chalicelib.web.forms import parse
from chalicelib.web.staff import StaffPerson
from chalicelib.world import World
from infra.demo.roster import EMPLOYEES, people
from tests.fakes.people import LI
from tests.stack.deployed import hire, member, picture, world_of
from tests.stage import Running

# one worker: what one of these puts on a failure queue must not fail another
pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("cases")]

PATIENCE_SECONDS = 90
PREFIX = "mutual-aid-local"
CHANNELS = ("inbox", "sms", "template")
GARBAGE = "{ not an event"


@dataclass(frozen=True)
class Office:
    """The stage, seen by an operator and by everybody in one room."""

    running: Running
    world: World

    def rejected(self, who: str, *, number: str = "") -> Case:
        """Let an employee ask for a change, and a reviewer send it back."""
        card = str(10**8 + uuid4().int % 10**8)
        sent = Submission(
            {"social_card": card, "agree": "1"}, [picture(self.world, who)], uuid4().hex
        )
        world = replace(self.world, ids=Chosen(self.world.ids, number)) if number else self.world
        case = changes.submit(world, member(world, who), sent)
        fields = {"action": "reject", "version": "1", "code_1": "R08"}
        anna = StaffPerson(
            "anna", "", frozenset([Role.FIRST_REVIEWER]), frozenset([case.prefecture]), ""
        )
        return decisions.take(world, anna, case.number, fields, uuid4().hex)

    def news(self, number: str) -> str:
        """Return what the outbox says of a rejection."""
        case, history = Casework(self.world).story(number)
        return records.outbox_item(case, history[1]).body

    def told(self, number: str) -> dict[str, str]:
        """Return what became of the messages about a rejection."""
        ledger = self.world.deliveries.of_event(number, 2)
        return {entry.channel.value: entry.state.value for entry in ledger.values()}

    def in_app(self, who: str, number: str) -> int:
        return sum(f"BG{number}" in m.text for m in self.world.messages.latest(who, 20))

    # ---- queues ----

    def url(self, name: str) -> str:
        sqs = self.running.cloud.client("sqs")
        return str(sqs.get_queue_url(QueueName=f"{PREFIX}-{name}")["QueueUrl"])

    def put(self, name: str, body: str) -> None:
        self.running.cloud.client("sqs").send_message(QueueUrl=self.url(name), MessageBody=body)

    def lying(self, name: str, mark: str) -> dict[str, dict[str, Any]]:
        """Return the messages on a queue that carry a mark, by their ids."""
        answer = self.running.cloud.client("sqs").receive_message(
            QueueUrl=self.url(name), MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return {m["MessageId"]: m for m in answer.get("Messages", []) if mark in m["Body"]}

    def remove(self, name: str, mark: str) -> None:
        for message in self.lying(name, mark).values():
            self.running.cloud.client("sqs").delete_message(
                QueueUrl=self.url(name), ReceiptHandle=message["ReceiptHandle"]
            )

    def idle(self) -> bool:
        """Whether nothing waits or is under way on any channel."""
        wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        sqs = self.running.cloud.client("sqs")
        answers = [
            sqs.get_queue_attributes(QueueUrl=self.url(name), AttributeNames=wanted)
            for name in CHANNELS
        ]
        return not any(int(n) for answer in answers for n in answer["Attributes"].values())

    @contextmanager
    def impatient(self, name: str) -> Iterator[None]:
        """Let a queue show failed messages again after a second instead of minutes."""
        sqs, url = self.running.cloud.client("sqs"), self.url(name)
        wanted = ["VisibilityTimeout"]
        before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
        try:
            yield
        finally:
            sqs.set_queue_attributes(QueueUrl=url, Attributes=before)

    def redrive(self, name: str) -> None:
        done = self.running.infra("queues", "redrive", name, "--stage", "local", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr

    # ---- the outbox ----

    @contextmanager
    def outbox(self, change: Callable[[dict[str, Any]], bool]) -> Iterator[None]:
        """Change what is written into the outbox; what `change` denies is not written."""

        def alter(params: dict[str, Any], **_: Any) -> dict[str, Any]:
            kept = [w for w in params["TransactItems"] if not _news(w) or change(w["Put"]["Item"])]
            return {**params, "TransactItems": kept}

        events = self.world.database.client.meta.events
        events.register("provide-client-params.dynamodb.TransactWriteItems", alter)
        try:
            yield
        finally:
            events.unregister("provide-client-params.dynamodb.TransactWriteItems", alter)


def _news(write: dict[str, Any]) -> bool:
    return write.get("Put", {}).get("Item", {}).get("sk", {}).get("S", "") == "outbox#000002"


class Chosen:
    """Ids of which the first number was known before."""

    def __init__(self, ids: Any, number: str) -> None:
        self._ids, self._numbers = ids, [number]

    def number(self) -> str:
        return self._numbers.pop() if self._numbers else str(self._ids.number())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ids, name)


@pytest.fixture(scope="module")
def office(running: Running) -> Office:
    return Office(running, world_of(running))


@pytest.fixture
def employee(office: Office) -> str:
    """Somebody who is reached in the app only."""
    return hire(office.world, somebody(phone=""))[0]


def somebody(**facts: Any) -> MemberRecord:
    number = f"E{uuid4().int % 10**8:08d}"
    return replace(LI, doc_type="passport", doc_number=number, prefecture="消息市", **facts)


def until(seen: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not wanted(found := seen()):
        assert time.monotonic() < deadline, f"still {found}"
        time.sleep(0.3)
    return found


# ---- told once ----


@dataclass(frozen=True)
class SimulatedPhone:
    """A phone of the simulators: its chat, and the SMS to a number."""

    url: str
    phone: str
    openid: str
    number: str

    @classmethod
    def new(cls, running: Running) -> "SimulatedPhone":
        made = requests.post(f"{running.phone_url}/sim/phones", json={}, timeout=20).json()
        found = made["phone"]
        requests.post(
            f"{running.phone_url}/sim/follow", json={"phone": found["id"]}, timeout=20
        ).raise_for_status()
        number = f"199{uuid4().int % 10**8:08d}"
        return cls(running.phone_url, found["id"], found["openid"], number)

    def sms(self) -> list[dict[str, Any]]:
        query = {"number": self.number}
        return list(
            requests.get(f"{self.url}/sim/sms", params=query, timeout=20).json()["messages"]
        )

    def cards(self, number: str) -> list[dict[str, Any]]:
        """Return the template messages about a case."""
        query = {"phone": self.phone}
        chat = requests.get(f"{self.url}/sim/chat", params=query, timeout=20).json()["chat"]
        return [e for e in chat if e["kind"] == "template" and f"BG{number}" in json.dumps(e)]


def bound(office: Office, phone: SimulatedPhone) -> str:
    """Bind a phone to somebody new, with the code that its SMS brings."""
    person = somebody(phone=phone.number)
    (member_id,) = hire(office.world, person)
    codes.send(office.world, openid=phone.openid, phone=phone.number, ip=uuid4().hex)
    fields = {
        "name": person.name,
        "doc_type": person.doc_type,
        "doc_number": person.doc_number,
        "phone": person.phone,
        "code": phone.sms()[0]["code"],
        "agree": "1",
    }
    today = office.world.clock.now().astimezone(BEIJING).date()
    form = parse(BindForm, fields, {"today": today})
    assert membership.bind(office.world, phone.openid, form, uuid4().hex) == member_id
    return member_id


def test_a_rejection_is_told_once_on_each_channel(office: Office) -> None:
    phone = SimulatedPhone.new(office.running)
    who = bound(office, phone)
    case = office.rejected(who)
    # WeChat's report comes back through the callback and the chat queue
    everywhere = {"inbox": "delivered", "sms": "sent", "template": "delivered"}
    until(lambda: office.told(case.number), lambda told: told == everywhere)
    arrived = arrivals(office, phone, who, case)
    assert arrived == {"inbox": 1, "sms": 1, "template": 1}
    news = office.news(case.number)
    sns = office.running.cloud.client("sns")
    for _time in range(2):
        sns.publish(TopicArn=office.world.settings.events_topic, Message=news)
    for channel in CHANNELS:
        office.put(channel, news)
    until(office.idle, bool)
    assert arrivals(office, phone, who, case) == arrived, "told again by a repetition"
    assert office.told(case.number) == everywhere


def arrivals(office: Office, phone: SimulatedPhone, who: str, case: Case) -> dict[str, int]:
    return {
        "inbox": office.in_app(who, case.number),
        "sms": sum(f"BG{case.number}" in message["text"] for message in phone.sms()),
        "template": len(phone.cards(case.number)),
    }


# ---- nothing lost ----


def test_a_poisoned_outbox_record_waits_for_its_cure(office: Office, employee: str) -> None:
    def garble(item: dict[str, Any]) -> bool:
        item["body"] = {"S": GARBAGE}
        return True

    with office.outbox(garble):
        case = office.rejected(employee)
    mark = case.number
    (first,) = until(lambda: office.lying("relay-failed", mark), bool)
    office.redrive("relay")
    # through table, stream and relay once more: it is as unreadable as before
    (second,) = until(
        lambda: office.lying("relay-failed", mark), lambda m: bool(m) and first not in m
    )
    assert office.told(case.number) == {}
    body = json.loads(office.lying("relay-failed", mark)[second]["Body"])
    body["image"]["body"]["S"] = office.news(case.number)
    office.remove("relay-failed", mark)
    office.put("relay-failed", json.dumps(body))
    office.redrive("relay")
    until(lambda: office.told(case.number).get("inbox"), lambda state: state == "delivered")
    assert office.in_app(employee, case.number) == 1
    assert office.lying("relay-failed", mark) == {}


def test_a_poisoned_message_waits_for_its_cure(office: Office, employee: str) -> None:
    """News of a case that nobody finds, and text that is no news at all."""
    number = office.world.ids.number()
    garbage = f"{GARBAGE} {number}"
    news = {"kind": "change", "number": number, "member_id": employee, "seq": 2}
    news |= {"action": "reject", "from": "first_review", "to": "draft"}
    news |= {"at": office.world.clock.now().isoformat()}
    with office.impatient("inbox"):
        office.put("inbox", json.dumps(news))
        office.put("inbox", garbage)
        until(lambda: office.lying("inbox-dlq", number), lambda found: len(found) == 2)
        with office.outbox(lambda _item: False):
            case = office.rejected(employee, number=number)
        assert case.number == number
        assert office.told(number) == {}
        office.redrive("inbox")
        until(lambda: office.told(number).get("inbox"), lambda state: state == "delivered")
        assert office.in_app(employee, number) == 1
        # what no code will ever read is back where it was
        until(lambda: office.lying("inbox-dlq", number), lambda found: len(found) == 1)
    assert [m["Body"] for m in office.lying("inbox-dlq", number).values()] == [garbage]
    office.remove("inbox-dlq", number)


def test_the_stages_own_logs_name_nobody(office: Office) -> None:
    phone = SimulatedPhone.new(office.running)
    who = bound(office, phone)
    number = office.rejected(who).number
    until(lambda: office.told(number).get("sms"), lambda state: state == "sent")
    today = office.world.clock.now().astimezone(BEIJING).date()
    crowd = [*people(EMPLOYEES, today), member(office.world, who).record]
    numbers = {n for p in crowd for n in (p.doc_number, p.phone, p.social_card) if n}
    names = {p.name for p in crowd}
    text = until(lambda: logged(office), lambda text: number in text)
    assert not set(re.findall(r"[0-9A-Z]{6,}", text)) & numbers
    assert (
        not {part for run in re.findall(r"[\u4e00-\u9fff·]+", text) for part in parts(run)} & names
    )


def logged(office: Office) -> str:
    """Return what functions, cloud and front door have written since the stage began."""
    logs = office.running.place.folder / "log"
    return "".join(
        (logs / name).read_text("utf-8", "replace") for name in ("cloud.log", "front.log")
    )


def parts(run: str) -> Iterator[str]:
    """Yield what may be a name in a run of characters."""
    return (run[at : at + length] for at in range(len(run)) for length in (2, 3, 4))
