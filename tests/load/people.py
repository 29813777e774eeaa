"""Simulated employees and staff: what each of them does, page by page."""

import json
import re
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from queue import Empty, Queue
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pyotp

from chalicelib.casework.machine import Role
from chalicelib.core.places import PREFECTURES
from chalicelib.world import World
from tests.fakes import desk
from tests.fakes.people import LI
from tests.load.browser import Browser, Seen, Tally
from tests.stack.deployed import hire, picture
from tests.stage import Running

CASE_TEMPLATE = "1000005"
SMS_SECONDS = 240
CODE_SECONDS = 60
GAP_SECONDS = 32
"""The simulator, like the provider, takes one message of a template to a number in half a minute."""
_CASE = re.compile(r"/changes/(\d{10,20})")
_TOLD = re.compile(r"BG(\d{10,20})")


@dataclass
class Mail:
    """All SMS that the simulator delivered, as somebody who never looks away collects them."""

    running: Running
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.over.wait(0.5):
            self.look()

    def look(self) -> None:
        for one in _get(f"{self.running.phone_url}/sim/sms")["messages"]:
            self.seen.setdefault(one["id"], one)

    def about(self, number: str) -> list[float]:
        """Return when messages about a case went out."""
        return [
            one["at"]
            for one in list(self.seen.values())
            if one["template"] == CASE_TEMPLATE and number in _TOLD.findall(one["text"])
        ]

    def code(self, phone: str) -> str:
        deadline = time.monotonic() + CODE_SECONDS
        while time.monotonic() < deadline:
            found = _get(f"{self.running.phone_url}/sim/sms?number={phone}")["messages"]
            codes = [one["code"] for one in found if one["code"]]
            if codes:
                return str(codes[0])
            time.sleep(0.3)
        raise AssertionError("no code came")


@dataclass
class Told:
    """A case that came to its end: when that was pressed, and how it ended."""

    number: str
    state: str
    pressed_at: float


@dataclass
class Town:
    """What everybody shares."""

    running: Running
    world: World
    share: float
    until: float
    tally: Tally = field(default_factory=Tally)
    first: Queue[str] = field(default_factory=Queue)
    second: Queue[str] = field(default_factory=Queue)
    ended: dict[str, Told] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.mail = Mail(self.running)

    @property
    def open(self) -> bool:
        return time.monotonic() < self.until

    def browser(self, seed: int, phone: str = "") -> Browser:
        return Browser(self.running.url, self.tally, phone=phone, share=self.share, seed=seed)

    def guarded(self, act: Callable[[], None]) -> Callable[[], None]:
        """Return an act whose failure is written down; the others go on."""

        def run() -> None:
            try:
                act()
            except Exception as error:  # noqa: BLE001 - the report counts them
                self.troubles.append(f"{type(error).__name__}: {error}"[:300])

        return run


class Employee:
    """Binds, then asks for one change after the other and waits to hear of each."""

    def __init__(self, town: Town, index: int) -> None:
        self.town, self.index = town, index
        self.person = {
            "phone": f"179{uuid4().int % 10**8:08d}",
            "number": f"E{uuid4().int % 10**8:08d}",
        }
        phone = _post(f"{town.running.phone_url}/sim/phones")["phone"]["id"]
        self.browser = town.browser(index, str(phone))
        self.member_id = ""

    def live(self) -> None:
        self.bind()
        while self.town.open:
            self.ask()

    def bind(self) -> None:
        fields = {
            "name": LI.name,
            "doc_type": "passport",
            "doc_number": self.person["number"],
            "phone": self.person["phone"],
            "agree": "1",
        }
        page = self.browser.open("/bind")
        page = self.browser.post("/bind/code", {**page.form("/bind"), **fields})
        code = self.town.mail.code(self.person["phone"])
        done = self.browser.post("/bind", {**page.form("/bind"), **fields, "code": code})
        # a form that was taken twice shows its second reader the home of the bound
        expect(done, "/bind/done", "/me", "/")

    def ask(self) -> None:
        page = self.browser.open("/changes/new")
        fields = {
            **page.form("/changes"),
            "agree": "1",
            "social_card": str(10**8 + uuid4().int % 10**8),
            "documents": [picture(self.town.world, self.member_id)],
        }
        done = self.browser.post("/changes", fields)
        expect(done, "/changes/done")
        number = max(_CASE.findall(self.browser.open("/changes").body), key=int)
        self.town.opened.append(number)
        self.town.first.put(number)
        if self._heard(number) == "draft":
            self._delete(number)

    def _heard(self, number: str) -> str:
        """Wait for the SMS; returns how the case ended for now."""
        deadline = time.monotonic() + SMS_SECONDS
        while time.monotonic() < deadline:
            told = self.town.ended.get(number)
            if told and self.town.mail.about(number):
                time.sleep(min(GAP_SECONDS, max(0, self.town.until - time.monotonic())))
                return told.state
            time.sleep(0.5)
        raise AssertionError("never heard of it")

    def _delete(self, number: str) -> None:
        page = self.browser.open(f"/changes/{number}/delete")
        gone = self.browser.post(
            f"/changes/{number}/delete", page.form(f"/changes/{number}/delete")
        )
        expect(gone, "/changes/deleted")


class Reviewer:
    """Takes what comes, looks at it, decides, and confirms."""

    def __init__(self, town: Town, index: int, role: Role) -> None:
        self.town, self.role, self.dice = town, role, Random(index)
        self.browser = town.browser(1000 + index)
        self.account = f"load-{role.value[:5]}-{uuid4().hex[:8]}"
        clock = SimpleNamespace(now=town.world.clock.now)
        stage: Any = SimpleNamespace(world=town.world, clock=clock)
        desk.hire(stage, self.account, role, prefectures=PREFECTURES)

    def live(self) -> None:
        self.login()
        inbox = self.town.first if self.role is Role.FIRST_REVIEWER else self.town.second
        while not self.town.done.is_set():
            try:
                number = inbox.get(timeout=0.5)
            except Empty:
                continue
            self.decide(number)

    def login(self) -> None:
        page = self.browser.open("/staff/login")
        fields = {"account": self.account, "password": desk.PASSWORD}
        code = pyotp.TOTP(desk.SECRET).now()
        seen = self.browser.post(
            "/staff/login", {**page.form("/staff/login"), **fields, "code": code}
        )
        expect(seen, "/staff")

    def decide(self, number: str) -> None:
        last = self.role is Role.SECOND_REVIEWER
        action = "reject" if not last and self.dice.random() < 0.2 else "approve"
        path = f"/staff/cases/{number}"
        page = self.browser.open(path)
        fields = {**page.form(f"{path}/confirm"), "action": action, "code_1": "R08"}
        asked = self.browser.post(f"{path}/confirm", fields)
        pressed = time.time()
        seen = self.browser.post(f"{path}/decide", asked.form(f"{path}/decide"))
        assert seen.status < 400, (seen.status, seen.url)
        if action == "reject" or last:
            state = "draft" if action == "reject" else "closed"
            self.town.ended[number] = Told(number, state, pressed)
        else:
            self.town.second.put(number)


def populate(town: Town, count: int) -> list[Employee]:
    """Put employees into the roster, each with a phone."""
    people = [Employee(town, index) for index in range(count)]
    records = [
        replace(LI, doc_type="passport", doc_number=one.person["number"], phone=one.person["phone"])
        for one in people
    ]
    for at in range(0, count, 20):
        ids = hire(town.world, *records[at : at + 20])
        for one, member_id in zip(people[at : at + 20], ids, strict=True):
            one.member_id = member_id
    return people


def expect(seen: Seen, *urls: str) -> None:
    """Assert where a form led."""
    assert seen.url in urls, f"{seen.status} at {seen.url}, not {urls[0]}"


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def _post(url: str) -> Any:
    request = urllib.request.Request(url, data=b"{}", headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
