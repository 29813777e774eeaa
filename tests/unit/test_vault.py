"""Sealed fields open in their place only; look-ups outlive a rotation; KMS is asked once."""

import base64
import secrets

import pytest
from botocore.exceptions import ClientError

from chalicelib.core.errors import Broken
from chalicelib.store.vault import Vault
from tests.fakes.kms import FakeKms

PLACE = "members|member#1|name"
FIRST, SECOND = bytes(range(32)), bytes(range(32, 64))


@pytest.fixture
def kms() -> FakeKms:
    return FakeKms()


def vault(kms: FakeKms, *keys: bytes, stage: str = "local") -> Vault:
    ring = [kms.wrap(key, version=str(n)) for n, key in enumerate(keys, 1)]
    return Vault(",".join(ring), stage, kms, secrets.token_bytes)


def flip(sealed: str, byte: int) -> str:
    """Return a sealed value with one bit of one byte turned."""
    version, _, body = sealed.partition(".")
    raw = bytearray(base64.urlsafe_b64decode(body))
    raw[byte] ^= 1
    return f"{version}.{base64.urlsafe_b64encode(bytes(raw)).decode()}"


def test_what_was_sealed_opens_in_its_place(kms: FakeKms) -> None:
    safe = vault(kms, FIRST)
    sealed = safe.seal("欧阳示例", place=PLACE)
    assert safe.open(sealed, place=PLACE) == "欧阳示例"
    assert "欧阳" not in sealed
    assert sealed.startswith("1.")


def test_the_same_value_never_looks_the_same(kms: FakeKms) -> None:
    safe = vault(kms, FIRST)
    assert len({safe.seal("x", place=PLACE) for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "elsewhere",
    ["members|member#2|name", "members|member#1|phone", "cases|member#1|name", ""],
    ids=["person", "field", "table", "nowhere"],
)
def test_a_value_moved_elsewhere_does_not_open(kms: FakeKms, elsewhere: str) -> None:
    safe = vault(kms, FIRST)
    sealed = safe.seal("李示例", place=PLACE)
    with pytest.raises(Broken) as caught:
        safe.open(sealed, place=elsewhere)
    assert "李示例" not in str(caught.value)
    assert "member#" not in str(caught.value)


@pytest.mark.parametrize("byte", [0, 11, 12, 20, -1], ids=["nonce", "", "box", "", "tag"])
def test_one_turned_bit_is_noticed(kms: FakeKms, byte: int) -> None:
    safe = vault(kms, FIRST)
    with pytest.raises(Broken):
        safe.open(flip(safe.seal("李示例", place=PLACE), byte), place=PLACE)


@pytest.mark.parametrize(
    "nonsense",
    ["", ".", "1.", "1.AAAA", "1.!!!!", "2.AAAA", "x", "1.值", "1.A", "-1.AAAA"],
)
def test_nonsense_is_broken_not_a_surprise(kms: FakeKms, nonsense: str) -> None:
    with pytest.raises(Broken):
        vault(kms, FIRST).open(nonsense, place=PLACE)


def test_after_a_rotation_old_values_open_and_new_ones_take_the_new_key(kms: FakeKms) -> None:
    before = vault(kms, FIRST)
    old = before.seal("旧值", place=PLACE)
    after = vault(kms, FIRST, SECOND)
    assert after.open(old, place=PLACE) == "旧值"
    new = after.seal("新值", place=PLACE)
    assert new.startswith("2.")
    assert after.open(new, place=PLACE) == "新值"
    with pytest.raises(Broken):
        before.open(new, place=PLACE)  # its key is not on that ring
    renamed = "1." + new.removeprefix("2.")
    with pytest.raises(Broken):
        after.open(renamed, place=PLACE)


def test_look_ups_survive_a_rotation_and_signing_moves_on(kms: FakeKms) -> None:
    before, after = vault(kms, FIRST), vault(kms, FIRST, SECOND)
    assert before.digest("document", "x") == after.digest("document", "x")
    assert before.signing_key("session") != after.signing_key("session")


def test_versions_are_numbers_not_text(kms: FakeKms) -> None:
    keys = [bytes([n]) * 32 for n in range(1, 11)]
    safe = vault(kms, *keys)
    assert safe.seal("x", place=PLACE).startswith("10.")
    assert safe.digest("p", "v") == vault(kms, keys[0]).digest("p", "v")


def test_purposes_do_not_share_keys(kms: FakeKms) -> None:
    safe = vault(kms, FIRST)
    assert safe.digest("name", "x") != safe.digest("phone", "x")
    assert safe.signing_key("session") != safe.signing_key("form")


def test_a_wrapped_key_of_another_stage_does_not_open(kms: FakeKms) -> None:
    stolen = vault(kms, FIRST, stage="prod")  # its ring was wrapped for "local"
    with pytest.raises(ClientError, match="InvalidCiphertextException"):
        stolen.seal("x", place=PLACE)


def test_a_wrapped_key_under_another_version_does_not_open(kms: FakeKms) -> None:
    renamed = "2:" + kms.wrap(FIRST, version="1").removeprefix("1:")
    with pytest.raises(ClientError, match="InvalidCiphertextException"):
        Vault(renamed, "local", kms, secrets.token_bytes).signing_key("session")


def test_kms_is_asked_once_a_version_and_only_for_versions_in_use(kms: FakeKms) -> None:
    safe = vault(kms, FIRST, SECOND)
    assert kms.calls == 0
    for _ in range(3):
        sealed = safe.seal("x", place=PLACE)
        safe.open(sealed, place=PLACE)
        safe.signing_key("session")
    assert kms.calls == 1
    safe.digest("name", "x")
    safe.digest("name", "y")
    assert kms.calls == 2
