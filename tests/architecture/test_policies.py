"""What the local cloud does not enforce, read in the policies themselves.

It knows no `dynamodb:LeadingKeys`; AWS does.
"""

import json
from pathlib import Path
from typing import Any

import pytest

POLICIES = sorted((Path(__file__).parents[2] / ".chalice").glob("policy-*.json"))
WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}


def office_writes(policy: Path) -> list[dict[str, Any]]:
    statements = json.loads(policy.read_text("utf-8"))["Statement"]
    return [
        statement
        for statement in statements
        if WRITES & set(statement.get("Action", ())) and "-office" in json.dumps(statement)
    ]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.stem)
def test_functions_write_staff_matters_and_no_content(policy: Path) -> None:
    for statement in office_writes(policy):
        keys = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        assert set(keys) == {"staff", "audit#*", "notes#*"}
        assert "dynamodb:DeleteItem" not in statement["Action"]


def test_only_the_api_writes_to_the_office() -> None:
    assert [p.stem for p in POLICIES if office_writes(p)] == ["policy-api_handler"]
