"""Sealing of sensitive fields, and keyed look-ups that do not reveal them.

One 256-bit data key per version comes wrapped by KMS in the environment and is
unwrapped once per container; the last of them seals. Purposes get keys of their own
through HKDF. A sealed value is "version.base64url(nonce ‖ AES-256-GCM)", and its place
(table|key|field) is authenticated with it: a value copied to another person or field does
not open.
"""

import base64
import hashlib
import hmac
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.core.errors import Broken

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Vault:
    """Seals, opens and digests; asks KMS once for each key version that is used."""

    def __init__(self, keyring: str, stage: str, kms: Any, random_bytes: Any) -> None:
        self._wrapped = dict(entry.split(":", 1) for entry in keyring.split(","))
        self._stage = stage
        self._kms = kms
        self._random_bytes = random_bytes
        self._master: dict[str, bytes] = {}
        self._derived: dict[tuple[str, str], bytes] = {}
        self._ciphers: dict[str, AESGCM] = {}

    def seal(self, plain: str, *, place: str) -> str:
        """Encrypt a field under the key that seals; `place` is "table|partition key|field"."""
        nonce: bytes = self._random_bytes(_NONCE_BYTES)
        box = self._cipher(self._sealing).encrypt(nonce, plain.encode(), place.encode())
        return f"{self._sealing}.{base64.urlsafe_b64encode(nonce + box).decode()}"

    def open(self, sealed: str, *, place: str) -> str:
        """Decrypt a field; raises Broken when it was altered, moved or its key is gone."""
        from cryptography.exceptions import InvalidTag

        version, _, body = sealed.partition(".")
        try:
            raw = base64.urlsafe_b64decode(body)
            nonce, box = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return self._cipher(version).decrypt(nonce, box, place.encode()).decode()
        except (InvalidTag, ValueError, KeyError) as error:
            raise Broken(f"a sealed field does not open: {place.rsplit('|', 1)[-1]}") from error

    def digest(self, purpose: str, value: str) -> str:
        """Return the keyed look-up form of a value, 64 hex digits.

        Always under the first key: look-ups must survive the rotation of field keys.
        """
        message = f"{purpose}\0{value}".encode()
        return hmac.new(self._key(self._oldest, "lookup"), message, hashlib.sha256).hexdigest()

    def signing_key(self, purpose: str) -> bytes:
        """Return the key that signs cookies or form tokens, 32 bytes."""
        return self._key(self._sealing, f"sign:{purpose}")

    @cached_property
    def _sealing(self) -> str:
        """The last one: a key comes first until every container knows it (infra/keyring.py)."""
        return [*self._wrapped][-1]

    @cached_property
    def _oldest(self) -> str:
        return min(self._wrapped, key=int)

    def _cipher(self, version: str) -> "AESGCM":
        if version not in self._ciphers:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            self._ciphers[version] = AESGCM(self._key(version, "field"))
        return self._ciphers[version]

    def _key(self, version: str, purpose: str) -> bytes:
        if (version, purpose) not in self._derived:
            self._derived[version, purpose] = _derive(self._unwrap(version), purpose)
        return self._derived[version, purpose]

    def _unwrap(self, version: str) -> bytes:
        if version not in self._master:
            context = {"app": "mutual-aid", "stage": self._stage, "version": version}
            blob = base64.b64decode(self._wrapped[version])
            answer = self._kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
            self._master[version] = answer["Plaintext"]
        return self._master[version]


def _derive(master: bytes, purpose: str) -> bytes:
    """One-block HKDF-SHA256 (RFC 5869) without salt: 32 bytes are one HMAC."""
    extracted = hmac.new(bytes(32), master, hashlib.sha256).digest()
    return hmac.new(extracted, b"mutual-aid/" + purpose.encode() + b"\x01", hashlib.sha256).digest()
