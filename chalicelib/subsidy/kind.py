"""The subsidy application as a kind of case: its name, its messages, and where it is shown."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlunsplit

from chalicelib.casework.case import Actor, Case, Event
from chalicelib.casework.kind import Kind, Panel, Payable, Settled
from chalicelib.subsidy.states import MACHINE, VERIFIED
from chalicelib.world import World

if TYPE_CHECKING:
    from chalicelib.store.transaction import Transaction

NAME = "subsidy"
PREFIX = "BZ"
"""What stands before the number of an application where people read it."""
ACCOUNT_FIELDS = ("holder", "bank", "branch", "account")


def _effects(
    world: World, transaction: "Transaction", before: Case | None, after: Case, event: Event
) -> None:
    from chalicelib.subsidy import effects

    effects.add(world, transaction, before, after, event)


def _panel(world: World, case: Case) -> Panel:
    from chalicelib.subsidy import desk

    return desk.panel(world, case)


def _settle(
    world: World, case: Case, actor: Actor, action: str, asked: Mapping[str, str]
) -> Settled | None:
    from chalicelib.subsidy import desk

    return desk.settle(world, case, actor, action, asked)


def _payable(world: World, case: Case) -> Payable:
    from chalicelib.subsidy import desk

    return desk.payable(world, case)


def _export(world: World, case: Case) -> Mapping[str, Any]:
    from chalicelib.subsidy import export

    return export.export(world, case)


def href(case: Case) -> str:
    """Return where an employee looks at an application, or mends it: at what was objected to.

    A picture does not say which step it stands on; the page before submission shows all steps.
    """
    here = f"/subsidies/{case.number}"
    if case.state == "account_repair":
        return f"{here}/repair"
    if case.state != "draft":
        return here
    targets = [reason.target for reason in case.reasons if reason.target]
    sort, _, name = targets[0].partition(":") if targets else ("", "", "")
    if sort != "field":
        return f"{here}/review"
    step = "account" if name in ACCOUNT_FIELDS else "stay"
    return urlunsplit(("", "", f"{here}/{step}", "", name))


KIND = Kind(
    name=NAME,
    prefix=PREFIX,
    label="住院医疗补助",
    machine=MACHINE,
    effects=_effects,
    panel=_panel,
    href=href,
    messages={
        ("first_review", "draft"): "subsidy_rejected",
        ("second_review", "draft"): "subsidy_rejected",
        ("first_review", "refused"): "subsidy_refused",
        ("second_review", "refused"): "subsidy_refused",
        ("paying", "account_repair"): "subsidy_payment_failed",
        ("account_check", "account_repair"): "subsidy_account_rejected",
        ("paying", "closed"): "subsidy_paid",
        ("account_repair", "closed"): "subsidy_paid",
        ("account_check", "closed"): "subsidy_paid",
        ("payable", "closed"): "subsidy_paid",
        ("closed", "account_repair"): "subsidy_payment_failed",
    },
    settle=_settle,
    payable=_payable,
    export=_export,
    # each is one transaction with a payment, which the payout room writes
    elsewhere=frozenset({"batch", "unbatch", "release", *VERIFIED}),
)
