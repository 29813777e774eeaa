"""Masking never raises, keeps the length and hides at least half."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import masking

Mask = Callable[[str | None], str]


@pytest.mark.parametrize(
    "mask",
    [masking.name, masking.document, masking.account, masking.phone],
    ids=["name", "document", "account", "phone"],
)
@given(value=st.text(max_size=64))
def test_at_most_half_can_be_read(mask: Mask, value: str) -> None:
    if mask is masking.phone and len(value) == 11:
        return  # the one exception, below
    shown = mask(value)
    assert len(shown) == (min(len(value), 4) if mask is masking.name else len(value))
    hidden = sum(1 for character in shown if character == "*")
    assert 2 * (len(shown) - hidden) <= len(value)
    assert all(s in ("*", v) for s, v in zip(shown, value, strict=False))


@given(value=st.text("0123456789", min_size=11, max_size=11))
def test_a_mobile_number_hides_its_middle_four(value: str) -> None:
    assert masking.phone(value) == value[:3] + "****" + value[7:]


@given(value=st.text("0123456789X", min_size=18, max_size=18))
def test_a_resident_number_hides_the_birth_date(value: str) -> None:
    assert masking.document(value)[4:14] == "*" * 10
