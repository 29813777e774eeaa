"""The README says what the code says."""

import re
from pathlib import Path

import pytest

from chalicelib.casework.kind import Kind
from chalicelib.changes.kind import KIND as CHANGE
from chalicelib.subsidy.kind import KIND as SUBSIDY
from infra.staff import DEMO

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("kind", [CHANGE, SUBSIDY], ids=lambda kind: kind.name)
def test_state_diagrams_are_drawn_from_the_tables(kind: Kind) -> None:
    block = re.search(rf"<!-- states: {kind.name} -->\n```mermaid\n(.*?)```", README, re.DOTALL)
    assert block is not None
    assert block[1].strip() == kind.machine.diagram().strip()


def test_every_path_that_the_readme_names_exists() -> None:
    links = re.findall(r"(?:\]\(|src=\")(infra/[^)\"]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_tier_of_tests_is_listed() -> None:
    tiers = {p.parent.name for p in (ROOT / "tests").glob("*/test_*.py")} - {"__pycache__"}
    assert [tier for tier in sorted(tiers) if f"`{tier}`" not in README] == []


def test_the_demo_accounts_of_the_walk_exist() -> None:
    known = {person.account for person in DEMO}
    walk = README.partition("## Trying it")[2].partition("## Developing it")[0]
    named = set(re.findall(r"`([a-z]+)`", walk))
    assert named
    assert named <= known


def test_every_room_is_listed() -> None:
    rooms = {p.parent.name for p in (ROOT / "chalicelib").glob("*/__init__.py")}
    assert [
        room for room in sorted(rooms) if f"`{room}`" not in README and f"/{room}`" not in README
    ] == []
