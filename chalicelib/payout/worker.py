"""Behind the payout queue: each message is a slice of one work, and asks for the next.

One worker at a time has a batch (or a result file), for as long as a function may run; a
second delivery meanwhile is dropped. Nothing depends on that but speed: slices are safe side
by side. What stands still is found by the clock every five minutes (decision 0037).
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from chalicelib.core.errors import Conflict
from chalicelib.core.logs import about
from chalicelib.payout.models import WORK, BatchState, ResultState, Work
from chalicelib.payout.work import Budget
from chalicelib.store import keys
from chalicelib.store.payouts import BatchItem, Payouts, ResultItem
from chalicelib.store.tables import assignments
from chalicelib.world import World

_log = logging.getLogger(__name__)

PAYMENTS: Final = 200
"""Payments to a message."""
ROWS: Final = 1000
"""Rows to a message: each message reads its file from the beginning."""
WITHIN: Final = timedelta(seconds=40)
LEASE: Final = timedelta(minutes=6)
"""Longer than the function may run (five minutes)."""
AGAIN: Final = timedelta(seconds=30)
"""When a record that failed shows itself again."""
STANDS: Final = timedelta(minutes=10)
"""After so long without a worker a work is asked for again."""

Target = BatchItem | ResultItem


def handle(records: Sequence[Mapping[str, Any]], world: World) -> dict[str, Any]:
    """Handle SQS records; failed ones return to the queue alone, and end in its DLQ."""
    failed = []
    for record in records:
        try:
            run(world, json.loads(record["body"]))
        except Exception as error:  # noqa: BLE001 - one bad record must not take others along
            # the class only: messages of a library may quote what it read
            _log.warning("payout_work_failed", extra={"error": type(error).__name__})
            _hide(record, world)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def ask(world: World, number: str, work: Work, result: str = "", after: str = "") -> None:
    """Ask a worker to begin or go on with a work."""
    body = {"batch": number, "work": work.value, "result": result, "after": after}
    said = {name: text for name, text in body.items() if text}
    world.queue(f"{world.settings.prefix}-payout").put(said)


def reconcile(world: World) -> None:
    """Ask again for every work that stands still: its message was lost, or its worker."""
    before = world.clock.now() - STANDS
    for item in Payouts(world.database).standing(before):
        number = keys.name_in(item.pk)
        _log.warning("payout_stands", extra={"number": number})
        if isinstance(item, ResultItem):
            ask(world, number, Work.IMPORT, item.sk.removeprefix(keys.RESULT_PREFIX))
        else:
            ask(world, number, WORK[BatchState(item.state)])


def run(world: World, body: Mapping[str, str]) -> None:
    """Do one slice of a work; a work that is over, or another's at the moment, is dropped."""
    number, work, result = body["batch"], Work(body["work"]), body.get("result", "")
    with about(number=number, action=work.value):
        item = _read(world, number, work, result)
        holder = world.ids.token()
        if item is None or not _claim(world, item, holder):
            _log.info("payout_not_ours")
            return
        most = ROWS if work is Work.IMPORT else PAYMENTS
        budget = Budget.of(world.clock, payments=most, within=WITHIN)
        try:
            more = _slices()[work](world, item, budget, body.get("after", ""))
        except Exception:
            _give_back(world, item, holder)
            raise
        _log.info("payout_slice", extra={"count": most - budget.payments})
        # first given back, then handed on: whoever is next must find it free
        if _give_back(world, item, holder) and more is not None:
            ask(world, number, work, result, "" if work is Work.IMPORT else more)


def _hide(record: Mapping[str, Any], world: World) -> None:
    """Let a record come again soon; when that fails it only comes later."""
    name = str(record.get("eventSourceARN", "")).rpartition(":")[2]
    try:
        world.queue(name).hide(str(record["receiptHandle"]), AGAIN)
    except Exception as error:  # noqa: BLE001 - the queue's own visibility does the rest
        _log.warning("hide_failed", extra={"error": type(error).__name__})


def _slices() -> Mapping[Work, Callable[[World, Any, Budget, str], str | None]]:
    """Return what does each work; files and their libraries load only for those who need them."""
    from chalicelib.payout import work

    def export(world: World, item: BatchItem, budget: Budget, after: str) -> str | None:
        from chalicelib.payout import export

        return export.export(world, item, budget, after)

    def read_result(world: World, item: ResultItem, budget: Budget, after: str) -> str | None:
        from chalicelib.payout import imports

        return imports.read_result(world, item, budget, after)

    return {
        Work.GATHER: work.gather,
        Work.RELEASE: work.release,
        Work.DISSOLVE: work.dissolve,
        Work.EXPORT: export,
        Work.IMPORT: read_result,
    }


def _read(world: World, number: str, work: Work, result: str) -> Target | None:
    """Return what a message is about, None when there is nothing left to do."""
    store = Payouts(world.database)
    if work is Work.IMPORT:
        file = store.result(number, result)
        return file if file is not None and file.state == ResultState.READING else None
    batch = store.batch(number)
    if batch is None or WORK.get(BatchState(batch.state)) is not work:
        return None
    return batch


def _claim(world: World, item: Target, holder: str) -> bool:
    kind, now = type(item), world.clock.now()
    values = {
        "holder": holder,
        "busy_until": int((now + LEASE).timestamp()),
        "queued_at": now.isoformat(),
    }
    free = ~kind.busy_until.exists() | (kind.busy_until <= int(now.timestamp()))
    return _change(world, item, values, free & (kind.state == item.state))


def _give_back(world: World, item: Target, holder: str) -> bool:
    """Return whether the work is still there and was ours until now."""
    kind = type(item)
    same = (kind.state == item.state) & (kind.holder == holder)
    return _change(world, item, {"holder": None, "busy_until": None}, same)


def _change(world: World, item: Target, values: Mapping[str, Any], condition: Any) -> bool:
    transaction = world.transaction()
    kind = type(item)
    transaction.update(kind(item.pk, item.sk), assignments(kind, values), condition, Conflict())
    try:
        transaction.commit()
    except Conflict:
        return False
    return True
