"""The benefit once more, written from PRODUCT C1 alone and in another way.

Works in yuan on the dumps of plan and stay, as exact rationals: the scale is a step function
of the base, the benefit its integral, taken over the pieces between the steps.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Any

PAYERS = ("pooled", "serious_illness", "large_amount", "civil_servant", "medical_aid", "commercial")
CENT = Decimal("0.01")


def money(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))


def benefit(
    plan: dict[str, Any], stay: dict[str, Any], used: Fraction, deducted: Fraction, shares: int
) -> Decimal:
    """What the stay gets, in yuan."""
    own = money(stay["total"]) - sum(money(stay[payer]) for payer in PAYERS)
    base = own - money(plan["deductible_per_stay"])
    base -= max(money(plan["deductible_per_year"]) - deducted, Fraction(0))
    if plan["exclude_out_of_catalogue"]:
        base -= money(stay["out_of_catalogue"])
    if base <= 0 or stay["level"] not in plan["levels"]:
        return Decimal(0)
    counted = min(shares, plan["shares_at_most"])
    year_left = max(money(plan["cap_per_year"]) - used, Fraction(0))
    return rounded(
        min(integral(plan["tiers"], base) * counted, own, money(plan["cap_per_claim"]), year_left)
    )


def integral(tiers: list[dict[str, Any]], base: Fraction) -> Fraction:
    """∫ of the marginal ratio from 0 to the base."""
    steps = {money(tier["up_to"]) for tier in tiers if tier["up_to"] is not None}
    pieces = sorted({Fraction(0), base, *(step for step in steps if step < base)})
    return sum(
        ((b - a) * marginal(tiers, (a + b) / 2) for a, b in pairwise(pieces)), start=Fraction(0)
    )


def marginal(tiers: list[dict[str, Any]], at: Fraction) -> Fraction:
    """The ratio that applies to the next yuan above a point of the base."""
    above = [t for t in tiers if t["up_to"] is None or money(t["up_to"]) > at]
    return Fraction(above[0]["ratio"])


def rounded(exact: Fraction) -> Decimal:
    """Half-up to 0.01 by decimal arithmetic wide enough to be exact."""
    with localcontext(prec=60):
        value = Decimal(exact.numerator) / Decimal(exact.denominator)
        return value.quantize(CENT, ROUND_HALF_UP)
