"""Plan files for the operator: problems named in place, changes shown before they count."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.errors import InfraError
from infra.paths import ROOT
from infra.plan import Difference, diff, load
from tests.unit.subsidy_examples import DEMO, plan

TEXT = (ROOT / "infra" / "plans" / "demo-2026.toml").read_text("utf-8")


def refused(path: Path, text: str) -> str:
    path.write_text(text, "utf-8")
    with pytest.raises(InfraError) as error:
        load(path)
    return str(error.value)


def test_every_mistake_is_named_at_its_place(tmp_path: Path) -> None:
    text = TEXT.replace('"0.60"', '"1.60"').replace('"300.00"', "300")
    text = text.replace("example = true\n", "").replace("revision = 1", "revison = 1")
    assert refused(tmp_path / "p.toml", text).splitlines() == [
        "p.toml needs attention:",
        "  example: is missing",
        '  deductible_per_stay: write yuan in quotes, like "1,234.50"',
        "  tiers.2.ratio: Input should be less than or equal to 1",
        "  revison: is not part of a plan (a spelling mistake?)",
    ]


def test_a_contradiction_is_one_of_the_whole_plan(tmp_path: Path) -> None:
    text = TEXT.replace('"20,000.00", ratio', '"4,000.00", ratio')
    assert "the whole plan: the tiers' up_to must rise" in refused(tmp_path / "p.toml", text)


def test_what_is_no_toml_or_no_file_is_said(tmp_path: Path) -> None:
    assert "is not valid TOML" in refused(tmp_path / "p.toml", "= 1")
    (tmp_path / "p.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InfraError, match="is not valid TOML"):
        load(tmp_path / "p.toml")
    with pytest.raises(InfraError, match="cannot be read: No such file"):
        load(tmp_path / "none.toml")


def test_a_diff_names_what_changes_and_nothing_else() -> None:
    dumped = DEMO.model_dump(mode="json")
    dumped["tiers"][1]["ratio"] = "0.65"
    dumped["slots"].pop()
    kept = ", ".join(slot["purpose"] for slot in dumped["slots"])
    new = plan(**{**dumped, "revision": 2, "effective_to": "2026-12-31"})
    assert diff(DEMO, DEMO) == ()
    assert diff(DEMO, new) == (
        Difference("revision", "1", "2"),
        Difference("effective_to", "", "2026-12-31"),
        Difference("tiers.2.ratio", "0.60", "0.65"),
        Difference("slots", f"{kept}, bank_card", kept),
        Difference("slots.bank_card.purpose", "bank_card", ""),
        Difference("slots.bank_card.label", "银行卡卡号面", ""),
        Difference("slots.bank_card.hint", "请拍本人银行卡有卡号的一面，能看清卡号和开户银行", ""),
        Difference("slots.bank_card.sample", "bank-card", ""),
        Difference("slots.bank_card.step", "account", ""),
        Difference(
            "slots.bank_card.settlements", "local_direct, remote_direct, remote_unsettled", ""
        ),
        Difference("slots.bank_card.required", "yes", ""),
        Difference("slots.bank_card.at_most", "1", ""),
    )


def test_the_first_plan_is_all_new() -> None:
    shown = {difference.field: difference.new for difference in diff(None, DEMO)}
    assert shown["tiers.4.ratio"] == "0.80"
    assert "tiers.4.up_to" not in shown
    assert shown["calendar.holidays"].startswith("2026-01-01 to 2026-01-03, 2026-02-15 to")
