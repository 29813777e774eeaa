"""Walks over the table of a change, and rules that are total."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.casework.machine import Go
from chalicelib.changes import rules, shown
from chalicelib.changes.kind import ACTIONS, MACHINE
from chalicelib.core.identity import DocType, InsuranceType, Sex

TODAY = date(2026, 11, 23)
TEXT = st.text(max_size=30)
VALUES = st.fixed_dictionaries(
    {
        "name": TEXT,
        "doc_type": st.sampled_from([kind.value for kind in DocType]),
        "doc_number": TEXT,
        "birth_date": st.dates(date(1900, 1, 1), TODAY).map(date.isoformat),
        "sex": st.sampled_from([sex.value for sex in Sex]),
        "insurance_type": st.sampled_from([kind.value for kind in InsuranceType]),
        "social_card": TEXT,
        "phone": TEXT,
    }
)
PINNED = st.dictionaries(
    st.sampled_from([*(f"field:{name}" for name in rules.FIELDS), "document:d1", "", "other"]),
    TEXT,
)


@given(st.lists(st.sampled_from(list(ACTIONS)), max_size=40))
def test_any_walk_obeys_the_rules(actions: list[str]) -> None:
    state, approvals = "new", 0
    for action in actions:
        rule = MACHINE.rule(state, action)
        if not isinstance(rule, Go):
            assert rule.refusal.value.endswith("。")
            continue
        approvals = approvals + 1 if action == "approve" else 0
        state = rule.to
        if state == "closed":
            assert approvals == 2, "two approvals in a row close a request"
    assert state != "new" or "submit" not in actions


@given(VALUES, VALUES)
def test_the_rules_are_total_and_never_let_both_through(
    registered: dict[str, str], wanted: dict[str, str]
) -> None:
    errors = rules.problems(registered, wanted, TODAY)
    assert set(errors) <= {*rules.FIELDS, "form"}
    changed = rules.changes(registered, wanted)
    if not errors:
        assert changed
        assert not ("name" in changed and {"doc_type", "doc_number"} & set(changed))
        if {"doc_type", "doc_number", "birth_date", "sex"} & set(changed):
            assert not rules.disagreements(wanted)


@given(VALUES, VALUES)
def test_what_was_asked_for_is_what_comes_out(
    registered: dict[str, str], wanted: dict[str, str]
) -> None:
    changed = rules.changes(registered, wanted)
    applied = registered | {name: change.new for name, change in changed.items()}
    assert applied == wanted
    assert rules.moved_meanwhile(changed, registered) == []
    assert rules.moved_meanwhile(changed, wanted) == []


@given(PINNED, VALUES, st.lists(st.sampled_from(["d1", "d2"])))
def test_touching_everything_is_enough(
    pinned: dict[str, str], typed: dict[str, str], documents: list[str]
) -> None:
    errors = rules.untouched(pinned, typed, documents)
    assert set(errors) <= {*rules.FIELDS, "document-d1"}
    full = dict.fromkeys(rules.FIELDS, "x")
    assert rules.untouched(pinned, full, ["d2"]) == {}


@given(VALUES)
def test_masking_is_total_and_shows_at_most_half(values: dict[str, str]) -> None:
    for name in ("name", "doc_number", "social_card"):
        masked = shown.masked(name, values[name])
        if values[name]:
            open_ones = sum(1 for a, b in zip(masked, values[name], strict=False) if a == b != "*")
            assert open_ones <= len(values[name]) / 2
