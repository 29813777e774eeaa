"""`python -m infra roster import FILE`: show what a roster would change, ask, then import it.

Two passes over the file: the first writes nothing, so that a damaged file or a wrong column is
known before anybody's data changes, and the operator agrees to numbers. What was refused goes to a
CSV beside the file (row, column, reason; never a personal value) for whoever made the roster.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from chalicelib.core.cells import inert
from chalicelib.core.clock import Clock, SystemClock, beijing_date, beijing_second
from chalicelib.core.errors import AppError, Refused
from chalicelib.core.ids import SystemIds
from chalicelib.core.tables import read_rows
from chalicelib.membership.roster import DryRun, ImportReport, Store, import_roster
from chalicelib.membership.roster_columns import LAYOUT
from chalicelib.membership.roster_rows import RowError
from chalicelib.store.roster import RosterStore
from chalicelib.store.tables import Database
from chalicelib.store.vault import Vault
from infra import keyring
from infra.errors import InfraError
from infra.session import Cloud
from infra.ui import Ui


@dataclass(frozen=True)
class Desk:
    """What an import works with: a stage's members and keys, a clock, the screen."""

    store: Store
    vault: Vault
    clock: Clock
    ui: Ui


def import_command(cloud: Cloud, path: Path, *, dry_run: bool, yes: bool) -> None:
    """Import a roster (xlsx or csv) into a stage; see `run`."""
    cloud.verify()
    run(path, desk_of(cloud, Ui(yes=yes)), dry_run=dry_run)


def desk_of(cloud: Cloud, ui: Ui) -> Desk:
    """Connect to a deployed stage with the operator's own credentials."""
    clock = SystemClock()
    vault = keyring.open_vault(cloud)
    database = Database(cloud.client("dynamodb"), cloud.stage.prefix).use()
    return Desk(RosterStore(database, vault, SystemIds(clock)), vault, clock, ui)


def run(path: Path, desk: Desk, *, dry_run: bool) -> None:
    """Check every row, show the numbers, ask, import, and print the line to keep.

    Raises InfraError when the file cannot be read, the operator says no, the store stops answering
    (batches written by then stay; the same command goes on from there), and in the end when rows
    were refused, although the others landed.
    """
    fingerprint = _sha256(path)
    report = path.with_name(f"{path.stem}.rejected.csv")
    plan = one_pass(path, desk, DryRun(desk.store), report)
    desk.ui.console.print(_summary(path, plan))
    done = plan
    if not plan.created + plan.updated:
        desk.ui.say("Nothing to change: the members are as the file says.")
    elif not dry_run:
        desk.ui.confirm(f"Write {plan.created + plan.updated:,} employees?")
        done = one_pass(path, desk, desk.store, report, total=plan.rows)
    if not dry_run:
        line = _audit_line(path, fingerprint, done, desk.clock)
        desk.ui.console.print(line, soft_wrap=True, markup=False)
    if done.rejected:
        others = "nothing was written" if dry_run else "the others are in"
        raise InfraError(f"{done.rejected:,} rows refused, {others}. Reasons: {report}")


def one_pass(
    path: Path, desk: Desk, store: Store, report: Path, *, total: int | None = None
) -> ImportReport:
    """Go through the file once with a progress bar; `report` is left only if rows were refused."""
    seen = ImportReport()
    title = "Importing" if total else "Checking"
    columns = (SpinnerColumn(), TextColumn(title), BarColumn(), MofNCompleteColumn())
    with _Rejected(report) as rejected, Progress(*columns, console=desk.ui.console) as progress:
        task = progress.add_task(title, total=total)

        def show(counts: ImportReport) -> None:
            nonlocal seen
            seen = counts
            progress.update(task, completed=counts.rows)

        try:
            return import_roster(
                read_rows(path, LAYOUT),
                store,
                vault=desk.vault,
                today=beijing_date(desk.clock.now()),
                on_error=rejected.add,
                on_progress=show,
            )
        except Refused as error:
            raise InfraError(f"{path.name}: {error.message}") from error
        except AppError as error:
            raise InfraError(
                f"Stopped after row {seen.rows} ({error.message}) "
                "Run the same command again: it goes on from there."
            ) from error


class _Rejected:
    """The report of refused rows; made with the first one, and none is left without."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        return self

    def add(self, error: RowError) -> None:
        if self._file is None:
            self._file = self._path.open("w", encoding="utf-8-sig", newline="")
            csv.writer(self._file).writerow(("行", "列", "问题"))
        csv.writer(self._file).writerow((error.row, inert(error.column), inert(error.reason)))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InfraError(f"{path} cannot be read: {error.strerror}.") from error


def _summary(path: Path, counts: ImportReport) -> Table:
    table = Table(title=path.name, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for label, count in (
        ("rows", counts.rows),
        ("refused rows", counts.rejected),
        ("new employees", counts.created),
        ("changed employees", counts.updated),
        ("unchanged employees", counts.unchanged),
    ):
        table.add_row(label, f"{count:,}")
    return table


def _audit_line(path: Path, fingerprint: str, counts: ImportReport, clock: Clock) -> str:
    """What to keep: which file, when, and what became of it."""
    return (
        f"roster-import at={beijing_second(clock.now())} file={path.name} sha256={fingerprint} "
        f"rows={counts.rows} created={counts.created} updated={counts.updated} "
        f"unchanged={counts.unchanged} rejected={counts.rejected}"
    )
