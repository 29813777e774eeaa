"""计算说明 (PRODUCT C1): the amount, and the lines that add up to it.

    own    = total - every fund's payment
    base   = own - excluded - deductible per stay - what is left of the deductible per year
    amount = Σ (part of the base inside a tier × its ratio × shares), then the caps

Exact until the end: amounts are whole 分, ratios exact decimals. What the tiers give is
rounded half-up once, to a whole 分; a tier's line is the difference of rounded running
totals, so lines add up to the amount and no line is off by a whole 分.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from pydantic import BaseModel, ConfigDict

from chalicelib.core.errors import Refused
from chalicelib.core.money import half_up, yuan
from chalicelib.subsidy import texts
from chalicelib.subsidy.plan import Plan
from chalicelib.subsidy.stay import PAYMENTS, Stay


@dataclass(frozen=True, slots=True)
class Year:
    """What a person has had of the year of admission before this stay, in 分.

    `used` counts against the yearly cap, `deducted` against the yearly deductible; `shares`
    are those insured at admission.
    """

    used: int = 0
    deducted: int = 0
    shares: int = 1


class Line(BaseModel):
    """One line of the bill; negative amounts are taken off."""

    model_config = ConfigDict(frozen=True)

    label: str
    formula: str
    amount_fen: int


class Statement(BaseModel):
    """The amount and why: `basis` adds up to `base_fen`, `lines` to `amount_fen`.

    `deducted_fen` is what this stay takes of the yearly deductible. Kept with the case as its
    dump and never computed again for what was decided.
    """

    model_config = ConfigDict(frozen=True)

    basis: tuple[Line, ...]
    base_fen: int
    lines: tuple[Line, ...]
    amount_fen: int
    own_fen: int
    deducted_fen: int
    plan_version: str
    example: bool


def estimate(plan: Plan, stay: Stay, year: Year) -> Statement:
    """Return what a stay gets by a plan, whoever asks: page, reviewer, payment or `what-if`."""
    basis, left, deducted = [*_own_lines(stay)], stay.own, 0
    for name, whole, label, formula in _deductions(plan, stay, year):
        part = min(whole, left)
        left -= part
        deducted = part if name == "per_year" else deducted
        if whole:
            only = texts.ONLY.format(part=yuan(part)) if part < whole else ""
            basis.append(Line(label=label, formula=formula + only, amount_fen=-part))
    lines = [*_tier_lines(plan, left, year)]
    amount = sum(line.amount_fen for line in lines)
    for cap, label, formula in _caps(plan, stay, year):
        if amount > cap:
            lines.append(Line(label=label, formula=formula, amount_fen=cap - amount))
            amount = cap
    return Statement(
        basis=tuple(basis),
        base_fen=left,
        lines=tuple(lines),
        amount_fen=amount,
        own_fen=stay.own,
        deducted_fen=deducted,
        plan_version=plan.version,
        example=plan.example,
    )


def lower(statement: Statement, amount_fen: int, reason: str) -> Statement:
    """Return the statement with the lower amount of a reviewer; raises Refused."""
    if not 0 < amount_fen <= statement.amount_fen:
        sentence = texts.LOWER_ONLY.format(amount=yuan(statement.amount_fen))
        raise Refused(errors={"amount": sentence})
    if amount_fen == statement.amount_fen:
        return statement
    if not reason:
        raise Refused(errors={"amount_reason": texts.LOWER_REASON})
    off = amount_fen - statement.amount_fen
    line = Line(label=texts.LOWERED, formula=reason, amount_fen=off)
    return statement.model_copy(
        update={"lines": (*statement.lines, line), "amount_fen": amount_fen}
    )


def levels_label(plan: Plan) -> str:
    """Return the hospital levels that count: 「三级、二级」."""
    return "、".join(level.label for level in plan.levels)


def _own_lines(stay: Stay) -> Iterator[Line]:
    yield Line(label=texts.TOTAL, formula="", amount_fen=stay.total)
    for payment, label in PAYMENTS.items():
        if paid := getattr(stay, payment):
            yield Line(label=label, formula="", amount_fen=-paid)


def _deductions(plan: Plan, stay: Stay, year: Year) -> Iterator[tuple[str, int, str, str]]:
    """Yield what comes off the own share, in this order: name, 分 at most, label, formula."""
    if stay.level not in plan.levels:
        formula = texts.LEVEL_OUT_FORMULA.format(level=stay.level.label, levels=levels_label(plan))
        yield "level", stay.own, texts.LEVEL_OUT, formula
        return
    if plan.exclude_out_of_catalogue:
        out = stay.out_of_catalogue
        yield "excluded", out, texts.EXCLUDED, texts.EXCLUDED_FORMULA.format(whole=yuan(out))
    per_stay = plan.deductible_per_stay
    yield "per_stay", per_stay, texts.PER_STAY, texts.PER_STAY_FORMULA.format(whole=yuan(per_stay))
    per_year = max(0, plan.deductible_per_year - year.deducted)
    formula = texts.PER_YEAR_FORMULA.format(
        whole=yuan(plan.deductible_per_year), used=yuan(year.deducted)
    )
    yield "per_year", per_year, texts.PER_YEAR, formula


def _tier_lines(plan: Plan, base: int, year: Year) -> Iterator[Line]:
    shares = min(year.shares, plan.shares_at_most)
    lower, exact, rounded = 0, Fraction(0), 0
    for tier in plan.tiers:
        upper = base if tier.up_to is None else min(tier.up_to, base)
        if upper <= lower:
            return
        exact += (upper - lower) * Fraction(tier.ratio) * shares
        amount = half_up(exact) - rounded
        formula = f"{yuan(upper - lower)} × {_percent(tier.ratio)}"
        if shares > 1:
            formula += texts.SHARES.format(shares=shares)
        yield Line(label=_tier_label(lower, tier.up_to), formula=formula, amount_fen=amount)
        rounded += amount
        lower = upper


def _caps(plan: Plan, stay: Stay, year: Year) -> Iterator[tuple[int, str, str]]:
    """Yield the caps that hold one after the other: 分, label, formula."""
    yield stay.own, texts.CAP_OWN, texts.CAP_OWN_FORMULA.format(cap=yuan(stay.own))
    claim = plan.cap_per_claim
    yield claim, texts.CAP_CLAIM, texts.CAP_CLAIM_FORMULA.format(cap=yuan(claim))
    left = max(0, plan.cap_per_year - year.used)
    formula = texts.CAP_YEAR_FORMULA.format(
        whole=yuan(plan.cap_per_year), used=yuan(year.used), cap=yuan(left)
    )
    yield left, texts.CAP_YEAR, formula


def _tier_label(lower: int, upper: int | None) -> str:
    low = yuan(lower).removesuffix(".00")
    if upper is None:
        return texts.TIER_LAST.format(lower=low) if lower else texts.TIER_ALL
    high = yuan(upper).removesuffix(".00")
    return (texts.TIER_MIDDLE if lower else texts.TIER_FIRST).format(lower=low, upper=high)


def _percent(ratio: Decimal) -> str:
    return f"{(ratio * 100).normalize():f}%"
