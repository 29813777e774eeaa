"""The command on a stage: finds the key by itself, writes sealed rows, and says how to begin."""

from pathlib import Path

import pytest

from infra import keyring
from infra.errors import InfraError
from infra.roster import import_command
from tests.fakes.cloud import Stage
from tests.fakes.operator import MotoCloud
from tests.unit.roster_examples import csv_file, other, row


def test_a_stage_that_was_never_deployed(stage: Stage, tmp_path: Path) -> None:
    del stage
    path = csv_file(tmp_path / "roster.csv", [row()])
    with pytest.raises(InfraError, match="has no key for sealed fields"):
        import_command(MotoCloud(), path, dry_run=False, yes=True)


def test_an_import_is_stored_sealed(stage: Stage, tmp_path: Path) -> None:
    del stage
    cloud = MotoCloud()
    key = cloud.client("kms").create_key()["KeyMetadata"]["KeyId"]
    cloud.client("kms").create_alias(AliasName="alias/mutual-aid-local", TargetKeyId=key)
    keyring.ensure(cloud)
    path = csv_file(tmp_path / "roster.csv", [row(), other(0)])
    import_command(cloud, path, dry_run=False, yes=True)
    items = cloud.client("dynamodb").scan(TableName="mutual-aid-local-members")["Items"]
    assert sum(item["sk"]["S"] == "profile" for item in items) == 2
    stored = str(items)
    for value in ("欧阳小明", "11010519491231002X", "440524188001010014", "17900000001"):
        assert value not in stored
