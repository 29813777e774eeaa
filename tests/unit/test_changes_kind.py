"""The table of a change request (PRODUCT A16)."""

from datetime import UTC, datetime

import pytest

from chalicelib.casework.case import Case, Reason
from chalicelib.casework.machine import Go, No, Role
from chalicelib.changes.kind import ACTIONS, KIND, MACHINE, STATES

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def case(state: str, *reasons: Reason) -> Case:
    return Case("change", "77", "1", "来宾", state, 1, NOW, NOW, reasons=reasons)


def test_every_pair_has_its_answer() -> None:
    for state in STATES:
        for action in ACTIONS:
            rule = MACHINE.rule(state.name, action)
            assert isinstance(rule, Go | No)


def test_the_manuals_way() -> None:
    went = [("new", "submit"), ("first_review", "approve"), ("second_review", "approve")]
    targets = [rule.to for pair in went if isinstance(rule := MACHINE.rule(*pair), Go)]
    assert [MACHINE.states[target].label for target in targets] == ["待初核", "待复核", "办结"]


def test_nobody_reviews_twice_and_going_back_has_a_reason() -> None:
    for action in ("approve", "reject", "send_back"):
        rule = MACHINE.rule("second_review", action)
        assert isinstance(rule, Go)
        assert rule.differs_from == ("first_reviewer",)
        assert rule.needs_reason is (action != "approve")


def test_closed_states_stay_closed_and_open_ones_have_a_way_out() -> None:
    for state in STATES:
        ways = [MACHINE.rule(state.name, action) for action in ACTIONS]
        assert any(isinstance(rule, Go) for rule in ways) is not state.closed


def test_who_may_do_what() -> None:
    assert MACHINE.open_to("draft", Role.EMPLOYEE) == ("submit", "delete")
    assert MACHINE.open_to("first_review", Role.EMPLOYEE) == ()
    assert MACHINE.open_to("first_review", Role.FIRST_REVIEWER) == ("approve", "reject")


@pytest.mark.parametrize(
    ("reasons", "href"),
    [
        ((), "/changes/77/edit"),
        ((Reason("R09", "field:phone"),), "/changes/77/edit#phone"),
        ((Reason("R99", "", "x"), Reason("R08", "document:d1")), "/changes/77/edit#document-d1"),
    ],
)
def test_a_draft_leads_to_what_was_objected_to(reasons: tuple[Reason, ...], href: str) -> None:
    assert KIND.href(case("draft", *reasons)) == href
    assert KIND.href(case("closed")) == "/changes/77"


def test_messages_name_what_happened_and_states_that_exist() -> None:
    for (before, after), template in KIND.messages.items():
        assert {before, after} <= set(MACHINE.states)
        assert template.startswith("change_")
