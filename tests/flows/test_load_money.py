"""The comparison of a load knows what a bank must have paid."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.casework.kind import register
from chalicelib.subsidy import record
from chalicelib.subsidy.kind import KIND
from tests.fakes.cloud import Stage
from tests.flows import claiming
from tests.load.truth import Truth, money


@pytest.mark.parametrize(
    ("state", "payments", "lost", "doubled"),
    [
        ("closed", [0], 0, 0),
        ("closed", [], 1, 0),
        ("closed", [-1], 1, 0),
        ("closed", [0, 0], 0, 1),
        ("payable", [0], 0, 1),
        ("payable", [], 0, 0),
    ],
)
def test_what_the_bank_paid_is_held_against_what_is_owed(
    stage: Stage,
    enrol: Callable[..., str],
    state: str,
    payments: list[int],
    lost: int,
    doubled: int,
) -> None:
    register(KIND)
    claiming.publish(stage)
    case = replace(claiming.claim(stage, enrol()), state=state)
    owed = record.statement(stage.world.vault, case).amount_fen
    truth = Truth()
    town: Any = SimpleNamespace(world=stage.world)
    money(truth, town, case, [owed + more for more in payments])
    assert (len(truth.lost), len(truth.doubled)) == (lost, doubled)
