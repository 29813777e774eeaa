"""Secrets of outside services, kept in Secrets Manager as one JSON object each."""

import json
from typing import Any


def fetch(client: Any, name: str) -> dict[str, str]:
    """Return the fields of a secret; the caller keeps them for the container's life."""
    answer = client.get_secret_value(SecretId=name)
    fields: dict[str, str] = json.loads(answer["SecretString"])
    return fields
