"""The form 「变更申请填单」 as it is read."""

from datetime import date
from typing import Any

import pytest

from chalicelib.changes.models import ChangeForm
from chalicelib.changes.rules import PICTURES
from chalicelib.core.errors import Refused
from chalicelib.web.forms import parse

CONTEXT = {"today": date(2026, 11, 23), "doc_type": "resident_id"}


def read(**fields: Any) -> ChangeForm:
    fields[PICTURES] = fields.pop("documents", ("d1",))
    return parse(ChangeForm, {"agree": "1"} | fields, CONTEXT)


def errors(**fields: Any) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        read(**fields)
    return dict(caught.value.errors)


def test_empty_means_unchanged() -> None:
    assert read(name="", phone="　", unknown="x").typed == {}


@pytest.mark.parametrize(
    "typed",
    ["1970-03-05", "19700305", "1970/3/5", "1970年3月5日", "１９７０．３．５", " 1970-3-05 "],
)
def test_a_birth_date_may_be_typed_as_people_write_it(typed: str) -> None:
    assert read(birth_date=typed).birth_date == "1970-03-05"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("昨天", "样式"),
        ("1970-13-01", "样式"),
        ("1970-02-30", "样式"),
        ("2026-11-24", "晚于"),
        ("1899-12-31", "早于"),
    ],
)
def test_a_birth_date_that_cannot_be(typed: str, words: str) -> None:
    assert words in errors(birth_date=typed)["birth_date"]


def test_values_come_out_in_one_spelling() -> None:
    form = read(phone="+86 138-0000-0009", name="阿·买　提", social_card=" ab12 34567 ")
    assert form.typed == {"name": "阿·买提", "phone": "13800000009", "social_card": "AB1234567"}


def test_the_number_is_judged_by_the_chosen_kind() -> None:
    assert "18 位" in errors(doc_number="E12345678")["doc_number"]
    assert read(doc_number="e12345678", doc_type="passport").doc_number == "E12345678"


def test_consent_is_given_by_ticking() -> None:
    assert set(errors(agree="")) == set(errors(agree="yes")) == {"agree"}


def test_every_wrong_field_is_named_at_once() -> None:
    wrong = errors(name="1", phone="1", sex="x", social_card="*", doc_number="1", documents=())
    assert set(wrong) == {"name", "phone", "sex", "social_card", "doc_number", PICTURES}


@pytest.mark.parametrize("doc_type", ["x", "RESIDENT_ID"])
def test_an_unknown_kind_is_refused(doc_type: str) -> None:
    assert "选择" in errors(doc_type=doc_type, doc_number="1")["doc_type"]


def test_pictures_are_few_known_and_once() -> None:
    assert read(documents=("a", "b", "a")).documents == ("a", "b")
    assert "最多" in errors(documents=tuple("abcdefg"))[PICTURES]
    assert "未能识别" in errors(documents=("a#b",))[PICTURES]
    assert "至少" in errors(documents=())[PICTURES]
