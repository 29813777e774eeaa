"""CPU of pages beside a bare Lambda handler that returns the same bytes, in the same run.

AWS answers from a tape at `before-send`: what stays is botocore's work, PynamoDB's, Chalice's
and ours. "Dispatch" is Chalice answering a route that does nothing; "AWS client" is botocore
alone sending and reading the same calls.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from statistics import median
from typing import Any

from botocore.awsrequest import AWSResponse
from chalice.app import Chalice
from chalice.test import Client
from moto import mock_aws

from tests.bench import cold
from tests.bench.tape import record
from tests.fakes.cloud import Stage, make_stage
from tests.fakes.phone import Phone
from tests.flows import claiming

PAGES = ("/", "/me", "/enrolments", "/messages", "/changes", "/subsidies", "/subsidies/new")
ROUNDS = 60


@dataclass(frozen=True)
class Cpu:
    """Milliseconds of one page: everything, Chalice alone, a bare handler, AWS's clients."""

    path: str
    page: float
    chalice: float
    bare: float
    client: float

    @property
    def own(self) -> float:
        """What is ours: beyond Chalice's dispatch and the clients of AWS."""
        return self.page - self.chalice - self.client


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


class _Player:
    """Answers a page's calls from its tape, again and again."""

    def __init__(self, answers: list[tuple[str, str]]) -> None:
        self._answers = {
            wanted: cycle([body for name, body in answers if name == wanted])
            for wanted, _ in answers
        }

    def __call__(self, request: Any, **_: Any) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        name = target.decode() if isinstance(target, bytes) else target
        body = next(self._answers[name.rpartition(".")[2]])
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        return AWSResponse("https://aws.test", 200, headers, _Raw(body.encode()))


def pages() -> list[Cpu]:
    """Measure employee pages, each with a warm container."""
    from app import app

    with mock_aws():
        stage = make_stage()
        app.world = stage.world
        with Client(app) as client:
            phone = cold._employee(client, stage)
            claiming.publish(stage)
            for path in PAGES:
                phone.open(path)
            return [_page(app, stage, phone, path) for path in PAGES]


def _page(app: Any, stage: Stage, phone: Phone, path: str) -> Cpu:
    calls: list[tuple[str, Mapping[str, Any]]] = []
    dynamodb = stage.world.aws.client("dynamodb")

    def keep(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        calls.append((model.name, params))

    dynamodb.meta.events.register("provide-client-params.dynamodb", keep)
    answers = record(stage, lambda: phone.open(path))
    dynamodb.meta.events.unregister("provide-client-params.dynamodb", keep)
    jar = "; ".join(f"{name}={value}" for name, value in phone.cookies.items())
    event = cold.event(path, jar)
    player = _Player(answers)
    dynamodb.meta.events.register_first("before-send.dynamodb", player)
    try:
        answer = app(event, None)
        assert answer["statusCode"] == 200, answer
        page = _milliseconds(lambda: app(event, None))
        client = _milliseconds(lambda: [_again(dynamodb, *call) for call in calls])
    finally:
        dynamodb.meta.events.unregister("before-send.dynamodb", player)
    empty = Chalice(app_name="empty")
    empty.route(path)(lambda: answer["body"])
    chalice = _milliseconds(lambda: empty(event, None))
    bare = _milliseconds(lambda: _bare(event, answer))
    return Cpu(path, page, chalice, bare, client)


def _again(client: Any, operation: str, params: Mapping[str, Any]) -> None:
    client._make_api_call(operation, dict(params))


def _bare(event: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """A Lambda handler without a framework: look at the path, hand out the bytes."""
    return json.dumps({**answer, "headers": {"x-path": event["path"]}})


def _milliseconds(act: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        act()
        taken.append(time.process_time() - begun)
    return median(taken) * 1000


def table(measured: list[Cpu]) -> list[str]:
    """Return the figures as lines of a table."""
    lines = [
        "| page, CPU in ms | all | ours | AWS client | Chalice's dispatch | bare handler |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for one in measured:
        parts = (one.page, one.own, one.client, one.chalice, one.bare)
        lines.append(f"| {one.path} | " + " | ".join(f"{part:.2f}" for part in parts) + " |")
    return lines
