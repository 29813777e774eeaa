"""A new data key: known everywhere before anything is sealed under it, and nothing is lost."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from moto import mock_aws

from chalicelib.core.errors import Broken
from infra import keyring
from infra.errors import InfraError
from tests.fakes.cloud import Stage
from tests.fakes.operator import MotoCloud

PLACE = "members|member#1|name"
STACK = "mutual-aid-local-app"
TEMPLATE = {
    "Parameters": {"Keyring": {"Type": "String"}},
    "Resources": {"Nothing": {"Type": "AWS::SNS::Topic"}},
}


@dataclass(frozen=True)
class _Settings:
    name: str = "local"
    prefix: str = "mutual-aid-local"
    app_stack: str = STACK


@pytest.fixture
def cloud(stage: Stage) -> Iterator[MotoCloud]:
    del stage
    with mock_aws():
        made = MotoCloud()
        settings: Any = _Settings()
        made.stage = settings
        key = made.client("kms").create_key()["KeyMetadata"]["KeyId"]
        made.client("kms").create_alias(AliasName="alias/mutual-aid-local", TargetKeyId=key)
        yield made


def deploy(cloud: MotoCloud) -> None:
    """What a deploy does with keys: the stage's ring becomes the stack's parameter."""
    formation, ring = cloud.client("cloudformation"), keyring.ensure(cloud)
    stacks = formation.describe_stacks()["Stacks"]
    act = formation.update_stack if stacks else formation.create_stack
    act(
        StackName=STACK,
        TemplateBody=json.dumps(TEMPLATE),
        Parameters=[{"ParameterKey": "Keyring", "ParameterValue": ring}],
    )


def versions(ring: str) -> list[str]:
    return [entry.partition(":")[0] for entry in ring.split(",")]


def test_a_rotation_in_two_deploys(cloud: MotoCloud) -> None:
    deploy(cloud)
    before = keyring.open_vault(cloud)
    old, digest = before.seal("李示例", place=PLACE), before.digest("document", "45")

    assert "Key 2 is made" in keyring.rotate(cloud)
    assert versions(keyring.current(cloud)) == ["2", "1"]
    assert "waits for the functions" in keyring.rotate(cloud)
    during = keyring.open_vault(cloud)
    assert during.seal("李示例", place=PLACE).startswith("1."), "not every function knows 2"

    deploy(cloud)
    assert "Key 2 seals" in keyring.rotate(cloud)
    after = keyring.open_vault(cloud)
    new = after.seal("李示例", place=PLACE)
    assert new.startswith("2.")
    # a function that was not deployed for the second time opens what another one sealed
    for vault in (during, after):
        assert vault.open(new, place=PLACE) == vault.open(old, place=PLACE) == "李示例"
        assert vault.digest("document", "45") == digest
    with pytest.raises(Broken):
        before.open(new, place=PLACE)
    assert before.signing_key("session") != after.signing_key("session")


def test_the_next_rotation_makes_the_next_key(cloud: MotoCloud) -> None:
    deploy(cloud)
    for _step in range(2):
        keyring.rotate(cloud)
        deploy(cloud)
    assert versions(keyring.current(cloud)) == ["1", "2"]
    assert "Key 3 is made" in keyring.rotate(cloud)
    assert versions(keyring.current(cloud)) == ["3", "1", "2"]
    assert keyring.open_vault(cloud).seal("x", place=PLACE).startswith("2.")


def test_two_who_rotate_at_once_make_one_key(cloud: MotoCloud) -> None:
    deploy(cloud)
    events = cloud.client("dynamodb").meta.events

    def meanwhile(**_: object) -> None:
        events.unregister("before-call.dynamodb.PutItem", meanwhile)
        keyring.rotate(cloud)

    events.register("before-call.dynamodb.PutItem", meanwhile)
    keyring.rotate(cloud)
    assert versions(keyring.current(cloud)) == ["2", "1"]


def test_there_is_nothing_to_rotate_before_the_first_deploy(cloud: MotoCloud) -> None:
    with pytest.raises(InfraError, match="deploy"):
        keyring.rotate(cloud)
