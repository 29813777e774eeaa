"""Nobody reads or does what is not theirs: every route, every kind of person, every object.

The table of what is expected is made from the doors, so a new route is in it at once. What
belongs to somebody else must answer exactly as what never existed: status, headers, body,
and the work behind it.
"""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from string import Formatter
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from chalice.test import Client

from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework
from chalicelib.membership.enrolments import name_of
from chalicelib.store import keys
from chalicelib.store.messages import Message
from chalicelib.store.transaction import Transaction
from chalicelib.web.room import FORM, Door, Guard
from chalicelib.web.session import Signer
from chalicelib.web.visit import digest
from tests.architecture import house
from tests.fakes.bank import written
from tests.fakes.cloud import Stage
from tests.fakes.desk import Desk, hire
from tests.fakes.payroom import PayRoom
from tests.fakes.payroom import person as financier
from tests.fakes.people import LI, THIS_YEAR
from tests.fakes.phone import Phone
from tests.flows import claiming
from tests.flows.binding import bind
from tests.flows.changing import ask
from tests.flows.test_round_trips import Counter

HERE, THERE = "来宾市", "南宁市"
WANG = replace(
    LI,
    name="王示例",
    doc_number="440524188001010014",
    phone="13800000003",
    sex="male",
    prefecture=THERE,
)
ANOTHER_PLAN = replace(THIS_YEAR, plan_id="another-2026")
OWN, OTHERS, NONE = "own", "other's", "none"
OTHERS_IN_OWN, NONE_IN_OWN = "other's in own", "none in own"
"""Paths with two objects, of which the second does not belong into the first."""
CELLS_AT_LEAST = 2400
FIELDS = {"reason": "compare", "note": "x", "action": "approve", "result": "x"}

# what came of a request
ENTERS, MISSING, FORBIDDEN = "enters", "missing", "forbidden"
TO_WECHAT, TO_BIND = "to WeChat", "to /bind"
TO_LOGIN, TO_DESK = "to /staff/login", "to /staff"
TO_NEXT, DONE = "to the next case", "done"

# Where somebody else's object and none may be answered with a success: nothing happens.
HARMLESS = {
    ("POST", "/documents/{doc_id}/delete"): DONE,
    ("POST", "/staff/cases/{number}/next"): TO_NEXT,
    ("GET", "/subsidies/{number}/submitted"): DONE,
}
# What may come of one's own where there is nothing left to do: it is paid, or was never written.
CLOSED = {"/subsidies/{number}": {DONE, ENTERS}, "/staff/content/{key}": {MISSING, ENTERS}}


@dataclass(frozen=True)
class Things:
    """What belongs to one employee, by the names of path parameters."""

    number: str
    doc_id: str
    name: str
    subsidy: str
    key: str
    batch: str
    result: str
    payment: str

    def fill(self, path: str, params: list[str]) -> dict[str, str]:
        known = asdict(self)
        if path.startswith("/subsidies"):
            known["number"] = self.subsidy
        return {param: known[param] for param in params}


NOTHING = Things(
    "1234567890123456789",
    "no-such-picture",
    "20261123062818-1-1",
    "1234567890123456789",
    "2026-01-01-none",
    "1234567890123456789",
    "no-such-result",
    "987654321098765432109",
)


@dataclass(frozen=True)
class Person:
    """Somebody in front of the doors: their browser, what is theirs, what is not."""

    title: str
    browser: Phone
    openid: str = ""
    bound: bool = False
    roles: frozenset[Role] | None = None
    """None for whoever is not signed in to the console."""
    own: Things = NOTHING
    others: Things = NOTHING


@dataclass(frozen=True)
class Told:
    """An answer without what is random in it, and the work that it took."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    work: tuple[str, ...]

    @property
    def location(self) -> str:
        return dict(self.headers).get("location", "")

    @property
    def outcome(self) -> str:
        """What came of it, in one word."""
        if self.status == 303:
            return self._led()
        outcomes = {200: DONE, 403: FORBIDDEN, 404: MISSING, 422: ENTERS}
        return outcomes.get(self.status, str(self.status))

    def _led(self) -> str:
        if self.location.startswith("https://open.test"):
            return TO_WECHAT
        if self.location.startswith("/staff/login"):
            return TO_LOGIN
        known = {"/bind": TO_BIND, "/staff": TO_DESK}
        if self.location.startswith(("/staff/cases/", "/staff?notice=")):
            return TO_NEXT
        return known.get(self.location, DONE)


def test_nobody_gets_what_is_not_theirs(crowd: list[Person], stage: Stage, accept: str) -> None:
    before, gate = kept(stage), Gate(stage, accept)
    wrong, cells = [], 0
    for (method, path), door in sorted(house.doors().items()):
        pairs = alike(path)
        for person in crowd:
            objects = {OWN, *(whose for pair in pairs for whose in pair)}
            told = {whose: gate.ask(person, method, path, door, whose) for whose in objects}
            cells += len(told)
            where = f"{method} {path} for {person.title}"
            for whose, answer in told.items():
                expected = outcome_of(method, path, door, person, whose, accept)
                if answer.outcome not in expected:
                    wrong.append(f"{where}, {whose}: {answer.outcome}, not {expected}")
            for one, other in pairs:
                if told[one] != told[other]:
                    wrong.append(f"{where}: {one} {told[one]} is not {other} {told[other]}")
    size = f"{cells} cells: {len(house.doors())} routes, {len(crowd)} people, as {accept}\n"
    sys.stdout.write(size)
    assert not wrong, "\n".join(wrong)
    assert kept(stage) == before, "nothing was changed by any of it"
    assert cells > CELLS_AT_LEAST


@pytest.fixture(params=["text/html", "application/json"])
def accept(request: pytest.FixtureRequest) -> str:
    """Ask as a browser, and as a script of ours."""
    return str(request.param)


def alike(path: str) -> list[tuple[str, str]]:
    """Return the pairs of objects that must be answered alike, byte for byte."""
    pairs = [(), [(OTHERS, NONE)], [(OTHERS, NONE), (OTHERS_IN_OWN, NONE_IN_OWN)]]
    return list(pairs[len(parameters(path))])


def outcome_of(
    method: str, path: str, door: Door, person: Person, whose: str, accept: str
) -> set[str]:
    """Return what may come of it: the whole of our authorisation, said once more."""
    script = accept == "application/json"
    refused = turned_away(door, person, script=script)
    if refused:
        return {refused}
    if door.guard is Guard.SIGNED:
        return {FORBIDDEN}
    if door.guard is Guard.ANYONE:
        return {ENTERS, DONE, MISSING, FORBIDDEN, TO_DESK}
    if whose != OWN and parameters(path):
        return {HARMLESS.get((method, path), MISSING)}
    for start, outcomes in CLOSED.items():
        if path.startswith(start):
            return outcomes
    # forms are sent with a false token, which only who may enter is told of
    return {ENTERS} if method == "POST" else {DONE, TO_NEXT, TO_DESK}


def turned_away(door: Door, person: Person, *, script: bool) -> str:
    """Return where somebody is led who may not enter, "" for who may."""
    if door.guard in (Guard.STAFF, Guard.STAFF_SETUP):
        if person.roles is None:
            return FORBIDDEN if script else TO_LOGIN
        if door.guard is Guard.STAFF_SETUP:
            return TO_DESK
        return FORBIDDEN if door.roles and not door.roles & person.roles else ""
    if door.guard in (Guard.VISITOR, Guard.MEMBER):
        if not person.openid:
            return FORBIDDEN if script else TO_WECHAT
        if door.guard is Guard.MEMBER and not person.bound:
            return TO_BIND
    return ""


class Gate:
    """Sends requests to the doors: with a person's own cookies, whatever they name."""

    def __init__(self, stage: Stage, accept: str) -> None:
        self._stage, self._accept = stage, accept
        self._counter = Counter(stage)

    def ask(self, person: Person, method: str, path: str, door: Door, whose: str) -> Told:
        """Send one request; what is not the person's is asked for with a true token."""
        params = things(person, path, whose)
        token = "false" if whose == OWN else true_token(self._stage, person, door, params)
        jar = "; ".join(f"{name}={value}" for name, value in person.browser.cookies.items())
        headers, body = {"accept": self._accept, "cookie": jar}, b""
        if method == "POST":
            content = house.routes()[method, path].content_types[0]
            headers["content-type"] = content
            body = urlencode(FIELDS | {"token": token}).encode() if content == FORM else b"<xml/>"
        http, got = person.browser.client.http, []

        def send() -> None:
            got.append(http.request(method, filled(path, params), headers=headers, body=body))

        work = self._counter.of(send)
        return cleaned(got[0], params, work)


def things(person: Person, path: str, whose: str) -> dict[str, str]:
    """Return the parameters of a path."""
    names = parameters(path)
    owners = {OWN: person.own, OTHERS: person.others, NONE: NOTHING}
    if whose in owners:
        return owners[whose].fill(path, names)
    inner = person.others if whose == OTHERS_IN_OWN else NOTHING
    return person.own.fill(path, names[:1]) | inner.fill(path, names[1:])


def true_token(stage: Stage, person: Person, door: Door, params: dict[str, str]) -> str:
    if door.token is None:
        return ""
    page = door.token.format(**params)
    browser = person.browser.cookies.get("__Host-staff", "")
    subject = digest(browser) if page.startswith("/staff") else person.openid
    return Signer(stage.world.vault, stage.clock).form_token(subject, page, stage.ids.token())


def cleaned(answer: Any, params: dict[str, str], work: list[str]) -> Told:
    """Drop what is random or only says what was asked for."""
    headers = sorted(
        (name.lower(), without(line, params))
        for name, value in answer.headers.items()
        for line in (value if isinstance(value, list) else [value])
    )
    return Told(
        answer.status_code, tuple(headers), without(answer.body.decode(), params), tuple(work)
    )


RANDOM = (
    (re.compile(r'(name="token" value=")[^"]*'), r"\1"),
    (re.compile(r"state=[0-9a-f]{32}"), "state="),
    (re.compile(r"(__Host-\w+)=[^;]*"), r"\1="),
)


def without(text: str, params: dict[str, str]) -> str:
    for value in params.values():
        text = text.replace(quote(value, safe=""), "…").replace(value, "…")
    for pattern, rest in RANDOM:
        text = pattern.sub(rest, text)
    return text


def parameters(path: str) -> list[str]:
    """Return the parameters of a path that name something that belongs to somebody."""
    names = [name for _text, name, *_rest in Formatter().parse(path) if name]
    public = ("/static/", "/care/", "/articles/", "/staff/content/", "/privacy/")
    return [] if path.startswith(public) else names


def filled(path: str, params: dict[str, str]) -> str:
    public = {"category": "news", "key": "none", "name": "none", "switch": "on", "doc_id": "none"}
    public["kind"] = "subsidy_health"
    return path.format(**(public | params))


def kept(stage: Stage) -> dict[str, Any]:
    """Return every case, history, lock and picture there is; leases come and go."""
    pages = stage.world.aws.client("dynamodb").get_paginator("scan")
    found = pages.paginate(TableName="mutual-aid-local-cases")
    items = [item for page in found for item in page["Items"]]
    return {f"{i['pk']} {i['sk']}": i for i in items if i["sk"]["S"] != keys.LEASE}


# ---- the crowd ----


@pytest.fixture
def crowd(
    client: Client, stage: Stage, enrol: Callable[..., str], phone: Phone, second_phone: Phone
) -> list[Person]:
    """Everybody who may stand before a door."""
    from app import app

    room, members = PayRoom(stage), (enrol(LI), enrol(WANG, ANOTHER_PLAN))
    app.world = room.world
    li = paid(room, HERE, members[0], asked(stage, phone, members[0]))
    asked_for = asked(stage, second_phone, members[1], doc_number=WANG.doc_number)
    wang = paid(room, THERE, members[1], asked_for)
    stranger = Phone(client, stage, "openid-stranger")
    stranger.open("/bind")
    return [
        Person("nobody", Phone(client, stage, "")),
        Person("a WeChat user without a binding", stranger, stranger.openid, others=li),
        Person("employee A", phone, phone.openid, bound=True, own=li, others=wang),
        Person("employee B", second_phone, second_phone.openid, bound=True, own=wang, others=li),
        *staff(client, stage, li, wang),
    ]


def asked(stage: Stage, phone: Phone, member_id: str, **typed: str) -> Things:
    """Bind somebody who then asks for a change and has a message."""
    who = WANG if typed else LI
    bind(phone, stage, name=who.name, phone=who.phone, **typed)
    _seen, case = ask(phone, stage, member_id, social_card="998877665")
    name = keys.message_name(stage.clock.now(), case.number, 1)
    transaction = Transaction(stage.world.database)
    message = Message(name, "标题", "正文", "查看", "/changes", stage.clock.now())
    stage.world.messages.put_in(transaction, member_id, message)
    transaction.commit()
    stage.clock.forward(seconds=61)
    key = name_of(ANOTHER_PLAN if typed else THIS_YEAR)
    return replace(NOTHING, number=case.number, doc_id=case.documents[0], name=name, key=key)


def paid(room: PayRoom, place: str, member_id: str, things: Things) -> Things:
    """Bring an application of somebody into a batch; the bank says of it both, in one place."""
    account = claiming.ACCOUNT["account"] if place == HERE else "6217003330012345678"
    holder = claiming.member(room.stage, member_id).record.name
    case = claiming.claim(room.stage, member_id, holder=holder, account=account)
    claiming.payable(room.stage, case)
    batch = room.gather(who=financier("mia", place))
    result, payment = "another-result", f"{case.number}01"
    if place == HERE:
        result, ((payment, order),) = room.pay(batch), room.bank.orders.items()
        room.bring(batch, written([(payment, order.amount, "失败", "F02")]))
    return replace(things, subsidy=case.number, batch=batch, result=result, payment=payment)


def staff(client: Client, stage: Stage, li: Things, wang: Things) -> Iterator[Person]:
    """Yield the console's people; whoever is disabled was signed in when it happened."""
    for account, role, place in (
        ("first-here", Role.FIRST_REVIEWER, HERE),
        ("first-there", Role.FIRST_REVIEWER, THERE),
        ("second-here", Role.SECOND_REVIEWER, HERE),
        ("finance-here", Role.FINANCE, HERE),
        ("editor-here", Role.EDITOR, HERE),
        ("admin-here", Role.ADMIN, HERE),
        ("auditor-here", Role.AUDITOR, HERE),
        ("disabled-here", Role.FIRST_REVIEWER, HERE),
    ):
        hire(stage, account, role, prefectures=(place,))
        desk = Desk(client, stage)
        assert desk.login(account).url == "/staff"
        own, others = (li, wang) if place == HERE else (wang, li)
        roles: frozenset[Role] | None = frozenset([role])
        if account.startswith("disabled"):
            stage.world.staff.disable(account)
            roles = None
        if role is Role.FINANCE:
            own, others = approved(stage, own), approved(stage, others)
        yield Person(account, desk, roles=roles, own=own, others=others)


def approved(stage: Stage, things: Things) -> Things:
    """Return things with the case that finance may read: changes are none of their business."""
    case = Casework(stage.world).read(things.subsidy)
    return replace(things, number=case.number, doc_id=case.documents[0])
