"""Two at once on the stage's own tables: one wins, the other reads a sentence.

Each racer has a thread, a world and clients of their own. In every other round both have
read before either writes, the worst moment; in the others they run as they come.
"""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.casework import chain
from chalicelib.casework.case import Actor, Case, Reason
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.changes import service as changes
from chalicelib.changes.kind import KIND
from chalicelib.changes.service import Submission
from chalicelib.core.errors import AppError, Conflict, Refused
from chalicelib.core.identity import DocType
from chalicelib.membership import service as membership
from chalicelib.membership.models import BindForm
from chalicelib.staff import decisions
from chalicelib.store import digests, keys
from chalicelib.store.cases import LockItem
from chalicelib.store.consents import HistoryItem
from chalicelib.store.members import BindingItem, IdentityItem, MemberRecord
from chalicelib.web import codes
from chalicelib.web.forms import parse
from chalicelib.web.staff import StaffPerson
from chalicelib.world import World
from tests.fakes.people import LI
from tests.fakes.sms import SmsRecorder
from tests.stack.deployed import Ago, hire, member, picture, world_of
from tests.stage import Running

# one worker with the tests that examine all cases: here a case is never still
pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("cases")]

ROUNDS = 50
PLACE = "竞赛市"
MEETING_SECONDS = 30
SENTENCE = re.compile(r"[\u4e00-\u9fff，、：；]{4,}.*[。！]?")
BLURRED = Reason("R08", "", "")
Act = Callable[[World], Any]


class Racer:
    """A world that stops before its next transaction until the other one is there too."""

    def __init__(self, running: Running) -> None:
        self.world = world_of(running)
        self.meeting: Barrier | None = None
        events = self.world.database.client.meta.events
        events.register("before-call.dynamodb.TransactWriteItems", self._meet)
        self.world.vault.digest("warm", "")

    def run(self, act: Act, meeting: Barrier | None) -> Any:
        """Return what came of it: a value, or what the person is told."""
        self.meeting = meeting
        try:
            return act(self.world)
        except AppError as error:
            return error

    def _meet(self, **_: Any) -> None:
        meeting, self.meeting = self.meeting, None
        if meeting is not None:
            meeting.wait(MEETING_SECONDS)


class Track:
    """Two racers, and a world for what lies before and after a race."""

    def __init__(self, running: Running, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._racers = (Racer(running), Racer(running))
        self.world = world_of(running)
        self.casework = Casework(self.world)

    def race(self, lap: int, one: Act, other: Act) -> tuple[Any, Any]:
        """Return what came of two acts at once; who starts first changes with the lap."""
        meeting = Barrier(2) if lap % 2 else None
        acts = list(zip(self._racers, (one, other), strict=True))
        order = acts if lap % 4 < 2 else acts[::-1]
        runs = {racer: self._pool.submit(racer.run, act, meeting) for racer, act in order}
        first, second = (runs[racer].result(120) for racer in self._racers)
        return first, second

    def whole(self, number: str) -> Case:
        """Return a case whose history has neither gap nor fork, and leads to what it is."""
        case, history = self.casework.story(number)
        assert chain.broken_at(history) is None
        assert [event.seq for event in history] == list(range(1, case.version + 1))
        assert (case.head, case.state) == (history[-1].hash, history[-1].to_state)
        return case


@pytest.fixture(scope="module")
def track(running: Running) -> Iterator[Track]:
    with ThreadPoolExecutor(2) as pool:
        yield Track(running, pool)


@pytest.fixture
def employee(track: Track) -> str:
    """Somebody new, whom no SMS and no WeChat message can reach."""
    return hire(track.world, somebody(phone=""))[0]


def somebody(**facts: Any) -> MemberRecord:
    number = f"E{uuid4().int % 10**8:08d}"
    return replace(LI, doc_type="passport", doc_number=number, prefecture=PLACE, **facts)


def reviewer(account: str, role: Role = Role.FIRST_REVIEWER) -> StaffPerson:
    return StaffPerson(account, "", frozenset([role]), frozenset([PLACE]), "")


def one_won(outcomes: tuple[Any, Any]) -> Any:
    """Assert that one act succeeded and the other got a sentence; returns the success."""
    (won,) = [o for o in outcomes if not isinstance(o, AppError)]
    (told,) = [o for o in outcomes if isinstance(o, AppError)]
    assert isinstance(told, Refused | Conflict), told
    said = [*told.errors.values()] if isinstance(told, Refused) else [told.message]
    assert said
    assert all(SENTENCE.search(sentence) for sentence in said), said
    return won


def locks(member_id: str) -> list[str]:
    return [lock.number for lock in LockItem.query(keys.open_case(KIND.name, member_id))]


def form(track: Track, member_id: str, card: int, draft: Case | None = None) -> Submission:
    """Return what a form sends: of a new request, or of one that came back."""
    fields = {"social_card": str(10**8 + card), "agree": "1"}
    if draft is None:
        return Submission(fields, [picture(track.world, member_id)], uuid4().hex)
    fields["version"] = str(draft.version)
    return Submission(fields, draft.documents, uuid4().hex)


def submitted(track: Track, member_id: str, card: int = 0) -> Case:
    someone = member(track.world, member_id)
    return changes.submit(track.world, someone, form(track, member_id, card))


def step(track: Track, case: Case, action: str, role: Role, who: str) -> Case:
    reasons = () if action in ("approve", "delete") else (BLURRED,)
    taken = Step(action, Actor(role, who), uuid4().hex, reasons=reasons)
    return track.casework.apply(case.number, taken)


def deciding(case: Case, person: StaffPerson, action: str, operation: str = "") -> Act:
    """Return what a reviewer's button does, on the version that all have seen."""
    fields = {"action": action, "version": str(case.version), "code_1": "R08"}
    operation = operation or uuid4().hex
    return lambda world: decisions.take(world, person, case.number, fields, operation)


@pytest.mark.parametrize("other", ["approve", "reject"])
def test_two_reviewers_decide_at_once(track: Track, employee: str, other: str) -> None:
    case = submitted(track, employee)
    anna, bea = reviewer("anna"), reviewer("bea")
    winners = set()
    for lap in range(ROUNDS):
        outcomes = track.race(lap, deciding(case, anna, "approve"), deciding(case, bea, other))
        won = one_won(outcomes)
        winners.add(outcomes.index(won))
        now = track.casework.read(case.number)
        assert (now.version, now.head) == (case.version + 1, won.head)
        assert locks(employee) == [case.number]
        case = back_in_review(track, now, employee, lap)
    assert track.whole(case.number).version == 1 + 2 * ROUNDS
    assert winners == {0, 1}, "both sides were first at times"


def back_in_review(track: Track, case: Case, employee: str, lap: int) -> Case:
    if case.state == "second_review":
        return step(track, case, "send_back", Role.SECOND_REVIEWER, "bob")
    assert case.state == "draft"
    again = form(track, employee, lap, case)
    return changes.resubmit(track.world, member(track.world, employee), case.number, again)


def test_the_same_form_twice_is_one_request(track: Track, employee: str) -> None:
    for lap in range(ROUNDS):
        someone, sent = member(track.world, employee), form(track, employee, lap)

        def submit(world: World, who: Any = someone, what: Submission = sent) -> Case:
            return changes.submit(world, who, what)

        first, second = track.race(lap, submit, submit)
        assert isinstance(first, Case), first
        assert isinstance(second, Case), second
        assert first.number == second.number
        assert track.whole(first.number).version == 1
        assert locks(employee) == [first.number]
        given_up(track, first, employee)
    assert opened(track, employee) == ROUNDS


def test_two_requests_opened_at_once(track: Track, employee: str) -> None:
    for lap in range(ROUNDS):
        someone = member(track.world, employee)
        forms = [form(track, employee, 2 * lap + tab) for tab in range(2)]
        one, other = (
            lambda world, who=someone, what=sent: changes.submit(world, who, what) for sent in forms
        )
        won = one_won(track.race(lap, one, other))
        assert track.whole(won.number).version == 1
        assert locks(employee) == [won.number]
        given_up(track, won, employee)
    assert opened(track, employee) == ROUNDS


def given_up(track: Track, case: Case, employee: str) -> None:
    """Clear the way for another request."""
    draft = step(track, case, "reject", Role.FIRST_REVIEWER, "anna")
    step(track, draft, "delete", Role.EMPLOYEE, employee)
    assert locks(employee) == []


def opened(track: Track, employee: str) -> int:
    """Count an employee's requests, by what their history says."""
    asked = HistoryItem.query(keys.member(employee), HistoryItem.sk.startswith("history#"))
    return [item.kind for item in asked].count("change_asked")


def test_delete_against_resubmit(track: Track, employee: str) -> None:
    case, ends = None, set()
    for lap in range(ROUNDS):
        case = case or submitted(track, employee)
        draft = step(track, case, "reject", Role.FIRST_REVIEWER, "anna")
        someone, sent = member(track.world, employee), form(track, employee, lap, draft)

        def resubmit(
            world: World, who: Any = someone, old: Case = draft, what: Submission = sent
        ) -> Case:
            return changes.resubmit(world, who, old.number, what)

        def delete(world: World, who: Any = someone, old: Case = draft) -> str:
            changes.delete(world, who, old.number, uuid4().hex)
            return "deleted"

        won = one_won(track.race(lap, resubmit, delete))
        now = track.whole(draft.number)
        assert now.version == draft.version + 1
        assert now.state == ("deleted" if won == "deleted" else "first_review")
        assert locks(employee) == ([] if won == "deleted" else [now.number])
        ends.add(now.state)
        case = None if won == "deleted" else now
    assert ends == {"deleted", "first_review"}, "both sides were first at times"


@pytest.mark.parametrize("how", ["the same button twice", "two tabs", "two people"])
def test_the_second_approval_against_itself(track: Track, employee: str, how: str) -> None:
    bob, carl = (reviewer(name, Role.SECOND_REVIEWER) for name in ("bob", "carl"))
    laps = ROUNDS // 3 + 1
    for lap in range(laps):
        case = submitted(track, employee, lap)
        case = step(track, case, "approve", Role.FIRST_REVIEWER, "anna")
        operation = uuid4().hex if how == "the same button twice" else ""
        one = deciding(case, bob, "approve", operation)
        other = deciding(case, carl if how == "two people" else bob, "approve", operation)
        outcomes = track.race(lap, one, other)
        if operation:
            assert [o.head for o in outcomes] == [outcomes[0].head] * 2, outcomes
        else:
            one_won(outcomes)
        now = track.whole(case.number)
        assert (now.version, now.state) == (3, "closed")
        assert locks(employee) == []
        assert member(track.world, employee).record.social_card == str(10**8 + lap)
        changed = HistoryItem.query(keys.member(employee), HistoryItem.sk.startswith("history#"))
        assert [item.kind for item in changed].count("changed") == lap + 1


def test_two_phones_bind_one_employee(track: Track, running: Running) -> None:
    people = [somebody(phone=f"199{uuid4().int % 10**8:08d}") for _ in range(ROUNDS)]
    ids = hire(track.world, *people)
    earlier, later = SmsRecorder(), SmsRecorder()
    then = world_of(running, clock=Ago(seconds=90), sms=earlier)
    now = world_of(running, sms=later)
    for lap, (person, member_id) in enumerate(zip(people, ids, strict=True)):
        openids = [f"race-{uuid4().hex}" for _ in range(2)]
        typed = []
        for openid, world, sms in zip(openids, (then, now), (earlier, later), strict=True):
            codes.send(world, openid=openid, phone=person.phone, ip=openid)
            typed.append(binding_form(world, person, sms.last_to(person.phone).params[0]))
        one, other = (
            lambda world, who=openid, what=fields: membership.bind(world, who, what, uuid4().hex)
            for openid, fields in zip(openids, typed, strict=True)
        )
        outcomes = track.race(lap, one, other)
        if lap % 2:
            assert one_won(outcomes) == member_id
        bound = [openid for openid in openids if is_bound(openid, member_id)]
        digest = digests.document(track.world.vault, DocType(person.doc_type), person.doc_number)
        identity = IdentityItem.get(keys.identity(digest), keys.IDENTITY, consistent_read=True)
        assert bound == [identity.openid], "one phone, and both sides say which"
        won = [o for o in outcomes if not isinstance(o, AppError)]
        assert won == [member_id] * len(won)
        noted = [item.kind for item in HistoryItem.query(keys.member(member_id))]
        assert [k for k in noted if k in ("bound", "moved")] == ["bound", "moved"][: len(won)]


def binding_form(world: World, person: MemberRecord, code: str) -> BindForm:
    fields = {
        "name": person.name,
        "doc_type": person.doc_type,
        "doc_number": person.doc_number,
        "phone": person.phone,
        "code": code,
        "agree": "1",
    }
    return parse(BindForm, fields, {"today": world.clock.now().date()})


def is_bound(openid: str, member_id: str) -> bool:
    found = list(BindingItem.query(keys.wechat(openid), consistent_read=True))
    return [item.member_id for item in found] == [member_id]
