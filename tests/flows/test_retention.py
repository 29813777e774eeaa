"""What goes by itself, when, and what stays: on real tables, night by night."""

import io
import re
from datetime import date, timedelta

import pytest
from rich.console import Console

from chalicelib.casework.kind import register
from chalicelib.core import keeping
from chalicelib.core.clock import beijing_date
from chalicelib.core.errors import Conflict
from chalicelib.privacy.retention import AT_ONCE, run
from chalicelib.store import keys
from chalicelib.store.consents import in_force, ledger, records
from chalicelib.store.documents import StoredDocument
from chalicelib.store.due import CaseDue, MemberDue, case_due_in
from chalicelib.store.messages import Message
from chalicelib.store.retention import KeptPicture, Retention
from infra.retention import show
from infra.ui import Ui
from tests.fakes.cloud import Stage
from tests.fakes.phone import Phone
from tests.flows.binding import bind
from tests.flows.changing import KIND, ask, close, record, reject
from tests.flows.test_privacy import events, leave

NOTHING = dict.fromkeys(("cases", "pictures", "members", "messages", "history", "consents"), 0)


@pytest.fixture(autouse=True)
def _kinds() -> None:
    register(KIND)


def pictures(member_id: str) -> list[StoredDocument]:
    prefix = StoredDocument.sk.startswith("document#")
    return list(StoredDocument.query(keys.member(member_id), prefix))


def left_of(number: str) -> list[KeptPicture]:
    return list(KeptPicture.query(keys.case(number), KeptPicture.sk.startswith("picture#")))


def tell(stage: Stage, member_id: str, number: int, *, read: bool = False) -> str:
    name = keys.message_name(stage.clock.now(), str(number), 1)
    message = Message(name, "标题", "内容", "查看", "/me", stage.clock.now())
    transaction = stage.world.transaction()
    stage.world.messages.put_in(transaction, member_id, message)
    transaction.commit()
    if read:
        stage.world.messages.mark_read(member_id, name, stage.clock.now())
    return name


def unread(stage: Stage, phone: Phone, member_id: str) -> int:
    return stage.world.members.session(phone.openid, member_id)[2]


def nights(stage: Stage, days: int) -> dict[str, int]:
    """Run the job after so many days until all is done; returns the report of that day."""
    stage.clock.forward(days=days)
    book = Retention(stage.world.database)
    # years of nights without anything take long; whatever is due here is due this month
    book.move_cursor(max(book.cursor() or date.min, tomorrow(stage) - timedelta(days=45)))
    for _ in range(50):
        counts = run(stage.world)
        if book.cursor() == tomorrow(stage):
            return dict(counts)
    raise AssertionError("the job does not come to an end")


def tomorrow(stage: Stage) -> date:
    return beijing_date(stage.clock.now()) + timedelta(days=1)


def test_a_closed_case_loses_its_pictures_after_years_and_keeps_their_hashes(
    phone: Phone, stage: Stage, me: str
) -> None:
    _, case = ask(phone, stage, me, name="李改名")
    close(stage, case)
    run(stage.world)
    assert nights(stage, keeping.PICTURES_OF_CLOSED)["pictures"] == 0
    assert len(pictures(me)) == 1
    assert nights(stage, 1) == NOTHING | {"cases": 1, "pictures": 1}
    assert pictures(me) == []
    (kept,) = left_of(case.number)
    assert (kept.sha256, kept.purpose) == ("0" * 64, "change")
    assert phone.open(f"/changes/{case.number}").status == 200


def test_a_deleted_draft_loses_its_pictures_after_a_month(
    phone: Phone, stage: Stage, me: str
) -> None:
    _, case = ask(phone, stage, me, name="李改名")
    reject(stage, case)
    page = f"/changes/{case.number}/delete"
    phone.post(page, phone.open(page).form(page))
    run(stage.world)
    assert nights(stage, 30)["pictures"] == 0
    assert nights(stage, 1)["pictures"] == 1
    assert pictures(me) == []


def test_an_open_case_keeps_its_pictures(phone: Phone, stage: Stage, me: str) -> None:
    ask(phone, stage, me, name="李改名")
    run(stage.world)
    assert nights(stage, keeping.PICTURES_OF_CLOSED + 1)["pictures"] == 0
    assert len(pictures(me)) == 1


def test_messages_go_with_what_they_count_as_unread(phone: Phone, stage: Stage, me: str) -> None:
    tell(stage, me, 1)
    tell(stage, me, 2, read=True)
    run(stage.world)
    stage.clock.forward(days=60)
    late = tell(stage, me, 3)
    assert unread(stage, phone, me) == 2
    went = nights(stage, keeping.MESSAGES - 60 + 35)
    assert (went["messages"], went["members"]) == (2, 1)
    assert [one.name for one in stage.world.messages.latest(me, 20)] == [late]
    assert unread(stage, phone, me) == 1


def test_history_goes_and_consents_stay_while_they_hold(
    phone: Phone, stage: Stage, me: str
) -> None:
    run(stage.world)
    went = nights(stage, keeping.HISTORY + 35)
    assert (went["history"], went["consents"]) == (1, 0)
    assert events(stage, me) == []
    assert set(in_force(ledger(me))) == {"policy"}
    assert phone.openid


def test_a_consent_goes_three_years_after_it_ended(phone: Phone, stage: Stage, me: str) -> None:
    run(stage.world)
    stage.clock.forward(days=400)
    phone.open("/me")  # signs in again
    phone.post("/me/unbind", phone.open("/me/unbind").form("/me/unbind"))
    assert nights(stage, keeping.CONSENTS - 40)["consents"] == 0
    assert [entry.given for entry in ledger(me)] == [False, True]
    assert nights(stage, 75)["consents"] == 2
    assert records(stage.world.database, me) == ([], [])


def test_who_left_has_no_messages_by_the_next_night(phone: Phone, stage: Stage, me: str) -> None:
    tell(stage, me, 1)
    tell(stage, me, 2, read=True)
    run(stage.world)
    leave(phone, stage)
    stage.clock.forward(minutes=2)
    bind(phone, stage)
    stage.clock.forward(minutes=2)
    new = tell(stage, me, 3)
    assert nights(stage, 1)["messages"] == 2
    assert [one.name for one in stage.world.messages.latest(me, 20)] == [new]
    assert unread(stage, phone, me) == 1
    assert record(stage, me).phone


def test_the_job_twice_removes_nothing_twice(phone: Phone, stage: Stage, me: str) -> None:
    _, case = ask(phone, stage, me, name="李改名")
    close(stage, case)
    run(stage.world)
    due = Retention(stage.world.database)
    stage.clock.forward(days=keeping.PICTURES_OF_CLOSED + 1)
    day = beijing_date(stage.clock.now())
    (item,) = due.due_on(day, 10)
    due.settle(item, stage.clock.now())
    with pytest.raises(Conflict):
        due.settle(item, stage.clock.now())
    assert nights(stage, 0) == NOTHING | {"cases": 1, "pictures": 1}
    assert len(left_of(case.number)) == 1


def test_missed_nights_are_made_up_for(stage: Stage) -> None:
    run(stage.world)
    day = beijing_date(stage.clock.now())
    for gap, number in ((2, "1"), (3, "2"), (9, "3")):
        due(stage, number, day + timedelta(days=gap))
    assert nights(stage, 7)["cases"] == 2
    assert nights(stage, 2)["cases"] == 1


def test_a_run_is_bounded_and_the_next_goes_on(stage: Stage) -> None:
    run(stage.world)
    day = tomorrow(stage)
    for number in range(AT_ONCE + 5):
        due(stage, str(number), day)
    stage.clock.forward(days=1)
    began = stage.clock.now()

    class Hurried:
        """A clock on which every look costs three seconds."""

        def now(self):
            stage.clock.forward(seconds=3)
            return stage.clock.now()

    slow = type(stage.world)(
        stage.world.settings, Hurried(), stage.world.ids, {"database": stage.world.database}
    )
    some = run(slow)["cases"]
    assert 0 < some < AT_ONCE
    assert Retention(stage.world.database).cursor() == day
    assert stage.clock.now() - began < timedelta(minutes=2)
    assert run(stage.world)["cases"] == AT_ONCE + 5


def due(stage: Stage, number: str, day: date) -> None:
    transaction = stage.world.transaction()
    case_due_in(transaction, number, "1", day)
    transaction.commit()


def test_the_report_counts_and_names_nobody(
    phone: Phone, stage: Stage, me: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    _, case = ask(phone, stage, me, name="李改名")
    close(stage, case)
    run(stage.world)
    nights(stage, keeping.PICTURES_OF_CLOSED + 1)
    ((day, counts),) = Retention(stage.world.database).reports(5)
    assert day == beijing_date(stage.clock.now()).isoformat()
    assert (counts["cases"], counts["pictures"]) == (1, 1)
    lines = [r for r in caplog.records if r.getMessage() == "retention"]
    assert {vars(line)["kind"] for line in lines} == set(NOTHING)
    assert me not in caplog.text


def test_ops_see_what_went_and_what_comes(phone: Phone, stage: Stage, me: str) -> None:
    shown = io.StringIO()
    ui = Ui(console=Console(file=shown, width=120))
    book = Retention(stage.world.database)
    today = beijing_date(stage.clock.now())
    show(book, ui, today=today, days=30)
    assert "has not run yet" in shown.getvalue()
    _, case = ask(phone, stage, me, name="李改名")
    close(stage, case)
    run(stage.world)
    nights(stage, keeping.PICTURES_OF_CLOSED)
    today = beijing_date(stage.clock.now())
    show(book, ui, today=today, days=30)
    tomorrows = (today + timedelta(days=1)).isoformat()
    assert f"Everything before {tomorrows} is done." in shown.getvalue()
    assert re.search(rf"{tomorrows} .* 1 .* 0 ", shown.getvalue())
    assert me not in shown.getvalue()
    assert len(pictures(me)) == 1
    show(book, ui, today=today + timedelta(days=3), days=1)
    assert "the job is behind" in shown.getvalue()


def test_everything_due_has_a_day_in_its_key(phone: Phone, stage: Stage, me: str) -> None:
    _, case = ask(phone, stage, me, name="李改名")
    close(stage, case)
    at = stage.clock.now()
    month = keeping.due_month(at, keeping.HISTORY).isoformat()
    assert [item.sk for item in MemberDue.query(keys.due(month))] == [keys.member(me)]
    day = keeping.due_day(at, keeping.PICTURES_OF_CLOSED).isoformat()
    assert [item.sk for item in CaseDue.query(keys.due(day))] == [keys.case(case.number)]


@pytest.mark.parametrize(
    ("day", "month"), [((2026, 11, 22), (2026, 12, 1)), ((2026, 12, 30), (2027, 1, 1))]
)
def test_months_turn(day: tuple[int, ...], month: tuple[int, ...], stage: Stage) -> None:
    at = stage.clock.now().replace(year=day[0], month=day[1], day=day[2])
    assert keeping.due_month(at, 0) == date(*month)
