"""Random plans, stays and years, from a seed: as wild as the rules allow, often on an edge."""

from __future__ import annotations

from random import Random
from typing import Any

from chalicelib.core.money import MOST, yuan
from chalicelib.subsidy.benefit import Year
from chalicelib.subsidy.plan import Level, Plan
from chalicelib.subsidy.stay import PAYMENTS, Stay
from tests.unit.subsidy_examples import DEMO, TYPED

_DEMO = DEMO.model_dump(mode="json")
_RICH = {"per_payment": yuan(MOST), "per_batch": yuan(MOST), "payments": 1}


def amount(dice: Random, most: int = MOST) -> int:
    """分 of any order of magnitude, 0 and the most among them."""
    return min(most, dice.randint(0, 10 ** dice.randint(0, 10)))


def any_plan(dice: Random) -> Plan:
    bounds = sorted({1 + amount(dice, MOST - 1) for _ in range(dice.randint(0, 5))})
    places = dice.choice([1, 10, 100, 10_000])
    ratios = [dice.randint(0, places) / places for _ in range(len(bounds) + 1)]
    caps = sorted(dice.choice([MOST, amount(dice)]) for _ in range(2))
    return Plan.model_validate(
        {
            **_DEMO,
            "tiers": [
                {"up_to": bound and yuan(bound), "ratio": f"{ratio:.4f}"}
                for bound, ratio in zip([*bounds, None], ratios, strict=True)
            ],
            "deductible_per_stay": yuan(dice.choice([0, amount(dice, 10**5)])),
            "deductible_per_year": yuan(dice.choice([0, amount(dice, 10**5)])),
            "exclude_out_of_catalogue": dice.random() < 0.5,
            "levels": dice.sample(sorted(Level), dice.randint(2, 4)),
            "shares_at_most": dice.randint(1, 3),
            "cap_per_claim": yuan(caps[0]),
            "cap_per_year": yuan(caps[1]),
            "payout": _RICH,
        }
    )


def any_year(dice: Random, plan: Plan) -> Year:
    return Year(
        used=dice.choice([0, 0, amount(dice), plan.cap_per_year - amount(dice, plan.cap_per_year)]),
        deducted=dice.choice([0, amount(dice), plan.deductible_per_year]),
        shares=dice.randint(1, 4),
    )


def any_stay(dice: Random, plan: Plan) -> Stay:
    paid = dict.fromkeys(PAYMENTS, 0)
    for payer in dice.sample(sorted(PAYMENTS), dice.randint(0, len(PAYMENTS))):
        paid[payer] = amount(dice, MOST - sum(paid.values()))
    own = dice.choice([amount(dice), dice.randint(0, 10**8), _edge(dice, plan)])
    total = max(1, min(MOST, sum(paid.values()) + own))
    out = dice.choice([0, 0, amount(dice, total - paid["pooled"])])
    level = dice.choice([*plan.levels, *plan.levels, *Level])
    return typed_stay({**paid, "total": total, "out_of_catalogue": out}, level)


def typed_stay(amounts: dict[str, int], level: Level = Level.THIRD) -> Stay:
    """A stay as typed in yuan."""
    texts: dict[str, Any] = {field: yuan(fen) for field, fen in amounts.items()}
    return Stay.model_validate({**TYPED, **texts, "level": level})


def _edge(dice: Random, plan: Plan) -> int:
    """An own share whose base lies on a tier's bound, or a 分 beside it."""
    bounds = [0, *(tier.up_to for tier in plan.tiers if tier.up_to is not None)]
    base = dice.choice(bounds) + dice.choice([-1, 0, 1])
    return max(0, base + plan.deductible_per_stay + plan.deductible_per_year)
