"""Simulated employees: they bind, look around, ask for changes and subsidies, and mend."""

import re
import time
from dataclasses import replace
from random import Random
from uuid import uuid4

import requests

from chalicelib.subsidy.stay import Settlement
from tests.fakes import pictures
from tests.fakes.people import LI
from tests.load.browser import Fields, Seen
from tests.load.town import Town, fetched
from tests.stack.deployed import hire, picture
from tests.unit.subsidy_examples import DEMO, TYPED

HEAR_SECONDS = 240
GAP_SECONDS = 32
"""The simulator, like the provider, takes one message of a template to a number in half a minute."""
PAGES = ("/", "/me", "/messages", "/changes", "/subsidies", "/enrolments", "/notices", "/guide")
JSON = "application/json"
PHOTO = pictures.photo(6)
_CHANGE = re.compile(r"/changes/\d{10,20}")


class Employee:
    """Asks for one thing after the other and waits to hear of each."""

    def __init__(self, town: Town, index: int) -> None:
        self.town, self.dice = town, Random(index)
        self.phone, self.passport = f"179{_digits(8)}", f"E{_digits(8)}"
        made = fetched(f"{town.running.phone_url}/sim/phones", b"{}", **{"Content-Type": JSON})
        self.browser = town.browser(index, str(made["phone"]["id"]))
        self.member_id = ""
        self.bound, self.told_at = False, 0.0

    def once(self) -> None:
        if not self.bound:
            self.bind()
        if not self.bound:
            return  # it was evening before a code came
        self.look_around()
        case = self.claim() if self.dice.random() < 0.5 else self.change()
        while case and self.heard(case):
            self.go_on(case)

    def bind(self) -> None:
        fields = {
            "name": LI.name,
            "doc_type": "passport",
            "doc_number": self.passport,
            "phone": self.phone,
            "agree": "1",
        }
        page, code = self.browser.open("/bind"), ""
        while not code and self.town.open:
            page = self.browser.post("/bind/code", {**page.form("/bind"), **fields})
            code = self.town.mail.code(self.phone)
        if not code:
            return
        done = self.browser.post("/bind", {**page.form("/bind"), **fields, "code": code})
        # a form that was taken twice shows its second reader the home of the bound
        assert done.url in ("/bind/done", "/me", "/"), f"{done.status} at {done.url}"
        self.bound = True

    def look_around(self) -> None:
        for path in self.dice.sample(PAGES, 3):
            assert self.browser.open(path).status == 200, path

    # ---- asking ----

    def change(self) -> str:
        """Ask for a change; returns where it is."""
        page = self.browser.open("/changes/new")
        if "/changes" not in page.forms():
            return ""  # one is open already
        if not self.press("submit", "/changes", self._card(page, "/changes"), "/changes/done"):
            return ""
        found = _CHANGE.findall(self.browser.open("/changes").body)
        return str(max(found, key=lambda path: int(path.rpartition("/")[2])))

    def claim(self) -> str:
        """Write an application in three steps and submit it; returns where it is."""
        start = self.browser.open("/subsidies/new").form("/subsidies/new")
        page = self.browser.post("/subsidies/new", {**start, "agree": "1"})
        here = page.url.removesuffix("/identity")
        day = f"2026-{self.dice.randint(3, 9):02d}-{self.dice.randint(10, 28)}"
        stay = {**TYPED, "admission": day, "discharge": day, "settled": day}
        stay |= {"invoice_number": _digits(10)}
        account = {"bank": "中国工商银行", "branch": "忻城县支行", "agree": "1"}
        account["account"] = f"622588{_digits(10)}"
        page = self._step(page, "stay", {})
        page = self._step(page, "account", stay)
        page = self._step(page, "review", account)
        return self._submit(here, page)

    def _step(self, page: Seen, then: str, typed: dict[str, str]) -> Seen:
        """Fill in a step with its pictures; the photograph of an invoice goes the real way."""
        step = page.url.rpartition("/")[2]
        documents = [
            self.upload(page, slot.purpose)
            if slot.purpose == "invoice"
            else picture(self.town.world, self.member_id, slot.purpose)
            for slot in DEMO.slots
            if slot.step == step and slot.required and Settlement.LOCAL_DIRECT in slot.settlements
        ]
        fields = {**page.form(page.url), **typed, "documents": documents}
        seen = self.browser.post(page.url, fields)
        assert seen.url.endswith(then), f"{step}: {seen.status} at {seen.url}"
        return seen

    def _submit(self, here: str, page: Seen) -> str:
        fields = page.form(f"{here}/submit")
        return here if self.press("submit", f"{here}/submit", fields, f"{here}/submitted") else ""

    def upload(self, page: Seen, purpose: str) -> str:
        """Send a photograph as the script does: ask for a form, send it, wait until it is seen."""
        token = re.findall(rf'data-purpose="{purpose}" data-token="([^"]+)"', page.body)[0]
        asked = {"token": token, "purpose": purpose, "content_type": "image/jpeg"}
        form = self.browser.ask("POST", "/documents", {**asked, "size": str(len(PHOTO))})
        sent = requests.post(form["url"], data=form["fields"], files={"file": PHOTO}, timeout=30)
        assert sent.status_code in (200, 201, 204), sent.status_code
        deadline = time.monotonic() + HEAR_SECONDS
        while time.monotonic() < deadline:
            found = self.browser.ask("GET", f"/documents/{form['id']}")
            if found["state"] == "clean":
                return str(form["id"])
            assert found["state"] == "waiting", found
            time.sleep(0.5)
        raise AssertionError("nobody looked at the picture")

    # ---- afterwards ----

    def heard(self, here: str) -> bool:
        """Wait for news of a case; False when there will be none, or it is time to go."""
        number = here.rpartition("/")[2]
        before = len(self.town.mail.about(number))
        if f"{here}/withdraw" in self.browser.open(here).body and self.dice.random() < 0.25:
            return self.withdraw(here)
        deadline = time.monotonic() + HEAR_SECONDS
        while self.town.open:
            if len(self.town.mail.about(number)) > before:
                self.told_at = time.monotonic()
                return True
            assert time.monotonic() < deadline, "never heard of it"
            time.sleep(0.5)
        return False

    def withdraw(self, here: str) -> bool:
        """Take an application back, if no reviewer has it; True when it is ours again."""
        page = self.browser.open(f"{here}/withdraw")
        if f"{here}/withdraw" not in page.forms():
            return False
        return self.press("withdraw", f"{here}/withdraw", page.form(f"{here}/withdraw"), here)

    def go_on(self, here: str) -> None:
        """Do what a case asks for: mend it, delete it, name another account, or nothing."""
        page = self.browser.open(here)
        self.look_around()
        if f"{here}/repair" in page.body:
            self._rest()
            self.repair(here)
        elif f"{here}/delete" not in page.body:
            self._rest()
        elif self.dice.random() < 0.3:
            self.drop(here)
        else:
            self._rest()
            self.mend(here)

    def mend(self, here: str) -> None:
        """Send again what came back, as it was."""
        if here.startswith("/changes"):
            page = self.browser.open(f"{here}/edit")
            self.press("submit", here, self._card(page, here), "/changes/done")
            return
        for step, then in (("identity", "stay"), ("stay", "account"), ("account", "review")):
            page = self.browser.open(f"{here}/{step}")
            fields = {**page.form(f"{here}/{step}"), "documents": _kept(page), "agree": "1"}
            page = self.browser.post(f"{here}/{step}", fields)
            assert page.url.endswith(then), f"{step}: {page.status} at {page.url}"
        self._submit(here, page)

    def drop(self, here: str) -> None:
        fields = self.browser.open(f"{here}/delete").form(f"{here}/delete")
        self.press("delete", f"{here}/delete", fields, "/changes/deleted", "/subsidies")

    def repair(self, here: str) -> None:
        fields = self.browser.open(f"{here}/repair").form(f"{here}/repair")
        typed = {"bank": "中国建设银行", "branch": "南宁分行", "account": f"622700{_digits(10)}"}
        open_to = {name: text for name, text in typed.items() if name in fields}
        self.press("repair", f"{here}/repair", {**fields, **open_to}, here)

    def press(self, action: str, path: str, fields: Fields, *leads: str) -> bool:
        """Press a button; tells whether it led where it should."""
        send = lambda: self.browser.post(path, fields)  # noqa: E731
        return self.town.press(self.member_id, action, send, *leads).url in leads

    def _card(self, page: Seen, action: str) -> Fields:
        kept = _kept(page) or [picture(self.town.world, self.member_id)]
        card = f"1{_digits(8)}"
        return {**page.form(action), "agree": "1", "social_card": card, "documents": kept}

    def _rest(self) -> None:
        """Let half a minute pass since the last message, for the provider's sake."""
        while self.town.open and time.monotonic() < self.told_at + GAP_SECONDS:
            time.sleep(0.5)


def populate(town: Town, count: int) -> list[Employee]:
    """Put employees into the roster, each with a phone."""
    people = [Employee(town, index) for index in range(count)]
    records = [
        replace(
            LI,
            doc_type="passport",
            doc_number=one.passport,
            phone=one.phone,
            prefecture=town.place,
        )
        for one in people
    ]
    for at in range(0, count, 20):
        ids = hire(town.world, *records[at : at + 20])
        for one, member_id in zip(people[at : at + 20], ids, strict=True):
            one.member_id = member_id
    return people


def _kept(page: Seen) -> list[str]:
    """Return the pictures that a form has already."""
    return re.findall(r'name="documents" value="([^"]+)"', page.body)


def _digits(count: int) -> str:
    return str(uuid4().int)[-count:]
