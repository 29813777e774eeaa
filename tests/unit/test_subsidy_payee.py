"""The payee account: the insured person's own, and digits that can be an account."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Refused
from chalicelib.subsidy import texts
from chalicelib.subsidy.payee import FIELDS, Payee, luhn
from chalicelib.web.forms import parse

TYPED = {
    "holder": "阿依古丽•买买提",
    "bank": "中国工商银行",
    "branch": "忻城县支行",
    "account": "6225 8814 1420 7430",
}
NAME = {"name": "阿依古丽·买买提"}


def errors(**typed: str) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        parse(Payee, {**TYPED, **typed}, NAME)
    return dict(refused.value.errors)


def test_what_is_typed_comes_out_in_one_spelling() -> None:
    payee = parse(Payee, TYPED, NAME)
    assert (payee.holder, payee.account) == ("阿依古丽·买买提", "6225881414207430")
    assert not payee.doubt
    assert parse(Payee, payee.model_dump(), NAME) == payee


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"holder": ""}, {"holder": "请填写姓名。"}),
        ({"holder": "买买提"}, {"holder": texts.HOLDER_DIFFERS}),
        ({"bank": ""}, {"bank": texts.BANK_MISSING}),
        ({"bank": "工行"}, {"bank": "请填写 4 至 30 个字，现为 2 个。"}),
        ({"branch": " "}, {"branch": texts.BRANCH_MISSING}),
        ({"account": ""}, {"account": texts.ACCOUNT_MISSING}),
        ({"account": "62258814142"}, {"account": texts.ACCOUNT_SHAPE}),
        ({"account": "6" * 31}, {"account": texts.ACCOUNT_SHAPE}),
        ({"account": "622588141420743X"}, {"account": texts.ACCOUNT_SHAPE}),
    ],
)
def test_a_wrong_field_says_what_to_do(typed: dict[str, str], wrong: dict[str, str]) -> None:
    assert errors(**typed) == wrong


def test_an_empty_form_has_a_sentence_for_each_field() -> None:
    with pytest.raises(Refused) as refused:
        parse(Payee, {}, NAME)
    assert set(refused.value.errors) == set(FIELDS) == set(Payee.model_fields)


@pytest.mark.parametrize(
    ("number", "doubtful"),
    [
        ("6225881414207430", False),
        ("6227007200120897790", False),
        ("6225881414207431", True),
        ("450101234567", False),  # an account, no card
        ("4" * 30, False),
    ],
)
def test_a_card_number_that_fails_its_check_digit_is_doubtful(
    number: str, *, doubtful: bool
) -> None:
    assert parse(Payee, {**TYPED, "account": number}, NAME).doubt == (
        texts.ACCOUNT_DOUBTFUL if doubtful else ""
    )


@given(st.text("0123456789", min_size=15, max_size=18), st.integers(0, 17), st.integers(1, 9))
def test_luhn_catches_every_single_slip(body: str, place: int, by: int) -> None:
    number = next(body + digit for digit in "0123456789" if luhn(body + digit))
    slip = place % len(number)
    wrong = str((int(number[slip]) + by) % 10)
    assert not luhn(number[:slip] + wrong + number[slip + 1 :])
