"""Two people say what is true of a payment, with every call to AWS going wrong once.

A proposal and its confirmation fail at each of their calls: before it is done, after it is done, and
with the container killed behind it. People press the same button again, and what stands afterwards
is what stands when nothing fails: one step of the case, one verdict, each counter moved once.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends

from chalicelib.core.errors import Unavailable
from chalicelib.payout import disputes
from tests import figures
from tests.fakes.cloud import REGION, make_stage
from tests.fakes.fuse import MODES, Fuse, Killed
from tests.fakes.light import lighten
from tests.fakes.matter import Matter, contradicted, to_closed, to_payable, to_repair
from tests.fakes.payroom import MAKER, RELEASER, PayRoom

PARTS = ("state", "code", "dispute", "proposed", "proposer", "verdict", "verifier")
COUNTED = ("state", "paid", "paid_fen", "failed", "removed", "contradicted", "problem")


def came_back(matter: Matter) -> str:
    return matter.disputed("paid", "failed")


WAYS: list[tuple[Callable[[Matter], str], tuple[str, ...], str]] = [
    (lambda matter: contradicted(matter, to_repair), ("paid",), "closed"),
    (lambda matter: contradicted(matter, to_repair), ("failed",), "account_repair"),
    (lambda matter: contradicted(matter, to_payable), ("paid",), "closed"),
    (lambda matter: contradicted(matter, to_closed), ("paid", "recovered"), "closed"),
    (came_back, ("failed",), "account_repair"),
]


@dataclass
class Dispute:
    """A matter with a fuse in its wires."""

    matter: Matter
    fuse: Fuse
    payment: str = ""

    def save(self) -> Any:
        clock = self.matter.room.stage.clock
        return copy.deepcopy(dict(_tables())), clock.at

    def restore(self, saved: Any) -> None:
        tables, self.matter.room.stage.clock.at = saved
        _tables().update(copy.deepcopy(tables))

    def press(self, act: Callable[[], None], burns_at: int | None, mode: str) -> None:
        """Press a button until it worked; people wait before they do it again."""
        self.fuse.burns_at, self.fuse.mode, self.fuse.burnt = burns_at, mode, False
        self.fuse.passed.clear()
        for _again in range(3):
            try:
                with self.fuse.arm():
                    act()
            except (BotoCoreError, Killed, Unavailable):
                self.matter.room.stage.clock.forward(seconds=20)
            else:
                return
        raise AssertionError("a button never worked")

    def shown(self) -> dict[str, Any]:
        """Return what counts, and how many items there are of everything."""
        matter = self.matter
        now = matter.room.grants.now(matter.case)
        batches = [matter.room.batch(number) for number in matter.batches]
        payments = [item for number in matter.batches for item in matter.room.items(number)]
        return {
            "case": (now.state, now.version, dict(now.data), dict(now.facts)),
            "history": matter.actions(),
            "held": matter.held,
            "batches": [[getattr(batch, name) for name in COUNTED] for batch in batches],
            "payments": [[getattr(item, name) for name in PARTS] for item in payments],
            "items": {
                name: sum(map(len, table.items.values())) for name, table in _tables().items()
            },
        }


def _tables() -> Any:
    return dynamodb_backends["123456789012"][REGION].tables


@pytest.fixture
def dispute() -> Iterator[Dispute]:
    with mock_aws():
        stage = make_stage()
        lighten()
        fuse = Fuse()
        fuse.wire(stage.world.aws, "dynamodb")
        yield Dispute(Matter(PayRoom(stage)), fuse)


@pytest.mark.parametrize(
    ("way", "said", "state"), WAYS, ids=["paid", "failed", "payable", "twice", "came-back"]
)
def test_every_call_of_a_verdict_fails_once(
    dispute: Dispute, way: Callable[[Matter], str], said: tuple[str, ...], state: str
) -> None:
    world, place = dispute.matter.room.world, dispute.matter.place(way(dispute.matter))
    points = 0
    for word in said:

        def propose(word: str = word) -> None:
            disputes.propose(world, MAKER, place, (word, "复函 12 号"), f"propose-{word}")

        def confirm(word: str = word) -> None:
            disputes.confirm(world, RELEASER, place, f"propose-{word}", f"confirm-{word}")

        for act in (propose, confirm):
            points += _fails_everywhere(dispute, act)
    assert dispute.matter.state == state
    assert (dispute.matter.held, dispute.matter.listed()) == (set(), [])
    assert dispute.matter.examined() == []
    figures.note("calls of verdicts, each failed in three ways", points)


def _fails_everywhere(dispute: Dispute, act: Callable[[], None]) -> int:
    saved = dispute.save()
    dispute.press(act, None, "before")
    calls, expected, after = [*dispute.fuse.passed], dispute.shown(), dispute.save()
    for mode in MODES:
        for burns_at, call in enumerate(calls):
            dispute.restore(saved)
            dispute.press(act, burns_at, mode)
            assert dispute.fuse.burnt
            assert dispute.shown() == expected, f"{mode} at {call}"
    dispute.restore(after)
    return len(calls)
