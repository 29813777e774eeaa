"""What a change may be: pure rules, values in, sentences out."""

from datetime import date

import pytest

from chalicelib.changes import rules, shown, texts
from chalicelib.changes.rules import FIELDS, Change
from tests.unit.change_examples import LI, MALE_ID

TODAY = date(2026, 11, 23)


def problems(**wanted: str) -> dict[str, str]:
    return rules.problems(LI, LI | wanted, TODAY)


def test_nothing_changed_is_a_sentence() -> None:
    assert problems() == {"form": texts.NOTHING_CHANGED}


@pytest.mark.parametrize(
    "wanted",
    [
        {"phone": "13900000002"},
        {"name": "李新例"},
        {"social_card": "99887766"},
        {"insurance_type": "resident"},
        {"doc_type": "passport", "doc_number": "E12345678"},
        {"doc_number": MALE_ID, "birth_date": "1880-01-01", "sex": "male"},
        {"name": "李新例", "phone": "13900000002"},
    ],
    ids="+".join,
)
def test_what_may_change(wanted: dict[str, str]) -> None:
    assert problems(**wanted) == {}


@pytest.mark.parametrize(
    "document",
    [{"doc_number": MALE_ID}, {"doc_type": "passport", "doc_number": "E12345678"}],
    ids=["number", "type"],
)
def test_name_and_document_never_both(document: dict[str, str]) -> None:
    errors = problems(name="李新例", **document)
    assert set(errors) == {"name", "doc_number"}
    assert "不能同时修改" in errors["name"]


def test_another_kind_of_document_has_another_number() -> None:
    assert problems(doc_type="passport") == {"doc_number": texts.NUMBER_FOR_NEW_TYPE}


def test_number_and_kind_are_judged_together() -> None:
    errors = problems(doc_type="hk_macao_permit", doc_number="E12345678")
    assert "通行证号" in errors["doc_number"]


def test_birth_date_and_sex_agree_with_the_number() -> None:
    assert set(problems(doc_number=MALE_ID)) == {"birth_date", "sex"}
    assert set(problems(birth_date="1950-01-01")) == {"birth_date"}
    assert set(problems(sex="male")) == {"sex"}


def test_a_passport_says_nothing_about_birth_or_sex() -> None:
    passport = {"doc_type": "passport", "doc_number": "E12345678"}
    assert problems(**passport, birth_date="1950-01-01", sex="male") == {}


def test_what_the_roster_got_wrong_stops_nobody_from_changing_a_phone() -> None:
    odd = LI | {"birth_date": "1950-01-01"}
    assert rules.problems(odd, odd | {"phone": "13900000002"}, TODAY) == {}


def test_changes_keep_the_order_of_the_form() -> None:
    wanted = LI | {"phone": "13900000002", "sex": "male", "name": "李新例"}
    assert list(rules.changes(LI, wanted)) == ["name", "sex", "phone"]
    assert rules.changes(LI, wanted)["phone"] == Change(LI["phone"], "13900000002")


def test_everything_pinned_must_be_touched() -> None:
    pinned = {
        "field:phone": "看不清",
        "field:sex": "不符",
        "document:d1": "模糊",
        "": "请改",
        "x": "y",
    }
    errors = rules.untouched(pinned, {"phone": "", "name": "李"}, ["d1", "d2"])
    assert set(errors) == {"phone", "sex", "document-d1"}
    assert all("审核意见" in sentence for sentence in errors.values())
    assert rules.untouched(pinned, {"phone": "13900000002", "sex": "male"}, ["d2"]) == {}


def test_a_third_value_from_elsewhere_shows() -> None:
    asked = {"phone": Change("1", "2"), "name": Change("a", "b")}
    assert rules.moved_meanwhile(asked, {"phone": "1", "name": "b"}) == []
    assert rules.moved_meanwhile(asked, {"phone": "3", "name": "a"}) == ["phone"]


def test_masked_never_shows_the_whole() -> None:
    for field in ("name", "doc_number", "birth_date", "social_card", "phone"):
        assert LI[field] not in shown.masked(field, LI[field])
    assert shown.masked("sex", "female") == "女"
    assert shown.masked("social_card", "") == shown.clear("social_card", "") == "未登记"
    assert set(FIELDS) == set(LI)
