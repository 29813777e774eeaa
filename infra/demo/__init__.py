"""Invented people and units, for a deployment that can be tried by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.session import Cloud


def seed(cloud: Cloud) -> str:
    """Write the demo roster and its people, import what is new, and return what was done."""
    from rich.console import Console

    from chalicelib.core.clock import beijing_date
    from infra.demo import roster as demo
    from infra.local import place
    from infra.roster import desk_of, one_pass
    from infra.ui import Ui

    desk = desk_of(cloud, Ui(yes=True, console=Console(quiet=True)))
    today = beijing_date(desk.clock.now())
    path = demo.write(place.here().folder, count=demo.EMPLOYEES, today=today, kind="xlsx")
    done = one_pass(path, desk, desk.store, path.with_name("roster.rejected.csv"))
    return f"{done.created} employees new, {done.updated} changed, {done.unchanged} as before"
