"""Secrets of a stage: asked for, stored in Secrets Manager, never shown again."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import ClientError

from infra.errors import InfraError
from infra.session import Cloud, error_code


@dataclass(frozen=True, slots=True)
class Field:
    """One value: what to ask, how long it must be (None: any), whether it may be empty."""

    key: str
    question: str
    length: int | None = None
    optional: bool = False


# EncodingAESKey has 43 characters; the previous one still opens messages while WeChat switches.
KINDS: Final[dict[str, tuple[Field, ...]]] = {
    "wechat": (
        Field("app_secret", "AppSecret (32 characters)", 32),
        Field("token", "Token of the server configuration"),
        Field("aes_key", "EncodingAESKey (43 characters)", 43),
        Field("previous_aes_key", "Previous EncodingAESKey (Enter for none)", 43, optional=True),
    ),
    "sms": (
        Field("secret_id", "SecretId of the SMS account"),
        Field("secret_key", "SecretKey of the SMS account"),
    ),
}


def read(cloud: Cloud, kind: str) -> dict[str, str] | None:
    """Return the stored values, or None while nothing was set."""
    try:
        answer = cloud.client("secretsmanager").get_secret_value(SecretId=_name(cloud, kind))
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return None
        raise
    text = answer.get("SecretString") or ""
    return dict(json.loads(text)) if text else None


def missing(cloud: Cloud) -> list[str]:
    """Return the kinds that have no value yet."""
    return [kind for kind in KINDS if not read(cloud, kind)]


def ask(kind: str, prompt: Callable[[str], str]) -> dict[str, str]:
    """Ask for every value of a kind; raises InfraError for one of the wrong length."""
    values: dict[str, str] = {}
    for field in KINDS[kind]:
        value = prompt(field.question).strip()
        if not value and not field.optional:
            raise InfraError(f"{field.key} is needed. Nothing was changed.")
        if value and field.length and len(value) != field.length:
            raise InfraError(
                f"{field.key} has {len(value)} characters instead of {field.length}. "
                "Nothing was changed."
            )
        values[field.key] = value
    return values


def write(cloud: Cloud, kind: str, values: dict[str, str]) -> None:
    """Store the values; raises InfraError when the stage was never deployed."""
    try:
        cloud.client("secretsmanager").put_secret_value(
            SecretId=_name(cloud, kind), SecretString=json.dumps(values)
        )
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            raise InfraError(
                f"Stage {cloud.stage.name} has no place for secrets yet: deploy it first."
            ) from error
        raise


def _name(cloud: Cloud, kind: str) -> str:
    return f"{cloud.stage.prefix}/{kind}"
