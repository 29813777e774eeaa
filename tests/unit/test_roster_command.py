"""What the operator sees and gets: numbers first, then the import, the report, the line to keep."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import pytest
from rich.console import Console

from chalicelib.core.errors import Unavailable
from infra.errors import InfraError
from infra.roster import Desk, run
from infra.ui import Ui
from tests.fakes.roster_store import RosterInMemory
from tests.fakes.time import FakeClock
from tests.unit.roster_examples import GOOD, csv_file, other, vault


def desk(store: RosterInMemory, *, yes: bool = True) -> tuple[Desk, io.StringIO]:
    screen = io.StringIO()
    console = Console(file=screen, width=100, highlight=False)
    return Desk(store, vault(), FakeClock(), Ui(yes=yes, console=console)), screen


def test_a_good_file(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "roster.csv", [GOOD, other(0)])
    store = RosterInMemory()
    where, screen = desk(store)
    run(path, where, dry_run=False)
    assert len(store.members) == 2
    fingerprint = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (
        f"roster-import at=2026-11-23 14:28:18 file=roster.csv sha256={fingerprint} "
        "rows=2 created=2 updated=0 unchanged=0 rejected=0"
    ) in screen.getvalue()
    assert list(tmp_path.iterdir()) == [path]


def test_again_nothing_is_asked_and_nothing_changes(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "roster.csv", [GOOD])
    store = RosterInMemory()
    run(path, desk(store)[0], dry_run=False)
    where, screen = desk(store, yes=False)
    run(path, where, dry_run=False)
    assert "Nothing to change" in screen.getvalue()
    assert store.batches == [1]


def test_refused_rows_are_in_the_report_and_the_others_land(tmp_path: Path) -> None:
    bad = other(0, 手机号码="12", 份数="x")
    path = csv_file(tmp_path / "roster.csv", [GOOD, bad])
    store = RosterInMemory()
    with pytest.raises(InfraError, match="1 rows refused, the others are in"):
        run(path, desk(store)[0], dry_run=False)
    assert len(store.members) == 1
    text = (tmp_path / "roster.rejected.csv").read_text(encoding="utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["行", "列", "问题"],
        ["3", "手机号码", "手机号码应为 11 位，现为 2 位，请核对。"],
        ["3", "份数", "份数应为 1 至 99 的整数，请核对。"],
    ]


def test_an_old_report_does_not_outlive_its_mistakes(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "roster.csv", [other(0, 份数="x")])
    with pytest.raises(InfraError):
        run(path, desk(RosterInMemory())[0], dry_run=False)
    csv_file(path, [other(0)])
    run(path, desk(RosterInMemory())[0], dry_run=False)
    assert not (tmp_path / "roster.rejected.csv").exists()


def test_a_dry_run_shows_numbers_and_writes_nothing(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "roster.csv", [GOOD, other(0)])
    store = RosterInMemory()
    where, screen = desk(store, yes=False)
    run(path, where, dry_run=True)
    assert "new employees" in screen.getvalue()
    assert "roster-import" not in screen.getvalue()
    assert not store.members


def test_a_dry_run_fails_when_rows_would_be_refused(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "roster.csv", [other(0, 份数="x")])
    with pytest.raises(InfraError, match="1 rows refused, nothing was written"):
        run(path, desk(RosterInMemory())[0], dry_run=True)


def test_a_damaged_file_changes_nothing(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "roster.csv", [GOOD, other(0), other(1)])
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:3], '"' + lines[3]]), encoding="utf-8")
    store = RosterInMemory()
    with pytest.raises(InfraError, match="第 4 行无法读取"):
        run(path, desk(store)[0], dry_run=False)
    assert not store.members


def test_a_store_that_stops_says_how_to_go_on(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "roster.csv", [GOOD])
    store = RosterInMemory(fail_from_batch=0, failure=Unavailable())
    with pytest.raises(InfraError, match="Run the same command again"):
        run(path, desk(store)[0], dry_run=False)


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InfraError, match="cannot be read"):
        run(tmp_path / "none.csv", desk(RosterInMemory())[0], dry_run=False)


def test_nothing_on_screen_or_in_the_report_is_personal(tmp_path: Path) -> None:
    bad = other(0, 证件号码="440524188001010015", 姓名="=cmd|' /C calc'!A0")
    path = csv_file(tmp_path / "roster.csv", [GOOD, bad])
    where, screen = desk(RosterInMemory())
    with pytest.raises(InfraError) as caught:
        run(path, where, dry_run=False)
    report = (tmp_path / "roster.rejected.csv").read_text(encoding="utf-8-sig")
    told = screen.getvalue() + report + str(caught.value)
    for value in ("440524188001010015", "11010519491231002X", "欧阳小明", "cmd|", "17900"):
        assert value not in told
