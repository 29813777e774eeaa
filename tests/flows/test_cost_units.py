"""The units that costs are worked out from are those of today's code."""

import json
from decimal import Decimal
from typing import Any

from chalice.test import Client

from infra.cost import UNITS
from tests import figures
from tests.cost.stories import Teller
from tests.fakes.cloud import Stage

LOOSE = {"kb_out", "stored_kb"}
"""Words on pages and lengths of texts; what is counted is compared exactly."""
AGAIN = "the flows cost something else now: run `python -m tests.cost`, and look at the difference"


def test_the_units_are_measured_again(stage: Stage, client: Client) -> None:
    kept = json.loads(UNITS.read_text("utf-8"))
    now = Teller(stage, client).all()
    assert exact(now) == exact(kept), AGAIN
    for story, counts in kept.items():
        for name in LOOSE:
            most = max(counts[name] * Decimal("1.1"), counts[name] + 1)
            assert now[story][name] <= most, f"{story} {name}: {AGAIN}"
    for name in ("requests", "writes", "reads"):
        figures.note(f"cost: {name} of an application until it is paid", of_case(now, name))


def exact(units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        story: {name: count for name, count in counts.items() if name not in LOOSE}
        for story, counts in units.items()
    }


def of_case(units: dict[str, Any], name: str) -> float:
    return float(units["subsidy"][name]) + float(units["payout"][name])
