"""What the local cloud does not enforce, read in the policies themselves.

It knows no `dynamodb:LeadingKeys`; AWS does.
"""

import json
from pathlib import Path
from typing import Any

POLICIES = sorted((Path(__file__).parents[2] / ".chalice").glob("policy-*.json"))
WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
CONTENT = {"articles#*", "article#*", "editing#*"}


def office_writes(policy: Path) -> list[dict[str, Any]]:
    statements = json.loads(policy.read_text("utf-8"))["Statement"]
    return [
        statement
        for statement in statements
        if WRITES & set(statement.get("Action", ())) and "-office" in json.dumps(statement)
    ]


def leading_keys(policy: Path) -> set[str]:
    keys: set[str] = set()
    for statement in office_writes(policy):
        named = set(statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])
        assert "dynamodb:DeleteItem" not in statement["Action"] or named == CONTENT
        keys |= named
    return keys


def test_functions_write_their_own_matters_in_the_office() -> None:
    written = {path.stem: keys for path in POLICIES if (keys := leading_keys(path))}
    assert written == {
        "policy-api_handler": {"staff", "audit#*", "notes#*"} | CONTENT,
        "policy-stats_worker": {"stats#*"},
    }
