"""Where an application leads its owner, and what they are told of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.casework.case import Case, Reason
from chalicelib.casework.machine import Go, Role
from chalicelib.notify.texts import texts
from chalicelib.subsidy.kind import KIND, href
from chalicelib.subsidy.states import ACTIONS, MACHINE

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SILENT = {
    # steps on the way, which the page of progress shows
    "approve",
    "send_back",
    "batch",
    "unbatch",
    "release",
    "bounce",
    "confirm_account",
    "verify",
    "verify_twice",
    "verify_unpaid_other",
}


def case(state: str, *targets: str) -> Case:
    reasons = tuple(Reason("R08", target, "") for target in targets)
    return Case("subsidy", "12", "1", "来宾市", state, 2, NOW, NOW, reasons=reasons)


@pytest.mark.parametrize(
    ("state", "targets", "address"),
    [
        ("first_review", (), "/subsidies/12"),
        ("closed", ("field:total",), "/subsidies/12"),
        ("account_repair", ("field:account",), "/subsidies/12/repair"),
        ("draft", (), "/subsidies/12/review"),
        ("draft", ("",), "/subsidies/12/review"),
        ("draft", ("document:abc", "field:total"), "/subsidies/12/review"),
        ("draft", ("field:total",), "/subsidies/12/stay#total"),
        ("draft", ("", "field:branch"), "/subsidies/12/account#branch"),
    ],
)
def test_a_case_leads_to_where_it_is_mended(
    state: str, targets: tuple[str, ...], address: str
) -> None:
    assert href(case(state, *targets)) == address


def test_everything_that_others_decide_is_told_or_is_on_the_way() -> None:
    for state in MACHINE.states:
        for action in ACTIONS:
            rule = MACHINE.rule(state, action)
            if not isinstance(rule, Go):
                continue
            message = KIND.message(state, action, rule.to)
            told = rule.by is not Role.EMPLOYEE and action not in SILENT
            assert (message in texts().messages) is told, (state, action)


def test_nobody_is_told_of_what_they_did_themselves() -> None:
    assert KIND.message("first_review", "reject", "draft") == "subsidy_rejected"
    assert KIND.message("first_review", "withdraw", "draft") is None
