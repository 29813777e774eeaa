"""Requests worth measuring, of people who have been here for a while: their lists are full."""

from typing import Any
from urllib.parse import urlencode

from chalice.test import Client
from moto import mock_aws

from chalicelib.casework.case import Case
from chalicelib.casework.machine import Role
from chalicelib.core.identity import DocType
from chalicelib.store import digests
from chalicelib.store.messages import Message
from chalicelib.store.roster import RosterEntry
from chalicelib.store.transaction import Transaction
from tests.bench.tape import Tape, event, record
from tests.fakes.cloud import Stage, make_stage
from tests.fakes.desk import Desk, Office, case_form
from tests.fakes.light import lighten
from tests.fakes.payroom import PayRoom
from tests.fakes.people import LI, THIS_YEAR
from tests.fakes.phone import Phone
from tests.flows import changing, claiming
from tests.flows.binding import bind

MESSAGES, CASES, QUEUE = 20, 5, 20


class Recorder:
    """Writes tapes of what one browser asks."""

    def __init__(self, app: Any, stage: Stage) -> None:
        self.tapes: list[Tape] = []
        self.room = PayRoom(stage)
        self._app = app
        self._stage = stage

    def get(self, phone: Phone, url: str, name: str = "") -> None:
        """Record a page."""
        phone.open(url)  # a member's first look may count as reading
        self._keep(name or url, event("GET", url, phone.cookies))

    def post(self, phone: Phone, path: str, fields: dict[str, Any], name: str) -> None:
        """Record the sending of a form; it happens once, and is played again and again."""
        body = urlencode(fields, doseq=True)
        self._keep(name, event("POST", path, phone.cookies, body))

    def _keep(self, name: str, asked: dict[str, Any]) -> None:
        self.tapes.append(record(self._app, self._stage, name, asked))


def home() -> Tape:
    """The page that most people see first."""
    return next(tape for tape in _recorded(_member) if tape.name == "/")


def tapes() -> list[Tape]:
    """Everything: pages and forms of an employee, of a reviewer and of finance."""
    return _recorded(_member, _forms, _staff)


def person(stage: Stage) -> str:
    """Put an employee into the roster; returns their id."""
    digest = digests.document(stage.world.vault, DocType(LI.doc_type), LI.doc_number)
    entry = RosterEntry(LI, (THIS_YEAR,), digest, "content-1")
    return stage.world.roster.save_roster([entry])[0].member_id


def tell(stage: Stage, member_id: str, name: str) -> None:
    """Send an employee a message."""
    message = Message(name, "办结", "您的申请已办结。", "查看", "/me", stage.clock.now())
    transaction = Transaction(stage.world.database)
    stage.world.messages.put_in(transaction, member_id, message)
    transaction.commit()


def _recorded(*scenes: Any) -> list[Tape]:
    from app import app

    with mock_aws():
        stage = make_stage()
        lighten()
        with Client(app) as client:
            recorder = Recorder(app, stage)
            app.world = stage.world
            phone = Phone(client, stage, "openid-one")
            member_id = person(stage)
            bind(phone, stage)
            for scene in scenes:
                scene(recorder, phone, stage, member_id)
    return recorder.tapes


def _member(recorder: Recorder, phone: Phone, stage: Stage, member_id: str) -> None:
    for number in range(MESSAGES):
        tell(stage, member_id, f"m{number:03}")
    claims = [claiming.claim(stage, member_id) for _ in range(CASES)]
    _, change = changing.ask(phone, stage, member_id, name="李小四")
    for url in ("/", "/me", "/enrolments", "/messages", "/changes", "/subsidies", "/privacy"):
        recorder.get(phone, url)
    recorder.get(phone, "/messages/m001", "/messages/{name}")
    recorder.get(phone, f"/changes/{change.number}", "/changes/{number}")
    recorder.get(phone, f"/subsidies/{claims[0].number}", "/subsidies/{number}")
    here = f"/subsidies/{claiming.write(stage, member_id)}"
    for step in ("identity", "stay", "account", "review"):
        recorder.get(phone, f"{here}/{step}", f"/subsidies/{{number}}/{step}")


def _forms(recorder: Recorder, phone: Phone, stage: Stage, member_id: str) -> None:
    here = f"/subsidies/{claiming.write(stage, member_id)}"
    page = phone.open(f"{here}/stay")
    pictures = [claiming.picture(stage, member_id, slot) for slot in claiming.SLOTS[1:]]
    fields = {**page.form(f"{here}/stay"), "documents": pictures}
    recorder.post(phone, f"{here}/stay", fields, "save a step of an application")
    here = f"/subsidies/{claiming.write(stage, member_id)}"
    fields = {**phone.open(f"{here}/review").form(f"{here}/submit"), "agree": "1"}
    recorder.post(phone, f"{here}/submit", fields, "submit an application")
    changing.close(stage, changing.newest(stage, member_id))
    fields = changing.fill(phone, [changing.picture(stage, member_id)], name="李小五")
    recorder.post(phone, "/changes", fields, "submit a change")


def _staff(recorder: Recorder, phone: Phone, stage: Stage, member_id: str) -> None:
    office = Office(phone.client, stage)
    cases = []
    for _ in range(QUEUE - CASES):
        stage.clock.forward(hours=12)  # uploads are limited by the day
        cases.append(claiming.claim(stage, member_id))
    desk = office.sit("anna", Role.FIRST_REVIEWER)
    recorder.get(desk, "/staff?state=first", "queue of 20 cases")
    _decide(recorder, desk, cases[0])
    for case in cases[1:6]:
        claiming.payable(stage, case, amount="100.00", amount_reason="按规定核减")
    number = recorder.room.gather()
    desk = office.sit("fay", Role.FINANCE)
    recorder.get(desk, "/staff/payouts", "batches")
    recorder.get(desk, f"/staff/payouts/{number}", "a batch of 5 payments")


def _decide(recorder: Recorder, desk: Desk, case: Case) -> None:
    here = f"/staff/cases/{case.number}"
    recorder.get(desk, here, "a case on the desk")
    page = desk.open(here)
    asked = {**case_form(page), "action": "approve"}
    recorder.post(desk, f"{here}/confirm", asked, "question before a decision")
    sure = desk.post(f"{here}/confirm", asked).form(f"{here}/decide")
    sure.pop("then", None)
    recorder.post(desk, f"{here}/decide", sure, "approve a case")
