"""What a month costs: exact arithmetic, every price used, more work never cheaper."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from click.testing import CliRunner

from infra import cost
from infra.cli import main

REGIONS = ("cn-northwest-1", "us-east-1")
NOTHING = dict.fromkeys(
    ("jobs", "requests", "kb_out", "published", "queued", "reads", "writes", "sms", "pictures"),
    Decimal(0),
) | dict.fromkeys(("s3_puts", "s3_gets", "stored_kb"), Decimal(0))


def spent(members: int, cases: int, region: str = "cn-northwest-1") -> dict[str, Decimal]:
    rates = cost.rates(region)
    return cost.cost(cost.month(cost.units(), rates, members=members, cases=cases), rates)


def test_a_thousandth_of_a_fen_is_not_lost() -> None:
    price = cost.Price(Decimal("11.1538"), Decimal(1_000_000), "a list", "today", verified=True)
    assert price.of(Decimal(3)) == Decimal("0.0000334614")
    assert price.of(Decimal(1_000_000)) == Decimal("11.1538")


def test_a_month_by_hand() -> None:
    """Ten applications of 7 writes and 2 requests each, and nothing else but what stands."""
    stories = ("binding", "visit", "change", "payout", "subsidy")
    units = {story: dict(NOTHING) for story in stories}
    units["subsidy"] |= {"requests": Decimal(2), "writes": Decimal(7), "sms": Decimal(1)}
    rates = cost.rates("cn-northwest-1")
    used = cost.month(units, rates, members=0, cases=10)
    assert (used["requests"], used["writes"], used["invocations"]) == (20, 70, 20)
    # 20 × 0.045 s × 1 GB, and a hundredth of them starting for 1.2 s
    assert used["gb_seconds"] == Decimal("1.14")
    bill = cost.cost(used, rates)
    assert bill["API Gateway"] == Decimal("0.0005788")
    assert bill["DynamoDB"] == Decimal("0.000780766")
    assert bill["SMS"] == Decimal("0.45")


@pytest.mark.parametrize("region", REGIONS)
def test_every_service_grows_with_work_and_none_shrinks(region: str) -> None:
    steps = [spent(*size, region) for size in ((0, 0), (10, 0), (10, 1), (1000, 1), (1000, 900))]
    for before, after in pairwise(steps):
        assert all(after[service] >= before[service] for service in before)
        assert sum(after.values()) > sum(before.values())


def test_twice_the_cases_cost_twice_what_cases_cost() -> None:
    none, once, twice = (sum(spent(5000, cases).values()) for cases in (0, 100, 200))
    assert twice - once == once - none


@pytest.mark.parametrize("region", REGIONS)
def test_every_price_belongs_to_one_service_and_is_used(region: str) -> None:
    rates = cost.rates(region)
    named = [name for names in cost.SERVICES.values() for name in names]
    assert sorted(named) == sorted(rates.prices)
    used = cost.month(cost.units(), rates, members=1000, cases=10)
    assert set(used) == set(rates.prices)
    assert [name for name in named if used[name] <= 0] == []
    assert [name for name, one in rates.prices.items() if not (one.source and one.date)] == []


def test_every_assumption_matters() -> None:
    rates, measured = cost.rates("cn-northwest-1"), cost.units()

    def total(assumed: dict[str, Decimal]) -> Decimal:
        changed = replace(rates, assumed=assumed)
        used = cost.month(measured, changed, members=1000, cases=10)
        return sum(cost.cost(used, changed).values(), Decimal(0))

    as_it_is = total(dict(rates.assumed))
    for name, value in rates.assumed.items():
        assert total({**rates.assumed, name: value * 2}) > as_it_is, name


def test_the_alarms_are_those_of_a_stage() -> None:
    assert cost.alarms() == 43


def test_the_command_prints_the_bill_and_all_it_rests_on() -> None:
    done = CliRunner().invoke(main, ["cost", "--members", "100000", "--cases", "1000"])
    assert done.exit_code == 0, done.output
    rates = cost.rates("cn-northwest-1")
    for word in (*cost.SERVICES, *rates.prices, *rates.assumed):
        assert word.split(",")[0] in done.output
    assert sum(one.verified for one in rates.prices.values()) < len(rates.prices)
    assert "✗" in done.output


@pytest.mark.parametrize("wrong", [["--region", "moon-1"], ["--cases", "-1"]])
def test_nonsense_is_refused(wrong: list[str]) -> None:
    asked = ["cost", "--members", "1", "--cases", "1", *wrong]
    assert CliRunner().invoke(main, asked).exit_code == 2
