"""`python -m infra plan …`: what is published, and publishing more of it.

A revision never changes. What a new one changes is shown twice: value by value against the
revision before it, and day by day as the admissions that another plan holds for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from typing import TypeVar

from rich.markup import escape
from rich.table import Table

from chalicelib.core.clock import Clock, SystemClock, beijing_minute
from chalicelib.core.errors import Conflict, Refused
from chalicelib.store.plans import PlanBook
from chalicelib.store.tables import Database
from chalicelib.subsidy.plan import Plan, plan_for
from infra import keyring
from infra.errors import InfraError
from infra.paths import ROOT
from infra.plan import diff, load
from infra.session import Cloud
from infra.ui import Ui

DEMO = ROOT / "infra" / "plans" / "demo-2026.toml"
_DAY = timedelta(days=1)
_KEPT = (
    "It is for what is submitted from now on; an application that waits keeps its plan, "
    "unless it goes back to the employee and is submitted again."
)
_EXAMPLE = "It is marked as an example: every page that uses it says 示例."

Span = tuple[date, date | None]
Value = TypeVar("Value")


@dataclass(frozen=True)
class Desk:
    """What the commands work with: a stage's book, who is at it, a clock, the screen."""

    book: PlanBook
    account: str
    clock: Clock
    ui: Ui


@dataclass(frozen=True, slots=True)
class Reach:
    """Days of admission, both included, that another plan holds for than before ("" none)."""

    starts: date
    ends: date | None
    before: str

    @property
    def days(self) -> str:
        """The days in words."""
        return f"from {self.starts}" if self.ends is None else f"{self.starts} to {self.ends}"


def connect(cloud: Cloud, ui: Ui) -> Desk:
    """Connect to a deployed stage with the operator's own credentials."""
    account = cloud.verify()
    if not keyring.current(cloud):
        raise InfraError(
            f"{cloud.stage.prefix} is not deployed. "
            f"Run `python -m infra deploy --stage {cloud.stage.name}` first."
        )
    database = Database(cloud.client("dynamodb"), cloud.stage.prefix)
    return Desk(PlanBook(database), account, SystemClock(), ui)


def publish(desk: Desk, path: Path, *, dry_run: bool = False) -> bool:
    """Check a plan, show what it changes, ask, publish; False when it is there already.

    Raises InfraError when the file is wrong, its revision is published with other content or
    older than the published ones, no admission would use it, or the operator says no.
    """
    new = load(path)
    seen, published = _read(desk)
    same_id = [plan for plan in published if plan.id == new.id]
    if new in same_id:
        desk.ui.say(f"Nothing to do: {new.version} is published as the file has it.")
        return False
    before = max(same_id, key=lambda plan: plan.revision, default=None)
    desk.ui.console.print(_differences(before, new))
    _refuse_stale(before, new)
    touched = reach(published, new)
    if not touched:
        raise InfraError(f"No admission would use {new.version}: other plans hold on all its days.")
    desk.ui.console.print(_reach_table(touched, new))
    desk.ui.say(_KEPT)
    if new.example:
        desk.ui.say(_EXAMPLE)
    if dry_run:
        desk.ui.say("Dry run: nothing was published.")
        return False
    desk.ui.confirm(f"Publish {new.version}? It can never be changed or taken back.")
    _write(desk, new, seen)
    desk.ui.say(f"Published {new.version}; functions use it from their next page on.")
    return True


def listed(desk: Desk) -> Table:
    """Return all revisions as a table, oldest first."""
    plans = {plan.version: plan for plan in _read(desk)[1]}
    held = _held(plans.values())
    table = Table(title="Plans", title_justify="left")
    for head in ("version", "name", "effective", "holds for admissions", "published", "by"):
        table.add_column(head)
    for revision in desk.book.revisions():
        plan = plans[revision.version]
        table.add_row(
            plan.version,
            escape(plan.name),
            f"{plan.effective_from} to {plan.effective_to or 'the next'}",
            "\n".join(held.get(plan.version, ["none any more"])),
            beijing_minute(revision.at),
            escape(revision.account),
        )
    return table


def shown(desk: Desk, version: str) -> Table:
    """Return every value of a revision; raises InfraError when there is no such one."""
    plans = {plan.version: plan for plan in _read(desk)[1]}
    if version not in plans:
        known = ", ".join(plans) or "none yet"
        raise InfraError(f"{version} is not published. Published: {known}.")
    table = Table(title=version, title_justify="left", show_header=False)
    for value in diff(None, plans[version]):
        table.add_row(value.field, escape(value.new))
    return table


def reach(published: Sequence[Plan], new: Plan) -> tuple[Reach, ...]:
    """Return the admissions that a new plan takes over, in order, by the plan it follows."""
    everything = [*published, new]

    def taken(day: date) -> str | None:
        old = plan_for(published, day)
        taken_over = plan_for(everything, day) is new
        return (old.version if old else "") if taken_over else None

    runs = _runs(everything, taken)
    return tuple(Reach(a, b, before) for before, a, b in runs if before is not None)


def seed(cloud: Cloud, ui: Ui) -> str:
    """Publish the demo plan where it is not published yet; return what was done."""
    desk = connect(cloud, ui)
    plan = load(DEMO)
    published = {old.version: old for old in _read(desk)[1]}
    if plan.version not in published:
        _write(desk, plan, desk.book.read()[0])
        return f"{plan.version} published"
    if published[plan.version] != plan:
        return f"{plan.version} as published before; a changed file needs a higher revision"
    return f"{plan.version} as before"


def _read(desk: Desk) -> tuple[int, tuple[Plan, ...]]:
    number, dumps = desk.book.read()
    return number, tuple(Plan.model_validate(dump) for dump in dumps)


def _write(desk: Desk, new: Plan, seen: int) -> None:
    dump = new.model_dump(mode="json")
    try:
        desk.book.publish(new.version, dump, seen=seen, account=desk.account, at=desk.clock.now())
    except Conflict as error:
        raise InfraError("Somebody else published meanwhile. Look again, then repeat.") from error
    except Refused as error:
        raise InfraError(f"{new.version} was not published: {error.message}") from error


def _refuse_stale(before: Plan | None, new: Plan) -> None:
    if before is None or new.revision > before.revision:
        return
    raise InfraError(
        f"{new.version} may not differ from what is published. "
        f"Set revision = {before.revision + 1} in the file, then publish it as that."
    )


def _held(plans: Iterable[Plan]) -> dict[str, list[str]]:
    """Return the admissions that each version holds for, in words."""
    known = list(plans)

    def holding(day: date) -> str:
        plan = plan_for(known, day)
        return plan.version if plan else ""

    held: dict[str, list[str]] = {}
    for version, starts, ends in _runs(known, holding):
        held.setdefault(version, []).append(Reach(starts, ends, "").days)
    return held


def _runs(
    plans: Sequence[Plan], of: Callable[[date], Value]
) -> list[tuple[Value, date, date | None]]:
    """Return the longest stretches of days with the same value, given what it depends on."""
    grouped = groupby(_spans(plans), key=lambda span: of(span[0]))
    return [(value, *_whole(list(spans))) for value, spans in grouped]


def _whole(spans: list[Span]) -> Span:
    return spans[0][0], spans[-1][1]


def _spans(plans: Sequence[Plan]) -> list[Span]:
    """Return the stretches of days on which the same plans are in effect; the last is open."""
    days = {plan.effective_from for plan in plans}
    days |= {p.effective_to + _DAY for p in plans if p.effective_to and p.effective_to < date.max}
    ordered = sorted(days)
    closed = [(first, following - _DAY) for first, following in pairwise(ordered)]
    return [*closed, (ordered[-1], None)] if ordered else []


def _differences(before: Plan | None, new: Plan) -> Table:
    title = f"{new.version} against {before.version}" if before else f"{new.version}, the first"
    table = Table(title=title, title_justify="left")
    for head in ("field", "published", "file"):
        table.add_column(head)
    for difference in diff(before, new):
        table.add_row(difference.field, escape(difference.old), escape(difference.new))
    return table


def _reach_table(touched: Iterable[Reach], new: Plan) -> Table:
    table = Table(title="Stays that it is for", title_justify="left")
    for head in ("admitted", "so far", "from now on"):
        table.add_column(head)
    for one in touched:
        table.add_row(one.days, one.before or "no plan", new.version)
    return table
