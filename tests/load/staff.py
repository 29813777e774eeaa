"""Simulated staff: two reviews, the check of a new account, and the batches of finance."""

import html
import re
import time
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pyotp
import requests

from chalicelib.casework.machine import Role
from tests.fakes import desk
from tests.load.browser import Seen
from tests.load.town import Town

PATIENCE_SECONDS = 120
_WAITING = re.compile(r"(\d+) 件")
_CHOICES = {
    Role.FIRST_REVIEWER: {"approve": 84, "reject": 12, "refuse": 4},
    Role.SECOND_REVIEWER: {"approve": 88, "reject": 6, "send_back": 6},
    Role.FINANCE: {"confirm_account": 85, "reject_account": 15},
}


class Clerk:
    """Somebody with an account in the console."""

    def __init__(self, town: Town, index: int, role: Role) -> None:
        self.town, self.role, self.dice = town, role, Random(index)
        self.browser = town.browser(1000 + index)
        self.account = f"load-{role.value[:5]}-{uuid4().hex[:8]}"
        self.inside = False
        stage: Any = SimpleNamespace(
            world=town.world, clock=SimpleNamespace(now=town.world.clock.now)
        )
        desk.hire(stage, self.account, role, prefectures=(town.place,))

    def login(self) -> None:
        if self.inside:
            return
        form = self.browser.open("/staff/login").form("/staff/login")
        fields = {"account": self.account, "password": desk.PASSWORD}
        code = pyotp.TOTP(desk.SECRET).now()
        seen = self.browser.post("/staff/login", {**form, **fields, "code": code})
        assert seen.url == "/staff", f"{seen.status} at {seen.url}"
        self.inside = True

    def press(self, action: str, path: str, fields: dict[str, str], *leads: str) -> Seen:
        send = lambda: self.browser.post(path, fields)  # noqa: E731
        return self.town.press(self.account, action, send, *leads)


class Reviewer(Clerk):
    """Takes the next case, looks at it, decides, confirms, and goes on with the one behind."""

    def once(self) -> None:
        self.login()
        queue = self.browser.open("/staff")
        page = self.browser.post("/staff/next", queue.form("/staff/next"))
        while page.url.startswith("/staff/cases/"):
            page = self.decide(page)
        time.sleep(0.5)

    def decide(self, page: Seen) -> Seen:
        path = "/".join(page.url.split("/")[:4])
        there = re.findall(r'name="action" value="(\w+)"', page.body)
        choices = {name: w for name, w in _CHOICES[self.role].items() if name in there}
        if not choices:
            return self.browser.open("/staff")
        (action,) = self.dice.choices([*choices], [*choices.values()])
        fields = page.form(f"{path}/confirm")
        for ask in [name for name in fields if name.endswith("_reason")]:
            fields[ask] = "按规则核定"
        fields |= {"action": action, "code_1": "" if action.startswith("app") else "R08"}
        asked = self.browser.post(f"{path}/confirm", fields)
        if f"{path}/decide" not in asked.forms():
            return self.browser.open("/staff")  # somebody was first, or the employee took it back
        return self.press(action, f"{path}/decide", asked.form(f"{path}/decide"))


class Cashiers(Clerk):
    """Two people of finance: one makes batches and files, the other releases; and their bank."""

    def __init__(self, town: Town, index: int) -> None:
        super().__init__(town, index, Role.FINANCE)
        self.other = Clerk(town, index + 1, Role.FINANCE)
        self.checker = Reviewer(town, index + 2, Role.FINANCE)
        self.checker.account, self.checker.browser = self.account, self.browser
        self.bank = f"{town.running.phone_url}/bank"

    def once(self) -> None:
        self.login()
        self.other.login()
        self.checker.inside = True
        self.checker.once()
        page = self.browser.open("/staff/payouts/new")
        if sum(map(int, _WAITING.findall(page.body))) == 0:
            time.sleep(1)
            return
        form = {**page.form("/staff/payouts"), "prefecture": self.town.place, "count": "50"}
        seen = self.press("build", "/staff/payouts", form)
        batch = seen.url
        if self.released(batch):
            self.export(batch)

    def released(self, batch: str) -> bool:
        """Wait until a batch is gathered, and release it; now and then dissolve it."""
        page = self._until(self.other, batch, "核对并放行", "没有付款")
        if "核对并放行" not in page.body:
            return False
        button = "dissolve" if self.dice.random() < 0.1 else "release"
        fields = page.form(f"{batch}/release")
        asked = self.other.browser.post(f"{batch}/{button}", fields)
        sure = asked.form(f"{batch}/{button}")
        self.other.press(f"{button} batch", f"{batch}/{button}", sure, batch)
        return button == "release"

    def export(self, batch: str) -> None:
        page = self._until(self, batch, "生成付款文件")
        self.press("export", f"{batch}/export", page.form(f"{batch}/export"), batch)
        page = self._until(self, batch, f"{batch}/download")
        fields = {**page.form(f"{batch}/download"), "ext": "csv", "reason": "交银行"}
        link = self.browser.post(f"{batch}/download", fields)
        (url,) = re.findall(r'href="(http[^"]+X-Amz[^"]+)"', link.body)
        file = requests.get(html.unescape(url), timeout=30)
        assert file.status_code == 200, file.status_code
        for rule in ("mixed", "clear_up"):
            self.bring(batch, self.paid(file.content, rule))

    def paid(self, file: bytes, rule: str) -> bytes:
        """Let the bank have the file, decide by a rule, and say what became of it."""
        sent = requests.post(f"{self.bank}/files", files={"file": ("pay.csv", file)}, timeout=30)
        where = sent.url.partition("?")[0]
        assert "/bank/files/" in where, sent.text[:200]
        requests.post(f"{where}/rule", data={"rule": rule}, timeout=30).raise_for_status()
        return requests.get(f"{where}/result?kind=csv", timeout=30).content

    def bring(self, batch: str, result: bytes) -> None:
        page = self.browser.open(batch)
        if f"{batch}/import" not in page.forms():
            return  # all of it is settled
        token = page.form(f"{batch}/import")
        form = self.browser.ask("POST", f"{batch}/results", token)
        sent = requests.post(form["url"], data=form["fields"], files={"file": result}, timeout=30)
        assert sent.status_code in (200, 201, 204), sent.status_code
        seen = self.press("import", f"{batch}/import", {**token, "result": form["id"]})
        self._until(self, seen.url, "已导入", "导入完成", "没有采用的行")

    def _until(self, who: Clerk, path: str, *words: str) -> Seen:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            page = who.browser.open(path)
            if any(word in page.body for word in words):
                return page
            time.sleep(0.5)
        raise AssertionError(f"{words[0]} never came")
