"""What the nightly job removed, and what falls due next: read only."""

from collections import Counter
from datetime import date, timedelta

from rich.table import Table

from chalicelib.store.due import CaseDue
from chalicelib.store.retention import COUNTED, Retention
from infra.ui import Ui

_MOST_A_DAY = 10_000


def show(retention: Retention, ui: Ui, *, today: date, days: int) -> None:
    """Print the reports of as many nights, and what falls due in as many days to come."""
    cursor = retention.cursor()
    if cursor is None:
        ui.say("The nightly job has not run yet.")
    elif cursor <= today:
        ui.say(f"[yellow]Everything before {cursor} is done; the job is behind.[/yellow]")
    else:
        ui.say(f"Everything before {cursor} is done.")
    ui.console.print(_reports(retention, days))
    ui.console.print(_due(retention, min(cursor or today, today), today + timedelta(days=days)))


def _reports(retention: Retention, days: int) -> Table:
    table = Table(title="removed", title_justify="left")
    table.add_column("day")
    for name in COUNTED:
        table.add_column(name, justify="right")
    for day, counts in retention.reports(days):
        table.add_row(day, *(f"{counts[name]:,}" for name in COUNTED))
    return table


def _due(retention: Retention, first: date, last: date) -> Table:
    """Return what a run would take up on each day; how much of it goes is seen then."""
    table = Table(title="falls due", title_justify="left")
    table.add_column("day")
    for name in ("cases", "members"):
        table.add_column(name, justify="right")
    day = first
    while day <= last:
        found = retention.due_on(day, _MOST_A_DAY)
        kinds = Counter("cases" if isinstance(item, CaseDue) else "members" for item in found)
        if found:
            table.add_row(day.isoformat(), f"{kinds['cases']:,}", f"{kinds['members']:,}")
        day += timedelta(days=1)
    return table
