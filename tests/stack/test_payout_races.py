"""Two at once on batches and payments, on the stage's own tables and bucket.

Racers and laps are those of `test_races`: in every other lap both have read before either writes.
The stage's own worker is not asked: two of ours do the same work at the same moment.
`HYPOTHESIS_PROFILE=deep` races fifty times each.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.casework.case import Case
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Step
from chalicelib.core.errors import AppError, Conflict, Refused
from chalicelib.payout import moves, service, settle, worker
from chalicelib.payout.models import BatchState, Limits
from chalicelib.payout.results import ResultRow
from chalicelib.store import keys
from chalicelib.store.payouts import BatchItem, HoldItem, PaymentItem, Payouts
from chalicelib.subsidy import service as subsidies
from chalicelib.subsidy.draft import Typed
from chalicelib.subsidy.kind import KIND
from chalicelib.web.staff import StaffPerson
from infra import doctor_payouts
from tests import figures
from tests.fakes.cloud import FakeQueue
from tests.faults.telling import DEEP
from tests.stack.deployed import hire
from tests.stack.test_races import Act, Track, one_won, somebody
from tests.stack.test_subsidy_races import ANNA, BOB, asking, publish, submitting, written
from tests.stage import Running

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("cases")]

LAPS, FILES, ROUNDS = (50, 50, 50) if DEEP else (6, 10, 20)
LIMITS = Limits(per_payment_fen=10**9, per_batch_fen=10**11, payments=1000)


class Room:
    """A prefecture of its own, so that no batch meets another test's cases."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.place = f"付款市{uuid4().hex[:6]}"
        self.queue = FakeQueue()
        for world in (track.world, *(racer.world for racer in track._racers)):
            vars(world)["_queues"] = {f"{world.settings.prefix}-payout": self.queue}

    def person(self, account: str) -> StaffPerson:
        roles = frozenset([Role.FINANCE])
        return StaffPerson(account, account, roles, frozenset([self.place]), "")

    def approved(self) -> Case:
        """Somebody new, with an application that waits to be paid."""
        person = replace(somebody(phone=""), prefecture=self.place)
        (member_id,) = hire(self.track.world, person)
        number = written(self.track, member_id, str(uuid4().int)[:10])
        case = submitting(member_id, number)(self.track.world)
        for actor in (ANNA, BOB):
            case = self.track.casework.apply(number, Step("approve", actor, uuid4().hex))
        assert case.state == "payable"
        return case

    def begun(self) -> str:
        """Begin a batch; nobody gathers yet."""
        world, places = self.track.world, frozenset([self.place])
        item = moves.new_batch(world, self.person("mia"), places, (100, LIMITS), uuid4().hex)
        item.save()
        return item.number

    def work(self, number: str, work: str) -> None:
        worker.run(self.track.world, {"batch": number, "work": work})

    def ready(self, cases: int) -> str:
        for _ in range(cases):
            self.approved()
        number = self.begun()
        self.work(number, "gather")
        assert self.batch(number).state == BatchState.READY
        return number

    def exported(self, cases: int) -> str:
        """A batch that a bank could have."""
        number = self.ready(cases)
        version = int(self.batch(number).version)
        service.release(self.track.world, self.person("rita"), number, version, uuid4().hex)
        self.work(number, "release")
        step = (number, BatchState.RELEASED, BatchState.EXPORTED)
        assert moves.move(self.track.world, step)
        return number

    def batch(self, number: str) -> BatchItem:
        found = Payouts(self.track.world.database).batch(number)
        assert found is not None
        return found

    def items(self, number: str) -> list[PaymentItem]:
        return [*Payouts(self.track.world.database).payments(number)]

    def well(self, number: str) -> None:
        """Assert that payments, cases and counters of a batch agree."""
        claims = {
            item.case_number: doctor_payouts.claim(self.track.whole(item.case_number))
            for item in self.items(number)
        }
        world = self.track.world
        store = Payouts(world.database)
        found = [
            *doctor_payouts._batch(store, number, world.clock.now()),
            *(
                words
                for item in self.items(number)
                for words in doctor_payouts._payment(world.database, number, item, claims)
            ),
        ]
        assert found == []


@pytest.fixture(scope="module")
def track(running: Running) -> Iterator[Track]:
    with ThreadPoolExecutor(2) as pool:
        made = Track(running, pool)
        register(KIND)
        publish(made.world)
        yield made


@pytest.fixture
def room(track: Track) -> Room:
    return Room(track)


def pressing(button: Any, room: Room, who: str, number: str, operation: str = "") -> Act:
    """Return what a button does, on the version that both have seen."""
    version, operation = int(room.batch(number).version), operation or uuid4().hex
    return lambda world: button(world, room.person(who), number, version, operation) or who


def working(number: str, work: str) -> Act:
    return lambda world: worker.run(world, {"batch": number, "work": work})


@pytest.mark.parametrize("other", ["release", "dissolve"])
def test_two_people_decide_about_a_batch(track: Track, room: Room, other: str) -> None:
    for lap in range(LAPS):
        number = room.ready(1)
        acts = (
            pressing(service.release, room, "rita", number),
            pressing(getattr(service, other), room, "rosa", number),
        )
        won = one_won(track.race(lap, *acts))
        state = room.batch(number).state
        assert (state, room.batch(number).person) == (
            ("dissolving" if other == "dissolve" and won == "rosa" else "releasing"),
            won,
        )
        work = "dissolve" if state == BatchState.DISSOLVING else "release"
        track.race(lap, working(number, work), working(number, work))
        assert room.batch(number).gathered == 0
        room.well(number)


def test_two_workers_gather_two_batches_from_one_queue(track: Track, room: Room) -> None:
    for lap in range(LAPS):
        cases = {room.approved().number for _ in range(4)}
        one, other = room.begun(), room.begun()
        outcomes = track.race(lap, working(one, "gather"), working(other, "gather"))
        assert not any(isinstance(o, AppError) for o in outcomes), outcomes
        gathered = [{item.case_number for item in room.items(number)} for number in (one, other)]
        assert gathered[0] | gathered[1] == cases
        assert not gathered[0] & gathered[1]
        for number in (one, other):
            room.well(number)


def test_two_workers_release_the_same_batch(track: Track, room: Room) -> None:
    """The lease keeps one away; without it both may work, and each payment moves once."""
    for lap in range(LAPS):
        number = room.ready(3)
        pressing(service.release, room, "rita", number)(track.world)
        batch = room.batch(number)

        def slice_of(world: Any, batch: BatchItem = batch) -> None:
            from chalicelib.payout import work

            budget = work.Budget.of(world.clock, payments=100, within=worker.WITHIN)
            work.release(world, batch, budget, "")

        for outcome in track.race(lap, slice_of, slice_of):
            assert not isinstance(outcome, Refused | Conflict), outcome
        track.race(0, slice_of, lambda _world: None)
        assert (room.batch(number).state, room.batch(number).released) == ("released", 3)
        room.well(number)


@pytest.mark.parametrize("words", [("paid", "paid"), ("paid", "failed"), ("unknown", "paid")])
def test_two_files_speak_of_one_payment(track: Track, room: Room, words: tuple[str, str]) -> None:
    for lap in range(LAPS):
        number = room.exported(1)
        (item,) = room.items(number)

        def saying(word: str, item: PaymentItem = item, number: str = number) -> Act:
            code = "F02" if word == "failed" else ""
            row = ResultRow(2, item.number, int(item.amount_fen), word, code)
            return lambda world: settle.apply(world, number, row, f"{uuid4().hex}:2")

        kinds = [outcome.kind.value for outcome in track.race(lap, *map(saying, words))]
        held = bool([*HoldItem.query(keys.hold(item.case_number))])
        state = track.whole(item.case_number).state
        if words == ("paid", "failed"):
            assert sorted(kinds) == ["applied", "problem"]
            assert held
            assert state == ("closed" if kinds[0] == "applied" else "account_repair")
            continue
        assert not held
        assert state == "closed"
        assert kinds.count("applied") == 1 or words[0] == "unknown"
        assert room.batch(number).paid == 1
        room.well(number)


def test_two_people_build_batches_of_the_same_cases(track: Track, room: Room) -> None:
    """Two buttons and two workers: each case is in one batch, and all of them are."""
    for lap in range(ROUNDS):
        cases = {room.approved().number for _ in range(2)}

        def building(who: str) -> Act:
            def act(world: Any) -> str:
                number = service.build(world, room.person(who), [room.place], 100, uuid4().hex)
                worker.run(world, {"batch": number, "work": "gather"})
                return number

            return act

        numbers = track.race(lap, building("mia"), building("rita"))
        assert not any(isinstance(o, AppError) for o in numbers), numbers
        gathered = [{item.case_number for item in room.items(number)} for number in numbers]
        assert gathered[0] | gathered[1] == cases
        assert not gathered[0] & gathered[1]
        for number in numbers:
            room.well(number)
    figures.note("races: two batches built at once, rounds", ROUNDS)


@pytest.mark.parametrize("other", ["failed", "paid"])
def test_two_whole_files_at_once(track: Track, room: Room, other: str) -> None:
    """The same file twice changes things once; two that disagree leave a hold on each case."""
    for lap in range(FILES):
        number = room.exported(2)
        items = room.items(number)

        def reading(word: str, items: list[PaymentItem] = items, number: str = number) -> Act:
            def act(world: Any) -> list[str]:
                source, code = uuid4().hex, "F02" if word == "failed" else ""
                rows = [
                    ResultRow(line, item.number, int(item.amount_fen), word, code)
                    for line, item in enumerate(items, start=2)
                ]
                said = [settle.apply(world, number, row, f"{source}:{row.line}") for row in rows]
                return [one.kind.value for one in said]

            return act

        outcomes = track.race(lap, reading("paid"), reading(other))
        assert not any(isinstance(o, AppError) for o in outcomes), outcomes
        for each, item in zip(zip(*outcomes, strict=True), items, strict=True):
            held = bool([*HoldItem.query(keys.hold(item.case_number))])
            state = track.whole(item.case_number).state
            assert held == (other == "failed")
            assert sorted(each) == ["applied", "problem" if held else "unchanged"]
            assert state == ("account_repair" if held and each[1] == "applied" else "closed")
    figures.note("races: two whole result files at once, rounds", FILES)


def test_an_account_is_named_twice_at_once(track: Track, room: Room) -> None:
    """Two phones of one employee mend the account that failed: one is taken, one is told."""
    for lap in range(ROUNDS):
        number = room.exported(1)
        (item,) = room.items(number)
        row = ResultRow(2, item.number, int(item.amount_fen), "failed", "F02")
        settle.apply(track.world, number, row, f"{uuid4().hex}:2")
        case = track.whole(item.case_number)

        def naming(account: str, case: Case = case) -> Act:
            typed = Typed({"account": account}, {}, str(case.version))

            def act(world: Any) -> Case:
                visit = asking(world, case.member_id, case.number)
                own = subsidies.own_case(visit, case.number)
                return subsidies.repair(visit, own, typed, uuid4().hex)

            return act

        won = one_won(track.race(lap, naming("6217003300123456789"), naming("6227007200120897790")))
        now = track.whole(case.number)
        assert (now.version, now.state) == (case.version + 1, "account_check")
        assert now.head == won.head
    figures.note("races: two repairs of one account, rounds", ROUNDS)


def test_two_take_the_file_for_the_first_time(track: Track, room: Room) -> None:
    for lap in range(LAPS):
        number = room.exported(1)
        file = '{"csv": {"key": "payouts/x.csv", "version": "1", "sha256": "0", "size": 1}}'
        BatchItem(keys.batch(number), keys.BATCH).update(actions=[BatchItem.files.set(file)])

        def taking(who: str, number: str = number) -> Act:
            return lambda world: service.download(world, room.person(who), number, "csv", "")

        assert "X-Amz-Signature" in one_won(track.race(lap, taking("mia"), taking("rita")))
        assert room.batch(number).downloads == 1
