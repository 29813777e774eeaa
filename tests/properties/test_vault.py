"""Any text, in any place, under any ring: it opens there and nowhere else."""

import base64
import secrets

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.core.errors import Broken
from chalicelib.store.vault import Vault
from tests.fakes.kms import FakeKms

texts = st.text(max_size=200)
places = st.text(min_size=1, max_size=60)


def vault(versions: int = 1) -> Vault:
    kms = FakeKms()
    ring = [kms.wrap(bytes([n]) * 32, version=str(n)) for n in range(1, versions + 1)]
    return Vault(",".join(ring), "local", kms, secrets.token_bytes)


@given(texts, places, st.integers(1, 4))
def test_round_trip(text: str, place: str, versions: int) -> None:
    safe = vault(versions)
    assert safe.open(safe.seal(text, place=place), place=place) == text


@given(texts, places, places)
def test_never_in_another_place(text: str, place: str, other: str) -> None:
    assume(place != other)
    safe = vault()
    sealed = safe.seal(text, place=place)
    with pytest.raises(Broken):
        safe.open(sealed, place=other)


@given(texts, places, st.data())
def test_never_after_a_change(text: str, place: str, data: st.DataObject) -> None:
    safe = vault()
    version, _, body = safe.seal(text, place=place).partition(".")
    raw = bytearray(base64.urlsafe_b64decode(body))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Broken):
        safe.open(f"{version}.{base64.urlsafe_b64encode(bytes(raw)).decode()}", place=place)


@given(st.text(max_size=60))
def test_any_text_opens_or_is_broken(sealed: str) -> None:
    with pytest.raises(Broken):
        vault().open(sealed, place="members|member#1|name")


@given(texts, texts)
def test_digests_tell_values_apart_and_hide_them(one: str, other: str) -> None:
    safe = vault()
    digest = safe.digest("name", one)
    assert (digest == safe.digest("name", other)) == (one == other)
    assert len(digest) == 64
