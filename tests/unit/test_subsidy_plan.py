"""Plans: what the demo says, what a plan may not say, deadlines and checklists."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.subsidy.plan import Plan, Settlement, plan_for
from tests.unit.subsidy_examples import DEMO, plan


def dumped(**parts: Any) -> dict[str, Any]:
    return {**DEMO.model_dump(mode="json"), **parts}


def test_the_demo_says_that_it_is_one() -> None:
    assert DEMO.example
    assert "示例" in DEMO.name
    assert DEMO.version == "demo-2026.1"


def test_a_plan_reads_back_from_its_dump() -> None:
    assert Plan.model_validate(json.loads(json.dumps(DEMO.model_dump(mode="json")))) == DEMO


TIERS = {
    "open in the middle": [{"ratio": "0.5"}, {"ratio": "0.6"}],
    "closed at the end": [{"up_to": "100", "ratio": "0.5"}],
    "falling": [
        {"up_to": "100", "ratio": "0.5"},
        {"up_to": "100.00", "ratio": "0.5"},
        {"ratio": "1"},
    ],
    "from nothing": [{"up_to": "0", "ratio": "0.5"}, {"ratio": "1"}],
}
SLOT = DEMO.model_dump(mode="json")["slots"][0]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"tiers": TIERS["open in the middle"]}, "only the last tier may be open"),
        ({"tiers": TIERS["closed at the end"]}, "the last tier must be open"),
        ({"tiers": TIERS["falling"]}, "up_to must rise"),
        ({"tiers": TIERS["from nothing"]}, "up_to must rise from above 0"),
        ({"tiers": [{"ratio": "1.01"}]}, "less than or equal to 1"),
        ({"tiers": [{"ratio": "-0.1"}]}, "greater than or equal to 0"),
        ({"tiers": [{"ratio": "0.33333"}]}, "4 decimal places"),
        ({"tiers": []}, "at least 1 item"),
        ({"cap_per_claim": "-1"}, "not an amount in yuan"),
        ({"cap_per_claim": 150000}, "write yuan in quotes"),
        ({"cap_per_claim": 1500.5}, "write yuan in quotes"),
        ({"cap_per_year": "1.00"}, "cap_per_claim is above cap_per_year"),
        ({"effective_to": "2025-12-31"}, "effective_to is before effective_from"),
        ({"levels": ["fifth"]}, "'third', 'second', 'first' or 'none'"),
        ({"name": "  "}, "at least 1 character"),
        ({"waiting_days_new": -1}, "greater than or equal to 0"),
        ({"revision": 0}, "greater than or equal to 1"),
        ({"deductable": "1"}, "not permitted"),
        ({"slots": [SLOT, SLOT]}, "two slots have the same purpose"),
        ({"slots": [SLOT]}, "no required document of step stay for local_direct"),
        (
            {"payout": {"per_payment": "1", "per_batch": "1", "payments": 1}},
            "the highest claim could not be paid",
        ),
        (
            {"payout": {"per_payment": "150,000", "per_batch": "1", "payments": 1}},
            "per_batch is below payout.per_payment",
        ),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Plan.model_validate(dumped(**parts))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"holidays": [["2026-01-03", "2026-01-01"]]}, "ends before it begins"),
        ({"workdays": ["2026-02-16"]}, "both a holiday and a working day"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(parts: dict[str, Any], message: str) -> None:
    calendar = {**DEMO.model_dump(mode="json")["calendar"], **parts}
    with pytest.raises(ValidationError, match=message):
        plan(calendar=calendar)


def test_the_plan_of_a_stay_is_that_of_its_admission() -> None:
    old = plan(id="old", effective_from="2025-01-01", effective_to="2025-12-31")
    mended = plan(revision=2)
    later = plan(id="later", effective_from="2026-07-01")
    plans = [later, old, mended, DEMO]
    assert plan_for(plans, date(2024, 12, 31)) is None
    assert plan_for(plans, date(2025, 12, 31)) is old
    assert plan_for([old], date(2026, 1, 1)) is None
    assert plan_for(plans, date(2026, 1, 1)) is mended
    assert plan_for(plans, date(2026, 6, 30)) is mended
    assert plan_for(plans, date(2026, 7, 1)) is later


@pytest.mark.parametrize(
    ("after", "count", "day"),
    [
        ("2026-02-13", 1, "2026-02-14"),  # a Saturday worked for the Spring Festival
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-02-13", 6, "2026-02-28"),
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-10-08", 2, "2026-10-10"),
        ("2026-11-20", 1, "2026-11-23"),
        ("2026-12-31", 1, "2027-01-01"),  # 2027 is not known: Friday counts as worked
    ],
)
def test_working_days_are_those_of_the_state_council(after: str, count: int, day: str) -> None:
    assert DEMO.calendar.after(date.fromisoformat(after), count) == date.fromisoformat(day)


def test_calendar_days_count_every_day() -> None:
    calendar = plan(deadline={"days": 30, "unit": "calendar", "base": "discharge"})
    assert calendar.last_day(date(2026, 2, 13)) == date(2026, 3, 15)
    assert calendar.deadline.label == "出院日起 30 天内"
    assert DEMO.deadline.label == "结算日起 60 个工作日内"


def test_a_senior_decides_above_the_threshold_only() -> None:
    assert not DEMO.needs_senior(3_000_000)
    assert DEMO.needs_senior(3_000_001)


@pytest.mark.parametrize(
    ("settlement", "sheet"),
    [
        (Settlement.LOCAL_DIRECT, "settlement_sheet"),
        (Settlement.REMOTE_DIRECT, "remote_settlement_sheet"),
        (Settlement.REMOTE_UNSETTLED, "reimbursement_sheet"),
    ],
)
def test_documents_depend_on_where_and_how_it_was_settled(
    settlement: Settlement, sheet: str
) -> None:
    asked = [slot.purpose for slot in DEMO.checklist(settlement, "stay")]
    assert asked == ["admission_record", "discharge_record", "invoice", sheet, "diagnosis"]
    assert DEMO.checklist(settlement)[0].purpose == "identity"


def test_missing_and_surplus_pictures_are_named() -> None:
    pictures = {"admission_record": 1, "discharge_record": 4, "invoice": 1, "diagnosis": 0}
    assert DEMO.document_problems(Settlement.LOCAL_DIRECT, pictures, "stay") == {
        "discharge_record": "出院记录（出院小结）最多 3 张，请删除多余的照片。",
        "settlement_sheet": "请上传医保结算单照片。",
    }
    good = {**pictures, "discharge_record": 3, "settlement_sheet": 1}
    assert DEMO.document_problems(Settlement.LOCAL_DIRECT, good, "stay") == {}
