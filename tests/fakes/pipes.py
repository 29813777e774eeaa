"""The pipes from a case to its employee, in memory: stream, topic, queues, workers.

Every place where a container could be killed is a point of the fuse.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from chalicelib.notify import relay, worker
from chalicelib.store.tables import Item
from chalicelib.world import World
from tests.fakes.cloud import FakeQueue, Stage

CHANNELS = ("inbox", "sms", "template")


class Killed(BaseException):
    """The container is gone: no handler of ours may catch this."""


@dataclass
class Fuse:
    """Counts the points that are passed; burns at one of them."""

    passed: list[str] = field(default_factory=list)
    burns_at: int | None = None

    def point(self, name: str) -> None:
        self.passed.append(name)
        if len(self.passed) - 1 == self.burns_at:
            raise Killed(name)


class SleepyQueue(FakeQueue):
    """Remembers what was hidden, and for how long."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: list[tuple[str, timedelta]] = []

    def hide(self, receipt_handle: str, after: timedelta) -> None:
        self.hidden.append((receipt_handle, after))


class Fused:
    """A provider with a point before and after each call; WeChat's swallows repetitions."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self.inner = inner
        self.fuse = fuse
        self.references: list[str] = []

    def send(self, phone: str, template: str, params: Sequence[str], reference: str) -> str:
        self.fuse.point("before sms")
        receipt = str(self.inner.send(phone, template, params, reference))
        self.fuse.point("after sms")
        return receipt

    def send_template(
        self, openid: str, template: str, fields: Mapping[str, str], *, url: str, reference: str
    ) -> str:
        self.fuse.point("before template")
        if reference not in self.references:
            self.inner.send_template(openid, template, fields, url=url, reference=reference)
            self.references.append(reference)
        self.fuse.point("after template")
        return str(5000 + self.references.index(reference))


class Pipes:
    """A stage with pipes between its cases table and its workers."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.fuse = Fuse()
        self.topic_down: list[Exception] = []
        self.queued: dict[str, list[str]] = {channel: [] for channel in CHANNELS}
        self.told: list[str] = []
        self.sleepy = {f"mutual-aid-local-{channel}": SleepyQueue() for channel in CHANNELS}
        self.poison = FakeQueue()
        overrides = {
            "topic": self,
            "_queues": {**self.sleepy, "mutual-aid-local-relay-failed": self.poison},
            "sms": Fused(stage.sms, self.fuse),
            "wechat": Fused(stage.wechat, self.fuse),
        }
        stage.world = replace(stage.world, overrides={**stage.world.overrides, **overrides})
        self.dynamodb = stage.world.aws.client("dynamodb")
        self.dynamodb._make_api_call = self._wired(self.dynamodb._make_api_call)

    def publish(self, body: str) -> None:
        """The topic: the same body to each queue."""
        if self.topic_down:
            raise self.topic_down.pop(0)
        self.fuse.point("before publish")
        self.told.append(body)
        for bodies in self.queued.values():
            bodies.append(body)
        self.fuse.point("after publish")

    def stream(self) -> list[dict[str, Any]]:
        """Return the records of what stands in the outbox, in order."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName="mutual-aid-local-cases")
        images = [item for page in pages for item in page["Items"]]
        return [inserted(image) for image in images if image["sk"]["S"].startswith("outbox#")]

    @contextmanager
    def cold(self) -> Iterator[World]:
        """A container's first call: nothing was connected before, models included."""
        used, Item.database = Item.database, None
        try:
            yield replace(self.stage.world)
        finally:
            Item.database = used

    def relay(self, records: list[dict[str, Any]] | None = None) -> None:
        """Let the relay have records (all that wait, when none are given)."""
        with self.cold() as world:
            relay.handle(self.stream() if records is None else records, world)

    def work(self, channel: str, bodies: list[str]) -> list[str]:
        """Let a worker have bodies; returns those that go back to the queue."""
        records = [
            {
                "messageId": f"m-{index}",
                "receiptHandle": f"r-{index}",
                "body": body,
                "eventSourceARN": f"arn:aws-cn:sqs:cn-northwest-1:1:mutual-aid-local-{channel}",
            }
            for index, body in enumerate(bodies)
        ]
        with self.cold() as world:
            answer = worker.handle(records, world, channel)
        failed = {entry["itemIdentifier"] for entry in answer["batchItemFailures"]}
        return [body for index, body in enumerate(bodies) if f"m-{index}" in failed]

    def drain(self, rounds: int = 12) -> None:
        """Work until the queues are empty; what failed comes again two minutes later."""
        for _round in range(rounds):
            for channel in CHANNELS:
                bodies, self.queued[channel] = self.queued[channel], []
                self.queued[channel] += self.work(channel, bodies)
            if not any(self.queued.values()):
                return
            self.stage.clock.forward(minutes=2)
        raise AssertionError(f"still queued: {self.queued}")

    def _wired(self, call: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
        def wired(operation: str, params: Any) -> Any:
            self.fuse.point(f"before {operation}")
            answer = call(operation, params)
            self.fuse.point(f"after {operation}")
            return answer

        return wired


def inserted(image: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stream's record of an item that was put."""
    keys = {name: image[name] for name in ("pk", "sk")}
    return {
        "eventID": json.dumps(keys),
        "eventName": "INSERT",
        "dynamodb": {"Keys": keys, "NewImage": dict(image), "SequenceNumber": "1"},
    }
