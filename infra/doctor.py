"""`doctor`: is every case what its history says, was every employee told, every payment one?

The product never reads a whole table; this does, with the operator's own credentials.
It finds the cases by a scan and reads each one whole; nothing is changed, and nothing decrypted
but amounts, to add them up (`doctor_figures`).
People go on working meanwhile: whatever looks wrong is read once more before it counts.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import click
from rich.table import Table

from chalicelib.casework import chain, records
from chalicelib.casework.case import Case, Event
from chalicelib.casework.kind import Kind, kinds
from chalicelib.core.clock import Clock
from chalicelib.notify.texts import texts
from chalicelib.store import keys
from chalicelib.store.cases import TABLE, CaseItem, EventItem, LockItem
from chalicelib.store.deliveries import Delivery, State, deliveries_of
from chalicelib.store.tables import Database, read_together
from infra import doctor_figures, doctor_payouts, doctor_subsidies
from infra.session import Cloud
from infra.ui import Ui

# relay, reconciler (five minutes, ten of grace) and first retries lie inside this
GRACE: Final = timedelta(minutes=20)
# the longest wait between two tries is an hour
_TRYING: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A case with everything that stands beside it."""

    case: Case | None
    history: Sequence[Event]
    waiting_since: datetime | None


def command(cloud: Cloud, ui: Ui, clock: Clock, *, as_json: bool) -> bool:
    """Examine a stage and print what was found; return whether all is well."""
    know_kinds(cloud)
    database = Database(cloud.client("dynamodb"), cloud.stage.prefix).use()
    now, world = clock.now(), doctor_figures.opener(cloud, database, clock)
    tally = doctor_figures.Tally(database, now, GRACE, world)
    count, findings = examine(database, now, tally)
    if as_json:
        found = [asdict(one) for one in findings]
        click.echo(json.dumps({"cases": count, "findings": found, "money": tally.money}))
    else:
        table = Table(box=None, padding=(0, 2), show_header=False)
        for one in findings:
            table.add_row("[red]✗[/red]", one.where, one.what)
        ui.console.print(table)
        if not tally.money:
            ui.say("Sums of money were left out: amounts do not open with these credentials.")
        ui.say(f"{count} cases examined, {len(findings)} findings.")
    return not findings


def know_kinds(cloud: Cloud) -> None:
    """Register all kinds of cases, as app.py does."""
    os.environ.setdefault("PREFIX", cloud.stage.prefix)
    os.environ.setdefault("CHAT_QUEUE", f"{cloud.stage.prefix}-chat")
    import app  # noqa: F401


def examine(
    database: Database, now: datetime, tally: doctor_figures.Tally | None = None
) -> tuple[int, list[Finding]]:
    """Return how many cases there are, and everything wrong with them.

    With a tally, made before, the statistics are compared as well.
    """
    findings: list[Finding] = []
    numbers, locks, batches, holds = _walk(database)
    expected: dict[str, str] = {}
    claims: dict[str, doctor_payouts.Claim] = {}
    cases: list[Case] = []
    for number in numbers:
        whole = _read(database, number)
        found = _wrong(number, whole, now)
        if found:
            whole = _read(database, number)
            found = _wrong(number, whole, now)
        findings += found
        if whole.case is not None:
            claims[number] = doctor_payouts.claim(whole.case)
            cases.append(whole.case)
            expected |= dict.fromkeys(_held(whole.case), number)
            if tally is not None:
                tally.see(whole.case, whole.history)
    findings += _locks(database, locks, expected)
    findings += [Finding(*one) for one in doctor_subsidies.findings(database, cases)]
    findings += [Finding(*one) for one in (tally.years(database, cases) if tally else ())]
    money = doctor_payouts.findings(database, batches, claims, now, holds)
    findings += [Finding(*one) for one in money]
    findings += [Finding(*one) for one in (tally.findings() if tally else ())]
    return len(numbers), findings


def _wrong(number: str, whole: Whole, now: datetime) -> list[Finding]:
    return [*_case(number, whole, now), *_told(number, whole, now)]


def _walk(database: Database) -> tuple[list[str], dict[str, str], list[str], list[str]]:
    """Return the numbers of all cases, locks by their partition, batches, and cases held."""
    pages = database.client.get_paginator("scan").paginate(
        TableName=database.name(TABLE),
        ProjectionExpression="pk, sk, #number",
        FilterExpression=(
            "sk = :first OR sk = :case OR sk = :batch OR (sk = :lock AND "
            "(begins_with(pk, :open) OR begins_with(pk, :invoice) OR begins_with(pk, :hold)))"
        ),
        ExpressionAttributeNames={"#number": "number"},
        ExpressionAttributeValues={
            ":first": {"S": keys.event(1)},
            ":case": {"S": keys.CASE},
            ":batch": {"S": keys.BATCH},
            ":lock": {"S": keys.LOCK},
            ":open": {"S": keys.OPEN_PREFIX},
            ":invoice": {"S": keys.INVOICE_PREFIX},
            ":hold": {"S": keys.hold("")},
        },
    )
    numbers, locks, batches, holds = set(), {}, [], []
    for item in (item for page in pages for item in page["Items"]):
        if item["pk"]["S"].startswith(keys.hold("")):
            holds.append(keys.name_in(item["pk"]["S"]))
        elif item["sk"]["S"] == keys.LOCK:
            locks[item["pk"]["S"]] = item["number"]["S"]
        elif item["sk"]["S"] == keys.BATCH:
            batches.append(keys.name_in(item["pk"]["S"]))
        else:
            numbers.add(item["pk"]["S"].removeprefix(keys.case("")))
    return sorted(numbers), locks, sorted(batches), sorted(holds)


def _read(database: Database, number: str) -> Whole:
    pages = database.client.get_paginator("query").paginate(
        TableName=database.name(TABLE),
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": keys.case(number)}},
        ConsistentRead=True,
    )
    items: list[dict[str, Any]] = [item for page in pages for item in page["Items"]]

    def named(prefix: str) -> list[dict[str, Any]]:
        return [item for item in items if item["sk"]["S"].startswith(prefix)]

    cases = [records.case_from(CaseItem.from_raw_data(item)) for item in named(keys.CASE)]
    events = [EventItem.from_raw_data(item) for item in named(keys.EVENT_PREFIX)]
    outbox = [datetime.fromisoformat(item["at"]["S"]) for item in named(keys.OUTBOX_PREFIX)]
    return Whole(
        case=cases[0] if cases else None,
        history=[records.event_from(event) for event in events],
        waiting_since=min(outbox, default=None),
    )


def _case(number: str, whole: Whole, now: datetime) -> Iterator[Finding]:
    """Compare a case with its history."""
    case, history = whole.case, whole.history
    broken = chain.broken_at(history)
    if broken is not None:
        yield Finding(number, f"its history is not true from event {broken} on")
    if any(after.from_state != before.to_state for before, after in pairwise(history)):
        yield Finding(number, "its history jumps between states")
    if case is None or not history:
        yield Finding(number, "a history without its case" if case is None else "no history")
        return
    last = history[-1]
    if (case.version, case.head) != (last.seq, last.hash):
        yield Finding(number, f"the case stands at event {case.version}, its history at {last.seq}")
    elif chain.data_digest(case.data, case.documents) != last.data_digest:
        yield Finding(number, "its data is not what the last event left")
    if case.state != last.to_state:
        yield Finding(number, f"its state is {case.state}, its history says {last.to_state}")
    kind = _kind(case)
    if kind is None or case.state not in kind.machine.states:
        yield Finding(number, f"nobody knows a {case.kind} in state {case.state}")
    if whole.waiting_since is not None and now - whole.waiting_since > GRACE:
        yield Finding(number, f"an event waits in the outbox since {whole.waiting_since}")


def _told(number: str, whole: Whole, now: datetime) -> Iterator[Finding]:
    """Compare what an employee should have been told with the ledger."""
    kind = _kind(whole.case) if whole.case else None
    for event in whole.history if kind else ():
        name = kind.message(event.from_state, event.action, event.to_state) if kind else None
        if name is None or now - event.at <= GRACE:
            continue
        ledger = deliveries_of(number, event.seq)
        for channel in sorted(texts().messages[name].channels):
            problem = _delivery_problem(ledger.get(channel), now)
            if problem:
                yield Finding(number, f"event {event.seq}, {channel}: {problem}")


def _delivery_problem(delivery: Delivery | None, now: datetime) -> str:
    if delivery is None:
        return "was never sent"
    age = now - delivery.updated_at if delivery.updated_at else timedelta.max
    if delivery.state is State.UNKNOWN or (delivery.state is State.SENDING and age > GRACE):
        return "nobody knows whether it was sent (see queues resend)"
    if not delivery.state.settled and age > _TRYING:
        return f"{delivery.state} since {delivery.updated_at} (see queues show)"
    return ""


def _locks(
    database: Database, locks: dict[str, str], expected: dict[str, str]
) -> Iterator[Finding]:
    """Compare the locks with the cases that should hold them: one of a kind, one an invoice."""
    for pk, number in locks.items():
        if expected.get(pk) != number and not _agree(database, pk, number):
            yield Finding(number, _lock_words(pk)[0])
    for pk, number in expected.items():
        if pk not in locks and not _agree(database, pk, number):
            yield Finding(number, _lock_words(pk)[1])


def _agree(database: Database, pk: str, number: str) -> bool:
    """Tell whether a lock and its case say the same now."""
    key = (LockItem, pk, keys.LOCK)
    lock, case = read_together(database, [key]).get(key), _read(database, number).case
    held = isinstance(lock, LockItem) and lock.number == number
    return held == (case is not None and pk in _held(case))


def _lock_words(pk: str) -> tuple[str, str]:
    """Return what is wrong with a lock that nobody holds, and with one that is missing."""
    if pk.startswith(keys.OPEN_PREFIX):
        stray = "a lock says it is open, and it is not"
        return stray, "it is open, and nothing locks out a second one"
    stray = "a lock says it has an invoice, and it has not"
    return stray, "it has an invoice, and nothing keeps others from it"


def _held(case: Case) -> set[str]:
    """Return the partitions of all locks that a case must hold."""
    only_one = [keys.open_case(case.kind, case.member_id)] if _locks_out(case) else []
    return {*only_one, *doctor_subsidies.locks(case)}


def _kind(case: Case) -> Kind | None:
    return next((kind for kind in kinds() if kind.name == case.kind), None)


def _locks_out(case: Case) -> bool:
    """Tell whether a case is open and must be its employee's only one."""
    kind = _kind(case)
    state = kind.machine.states.get(case.state) if kind else None
    return kind is not None and kind.one_open and state is not None and not state.closed
