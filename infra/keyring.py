"""The data keys of sealed fields: made inside KMS, kept wrapped, never seen by a person.

keyring  1, 2, …   a version: wrapped, and `seals` once new values are sealed under it

A rotation takes two deploys: one that teaches every function the new key, and one after which
they seal under it. Otherwise one function would seal what another cannot open yet.
"""

import base64
import secrets
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from chalicelib.store.vault import Vault
from infra.errors import InfraError
from infra.session import Cloud, error_code
from infra.stages import APP

_PARTITION: Final = "keyring"
_FIRST: Final = "1"


@dataclass(frozen=True, slots=True)
class _Version:
    name: str
    wrapped: bytes
    seals: bool


def ensure(cloud: Cloud) -> str:
    """Return the keyring ("1:<base64>"), making its first key when the stage has none.

    Two deploys at once agree: the put is conditional, and the loser takes the winner's key.
    """
    ring = current(cloud)
    if not ring:
        _create(cloud, _FIRST)
        ring = current(cloud)
    return ring


def current(cloud: Cloud) -> str:
    """Return the keyring of the stage, or "" before its first deploy; the last key seals."""
    return ",".join(f"{v.name}:{base64.b64encode(v.wrapped).decode()}" for v in _versions(cloud))


def open_vault(cloud: Cloud) -> Vault:
    """Return the vault of a deployed stage, with the operator's own credentials."""
    ring = current(cloud)
    if not ring:
        raise _no_keys(cloud)
    return Vault(ring, cloud.stage.name, cloud.client("kms"), secrets.token_bytes)


def rotate(cloud: Cloud) -> str:
    """Take the next step of a rotation, and return what was done and what comes next.

    Old values stay readable under their own keys, which are never deleted.
    """
    versions = _versions(cloud)
    if not versions:
        raise _no_keys(cloud)
    deploy = f"`python -m infra deploy --stage {cloud.stage.name}`"
    coming = next((one for one in versions if not one.seals), None)
    if coming is None:
        name = str(max(int(one.name) for one in versions) + 1)
        _create(cloud, name)
        return f"Key {name} is made; nothing is sealed under it yet. Run {deploy}, then this again."
    if coming.name not in _deployed(cloud):
        return (
            f"Key {coming.name} waits for the functions to know it. Run {deploy}, then this again."
        )
    _let_seal(cloud, coming.name)
    return f"Key {coming.name} seals new values after {deploy}. Older keys still open theirs."


def _versions(cloud: Cloud) -> list[_Version]:
    """Return all keys; those that nothing is sealed under yet come first."""
    try:
        answer = cloud.client("dynamodb").query(
            TableName=_table(cloud),
            KeyConditionExpression="pk = :keyring",
            ExpressionAttributeValues={":keyring": {"S": _PARTITION}},
            ConsistentRead=True,
        )
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return []
        raise
    found = [_version(item) for item in answer["Items"]]
    return sorted(found, key=lambda one: (one.seals, int(one.name)))


def _version(item: dict[str, Any]) -> _Version:
    name = item["sk"]["S"]
    return _Version(name, item["wrapped"]["B"], name == _FIRST or "seals" in item)


def _deployed(cloud: Cloud) -> set[str]:
    """Return the versions that every function of the stage knows."""
    answer = cloud.client("cloudformation").describe_stacks(StackName=cloud.stage.app_stack)
    (stack,) = answer["Stacks"]
    if not stack["StackStatus"].endswith("_COMPLETE"):
        return set()
    given = {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}
    return {entry.partition(":")[0] for entry in given.get("Keyring", "").split(",")}


def _create(cloud: Cloud, version: str) -> None:
    answer = cloud.client("kms").generate_data_key_without_plaintext(
        KeyId=f"alias/{cloud.stage.prefix}",
        KeySpec="AES_256",
        EncryptionContext={"app": APP, "stage": cloud.stage.name, "version": version},
    )
    try:
        cloud.client("dynamodb").put_item(
            TableName=_table(cloud),
            Item={**_key(version), "wrapped": {"B": answer["CiphertextBlob"]}},
            ConditionExpression="attribute_not_exists(pk)",
        )
    except ClientError as error:
        # Also our own success when its answer was lost and botocore tried again.
        if error_code(error) != "ConditionalCheckFailedException":
            raise


def _let_seal(cloud: Cloud, version: str) -> None:
    cloud.client("dynamodb").update_item(
        TableName=_table(cloud),
        Key=_key(version),
        UpdateExpression="SET seals = :yes",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
    )


def _key(version: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": _PARTITION}, "sk": {"S": version}}


def _table(cloud: Cloud) -> str:
    return f"{cloud.stage.prefix}-members"


def _no_keys(cloud: Cloud) -> InfraError:
    return InfraError(
        f"{cloud.stage.prefix} has no key for sealed fields yet. "
        f"Run `python -m infra deploy --stage {cloud.stage.name}` first."
    )
