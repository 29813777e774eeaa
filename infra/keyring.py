"""The data keys of sealed fields: made once inside KMS, kept wrapped, never seen by a person."""

import base64
import secrets
from typing import Final

from botocore.exceptions import ClientError

from chalicelib.store.vault import Vault
from infra.errors import InfraError
from infra.session import Cloud, error_code
from infra.stages import APP

_KEY: Final = {"pk": {"S": "keyring"}, "sk": {"S": "1"}}
_VERSION: Final = "1"


def ensure(cloud: Cloud) -> str:
    """Return the keyring ("1:<base64>"), making its first key when the stage has none.

    Two deploys at once agree: the put is conditional, and the loser takes the winner's key.
    """
    table = f"{cloud.stage.prefix}-members"
    return current(cloud) or _create(cloud, table)


def current(cloud: Cloud) -> str:
    """Return the keyring of the stage, or "" before its first deploy."""
    table = f"{cloud.stage.prefix}-members"
    try:
        item = cloud.client("dynamodb").get_item(TableName=table, Key=_KEY, ConsistentRead=True)
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return ""
        raise
    wrapped = item.get("Item", {}).get("wrapped", {}).get("B")
    return f"{_VERSION}:{base64.b64encode(wrapped).decode()}" if wrapped else ""


def open_vault(cloud: Cloud) -> Vault:
    """Return the vault of a deployed stage, with the operator's own credentials."""
    ring = current(cloud)
    if not ring:
        raise InfraError(
            f"{cloud.stage.prefix} has no key for sealed fields yet. "
            f"Run `python -m infra deploy --stage {cloud.stage.name}` first."
        )
    return Vault(ring, cloud.stage.name, cloud.client("kms"), secrets.token_bytes)


def _create(cloud: Cloud, table: str) -> str:
    answer = cloud.client("kms").generate_data_key_without_plaintext(
        KeyId=f"alias/{cloud.stage.prefix}",
        KeySpec="AES_256",
        EncryptionContext={"app": APP, "stage": cloud.stage.name, "version": _VERSION},
    )
    try:
        cloud.client("dynamodb").put_item(
            TableName=table,
            Item={**_KEY, "wrapped": {"B": answer["CiphertextBlob"]}},
            ConditionExpression="attribute_not_exists(pk)",
        )
    except ClientError as error:
        # Also our own success when its answer was lost and botocore tried again.
        if error_code(error) != "ConditionalCheckFailedException":
            raise
    return current(cloud)
