"""The commands of `python -m infra plan`."""

from pathlib import Path

import click

from infra import options
from infra.ui import Ui

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def plan() -> None:
    """The rules of the benefit: what a stay is paid by, from which admission on."""


@plan.command("publish")
@_file
@options.stage
@click.option("--dry-run", is_flag=True, help="Show what would change, publish nothing.")
@options.yes
def publish(*, file: Path, name: str, dry_run: bool, yes: bool) -> None:
    """Publish the plan in FILE (toml), after showing what it changes for which stays.

    A published revision never changes: other content needs a higher `revision`. Publishing
    the same content again changes nothing, and says so.
    """
    from infra import plan_book as room

    room.publish(room.connect(options.cloud(name), Ui(yes=yes)), file, dry_run=dry_run)


@plan.command("list")
@options.stage
def listed(name: str) -> None:
    """Show every published revision, when and by whom, and the admissions it holds for."""
    from infra import plan_book as room

    ui = Ui()
    ui.console.print(room.listed(room.connect(options.cloud(name), ui)))


@plan.command("show")
@click.argument("version")
@options.stage
def show(version: str, name: str) -> None:
    """Show all values of VERSION (like demo-2026.1)."""
    from infra import plan_book as room

    ui = Ui()
    ui.console.print(room.shown(room.connect(options.cloud(name), ui), version))


@plan.command("what-if")
@_file
@options.stage
@click.option(
    "--days", type=click.IntRange(min=0), default=90, show_default=True, help="Paid this long ago."
)
@click.option(
    "--csv", "table", type=click.Path(dir_okay=False, path_type=Path), help="Write the rows there."
)
def what_if(*, file: Path, name: str, days: int, table: Path | None) -> None:
    """Show which applications would get another amount by the plan in FILE; change nothing.

    Reads every application that is open or was paid lately, with your own credentials: they
    need to read the cases table and to decrypt with the stage's key.
    """
    from infra import what_if as room

    room.run(room.connect(options.cloud(name), Ui()), file, days=days, table=table)
