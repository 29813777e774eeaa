"""What the operator sees: steps with times, plans as tables, questions before changes."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from infra.errors import InfraError
from infra.stacks import Plan

_COLOURS: Final = {"Add": "green", "Modify": "yellow", "Remove": "red", "Import": "cyan"}


class Ui:
    """Writes to the terminal, and to a log file or CI as plain lines."""

    def __init__(
        self, *, yes: bool = False, brief: bool = False, console: Console | None = None
    ) -> None:
        """With `yes` nothing is asked; `brief` plans are counted instead of listed."""
        self.yes = yes
        self.brief = brief
        self.console = console or Console(highlight=False)

    @contextmanager
    def step(self, title: str) -> Iterator["Step"]:
        """Show that something is under way, then how long it took."""
        step = Step(title)
        started = time.monotonic()
        with self.console.status(f"{title} …") as status:
            step.on_detail = lambda text: status.update(f"{title} … [dim]{text}[/dim]")
            yield step
        seconds = time.monotonic() - started
        note = f"  [dim]{step.note}[/dim]" if step.note else ""
        self.console.print(f"[green]✓[/green] {title}{note}  [dim]{seconds:.1f} s[/dim]")

    def say(self, text: str) -> None:
        """Write one line."""
        self.console.print(text)

    def plan(self, plan: Plan) -> None:
        """Show what a change set would do."""
        if plan.ready and self.brief:
            return
        if not plan.ready:
            self.console.print(f"[dim]=[/dim] {plan.stack}: nothing to change")
            return
        table = Table(
            title=f"{plan.stack} ({'new' if plan.creates else 'update'})", title_justify="left"
        )
        for head in ("", "resource", "type"):
            table.add_column(head)
        for change in sorted(plan.changes, key=lambda c: (c.action, c.kind, c.logical)):
            action = f"{change.action}, replaced" if change.replacement else change.action
            colour = "red" if change.replacement else _COLOURS.get(change.action, "white")
            kind = change.kind.removeprefix("AWS::")
            table.add_row(f"[{colour}]{action}[/{colour}]", change.logical, kind)
        self.console.print(table)
        for change in plan.dangerous:
            self.console.print(f"[red]{change.logical} goes away or is replaced.[/red]")

    def confirm(self, question: str) -> None:
        """Ask before a change; raises InfraError on no, or where nobody can answer."""
        if not self.ask(question):
            raise InfraError("Nothing was changed.")

    def ask(self, question: str) -> bool:
        """Return the operator's answer; raises InfraError where there is nobody to ask."""
        if self.yes:
            return True
        if not sys.stdin.isatty():
            raise InfraError("Nothing was changed: nobody to ask here. Repeat with --yes.")
        return click.confirm(question, default=False)


class Step:
    """One line of progress; `note` is shown when it is done."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.note = ""
        self.on_detail: Callable[[str], None] = lambda _text: None

    def detail(self, text: str) -> None:
        """Show what is happening right now."""
        self.on_detail(text)
