"""What a draft comes to while it is typed: never an error, never more than can be known."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.casework.kind import register
from chalicelib.core.clock import beijing_date
from chalicelib.subsidy import draft_texts, drafts, record, texts
from chalicelib.subsidy.draft import Draft
from chalicelib.subsidy.judge import Judged
from chalicelib.subsidy.kind import KIND
from chalicelib.subsidy.preview import Preview, preview
from tests.fakes.cloud import Stage
from tests.fakes.people import LI, THIS_YEAR
from tests.flows import claiming
from tests.flows.claiming import asking
from tests.unit.subsidy_examples import DEMO, TYPED

ODD = st.one_of(
    st.sampled_from(["", "0", "-1", "1e9", "2026-02-30", "９９", "<script>"]), st.text()
)


@pytest.fixture
def li(stage: Stage, enrol: Callable[..., str]) -> str:
    """An employee, and a plan."""
    register(KIND)
    claiming.publish(stage)
    return enrol()


def draft_of(stage: Stage, member_id: str, **fields: str) -> Draft:
    return Draft(
        number="1344168415351173120",
        member_id=member_id,
        version=1,
        fields=fields,
        pictures={},
        consents=frozenset(),
        updated_at=stage.clock.now(),
        case=None,
        periods=(THIS_YEAR,),
        periods_at=stage.clock.now(),
        expires_at=0,
    )


def look(stage: Stage, member_id: str, **fields: str) -> Preview:
    return preview(stage.world, judged(stage, draft_of(stage, member_id, **fields)))


def judged(stage: Stage, draft: Draft) -> Judged:
    return Judged(draft, (DEMO,), LI.name, beijing_date(stage.clock.now()))


def labels(seen: Preview) -> set[str]:
    return {check.label for check in seen.checks}


def test_an_empty_form_is_nothing_wrong(stage: Stage, li: str) -> None:
    seen = look(stage, li)
    assert (seen.statement, seen.checks, seen.errors) == (None, (), {})
    assert seen.plan == DEMO


def test_the_amount_shows_as_soon_as_it_can_be_known(stage: Stage, li: str) -> None:
    few = {name: TYPED[name] for name in ("level", "admission", "total", "pooled")}
    seen = look(stage, li, **few)
    assert seen.statement is not None
    assert seen.statement.amount_fen == 502_000
    assert not labels(seen) & {texts.DEADLINE, texts.OVERLAP, texts.INVOICE, texts.ACCOUNT}
    for missing in few:
        assert look(stage, li, **{**few, missing: ""}).statement is None
    whole = look(stage, li, **TYPED, **claiming.ACCOUNT)
    assert whole.statement == seen.statement
    assert len(whole.checks) == 9


def test_only_what_was_typed_has_an_error(stage: Stage, li: str) -> None:
    seen = look(stage, li, total="一万", admission="2019-05-01", bank="工行")
    assert set(seen.errors) == {"total", "admission", "bank"}
    assert seen.errors["admission"] == draft_texts.PLAN_MISSING
    assert seen.plan is None


def test_what_others_have_used_shows_while_typing(
    stage: Stage, li: str, enrol: Callable[..., str]
) -> None:
    wang = enrol(replace(LI, name="王示例", doc_number="440524188001010014"))
    case = claiming.claim(stage, wang, holder="王示例")
    invoice = {"invoice_code": TYPED["invoice_code"], "invoice_number": case.number[-10:]}
    assert look(stage, li, **invoice).errors == {
        "invoice_number": draft_texts.INVOICE_TAKEN.format(where="其他申请")
    }
    seen = look(stage, li, **{**TYPED, **invoice, **claiming.ACCOUNT})
    wrong = {check.label: check for check in seen.checks if check.passed is not True}
    assert wrong[texts.INVOICE].evidence == "此票据已用于其他申请"
    assert wrong[texts.ACCOUNT].evidence == "另有 1 人使用同一账户，请核实"
    assert case.number not in str(seen)


def test_ones_own_overlapping_stay_is_named(stage: Stage, li: str) -> None:
    case = claiming.claim(stage, li)
    overlap = next(c for c in look(stage, li, **TYPED).checks if c.label == texts.OVERLAP)
    assert (overlap.passed, f"BZ{case.number}" in overlap.evidence) == (False, True)


def test_a_case_that_came_back_is_in_time_when_it_was(stage: Stage, li: str) -> None:
    stage.clock.at = stage.clock.at.replace(month=4)
    case = claiming.claim(stage, li)
    stage.clock.forward(days=150)
    claiming.reject(stage, case)
    visit = asking(stage, li, case.number)
    draft = drafts.read(visit, case.number)
    seen = preview(stage.world, drafts.judged(visit, draft))
    deadline = next(c for c in seen.checks if c.label == texts.DEADLINE)
    assert deadline.passed
    assert record.claimed_on(case) == date(2026, 4, 23)
    fresh = next(c for c in look(stage, li, **TYPED).checks if c.label == texts.DEADLINE)
    assert not fresh.passed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.dictionaries(st.sampled_from([*TYPED, *claiming.ACCOUNT, "commercial"]), ODD))
def test_no_content_breaks_it(stage: Stage, li: str, typed: dict[str, str]) -> None:
    seen = look(stage, li, **{**TYPED, **typed})
    blank = {name for name, text in typed.items() if not text.strip()}
    assert not blank & set(seen.errors)
    wrong = judged(stage, draft_of(stage, li, **{**TYPED, **typed})).problems()
    assert all(said.endswith("。") for said in wrong.values())
    assert set(seen.errors) <= set(wrong)
