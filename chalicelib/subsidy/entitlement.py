"""What a plan gives, in sentences with its amounts (PRODUCT A6); computes no benefit."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from chalicelib.casework.entitlement import Entitlement, Found, Part, Source

if TYPE_CHECKING:
    from chalicelib.store.members import Enrolment
    from chalicelib.store.tables import Key
    from chalicelib.subsidy.plan import Plan


def _reads() -> list["Key"]:
    from chalicelib.store.plans import book_key

    return [book_key()]


def _say(
    found: Found, period: "Enrolment", periods: Sequence["Enrolment"], today: date
) -> Entitlement | None:
    from chalicelib.store.plans import BookItem, book_key
    from chalicelib.subsidy import book
    from chalicelib.subsidy.plan import plan_for

    item = found.get(book_key())
    plans = book.plans(item if isinstance(item, BookItem) else None)
    # the plan of an admission today, or of the nearest day that the period covers
    plan = plan_for(plans, min(max(today, period.starts), period.ends))
    return words(plan, period, periods) if plan else None


SOURCE = Source(_reads, _say)


def words(plan: "Plan", period: "Enrolment", periods: Sequence["Enrolment"]) -> Entitlement:
    """Return a plan in words, for one of a person's insured periods."""
    parts = (
        Part("保障范围", tuple(_scope(plan))),
        Part("补助标准", tuple(_scale(plan, period.shares))),
        Part("最高金额", tuple(_caps(plan))),
        Part("等待期和申请期限", tuple(_days(plan, period, periods))),
    )
    return Entitlement(plan.name, plan.example, parts)


def _scope(plan: "Plan") -> Iterator[str]:
    levels = "、".join(level.label for level in plan.levels)
    yield f"在{levels}医院住院，医保和其他各项支付之后由个人承担的费用，可以申请补助。"
    if plan.exclude_out_of_catalogue:
        yield "医保目录外的费用不计入。"


def _scale(plan: "Plan", shares: int) -> Iterator[str]:
    if plan.deductible_per_stay:
        yield f"每次住院先扣除起付线 {_yuan(plan.deductible_per_stay)}。"
    if plan.deductible_per_year:
        yield f"每个自然年另有年度起付线，累计扣满 {_yuan(plan.deductible_per_year)}后不再扣除。"
    lower = 0
    for tier in plan.tiers:
        percent = (tier.ratio * 100).normalize()
        yield f"{_tier(lower, tier.up_to)}补助 {percent:f}%。"
        lower = tier.up_to or 0
    counted = min(shares, plan.shares_at_most)
    if counted > 1:
        yield f"您参保 {shares} 份，以上比例部分的金额按 {counted} 份计算。"
    elif shares > 1:
        yield f"您参保 {shares} 份，每人按 1 份计算。"


def _tier(lower: int, upper: int | None) -> str:
    if upper is None:
        return f"扣除后超过 {_yuan(lower)}的部分，" if lower else "扣除后的金额，"
    if lower:
        return f"扣除后超过 {_yuan(lower)}至 {_yuan(upper)}的部分，"
    return f"扣除后 {_yuan(upper)}以内的部分，"


def _caps(plan: "Plan") -> Iterator[str]:
    yield f"每次住院最高补助 {_yuan(plan.cap_per_claim)}。"
    yield f"每个自然年累计最高补助 {_yuan(plan.cap_per_year)}。"
    yield "补助金额不超过您个人承担的费用。"


def _days(plan: "Plan", period: "Enrolment", periods: Sequence["Enrolment"]) -> Iterator[str]:
    from chalicelib.subsidy.checks import clear_for

    new, renewed = plan.waiting_days_new, plan.waiting_days_renewed
    if new:
        yield f"首次参保有 {new} 天等待期，等待期内入院不能申请。"
    if renewed:
        yield f"续保有 {renewed} 天等待期。"
    elif new:
        yield "不间断续保没有等待期。"
    clear = max(clear_for(plan, period, periods), period.starts)
    if clear <= period.ends:
        yield f"您在 {clear} 至 {period.ends} 期间入院的，可以申请。"
    yield f"请在{plan.deadline.label}提交申请，逾期不再受理。"


def _yuan(fen: int) -> str:
    from chalicelib.core.money import yuan

    return yuan(fen).removesuffix(".00") + " 元"
