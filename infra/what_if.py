"""`python -m infra plan what-if FILE`: whose amount would another plan change, and by how much.

Looks at every application that is open, or was paid a short while ago, and changes nothing. It
reads the whole cases table and opens sealed stays, with the operator's own credentials. Each is
worked out with the year as it stood when its amount was made: what an earlier stay of the same
person would get by the new plan is not carried over.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from rich.table import Table

from chalicelib.casework import records
from chalicelib.casework.case import Case
from chalicelib.core.clock import SystemClock
from chalicelib.core.errors import Broken
from chalicelib.core.money import yuan
from chalicelib.store import keys
from chalicelib.store.cases import TABLE, CaseItem
from chalicelib.store.plans import PlanBook
from chalicelib.store.tables import Database
from chalicelib.store.vault import Vault
from chalicelib.subsidy import record
from chalicelib.subsidy.benefit import estimate
from chalicelib.subsidy.kind import KIND
from chalicelib.subsidy.plan import Plan, plan_for
from infra import keyring
from infra.errors import InfraError
from infra.plan import load
from infra.session import Cloud
from infra.ui import Ui

DAYS: Final = 90
"""How long after its end a paid application is still looked at."""
_NEVER: Final = ("new", "refused", "deleted")
_HEADS: Final = ("number", "state", "plan so far", "amount so far", "by this plan", "difference")


@dataclass(frozen=True, slots=True)
class Changed:
    """An application whose amount would be another one; amounts in 分."""

    number: str
    state: str
    version: str
    old: int
    new: int

    @property
    def cells(self) -> tuple[str, ...]:
        """What is shown of it, in the order of the heads."""
        amounts = (self.old, self.new, self.new - self.old)
        return (self.number, self.state, self.version, *map(yuan, amounts))


@dataclass(frozen=True, slots=True)
class Answer:
    """What was looked at, how many of it the plan is for, and what would change."""

    looked_at: int
    concerned: int
    changed: tuple[Changed, ...]
    unreadable: tuple[str, ...]


@dataclass(frozen=True)
class Desk:
    """What the command works with."""

    database: Database
    vault: Vault
    now: datetime
    ui: Ui


def connect(cloud: Cloud, ui: Ui) -> Desk:
    """Connect to a deployed stage with the operator's own credentials."""
    cloud.verify()
    database = Database(cloud.client("dynamodb"), cloud.stage.prefix).use()
    return Desk(database, keyring.open_vault(cloud), SystemClock().now(), ui)


def run(desk: Desk, path: Path, *, days: int = DAYS, table: Path | None = None) -> None:
    """Print what a plan would change, and write it to a CSV file as well.

    Raises InfraError when the file is wrong, or applications could not be read.
    """
    new = load(path)
    with desk.ui.step("Working out every application") as step:
        answer = examine(desk, new, timedelta(days=days))
        step.note = f"{answer.looked_at} looked at"
    desk.ui.console.print(_table(answer.changed, new))
    desk.ui.say(
        f"{answer.looked_at} applications open or paid in the last {days} days, "
        f"{answer.concerned} admitted on days of {new.version}, "
        f"{len(answer.changed)} with another amount. Nothing was changed: "
        "an application keeps the plan it was submitted under."
    )
    if table is not None:
        _write(table, answer.changed)
        desk.ui.say(f"Written to {table}.")
    if answer.unreadable:
        raise InfraError(f"Could not be read (see doctor): {', '.join(answer.unreadable)}.")


def examine(desk: Desk, new: Plan, recent: timedelta) -> Answer:
    """Work out every application as if a plan were published."""
    plans = _as_if(desk.database, new)
    looked_at = concerned = 0
    changed, unreadable = list[Changed](), list[str]()
    for case in _cases(desk.database, desk.now - recent):
        looked_at += 1
        try:
            found = _look(desk.vault, case, plans, new)
        except Broken:
            unreadable.append(case.number)
            continue
        concerned += found is not None
        if found is not None and found.old != found.new:
            changed.append(found)
    ordered = sorted(changed, key=lambda one: one.number)
    return Answer(looked_at, concerned, tuple(ordered), tuple(sorted(unreadable)))


def _as_if(database: Database, new: Plan) -> tuple[Plan, ...]:
    published = (Plan.model_validate(dump) for dump in PlanBook(database).read()[1])
    return (*(plan for plan in published if plan.version != new.version), new)


def _look(vault: Vault, case: Case, plans: tuple[Plan, ...], new: Plan) -> Changed | None:
    """Return an application's amount by a plan; None when the plan is not for its admission."""
    stay = record.latest(vault, case).stay
    if plan_for(plans, stay.admission) is not new:
        return None
    old = record.statement(vault, case)
    amount = estimate(new, stay, record.year(case)).amount_fen
    lowered = record.lowered(vault, case)
    if lowered is not None:
        amount = min(amount, lowered.amount_fen)
    label = KIND.machine.states[case.state].label
    number = f"{KIND.prefix}{case.number}"
    return Changed(number, label, old.plan_version, old.amount_fen, amount)


def _cases(database: Database, since: datetime) -> Iterator[Case]:
    """Return the applications that are open, or were paid after a moment."""
    pages = database.client.get_paginator("scan").paginate(
        TableName=database.name(TABLE),
        FilterExpression="sk = :case AND #kind = :kind",
        ExpressionAttributeNames={"#kind": "kind"},
        ExpressionAttributeValues={":case": {"S": keys.CASE}, ":kind": {"S": KIND.name}},
    )
    for item in (item for page in pages for item in page["Items"]):
        case = records.case_from(CaseItem.from_raw_data(item))
        if case.state in _NEVER:
            continue
        if not KIND.machine.states[case.state].closed or case.updated_at >= since:
            yield case


def _table(changed: Iterable[Changed], new: Plan) -> Table:
    rows = list(changed)
    table = Table(title=f"If {new.version} held", title_justify="left", show_footer=bool(rows))
    footers: Mapping[str, str] = dict(zip(_HEADS, _totals(rows), strict=True))
    for head in _HEADS:
        right = head in _HEADS[3:]
        table.add_column(head, footer=footers[head], justify="right" if right else "left")
    for one in rows:
        table.add_row(*one.cells)
    return table


def _totals(rows: list[Changed]) -> tuple[str, ...]:
    old, new = sum(one.old for one in rows), sum(one.new for one in rows)
    return (f"{len(rows)} in all", "", "", yuan(old), yuan(new), yuan(new - old))


def _write(path: Path, changed: Iterable[Changed]) -> None:
    """Write the rows for a spreadsheet; no cell of ours can begin a formula but a minus."""
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_HEADS)
            writer.writerows(one.cells for one in changed)
    except OSError as error:
        raise InfraError(f"{path} cannot be written: {error.strerror}.") from error
