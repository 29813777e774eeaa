"""The machine of a subsidy: paths that money may take, and those it may not."""

from __future__ import annotations

import pytest

from chalicelib.casework.machine import Go, No, Refusal, Role
from chalicelib.subsidy.states import ACTIONS, MACHINE, STATES, VERIFIED

AFTER_APPROVAL = {"payable", "batched", "paying", "account_repair", "account_check", "closed"}

TO_MONEY = [
    ("submit", "first_review"),
    ("approve", "second_review"),
    ("approve", "payable"),
    ("batch", "batched"),
    ("release", "paying"),
    ("fail", "account_repair"),
    ("repair", "account_check"),
    ("confirm_account", "payable"),
    ("batch", "batched"),
    ("release", "paying"),
    ("paid", "closed"),
]


def go(state: str, action: str) -> Go:
    rule = MACHINE.rule(state, action)
    assert isinstance(rule, Go), f"{state} {action}"
    return rule


def test_the_long_way_to_the_money() -> None:
    state = "new"
    for action, there in TO_MONEY:
        assert go(state, action).to == there
        state = there


def test_labels_are_those_of_the_manual() -> None:
    labels = [state.label for state in STATES]
    assert labels[1:5] == ["草稿", "待初核", "待复核", "待打款"]
    assert {"打款中", "待修正账户", "办结", "不予补助", "已删除"} < set(labels)
    assert len(set(labels)) == len(labels)


def test_money_is_released_by_finance_and_the_bank_closes_or_two_people_for_it() -> None:
    into = {
        target: {
            (state.name, action)
            for state in STATES
            for action in ACTIONS
            if isinstance(rule := MACHINE.rule(state.name, action), Go) and rule.to == target
        }
        for target in ("paying", "closed")
    }
    found_out = {(s, "verify_paid") for s in ("payable", "account_repair", "account_check")}
    stays = {("closed", "verify"), ("closed", "verify_twice")}
    assert into["paying"] == {("batched", "release"), ("paying", "verify")}
    assert into["closed"] == {("paying", "paid"), *found_out, *stays}
    assert go("batched", "release").by is Role.FINANCE
    assert go("paying", "paid").by is Role.SYSTEM


def test_a_repaired_account_is_looked_at_before_money_goes_there() -> None:
    out = {action: MACHINE.rule("account_repair", action) for action in ACTIONS}
    moves = {action: rule.to for action, rule in out.items() if isinstance(rule, Go)}
    found_out = {"verify": "account_repair", "verify_paid": "closed"}
    assert moves == {"repair": "account_check", **found_out}
    assert go("account_check", "confirm_account").remember == "account_checker"
    assert "account_checker" in go("batched", "release").differs_from


@pytest.mark.parametrize("action", ["reject", "send_back", "refuse", "reject_account"])
def test_bad_news_has_a_reason(action: str) -> None:
    rules = [MACHINE.rule(state.name, action) for state in STATES]
    assert all(rule.needs_reason for rule in rules if isinstance(rule, Go))
    assert any(isinstance(rule, Go) for rule in rules)


@pytest.mark.parametrize(
    ("state", "action", "refusal"),
    [
        ("new", "approve", Refusal.NOT_SUBMITTED),
        ("draft", "approve", Refusal.BACK_WITH_EMPLOYEE),
        ("first_review", "delete", Refusal.IN_REVIEW),
        ("second_review", "withdraw", Refusal.IN_REVIEW),
        ("payable", "approve", Refusal.ALREADY_DECIDED),
        ("batched", "batch", Refusal.ALREADY_DECIDED),
        ("paying", "release", Refusal.ALREADY_DECIDED),
        ("paying", "withdraw", Refusal.IN_PAYMENT),
        ("closed", "fail", Refusal.CLOSED),
        ("refused", "submit", Refusal.CLOSED),
        ("deleted", "submit", Refusal.DELETED),
    ],
)
def test_what_does_not_apply_says_what_is_true(state: str, action: str, refusal: Refusal) -> None:
    assert MACHINE.rule(state, action) == No(refusal)


def test_nothing_open_is_stuck_and_nothing_closed_moves_unless_the_bank_takes_it_back() -> None:
    for state in STATES:
        moves = {a for a in ACTIONS if isinstance(MACHINE.rule(state.name, a), Go)}
        assert bool(moves - VERIFIED) is not state.closed
        assert not moves & VERIFIED or state.name in AFTER_APPROVAL


def test_what_is_found_out_of_a_payment_is_never_said_by_who_reviewed_it() -> None:
    rules = [MACHINE.rule(state.name, action) for state in STATES for action in VERIFIED]
    gone = [rule for rule in rules if isinstance(rule, Go)]
    assert len(gone) == 12
    assert all(rule.by is Role.FINANCE for rule in gone)
    assert all(rule.differs_from == ("first_reviewer", "second_reviewer") for rule in gone)
