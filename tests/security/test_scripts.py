"""S6: what people write is text on every page that shows it, never code (ASVS 5.0, 1.2.1).

One story for each round of payloads: every field that anybody may write is written, then every
page is opened by everybody who may see it. Each field carries a mark of its own, so that a field
which no page showed would be noticed.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import html5lib
import pytest
from chalice.test import Client

from chalicelib.casework.case import Reason
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework
from chalicelib.payout import disputes, settle
from chalicelib.payout.results import ResultRow
from tests import figures
from tests.architecture import house
from tests.fakes.cloud import Stage
from tests.fakes.desk import Desk, Sit
from tests.fakes.payroom import MAKER, PayRoom
from tests.fakes.people import LI, THIS_YEAR
from tests.fakes.phone import HTML, Phone, Seen
from tests.flows import claiming
from tests.flows.binding import bind, typed
from tests.flows.changing import ask
from tests.flows.content import Editor
from tests.flows.test_nobody_else import Things, filled, parameters
from tests.unit.payout_examples import csv_bytes

PAYLOADS = (
    "<xss>",
    '"><xss a="',
    "'><xss>",
    "<script>xss()</script>",
    "<img src=x onerror=xss()>",
    "</textarea><xss>",
    "</title><xss>",
    "--><xss>",
    "<svg/onload=xss()>",
    "{{7*7}}<xss>",
    "{%raw%}<xss>",
    "javascript:xss()",
    "[x](javascript:xss())",
    '![x](x" onerror=xss())',
    "<a href=javascript:xss()>",
    "&lt;xss&gt;<xss>",
    "\\u003cxss\\u003e",
    "%3Cxss%3E<xss>",
    "]]><xss>",
    "<!--<xss>",
    "<iframe srcdoc='<xss>'>",
    "<math><xss>",
    "<base href=//evil.test>",
    "<style>@import'//x'</style>",
    "<form action=//evil.test>",
    "<input onfocus=xss()>",
    "<details ontoggle=xss()>",
    "<object data=//evil.test>",
    "' onmouseover='xss()",
    '" onmouseover="xss()',
    "` onmouseover=`xss()",
    "<b onclick=xss()>",
    "<xss/",
    "<xss x=",
    "<a href='java\tscript:xss()'>",
    "<https://evil.test/xss>",
    "&#60;xss&#62;",
    "<embed src=//evil.test>",
    "<meta http-equiv=refresh>",
    "*<xss>*`<xss>`",
)
ROUNDS = 8 if os.environ.get("HYPOTHESIS_PROFILE") == "deep" else 2
FORBIDDEN = {"iframe", "object", "embed", "base", "math", "style", "frame", "applet"}
ADDRESSES = ("href", "src", "action", "data", "srcdoc", "formaction", "poster", "xlink:href")


class Ink:
    """Writes payloads into fields, the next one each time, and knows them again."""

    def __init__(self, turn: int) -> None:
        self._next = turn * len(PAYLOADS) // ROUNDS
        self.written: dict[str, str] = {}
        self.seen: set[str] = set()
        self.pages = 0

    def __call__(self, field: str) -> str:
        """Return what to write into a field: at most 34 characters."""
        mark = f"q{len(self.written):03}z"
        self.written[mark] = field
        self._next += 1
        return PAYLOADS[self._next % len(PAYLOADS)] + mark

    def read(self, seen: Seen) -> Seen:
        """Look through an answer; raises AssertionError where something became code."""
        self.pages += 1
        self.seen |= {mark for mark in re.findall(r"q\d{3}z", seen.body) if mark in self.written}
        kind = str(seen.headers.get("Content-Type", ""))
        if kind.startswith("text/html"):
            harmless(seen.body, seen.url)
        elif kind.startswith("application/json"):
            for fragment in texts(json.loads(seen.body)):
                if "<" in fragment and "class=" in fragment:
                    harmless(fragment, seen.url)
        elif seen.body:
            assert not kind.startswith(("image/svg", "text/xml", "application/xhtml")), kind
        return seen

    @property
    def unseen(self) -> set[str]:
        return {field for mark, field in self.written.items() if mark not in self.seen}


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a JSON answer: a script may put it into the page."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


def harmless(markup: str, where: str) -> None:
    """Assert that nothing anybody wrote is an element, an attribute or an address."""
    assert "49&lt;xss" not in markup, f"a template was filled twice on {where}"
    for element in html5lib.parse(markup).iter():
        tag = str(element.tag).rpartition("}")[2]
        written = tag.startswith("xss") or tag in FORBIDDEN
        assert not written, f"<{tag}> on {where}"
        for name, value in element.attrib.items():
            assert not str(name).startswith("on"), f"{name} on {where}"
            if name in ADDRESSES:
                target = re.sub(r"\s", "", value).lower()
                outside = "evil.test" in target.partition("?")[0] and not outward(element, target)
                assert not target.startswith(("javascript:", "vbscript:")), f"{value} on {where}"
                assert not outside, f"{value} on {where}"


def outward(element: Any, target: str) -> bool:
    """Whether it is a link that an editor may set, in words that everybody can read."""
    return element.tag == f"{HTML}a" and target.startswith("https://")


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_what_people_write_is_never_code(
    turn: int,
    phone: Phone,
    second_phone: Phone,
    stage: Stage,
    enrol: Callable[..., str],
    sit: Sit,
    client: Client,
) -> None:
    from app import app

    ink, room = Ink(turn), PayRoom(stage)
    app.world = stage.world
    member_id = enrol()
    bind(phone, stage)
    subsidy, change, batch, result = story(ink, stage, room, phone, member_id, sit)
    payment = dispute(ink, room, batch, subsidy)
    hostile_forms(ink, phone, second_phone, subsidy)
    key = articles(ink, sit)
    # the register, as it is after an import
    of_register = {"name": ink("name"), "unit_name": ink("unit"), "social_card": ink("card")}
    plan = replace(THIS_YEAR, plan_name=ink("plan"), unit_name=ink("unit of the plan"))
    assert enrol(replace(LI, **of_register), plan) == member_id
    mine = Things(change, "none", "none", subsidy, "none", batch, result, payment)
    anybody = Phone(client, stage, "")
    browsers: list[Phone] = [phone, anybody, *desks(sit)]
    for browser in browsers:
        for method, path in sorted(house.routes()):
            if method == "GET" and not path.startswith(("/care", "/wechat")):
                for params in (mine, replace(mine, number=subsidy)):
                    known = params.fill(path, parameters(path))
                    address = filled(path.replace("/content/{key}", f"/content/{key}"), known)
                    address = address.replace("/news/none", f"/news/{key}")
                    ink.read(browser.open(address, follow=False))
                    if "{number}" not in path:
                        break
        for link in links(browser):
            ink.read(browser.open(link, follow=False))
    asked(ink, phone, sit)
    figures.note("S6 pages read for scripts", ink.pages)
    figures.note("S6 fields with payloads", len(ink.written))
    assert ink.unseen <= NOT_SHOWN, "a field that no page showed"


NOT_SHOWN = {
    "card",
    "name",
    "typed phone",
    "typed code",
    "number of a result",
    "column of a result",
}
"""Masked, not given back, or read by nobody."""


def story(
    ink: Ink, stage: Stage, room: PayRoom, phone: Phone, member_id: str, sit: Sit
) -> tuple[str, str, str, str]:
    """Two applications and a request, with whatever is written about them on their way."""
    case = claiming.claim(
        stage,
        member_id,
        hospital=ink("hospital"),
        department=ink("department"),
        diagnosis=ink("diagnosis"),
        bank=ink("bank"),
        branch=ink("branch"),
    )
    _seen, change = ask(phone, stage, member_id, social_card="998877665")
    reason = Reason("R08", "field:phone", ink("note of a reason"))
    claiming.take(stage, change, "reject", claiming.FIRST, (reason,))
    desk = sit("anna", Role.FIRST_REVIEWER)
    page = desk.open(f"/staff/cases/{case.number}")
    desk.press(page, f"/staff/cases/{case.number}/notes", note=ink("note of staff"))
    fields = {"ask_amount": "100", "ask_amount_reason": ink("reason of an amount")}
    page = desk.open(f"/staff/cases/{case.number}")
    confirm = f"/staff/cases/{case.number}/confirm"
    remark = ink("remark")
    ink.read(desk.press(page, confirm, action="approve", remark=remark, **fields))
    desk.decide(case.number, "approve", remark=remark, **fields)
    now = Casework(stage.world).read(case.number)
    assert now.state == "second_review"
    claiming.approve(stage, now, claiming.SENIOR, amount="100", amount_reason="床位费")
    batch = room.gather()
    room.release(batch)
    room.export(batch)
    rows = [(ink("number of a result")[:30], "1.00", "成功", "F02", ink("column of a result"))]
    return case.number, change.number, batch, room.bring(batch, csv_bytes(*rows))


def dispute(ink: Ink, room: PayRoom, batch: str, case: str) -> str:
    """Let the bank say both, and somebody of finance what is true; returns the payment."""
    payment = f"{case}01"
    for line, (outcome, code) in enumerate((("failed", "F02"), ("paid", ""))):
        row = ResultRow(2, payment, 10_000, outcome, code)
        settle.apply(room.world, batch, row, f"file-{line}:2")
    verdict = ("paid", ink("reason of a dispute"))
    disputes.propose(room.world, MAKER, (batch, payment), verdict, room.op())
    return payment


def hostile_forms(ink: Ink, phone: Phone, other: Phone, subsidy: str) -> None:
    """Send forms that are refused, and read what comes back."""
    shown = {"name": ink("typed name"), "phone": ink("typed phone"), "code": ink("typed code")}
    ink.read(other.post("/bind", typed(other.open("/bind")) | shown))
    form = phone.open("/changes/new").form("/changes") | {"agree": "1"}
    for field in ("name", "phone", "doc_number", "social_card"):
        if field in form:
            form[field] = ink(f"changed {field}")
    ink.read(phone.post("/changes", form))
    begun = phone.open("/subsidies/new").form("/subsidies/new")
    step = phone.post("/subsidies/new", begun | {"agree": "1"})
    number = step.url.split("/")[2]
    for name in ("stay", "account"):
        path = f"/subsidies/{number}/{name}"
        fields: dict[str, str] = phone.open(path).form(path)
        for field in fields:
            if field not in ("token", "version", "level", "settlement", "agree"):
                fields[field] = ink(f"draft's {field}")
        ink.read(phone.post(path, fields, accept="application/json"))
        ink.read(phone.post(path, fields))
        ink.read(phone.open(path))
    ink.read(phone.open(f"/subsidies/{number}/review", follow=False))


def articles(ink: Ink, sit: Sit) -> str:
    """Publish an article whose every field is hostile; returns its key."""
    editor = Editor(sit)
    # what links to code, or shows a foreign picture, is refused; the preview shows it anyhow
    known = [payload for payload in PAYLOADS if "](" not in payload]
    source = "\n\n".join([ink("article"), *known, f"# {PAYLOADS[0]}"])
    fields = {"title": ink("title"), "summary": ink("summary"), "source": source}
    path = editor.begin()
    bare = path.partition("?")[0]
    links = [f"[a]({payload})" for payload in PAYLOADS]
    form = editor.form(path) | fields | {"source": "\n\n".join([source, *PAYLOADS, *links])}
    ink.read(editor.desk.post(f"{bare}/preview", form, accept="application/json"))
    ink.read(editor.desk.post(bare, form | {"action": "save"}))
    key = editor.publish(**fields)
    ink.read(editor.desk.open(f"/staff/content/{key}"))
    return key


def desks(sit: Sit) -> Iterator[Desk]:
    for account, role in (
        ("anna", Role.FIRST_REVIEWER),
        ("fay", Role.FINANCE),
        ("erin", Role.EDITOR),
        ("olga", Role.AUDITOR),
    ):
        yield sit(account, role)


def links(browser: Phone) -> list[str]:
    """Return what the messages of an employee lead to."""
    seen = browser.open("/messages", follow=False)
    return sorted(set(re.findall(r'href="(/messages/[^"]+)"', seen.body)))


def asked(ink: Ink, phone: Phone, sit: Sit) -> None:
    """Write into addresses, and into the sign-in of staff."""
    desk, bare = sit("anna", Role.FIRST_REVIEWER), Desk(phone.client, phone.stage)
    for payload in PAYLOADS:
        text = quote(payload, safe="")
        for path in (
            f"/staff?prefecture={text}&kind={text}&state={text}&after={text}",
            f"/staff/find?number={text}",
            f"/staff/audit?day={text}&before={text}",
            f"/staff/statistics?kind={text}&prefecture={text}",
        ):
            ink.read(desk.open(path, follow=False))
        for path in (f"/news?before={text}", f"/{text}", f"/messages?before={text}"):
            ink.read(phone.open(path, follow=False))
        ink.read(phone.open(f"/care/on?back={text}", follow=False))
        ink.read(bare.open(f"/staff/login?to={text}"))
    form = bare.open("/staff/login").form("/staff/login")
    fields = {"account": ink("account"), "password": "x", "code": "000000", "to": PAYLOADS[1]}
    ink.read(bare.post("/staff/login", form | fields))


@pytest.mark.parametrize(
    "markup",
    ["<xss>", "<p onclick=x>", "<a href=javascript:x>", "<iframe>", "<img src=//evil.test>"],
)
def test_what_is_looked_for_is_found(markup: str) -> None:
    with pytest.raises(AssertionError):
        harmless(f"<p>{markup}</p>", "a page")
