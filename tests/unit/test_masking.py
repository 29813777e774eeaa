"""What stays readable of a personal value."""

from __future__ import annotations

import pytest

from chalicelib.core import masking


@pytest.mark.parametrize(
    ("value", "shown"),
    [("欧阳小明", "欧***"), ("张三", "张*"), ("张", "*"), ("", ""), (None, "")],
)
def test_name(value: str | None, shown: str) -> None:
    assert masking.name(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("450102199001011234", "4501**********1234"),
        ("E12345678", "E1*****78"),
        ("H1234567801", "H1*******01"),
        ("12345", "1***5"),
        ("123", "***"),
        (None, ""),
    ],
)
def test_document(value: str | None, shown: str) -> None:
    assert masking.document(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("13800001234", "138****1234"), ("1380", "**80"), ("1", "*"), (None, "")],
)
def test_phone(value: str | None, shown: str) -> None:
    assert masking.phone(value) == shown


def test_account() -> None:
    assert masking.account("6225881414207430") == "************7430"
    assert masking.account("12345") == "***45"
    assert masking.account(None) == ""
