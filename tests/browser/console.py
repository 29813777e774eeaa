"""Every page of the console as staff meet it: empty, full, refused — rendered in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from chalice.test import Client
from moto import mock_aws

from chalicelib.casework.case import Case
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework
from chalicelib.core.identity import DocType
from chalicelib.statistics import worker
from chalicelib.store import digests
from chalicelib.store.counters import EVERYWHERE, Where
from chalicelib.store.roster import RosterEntry
from infra import assets
from tests.fakes.bank import written
from tests.fakes.cloud import make_stage
from tests.fakes.desk import PASSWORD, Desk, Office, case_form, hashed, hire, path
from tests.fakes.parcel import PARCEL
from tests.fakes.payroom import PayRoom
from tests.fakes.people import LI, THIS_YEAR
from tests.fakes.phone import Seen
from tests.flows import claiming, test_payout_desk
from tests.flows.content import Editor
from tests.flows.test_statistics import messages

EVERYBODY = (
    Role.FIRST_REVIEWER,
    Role.SECOND_REVIEWER,
    Role.FINANCE,
    Role.EDITOR,
    Role.ADMIN,
    Role.AUDITOR,
)
PAYOUTS = test_payout_desk.HOME
MONTHS = {"2026-06": 412, "2026-07": 388, "2026-08": 451, "2026-09": 437, "2026-10": 476}


@dataclass
class Console:
    """The office of one afternoon; `pages` keeps what was seen by a name."""

    room: PayRoom
    office: Office
    client: Client
    pages: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)

    def keep(self, name: str, seen: Seen) -> Seen:
        """Keep a page under a name."""
        assert name not in self.pages, name
        self.pages[name] = seen.body
        self.paths.append(seen.url.partition("?")[0])
        return seen


@contextmanager
def opened() -> Iterator[Console]:
    """An office on moto."""
    from app import app

    assets.build()
    with mock_aws():
        room = PayRoom(make_stage())
        app.world = room.world
        register(PARCEL)
        with Client(app) as client:
            yield Console(room, Office(client, room.stage), client)


def all_pages() -> dict[str, str]:
    """Walk through the console; returns its pages by name."""
    with opened() as console:
        _enter(console)
        _empty(console)
        case = _claimed(console)
        _review(console, case)
        _pay(console)
        _write(console)
        _count(console, case)
        return console.pages


def _enter(console: Console) -> None:
    stage = console.room.stage
    desk = Desk(console.client, stage)
    console.keep("login", desk.open("/staff/login"))
    form = desk.open("/staff/login").form("/staff/login")
    console.keep("login-wrong", desk.post("/staff/login", form | {"account": "x"}))
    hire(stage, "newcomer", Role.FIRST_REVIEWER)
    later = stage.clock.now() + timedelta(days=1)
    stage.world.staff.reset("newcomer", hashed(PASSWORD), later)
    setup = console.keep("setup", desk.login("newcomer", code=""))
    fields = setup.form("/staff/setup")
    wrong = desk.post("/staff/setup", fields | {"password": "short", "again": "other"})
    console.keep("setup-wrong", wrong)
    fields |= {"password": PASSWORD + "!", "again": PASSWORD + "!"}
    code = console.keep("setup-code", desk.post("/staff/setup", fields))
    code_form = code.form("/staff/setup/code")
    console.keep("setup-code-wrong", desk.post("/staff/setup/code", code_form | {"code": "1"}))


def _empty(console: Console) -> None:
    desk = console.office.sit("eve", *EVERYBODY)
    for name, where in (
        ("queue-empty", "/staff"),
        ("payouts-empty", PAYOUTS),
        ("payouts-none", f"{PAYOUTS}/new"),
        ("content-empty", "/staff/content"),
        ("statistics-empty", "/staff/statistics"),
        ("audit", "/staff/audit"),
        ("password", "/staff/password"),
        ("unknown-number", "/staff/find?number=x"),
        ("not-found", "/staff/cases/9"),
    ):
        console.keep(name, desk.open(where))
    console.keep("not-allowed", console.office.sit("erin", Role.EDITOR).open("/staff/audit"))


def _claimed(console: Console) -> Case:
    stage = console.room.stage
    digest = digests.document(stage.world.vault, DocType(LI.doc_type), LI.doc_number)
    entry = RosterEntry(LI, (THIS_YEAR,), digest, "content-1")
    member = stage.world.roster.save_roster([entry])[0].member_id
    return claiming.claim(stage, member)


def _review(console: Console, case: Case) -> None:
    anna = console.office.sit("anna", Role.FIRST_REVIEWER)
    console.keep("queue", anna.open("/staff"))
    console.keep("case", anna.open(path(case)))
    form = case_form(anna.open(path(case)))
    console.keep("case-taken", anna.post(path(case, "/lease"), form))
    taken = anna.open(path(case))
    confirm = path(case, "/confirm")
    console.keep("case-wrong", anna.press(taken, confirm, action="reject", note_1="第二行"))
    console.keep("confirm-reject", anna.press(taken, confirm, action="reject", code_1="R08"))
    console.keep("confirm", anna.press(taken, confirm, action="approve"))
    console.keep("case-revealed", anna.press(taken, path(case, "/reveal"), reason="compare"))
    anna.decide(case.number, "approve")
    bob = console.office.sit("bob", Role.SECOND_REVIEWER, Role.SENIOR_REVIEWER)
    console.keep("case-second", bob.open(path(case)))
    console.keep("case-read", console.office.sit("dora", Role.AUDITOR).open(path(case)))


def _pay(console: Console) -> None:
    room, mia = console.room, console.office.sit("mia", Role.FINANCE)
    rita = console.office.sit("rita", Role.FINANCE)
    for amount in (10_000, 20_050, 30_000):
        room.grants.approved(amount)
    console.keep("payouts-new", mia.open(f"{PAYOUTS}/new"))
    form = mia.open(f"{PAYOUTS}/new").form(PAYOUTS)
    console.keep("payouts-new-wrong", mia.post(PAYOUTS, {"token": form["token"], "count": "x"}))
    console.keep("batch-gathering", test_payout_desk.build(mia))
    number = console.paths[-1].rpartition("/")[2]
    room.work()
    console.keep("batch-ready", rita.open(f"{PAYOUTS}/{number}"))
    asked = test_payout_desk.press(rita, number, "release")
    console.keep("release", asked)
    rita.post(f"{PAYOUTS}/{number}/release", asked.form(f"{PAYOUTS}/{number}/release"))
    room.work()
    console.keep("batch-released", mia.open(f"{PAYOUTS}/{number}"))
    test_payout_desk.press(mia, number, "export")
    room.work()
    console.keep("download", test_payout_desk.press(mia, number, "download", ext="csv"))
    console.keep("batch-exported", mia.open(f"{PAYOUTS}/{number}"))
    first, second, third = room.bank.take(room.file(number))
    rows = [
        (first, "100.00", "成功", ""),
        (second, "1.00", "成功", ""),
        (third, "300.00", "失败", "F02"),
    ]
    report = test_payout_desk.bring(room, mia, number, written(rows))
    console.keep("report", report)
    console.keep("batch-settling", mia.open(f"{PAYOUTS}/{number}"))
    console.keep("payouts", mia.open(PAYOUTS))


def _write(console: Console) -> None:
    editor = Editor(console.office.sit)
    first = editor.begin()
    console.keep("content-new", editor.desk.open(first))
    console.keep("content-wrong", editor.send(first, "publish", title="", source=""))
    key = editor.publish("互助保障知识问答", source="# 一问\n\n|a|b|\n|-|-|\n|1|2|")
    console.keep("content-edit", editor.desk.open(f"/staff/content/{key}"))
    console.keep("content", editor.desk.open("/staff/content?category=news"))
    console.keep("content-pages", editor.desk.open("/staff/content?category=pages"))


def _count(console: Console, case: Case) -> None:
    stage = console.room.stage
    worker.handle(messages(stage, Casework(stage.world).read(case.number)), stage.world)
    for place, (month, number) in enumerate(MONTHS.items(), start=1):
        where = [Where("subsidy", month, each) for each in (EVERYWHERE, "来宾市")]
        stage.world.counters.add(f"9{place}", 1, where, of_month(number))
    dora = console.office.sit("dora", Role.AUDITOR)
    console.keep("statistics", dora.open("/staff/statistics?kind=subsidy"))


def of_month(number: int) -> dict[str, int]:
    """What a month of so many applications counts."""
    first, second = round(number * 0.94), round(number * 0.78)
    return {
        "step:new:submit": number,
        "step:first_review:approve": round(number * 0.8),
        "step:first_review:reject": first - round(number * 0.8),
        "step:second_review:approve": second,
        "reason:R07": number // 11,
        "reason:R08": number // 17,
        "reason:R10": number // 29,
        "hours:first_review:24": first * 2 // 3,
        "hours:first_review:72": first // 3,
        "hours:second_review:24": second,
    }
