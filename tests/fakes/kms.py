"""KMS in memory: wraps keys under an encryption context and refuses any other context."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError


@dataclass
class FakeKms:
    """Knows the keys that it wrapped; counts what it is asked."""

    wrapped: dict[bytes, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    calls: int = 0

    def wrap(self, key: bytes, *, stage: str = "local", version: str = "1") -> str:
        """Return a keyring entry ("1:base64") for a data key."""
        context = {"app": "mutual-aid", "stage": stage, "version": version}
        blob = json.dumps([len(self.wrapped), context], sort_keys=True).encode()
        self.wrapped[blob] = (key, context)
        return f"{version}:{base64.b64encode(blob).decode()}"

    def decrypt(self, *, CiphertextBlob: bytes, EncryptionContext: Mapping[str, str]) -> Any:  # noqa: N803
        """Unwrap, or raise what KMS raises for a wrong blob or context."""
        self.calls += 1
        key, context = self.wrapped.get(CiphertextBlob, (b"", {}))
        if not key or context != EncryptionContext:
            error = {"Error": {"Code": "InvalidCiphertextException", "Message": ""}}
            raise ClientError(error, "Decrypt")
        return {"Plaintext": key}
