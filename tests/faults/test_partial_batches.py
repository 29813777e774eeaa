"""Each subset of a batch of ten fails: those come again, the others not, whoever works.

All 1,024 subsets where nothing is read from a table, and with `HYPOTHESIS_PROFILE=deep`
everywhere; else every 31st there.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws

from chalicelib.casework.case import Actor
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.records import outbox_item
from chalicelib.casework.service import Casework, Step
from chalicelib.chat import worker as chat
from chalicelib.core.errors import Unavailable
from chalicelib.documents import worker as documents
from chalicelib.notify import worker as notify
from chalicelib.payout import worker as payout
from chalicelib.statistics import worker as statistics
from chalicelib.store import keys
from tests import figures
from tests.fakes.cloud import FakeQueue, Stage, make_stage
from tests.fakes.light import lighten
from tests.fakes.parcel import PARCEL
from tests.fakes.pictures import arrival
from tests.faults.telling import DEEP

TEN = range(10)
ODD = "{"


@dataclass
class Trial:
    """A worker, the bodies it gets, and what of them it did; the failing fail inside it."""

    handle: Callable[[list[dict[str, Any]]], dict[str, Any]]
    body: Callable[[int], str]
    cheap: bool = False
    failing: set[int] = field(default_factory=set)
    done: list[int] = field(default_factory=list)
    inside: bool = True

    def do(self, index: int) -> None:
        if index in self.failing:
            raise Unavailable
        self.done.append(index)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with mock_aws():
        made = make_stage()
        lighten()
        yield made


def _notify(channel: str) -> Callable[[Stage], Trial]:
    def make(stage: Stage) -> Trial:
        class Words(dict[tuple[str, str], str]):
            def get(self, step: Any, _default: Any = None) -> Any:
                trial.do(int(step[1].removeprefix("s")))

        kind = register(replace(PARCEL, name=f"subset_{channel}", messages=Words()))

        def body(index: int) -> str:
            event = {"kind": kind.name, "number": "1", "seq": 1, "action": "reject"}
            step = {"from": "first", "to": f"s{index}", "at": "2026-11-23T00:00:00Z"}
            return json.dumps(event | step)

        def handle(records: list[dict[str, Any]]) -> dict[str, Any]:
            return notify.handle(records, stage.world, channel)

        trial = Trial(handle, body, cheap=True)
        return trial

    return make


def _chat(stage: Stage) -> Trial:
    def record_follow(openid: str, **_: Any) -> None:
        trial.do(int(openid))

    def body(index: int) -> str:
        return json.dumps({"kind": "follow", "created_at": 1, "openid": str(index)})

    world = SimpleNamespace(members=SimpleNamespace(record_follow=record_follow))
    trial = Trial(lambda records: chat.handle(records, world), body, cheap=True)  # type: ignore[arg-type]
    return trial


def _documents(stage: Stage) -> Trial:
    def get_many(member_id: str, _ids: Any) -> list[Any]:
        trial.do(int(member_id))
        return []

    bucket = SimpleNamespace(erase=lambda _key: None)
    world = SimpleNamespace(documents=SimpleNamespace(get_many=get_many, bucket=bucket))

    def body(index: int) -> str:
        return str(arrival(keys.incoming_object(str(index), "a" * 32))["body"])

    trial = Trial(lambda records: documents.handle(records, world), body, cheap=True)  # type: ignore[arg-type]
    return trial


def _statistics(stage: Stage) -> Trial:
    register(PARCEL)
    bodies = []
    for index in TEN:
        step = Step("submit", Actor(Role.EMPLOYEE, "1"), f"op-{index}")
        case = Casework(stage.world).open(PARCEL, "1", "来宾", step)
        bodies.append(outbox_item(case, Casework(stage.world).history(case.number)[0]).body)
    numbers = [json.loads(body)["number"] for body in bodies]

    def add(number: str, *_: Any) -> None:
        trial.do(numbers.index(number))

    world = replace(
        stage.world, overrides={**stage.world.overrides, "counters": SimpleNamespace(add=add)}
    )
    trial = Trial(lambda records: statistics.handle(records, world), lambda i: bodies[i])
    return trial


def _payout(stage: Stage) -> Trial:
    """A batch that is gone is work that is done; the odd ones cannot be read."""

    def body(index: int) -> str:
        odd = index in trial.failing
        return ODD if odd else json.dumps({"batch": str(index), "work": "gather"})

    queues = {"mutual-aid-local-payout": FakeQueue()}
    overrides: Mapping[str, Any] = {**stage.world.overrides, "_queues": queues}
    world = replace(stage.world, overrides=overrides)
    trial = Trial(lambda records: payout.handle(records, world), body, inside=False)
    return trial


WORKERS = {
    "inbox": _notify("inbox"),
    "sms": _notify("sms"),
    "template": _notify("template"),
    "chat": _chat,
    "documents": _documents,
    "statistics": _statistics,
    "payout": _payout,
}


@pytest.mark.parametrize("name", WORKERS)
def test_each_subset_of_a_batch_fails_alone(stage: Stage, name: str) -> None:
    trial = WORKERS[name](stage)
    subsets = range(1024) if trial.cheap or DEEP else range(0, 1024, 31)
    wrong = 0
    for bits in subsets:
        trial.failing = {index for index in TEN if bits >> index & 1}
        trial.done.clear()
        records = [
            {
                "messageId": f"m-{index}",
                "receiptHandle": f"r-{index}",
                "body": trial.body(index),
                "eventSourceARN": f"arn:aws-cn:sqs:cn-northwest-1:1:mutual-aid-local-{name}",
            }
            for index in TEN
        ]
        failed = [entry["itemIdentifier"] for entry in trial.handle(records)["batchItemFailures"]]
        healthy = [index for index in TEN if index not in trial.failing]
        wrong += failed != [f"m-{index}" for index in sorted(trial.failing)]
        wrong += trial.inside and trial.done != healthy
    figures.note("partial batches: subsets of ten", len(subsets))
    figures.note("partial batches: wrongly retried or lost", wrong)
    assert wrong == 0
