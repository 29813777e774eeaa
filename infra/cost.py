"""`cost`: what a month costs, from measured units × list prices.

The units of each story stand in cost_units.json, measured by `python -m tests.cost`; prices and
assumptions in prices.toml. Nothing here is a quotation: every assumption is printed beside it.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from rich.table import Table

from infra import observability, render, wiring
from infra.paths import ROOT
from infra.ui import Ui

UNITS: Final = ROOT / "infra" / "cost_units.json"
PRICES: Final = ROOT / "infra" / "prices.toml"
SERVICES: Final = {
    "API Gateway": ("requests",),
    "Lambda": ("invocations", "gb_seconds"),
    "DynamoDB": ("writes", "reads", "table_gb", "backup_gb"),
    "S3": ("s3_puts", "s3_gets", "s3_gb"),
    "SNS": ("published",),
    "SQS": ("queue_requests",),
    "KMS, Secrets Manager": ("kms", "kms_keys", "secrets"),
    "CloudWatch": ("log_gb", "alarms"),
    "network": ("out_gb", "nat_hours"),
    "SMS": ("sms",),
}
_ALWAYS: Final = (
    "Every application is approved and paid in a batch of its own; free tiers, tax, support, "
    "WAF and people's time are left out."
)
_STORIES: Final = ("binding", "visit", "subsidy", "payout", "change")
_KB_OF_GB: Final = Decimal(1024 * 1024)
_MB_OF_GB: Final = Decimal(1024)
_THOUSAND: Final = Decimal(1000)

Units = Mapping[str, Mapping[str, Decimal]]


@dataclass(frozen=True, slots=True)
class Price:
    """What `per` units cost, who says so, and whether somebody looked it up there."""

    price: Decimal
    per: Decimal
    source: str
    date: str
    verified: bool

    def of(self, units: Decimal) -> Decimal:
        """Return what some units cost; exact."""
        return units * self.price / self.per


@dataclass(frozen=True, slots=True)
class Rates:
    """The prices of a region, by unit, and what is assumed, by name."""

    currency: str
    prices: Mapping[str, Price]
    assumed: Mapping[str, Decimal]
    means: Mapping[str, str]


def units() -> Units:
    """Return the measured units of every story."""
    found = json.loads(UNITS.read_text("utf-8"))
    return {
        story: {name: Decimal(str(count)) for name, count in counts.items()}
        for story, counts in found.items()
    }


def regions() -> tuple[str, ...]:
    """Return the regions that there are prices for."""
    return tuple(name for name, part in _prices().items() if "prices" in part)


def rates(region: str) -> Rates:
    """Return prices and assumptions for a region."""
    found = _prices()
    prices = {
        name: Price(
            Decimal(one["price"]), Decimal(one["per"]), one["source"], one["date"], one["verified"]
        )
        for name, one in found[region]["prices"].items()
    }
    assumed = found["assumptions"]
    return Rates(
        currency=found[region]["currency"],
        prices=prices,
        assumed={name: Decimal(one["value"]) for name, one in assumed.items()},
        means={name: one["means"] for name, one in assumed.items()},
    )


def month(measured: Units, rates: Rates, *, members: int, cases: int) -> dict[str, Decimal]:
    """Return how many units of each price a month takes.

    `members` are on the roster; `cases` are applications handed in a month, each paid.
    """
    assumed = rates.assumed
    times = {
        "binding": members * assumed["bindings"],
        "visit": members * assumed["visits"],
        "change": members * assumed["changes"],
        "subsidy": Decimal(cases),
        "payout": Decimal(cases),
    }
    total = {
        name: sum((times[s] * measured[s].get(name, Decimal(0)) for s in _STORIES), Decimal(0))
        for name in {name for counts in measured.values() for name in counts}
    }
    return _by_use(total, assumed) | _by_month(assumed, members, cases, measured)


def cost(used: Mapping[str, Decimal], rates: Rates) -> dict[str, Decimal]:
    """Return what each service costs for some units."""
    return {
        service: sum((rates.prices[name].of(used[name]) for name in names), Decimal(0))
        for service, names in SERVICES.items()
    }


def show(ui: Ui, *, members: int, cases: int, region: str) -> None:
    """Print what a month costs per service, and everything that was assumed for it."""
    told, measured = rates(region), units()
    used = month(measured, told, members=members, cases=cases)
    # what cases add: the same month without any is taken away
    without = cost(month(measured, told, members=members, cases=0), told)
    with_them = cost(used, told)
    table = Table(title=f"{members:,} members, {cases:,} cases a month, {region}")
    table.add_column("service")
    for head in ("a month", "of it cases", "per 1,000 cases"):
        table.add_column(f"{head} ({told.currency})", justify="right")
    for service in SERVICES:
        table.add_row(service, *_cells(with_them[service], without[service], cases))
    every, other = sum(with_them.values(), Decimal(0)), sum(without.values(), Decimal(0))
    table.add_section()
    table.add_row("all", *_cells(every, other, cases))
    ui.console.print(table)
    ui.console.print(_prices_beside(told, used))
    ui.console.print(_assumptions(told))
    ui.say(_ALWAYS)


def _cells(every: Decimal, other: Decimal, cases: int) -> tuple[str, str, str]:
    of_cases = every - other
    each = f"{of_cases / cases * _THOUSAND:,.2f}" if cases else "—"
    return f"{every:,.2f}", f"{of_cases:,.2f}", each


def _prices_beside(told: Rates, used: Mapping[str, Decimal]) -> Table:
    table = Table(title="units of a month × list prices (✗ not looked up at its source)", box=None)
    table.add_column("", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("a month", justify="right", no_wrap=True)
    table.add_column("price", justify="right", no_wrap=True)
    table.add_column("source")
    for name, one in told.prices.items():
        mark = "[green]✓[/green]" if one.verified else "[yellow]✗[/yellow]"
        price = f"{one.price} / {one.per:,}"
        table.add_row(mark, name, f"{used[name]:,.2f}", price, f"{one.source}, {one.date}")
    return table


def _assumptions(told: Rates) -> Table:
    table = Table(title="assumed (infra/prices.toml)", box=None, show_header=False)
    for name, value in told.assumed.items():
        table.add_row(name, str(value), told.means[name])
    return table


def _by_use(total: Mapping[str, Decimal], assumed: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return what is paid by use."""
    requests, jobs = total["requests"], total["jobs"]
    invocations = requests + jobs + total["pictures"]
    warm = (
        requests * assumed["request_seconds"] * assumed["request_gb"]
        + jobs * assumed["job_seconds"] * assumed["job_gb"]
        + total["pictures"] * assumed["picture_seconds"]
    )
    cold = invocations * assumed["cold"]
    seen = total["pictures"] * assumed["picture_views"] * assumed["picture_mb"]
    polls = assumed["queue_polls"] * len(wiring.QUEUES)
    return {
        "requests": requests,
        "invocations": invocations,
        "gb_seconds": warm + cold * assumed["cold_seconds"] * assumed["request_gb"],
        "writes": total["writes"],
        "reads": total["reads"],
        "s3_puts": total["s3_puts"],
        "s3_gets": total["s3_gets"],
        "published": total["published"],
        # each message is sent, received and deleted
        "queue_requests": total["queued"] * 3 + polls,
        "kms": cold,
        "log_gb": invocations * assumed["log_kb"] / _KB_OF_GB,
        "out_gb": total["kb_out"] / _KB_OF_GB + seen / _MB_OF_GB,
        "sms": total["sms"],
    }


def _by_month(
    assumed: Mapping[str, Decimal], members: int, cases: int, measured: Units
) -> dict[str, Decimal]:
    """Return what is paid by the month, used or not."""
    stored = cases * assumed["months"]
    changes = members * assumed["changes"] * assumed["months"]
    of_case = measured["subsidy"]["stored_kb"] + measured["payout"]["stored_kb"]
    of_change = changes * measured["change"]["stored_kb"]
    table_gb = (members * assumed["member_kb"] + stored * of_case + of_change) / _KB_OF_GB
    shot = measured["subsidy"]["pictures"], measured["change"]["pictures"]
    pictures = stored * shot[0] + changes * shot[1]
    return {
        "table_gb": table_gb,
        "backup_gb": table_gb,
        "s3_gb": pictures * assumed["picture_mb"] / _MB_OF_GB,
        "kms_keys": Decimal(1),
        "secrets": assumed["secrets"],
        "alarms": Decimal(alarms()),
        "nat_hours": assumed["hours"],
    }


def alarms() -> int:
    """Return how many alarms a stage has: one for the errors of each function, and the templates'.

    The functions are those of .chalice/config.json.
    """
    (stage,) = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))["stages"].values()
    functions = {"api": "Api"} | {
        name.replace("_", "-"): name for name in stage["lambda_functions"] if name != "api_handler"
    }
    parts = (
        render.data_template(keep=True)["Resources"],
        render.merge_template()["Resources"],
        observability.resources(functions),
    )
    kinds = [one.get("Type") for part in parts for one in part.values()]
    return kinds.count("AWS::CloudWatch::Alarm") + len(functions)


def _prices() -> dict[str, Any]:
    return tomllib.loads(PRICES.read_text("utf-8"))
