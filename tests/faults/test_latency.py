"""How long an employee waits for a message, in a simulation on a clock of its own.

The stream is read every second, SMS take 0.3 seconds and WeChat 0.2. Each channel is a queue with
five workers, who take up to five messages: the real ones begin with as many. A provider that is
down costs three seconds a try, as its timeout does.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from chalicelib.casework.kind import register
from chalicelib.gateways.sms import SmsRetry
from chalicelib.gateways.wechat import WeChatUnavailable
from infra.wiring import QUEUES
from tests import figures
from tests.fakes.cloud import make_stage
from tests.fakes.light import lighten
from tests.fakes.parcel import PARCEL
from tests.fakes.pipes import CHANNELS, Pipes
from tests.faults.telling import DEEP
from tests.faults.test_streams import rejecter

STEPS = 1000 if DEEP else 30
OVER = timedelta(minutes=60 if DEEP else 3)
DOWN = timedelta(minutes=35)
WORKERS, BATCH = 5, 5
TRIES = {queue.name: queue.tries for queue in QUEUES}
TAKES = {"sms": 0.3, "template": 0.2}
SECOND = timedelta(seconds=1)


@dataclass
class Town:
    """Pipes in time: what is visible when, and when each step reached its channels."""

    pipes: Pipes
    reject: Callable[[], str]
    begun: dict[str, datetime] = field(default_factory=dict)
    handed: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    received: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.clock = self.pipes.stage.clock
        self.start = self.clock.now()
        self.breaks("", timedelta())
        world = self.pipes.stage.world
        for name, method in (("sms", "send"), ("wechat", "send_template")):
            inner = getattr(world.overrides[name].inner, method)
            setattr(world.overrides[name].inner, method, self._provider(name, inner))

    def breaks(self, channel: str, how_long: timedelta) -> None:
        self.down, self.back = channel, self.start + how_long

    def _provider(self, name: str, inner: Callable[..., str]) -> Callable[..., str]:
        channel = {"wechat": "template"}.get(name, name)

        def call(*args: Any, **kwargs: Any) -> str:
            if self.down == channel and self.clock.now() < self.back:
                self.clock.forward(seconds=3)
                raise {"sms": SmsRetry("Down"), "template": WeChatUnavailable()}[channel]
            self.clock.forward(seconds=TAKES[channel])
            reference = kwargs.get("reference") or args[-1]
            self._handed(channel, reference.partition("-")[0])
            return inner(*args, **kwargs)

        return call

    def _handed(self, channel: str, number: str) -> None:
        self.handed.setdefault(channel, []).append((self.begun[number], self.clock.now()))

    def waited(self, channel: str, since: datetime) -> list[timedelta]:
        """Return how long each waited after both its step and that moment."""
        return [at - max(begun, since) for begun, at in self.handed[channel]]

    def live(self, people: int) -> None:
        """Let people be told, until nothing is left to tell."""
        dice = random.Random(7)
        steps = sorted(self.start + OVER * dice.random() for _ in range(people))
        free = {channel: [self.start] * WORKERS for channel in CHANNELS}
        hidden: dict[str, list[tuple[datetime, str]]] = {channel: [] for channel in CHANNELS}
        now = self.start
        while steps or any(hidden.values()) or any(self.pipes.queued.values()):
            now += SECOND
            news = False
            while steps and steps[0] <= now:
                self.clock.at, news = steps.pop(0), True
                self.begun[self.reject()] = self.clock.at
            self.clock.at = now
            if news:
                self.pipes.relay()
            for channel in CHANNELS:
                while hidden[channel] and hidden[channel][0][0] <= now:
                    self.pipes.queued[channel].append(heapq.heappop(hidden[channel])[1])
                for worker, free_at in enumerate(free[channel]):
                    if free_at <= now and self.pipes.queued[channel]:
                        free[channel][worker] = self._work(channel, hidden[channel])

    def _work(self, channel: str, hidden: list[tuple[datetime, str]]) -> datetime:
        """Let a worker have some messages; returns when it is free again."""
        began, queue = self.clock.at, self.pipes.queued[channel]
        bodies = queue[:BATCH]
        del queue[:BATCH]
        self.received.update((channel, body) for body in bodies)
        sleepy = self.pipes.sleepy[f"mutual-aid-local-{channel}"]
        sleepy.hidden.clear()
        self.pipes.work(channel, bodies)
        for receipt, after in sleepy.hidden:
            heapq.heappush(hidden, (self.clock.at + after, bodies[int(receipt[2:])]))
        ended, self.clock.at = self.clock.at, began
        return ended


@pytest.fixture
def town() -> Iterator[Town]:
    register(PARCEL)
    with mock_aws():
        pipes = Pipes(make_stage())
        lighten()
        yield Town(pipes, rejecter(pipes))


@pytest.mark.parametrize("down", ["", "sms", "template"])
def test_how_long_a_message_takes(town: Town, down: str) -> None:
    town.breaks(down, timedelta(minutes=5))
    town.live(STEPS)
    for channel in TAKES:
        waited = town.waited(channel, town.start)
        assert len(waited) == STEPS
        most = timedelta(minutes=10) if channel == down else timedelta(seconds=10)
        share = sum(one <= most for one in waited) / STEPS
        said = f"{channel}, down for five minutes" if channel == down else f"{channel}, healthy"
        figures.note(
            f"handed over, {said}{', another down' * (down not in ('', channel))}",
            f"{share:.1%} within {most}, longest {max(waited).total_seconds():.1f} s",
        )
        assert share >= 0.999


@pytest.mark.parametrize("down", TAKES)
def test_a_provider_comes_back(town: Town, down: str) -> None:
    """What waited for long is there minutes later, and nothing was given up."""
    town.breaks(down, OVER + DOWN)
    town.live(STEPS // 3)
    assert all(count <= TRIES[channel] for (channel, _), count in town.received.items())
    waited = town.waited(down, town.back)
    assert len(waited) == STEPS // 3
    figures.note(
        f"handed over, {down}, down for {OVER + DOWN}",
        f"longest {max(waited).total_seconds():.1f} s after it was back",
    )
    assert max(waited) < timedelta(minutes=6)
    (other,) = TAKES.keys() - {down}
    assert max(town.waited(other, town.start)) < timedelta(seconds=10)
