"""Money, with every call to AWS going wrong once.

A story is told undisturbed first: a batch is gathered, released, exported and taken; the bank pays,
refuses, and knows nothing yet; an account is mended; a second batch pays the rest. Then each of its
calls fails in turn: before it is done, after it is done, with the container killed behind it, and
with the message lost on top. People press their button again, the platform delivers again, the
clock ticks. Each time the act must end as it does undisturbed, so that the story goes on as told;
at every twelfth point it is told to its end.
"""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends

from chalicelib.casework.case import Actor, Case
from chalicelib.casework.machine import Role
from chalicelib.core.errors import Refused, Unavailable
from chalicelib.payout import service, worker
from chalicelib.payout.models import BatchState
from chalicelib.store import keys
from tests.fakes.bank import Bank
from tests.fakes.cloud import BUCKET, REGION, make_stage
from tests.fakes.fuse import MODES, Fuse, Killed
from tests.fakes.grant import payee
from tests.fakes.light import lighten
from tests.fakes.payroom import MAKER, QUEUE, RELEASER, PayRoom, person, wiped

WRONG, CLOSED, UNSURE = "6222020000000000033", "6222020000000000058", "6222020000000000041"
OTHER = person("rosa")
AMOUNTS = {"good": 10_000, "wrong": 20_050, "other": 3, "unsure": 30_001, "signed": 4_000}
LOST = "lost"
COUNTED = (
    *("state", "payments", "total_fen", "gathered", "released", "unknown"),
    *("paid", "paid_fen", "failed", "removed", "contradicted"),
)


@dataclass
class Story:
    """What people remember from one act to the next."""

    batches: list[str] = field(default_factory=list)
    seen: int = 0
    link: str = ""
    sent: str = ""
    bank: Bank = field(default_factory=Bank)


class Telling:
    """The room with a fuse in its wires, and everything needed to tell an act again."""

    def __init__(self) -> None:
        stage = make_stage()
        lighten()
        self.room = PayRoom(stage)
        self.fuse = Fuse()
        self.fuse.wire(stage.world.aws, "dynamodb", "s3")
        put = self.room.queue.put
        self.room.queue.put = lambda body: self.fuse.call("SendMessage", lambda: put(body))  # type: ignore[method-assign]
        self.story = Story()
        self.cases = self._approved()
        wiped(stage)

    def _approved(self) -> dict[str, Case]:
        grants, rita = self.room.grants, Actor(Role.SECOND_REVIEWER, RELEASER.account)
        return {
            "good": grants.approved(AMOUNTS["good"]),
            "wrong": grants.approved(AMOUNTS["wrong"], payee=payee(WRONG)),
            "other": grants.approved(AMOUNTS["other"], payee=payee(CLOSED)),
            "unsure": grants.approved(AMOUNTS["unsure"], payee=payee(UNSURE)),
            "signed": grants.approved(AMOUNTS["signed"], second=rita),
        }

    # ---- going back ----

    def save(self) -> Any:
        stage = self.room.stage
        tables = copy.deepcopy(dict(dynamodb_backends["123456789012"][REGION].tables))
        return tables, stage.clock.at, copy.deepcopy(self.story)

    def restore(self, saved: Any) -> None:
        tables, at, story = saved
        dynamodb_backends["123456789012"][REGION].tables.update(copy.deepcopy(tables))
        self.room.stage.clock.at = at
        self.story = copy.deepcopy(story)
        self.room.queue.bodies.clear()

    # ---- telling ----

    def tell(self, act: Callable[["Telling"], None], burns_at: int | None, mode: str) -> None:
        """Let people do an act, and the platform what follows, until nothing is left to do."""
        fuse = self.fuse
        fuse.burns_at, fuse.mode, fuse.burnt = burns_at, mode.replace(LOST, "killed"), False
        fuse.passed.clear()
        self._press(act)
        self._deliver(lost=mode == LOST)

    def _press(self, act: Callable[["Telling"], None]) -> None:
        for _again in range(3):
            try:
                with self.fuse.arm():
                    act(self)
            except (BotoCoreError, Killed, Unavailable):
                self.room.stage.clock.forward(seconds=20)
            else:
                return
        raise AssertionError("a button never worked")

    def _deliver(self, *, lost: bool) -> None:
        bodies, clock = self.room.queue.bodies, self.room.stage.clock
        for _round in range(60):
            while bodies:
                self._work(bodies, lost=lost)
            clock.forward(minutes=16)
            worker.reconcile(self.room.world)
            if not bodies:
                return
        raise AssertionError(f"never at its end: {bodies}")

    def _work(self, bodies: list[dict[str, Any]], *, lost: bool) -> None:
        """One delivery: gone once the worker answered for it, or with the worker if it is lost."""
        body = bodies[0]
        record = {
            "messageId": "m",
            "receiptHandle": "r",
            "body": json.dumps(body),
            "eventSourceARN": f"arn:aws-cn:sqs:cn-northwest-1:1:{QUEUE}",
        }
        self.room.stage.clock.forward(seconds=1)
        try:
            with self.fuse.arm():
                failed = worker.handle([record], self.room.world)["batchItemFailures"]
        except Killed:
            self.room.stage.clock.forward(minutes=30)
            failed = [] if lost else [record]
        if failed:
            self.room.stage.clock.forward(seconds=worker.AGAIN / timedelta(seconds=1))
        else:
            bodies.remove(body)

    # ---- what must be true ----

    def shown(self) -> dict[str, Any]:
        """Return everything that counts, without what differs from telling to telling."""
        room = self.room
        batches = [room.batch(number) for number in self.story.batches]
        return {
            "cases": {
                name: (now.state, now.data["payment"], now.data["payments"], dict(now.facts))
                for name, now in ((n, room.grants.now(case)) for n, case in self.cases.items())
            },
            "batches": [([getattr(b, name) for name in COUNTED], bool(b.files)) for b in batches],
            "payments": [
                [(item.number, item.state, item.code) for item in room.items(b.number)]
                for b in batches
            ],
            "left": [
                [(one.case_number, one.code) for one in room.store.shown(b.number).left]
                for b in batches
            ],
            "results": [
                [(r.state, r.rows, r.applied, r.unchanged, r.problems) for r in self._results(b)]
                for b in batches
            ],
            "bank": {number: (o.outcome, o.amount) for number, o in self.story.bank.orders.items()},
        }

    def _results(self, batch: Any) -> list[Any]:
        return self.room.store.shown(batch.number).results

    def well(self) -> None:
        """Assert that nobody was paid twice, and that the doctor finds nothing."""
        for name, case in self.cases.items():
            assert self.story.bank.paid(case.number) in ([], [AMOUNTS[name]])
        wiped(self.room.stage)
        assert self.room.examined() == []


# ---- the acts ----


def build(op: str) -> Callable[[Telling], None]:
    def act(telling: Telling) -> None:
        made = service.build(telling.room.world, MAKER, ["来宾市"], 100, op)
        if made not in telling.story.batches:
            telling.story.batches.append(made)

    return act


def look(telling: Telling) -> None:
    """See the batch's page, and with it the version that the buttons carry."""
    number = telling.story.batches[-1]
    telling.story.seen = service.read(telling.room.world, MAKER, number).batch.version


def release(who: Any) -> Callable[[Telling], None]:
    def act(telling: Telling) -> None:
        story = telling.story
        service.release(telling.room.world, who, story.batches[-1], story.seen, "release-op")

    return act


def export(telling: Telling) -> None:
    story = telling.story
    service.export(telling.room.world, MAKER, story.batches[-1], story.seen, "export-op")


def download(telling: Telling) -> None:
    """Take the file; who cannot know whether they got it gives a reason."""
    number, world = telling.story.batches[-1], telling.room.world
    try:
        telling.story.link = service.download(world, MAKER, number, "csv", "")
    except Refused:
        telling.story.link = service.download(world, MAKER, number, "csv", "网络中断")


def bank(telling: Telling) -> None:
    """The bank executes the file, and knows one payment's end only later."""
    story, room = telling.story, telling.room
    first = len(story.batches) == 1
    story.bank.refuses = {WRONG: "F02", CLOSED: "F06"} if first else {}
    story.bank.unsure = {UNSURE}
    story.bank.take(room.file(story.batches[-1]))


def send(index: int) -> Callable[[Telling], None]:
    """A browser sends what the bank reports of a batch."""

    def act(telling: Telling) -> None:
        story, room = telling.story, telling.room
        number = story.batches[index]
        upload = service.begin_result(room.world, MAKER, number)
        story.sent = upload.result_id
        numbers = [i.number for i in room.items(number) if i.number in story.bank.orders]
        if index == 0 and len(story.batches) > 1:
            story.bank.unsure = set()
        key = keys.result_object(number, upload.result_id)
        room.s3.put_object(Bucket=BUCKET, Key=key, Body=story.bank.report(numbers))

    return act


def bring(index: int) -> Callable[[Telling], None]:
    def act(telling: Telling) -> None:
        story = telling.story
        number = story.batches[index]
        service.import_result(telling.room.world, MAKER, number, story.sent)

    return act


def repair(telling: Telling) -> None:
    telling.room.grants.repair(telling.cases["wrong"])


# what runs without faults is somebody else's: a page, a browser, a bank, another room
ACTS: list[tuple[str, Callable[[Telling], None], bool]] = [
    ("gather", build("build-1"), True),
    ("look", look, False),
    ("release", release(RELEASER), True),
    ("look", look, False),
    ("export", export, True),
    ("download", download, True),
    ("bank", bank, False),
    ("send", send(0), False),
    ("import", bring(0), True),
    ("repair", repair, False),
    ("gather again", build("build-2"), True),
    ("look", look, False),
    ("release again", release(OTHER), True),
    ("look", look, False),
    ("export again", export, True),
    ("download again", download, True),
    ("bank", bank, False),
    ("send", send(1), False),
    ("import again", bring(1), True),
    ("send", send(0), False),
    ("import the rest", bring(0), True),
]


@pytest.fixture
def telling() -> Iterator[Telling]:
    with mock_aws():
        yield Telling()


def test_undisturbed(telling: Telling) -> None:
    """The story that all others must end like."""
    for _name, act, _faults in ACTS:
        telling.tell(act, None, "before")
    finished(telling)
    first, second = telling.story.batches
    room = telling.room
    assert room.payments(first) == {
        telling.cases["good"].number: "paid",
        telling.cases["wrong"].number: "failed",
        telling.cases["other"].number: "failed",
        telling.cases["unsure"].number: "paid",
        telling.cases["signed"].number: "removed",
    }
    assert set(room.payments(second).values()) == {"paid"}
    assert len(room.payments(second)) == 3


@pytest.mark.parametrize("mode", [*MODES, LOST])
def test_every_call_fails_once(
    telling: Telling, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    points: dict[str, int] = {}
    for place, (name, act, faults) in enumerate(ACTS):
        saved = telling.save()
        telling.tell(act, None, mode)
        calls, expected, after = len(telling.fuse.passed), telling.shown(), telling.save()
        for burns_at in range(calls if faults else 0):
            telling.restore(saved)
            telling.tell(act, burns_at, mode)
            assert telling.fuse.burnt
            said = f"{mode} at call {burns_at} of {name}: {telling.fuse.passed[burns_at]}"
            assert telling.shown() == expected, said
            telling.well()
            if sum(points.values()) % 12 == 0:
                to_the_end(telling, place)
            points[name] = points.get(name, 0) + 1
        telling.restore(after)
    finished(telling)
    with capsys.disabled():
        print(f"\n{sum(points.values())} points, {mode}: {points}")  # noqa: T201
    assert sum(points.values()) > 100


def to_the_end(telling: Telling, place: int) -> None:
    for _name, act, _faults in ACTS[place + 1 :]:
        telling.tell(act, None, "before")
    finished(telling)


def finished(telling: Telling) -> None:
    """Everybody was paid once, and both batches are at their end."""
    telling.well()
    for name, case in telling.cases.items():
        assert telling.room.grants.now(case).state == "closed"
        assert telling.story.bank.paid(case.number) == [AMOUNTS[name]]
    states = {telling.room.state(number) for number in telling.story.batches}
    assert states == {BatchState.SETTLED}
