"""What a half-written application asks for, and what a reviewer's objection asks for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.subsidy import draft_texts, judge
from chalicelib.subsidy.draft import BANK, HEALTH, Draft
from chalicelib.subsidy.judge import Judged
from chalicelib.subsidy.plan import Plan
from tests.unit.subsidy_examples import DEMO, TODAY, TYPED, plan

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
OLD = plan(id="demo-2025", effective_from="2025-01-01", effective_to="2025-12-31")
PINNED = {"field:total": "金额不符", "document:a": "看不清", "": "请核对", "field:unknown": "x"}


def draft(pictures: dict[str, tuple[str, ...]] | None = None, **fields: str) -> Draft:
    return Draft(
        number="1",
        member_id="2",
        version=1,
        fields=fields,
        pictures=pictures or {},
        consents=frozenset([HEALTH, BANK]),
        updated_at=NOW,
        case=None,
        periods=(),
        periods_at=NOW,
        expires_at=0,
    )


def judged(typed: Draft, *plans: Plan) -> Judged:
    return Judged(typed, plans or (DEMO,), "李示例", TODAY)


@pytest.mark.parametrize(
    ("admission", "expected"),
    [("2025-06-01", OLD), ("2026-06-01", DEMO), ("", DEMO), ("昨天", DEMO), ("2019-01-01", None)],
)
def test_the_plan_is_that_of_the_admission(admission: str, expected: Plan | None) -> None:
    assert judged(draft(admission=admission), OLD, DEMO).plan == expected


def test_slots_follow_the_way_of_settlement() -> None:
    def purposes(**fields: str) -> list[str]:
        return [slot.purpose for slot in judged(draft(**fields)).slots("stay")]

    common = ["admission_record", "discharge_record", "invoice", "diagnosis"]
    assert purposes() == purposes(settlement="odd") == common
    assert "settlement_sheet" in purposes(settlement="local_direct")
    assert "reimbursement_sheet" in purposes(settlement="remote_unsettled")
    assert purposes(admission="2019-01-01") == []


def test_each_step_is_judged_alone_and_all_in_order() -> None:
    empty = judged(draft())
    steps = [empty.problems(step) for step in judge.STEPS]
    whole = empty.problems()
    assert whole == {**steps[0], **steps[1], **steps[2]}
    assert next(iter(whole)) == "documents-identity"
    assert "agree" not in whole
    assert not set(steps[1]) & set(steps[2])


def test_a_stay_is_estimated_without_what_no_amount_depends_on() -> None:
    bare = {**TYPED, "hospital": "", "discharge": "", "settled": "x", "invoice_number": "?"}
    stay, wrong = judged(draft(**bare)).estimable
    assert stay is not None
    assert stay.total == 1_000_000
    assert set(wrong) == {"hospital", "discharge", "settled", "invoice_number"}
    for needed in ("level", "admission", "total", "pooled"):
        assert judged(draft(**{**bare, needed: ""})).estimable[0] is None


def touched(now: str, pictures: list[str]) -> dict[str, str]:
    return judge.untouched(
        {"total": now}, {"total": "1"}, PINNED, pictures=pictures, submitted=["a", "b"]
    )


def test_an_objection_is_answered_by_a_change_or_by_another_picture() -> None:
    reason = draft_texts.TOUCH_PICTURE.format(reason="看不清")
    total = draft_texts.TOUCH_FIELD.format(reason="金额不符")
    assert touched("1", ["a", "b"]) == {"document-a": reason, "total": total}
    assert touched("2", ["a", "b"]) == {"document-a": reason}
    assert touched("1", ["b"]) == {"total": total}
    assert touched("1", ["b", "new"]) == {}
    assert touched("2", ["b"]) == {}


def test_too_many_pictures_are_too_many() -> None:
    many = draft({"identity": ("a", "b", "c")})
    found = judged(many).problems("identity")
    assert found == {"documents-identity": "参保人身份证件最多 2 张，请删除多余的照片。"}
