"""Laws of the identity rules that hold for every number, not only for the examples."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import identity
from chalicelib.core.identity import DocType, Sex

TODAY = date(2026, 11, 23)
DIGITS = "0123456789"
any_document = st.sampled_from(list(DocType))
any_text = st.text(max_size=60)


@st.composite
def gb11643(draw: st.DrawFn, doc_type: DocType = DocType.RESIDENT_ID) -> str:
    """A valid 18-character number of one of the three documents numbered by GB 11643."""
    if doc_type is DocType.HMT_RESIDENCE:
        place = draw(st.sampled_from(["810000", "820000", "830000"]))
    elif doc_type is DocType.PERMANENT_RESIDENT:
        place = "9" + draw(st.text(DIGITS, min_size=5, max_size=5))
    else:
        place = str(draw(st.integers(100000, 809999)))
    born = draw(st.dates(date(1880, 1, 1), TODAY))
    sequence = draw(st.integers(0, 999))
    body = f"{place}{born:%Y%m%d}{sequence:03d}"
    return body + identity.check_character(body)


numbered = st.sampled_from(
    [DocType.RESIDENT_ID, DocType.HMT_RESIDENCE, DocType.PERMANENT_RESIDENT]
).flatmap(lambda d: st.tuples(st.just(d), gb11643(d)))


@given(numbered)
def test_every_generated_number_is_good(pair: tuple[DocType, str]) -> None:
    doc_type, number = pair
    assert identity.check(doc_type, number, today=TODAY) is None
    assert identity.normalise(doc_type, f" {number.lower()} ") == number
    assert identity.birth_date(doc_type, number) is not None


@given(gb11643(), st.integers(0, 17), st.sampled_from(DIGITS + "X"))
def test_every_single_substitution_is_caught(number: str, place: int, other: str) -> None:
    typed = number[:place] + other + number[place + 1 :]
    assert (identity.check(DocType.RESIDENT_ID, typed, today=TODAY) is None) is (typed == number)


@given(gb11643(), st.integers(0, 16))
def test_every_adjacent_transposition_is_caught(number: str, place: int) -> None:
    typed = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert (identity.check(DocType.RESIDENT_ID, typed, today=TODAY) is None) is (typed == number)


def test_all_errors_of_one_typing_slip_in_the_published_number() -> None:
    number = "11010519491231002X"
    slips = {number[:i] + d + number[i + 1 :] for i in range(17) for d in DIGITS if d != number[i]}
    assert len(slips) == 153
    assert all(identity.check(DocType.RESIDENT_ID, slip, today=TODAY) for slip in slips)


@given(gb11643())
def test_sex_is_the_parity_of_the_seventeenth_digit(number: str) -> None:
    expected = Sex.MALE if number[16] in "13579" else Sex.FEMALE
    assert identity.sex(DocType.RESIDENT_ID, number) is expected


@given(gb11643(), st.integers(1, 60_000))
def test_nobody_is_born_after_today(number: str, days: int) -> None:
    born = identity.birth_date(DocType.RESIDENT_ID, number)
    assert born is not None
    eve = max(born - timedelta(days=days), date.min)
    assert identity.check(DocType.RESIDENT_ID, number, today=eve)


@given(any_document, any_text)
def test_normalising_twice_changes_nothing(doc_type: DocType, raw: str) -> None:
    once = identity.normalise(doc_type, raw)
    assert identity.normalise(doc_type, once) == once


@pytest.mark.parametrize(
    "normalise",
    [identity.normalise_name, identity.normalise_phone, identity.normalise_social_card],
    ids=["name", "phone", "social_card"],
)
@given(raw=st.text(alphabet=st.one_of(st.characters(), st.sampled_from(" ·.-'’•86+0张三Ａa"))))
def test_normalising_particulars_twice_changes_nothing(normalise: object, raw: str) -> None:
    assert callable(normalise)
    once = normalise(raw)
    assert normalise(once) == once


@given(any_document, st.one_of(any_text, st.text("0123456789XHME ", min_size=5, max_size=20)))
def test_arbitrary_text_gets_an_answer_without_the_value(doc_type: DocType, raw: str) -> None:
    number = identity.normalise(doc_type, raw)
    sentence = identity.check(doc_type, number, today=TODAY)
    assert sentence is None or len(number) < 5 or number not in sentence
    identity.birth_date(doc_type, number)
    identity.sex(doc_type, number)
    assert number.startswith(identity.lookup_form(doc_type, number))


@given(any_text)
def test_arbitrary_particulars_get_an_answer(raw: str) -> None:
    for check, normalise in (
        (identity.check_name, identity.normalise_name),
        (identity.check_phone, identity.normalise_phone),
        (identity.check_social_card, identity.normalise_social_card),
    ):
        sentence = check(normalise(raw))
        assert sentence is None or sentence.startswith("请填写") or sentence.endswith("请核对。")


@pytest.mark.parametrize("character", ["1", "A", "·", " ", "张", "'", "\u0301", "X-"])
def test_a_megabyte_is_answered_at_once(character: str) -> None:
    huge = character * (1_000_000 // len(character))
    assert identity.check_name(identity.normalise_name(huge))
    assert identity.check_phone(identity.normalise_phone(huge))
    for doc_type in DocType:
        assert identity.check(doc_type, identity.normalise(doc_type, huge), today=TODAY)
