"""Reading a result file: row by row, with a note after each portion of how far it came.

The note is conditional on where it stood, so that no row is counted twice; what was applied
and not yet noted is applied again and finds itself done.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO, Final

from pynamodb.expressions.update import Action

from chalicelib.core.errors import Conflict, Refused
from chalicelib.payout import moves, results, settle, texts
from chalicelib.payout.models import BatchState, ResultState
from chalicelib.payout.results import ResultRow, RowProblem
from chalicelib.payout.settle import Kind
from chalicelib.payout.work import Budget
from chalicelib.store import keys
from chalicelib.store.bucket import Stored, TooLargeError
from chalicelib.store.payout_files import PayoutFiles
from chalicelib.store.payouts import BatchItem, Payouts, ResultItem, RowItem
from chalicelib.store.tables import assignments
from chalicelib.world import World

_log = logging.getLogger(__name__)

_TOGETHER: Final = 40
"""Rows between two notes: their payments and cases are one read, their problems one write."""
_COUNTERS: Final = {Kind.APPLIED: "applied", Kind.UNCHANGED: "unchanged", Kind.PROBLEM: "problems"}

Row = ResultRow | RowProblem


class _UnreadableError(Exception):
    """The file as a whole cannot be read; says so to people."""


def read_result(world: World, file: ResultItem, budget: Budget, _after: str) -> str | None:
    """Apply the next rows of a file; returns something while there are more."""
    number, result_id = keys.name_in(file.pk), file.sk.removeprefix(keys.RESULT_PREFIX)
    bucket = PayoutFiles(world.aws.client("s3"), world.settings.documents_bucket)
    stored = Stored(keys.result_object(number, result_id), file.object_version)
    try:
        with bucket.opened(stored) as stream:
            rows = islice(_readable(stream), int(file.rows), None)
            if not _apply_all(world, file, rows, budget):
                return result_id
    except _UnreadableError as error:
        _end(world, file, ResultState.REFUSED, str(error))
        return None
    except TooLargeError:
        _end(world, file, ResultState.REFUSED, texts.WRONG_FILE)
        return None
    settled(world, number)
    _end(world, file, ResultState.DONE)
    return None


def _readable(stream: BinaryIO) -> Iterator[Row]:
    """Yield the rows of a file; tells a file nobody can read from a row nobody may apply."""
    try:
        yield from results.read(stream)
    except Refused as refused:
        raise _UnreadableError(refused.message) from refused


def settled(world: World, number: str) -> None:
    """Let a batch be done once the bank has spoken of every payment."""
    batch = Payouts(world.database).batch(number)
    if batch is None or batch.state != BatchState.EXPORTED or batch.released or batch.unknown:
        return
    nothing_open = (BatchItem.released == 0) & (BatchItem.unknown == 0)
    step = (number, BatchState.EXPORTED, BatchState.SETTLED)
    moves.move(world, step, condition=nothing_open)


def _apply_all(world: World, file: ResultItem, rows: Iterator[Row], budget: Budget) -> bool:
    """Return whether all rows were applied; some are in any case."""
    place = int(file.rows)
    while portion := [*islice(rows, _TOGETHER)]:
        found = _found(world, file, portion)
        _note(world, file, place, [_one(world, file, row, found) for row in portion])
        place += len(portion)
        budget.take(len(portion))
        if budget.spent:
            return False
    return True


def _found(world: World, file: ResultItem, portion: Sequence[Row]) -> settle.Found:
    """Read what a portion of rows is about, in one trip."""
    number = keys.name_in(file.pk)
    wanted = [
        key for row in portion if isinstance(row, ResultRow) for key in settle.wanted(number, row)
    ]
    return Payouts(world.database).together([*dict.fromkeys(wanted)])


def _one(
    world: World, file: ResultItem, row: Row, found: settle.Found
) -> tuple[Kind, RowItem | None]:
    """Return what became of a row, with the item that tells of a problem."""
    number, result_id = keys.name_in(file.pk), file.sk.removeprefix(keys.RESULT_PREFIX)
    if isinstance(row, RowProblem):
        return Kind.PROBLEM, _problem(file, row.line, row.field, row.sentence)
    outcome = settle.apply(world, number, row, f"{result_id}:{row.line}", found)
    if outcome.kind is not Kind.PROBLEM:
        return outcome.kind, None
    item = _problem(file, row.line, results.NUMBER, outcome.sentence)
    item.payment = row.payment_number
    return Kind.PROBLEM, item


def _problem(file: ResultItem, line: int, field: str, sentence: str) -> RowItem:
    result_id = file.sk.removeprefix(keys.RESULT_PREFIX)
    return RowItem(file.pk, keys.row(result_id, line), line=line, field=field, sentence=sentence)


def _note(
    world: World, file: ResultItem, place: int, noted: Sequence[tuple[Kind, RowItem | None]]
) -> None:
    """Write how far a file was read; raises Conflict when another reader is further."""
    transaction = world.transaction()
    counts = Counter(kind for kind, _item in noted)
    actions: list[Action] = [ResultItem.rows.set(place + len(noted))]
    actions += [getattr(ResultItem, _COUNTERS[kind]).add(count) for kind, count in counts.items()]
    same = (ResultItem.rows == place) & (ResultItem.state == ResultState.READING.value)
    transaction.update(ResultItem(file.pk, file.sk), actions, same, Conflict())
    for _kind, item in noted:
        if item is not None:
            transaction.put(item)
    transaction.commit()


def _end(world: World, file: ResultItem, state: ResultState, sentence: str = "") -> None:
    values = {
        "state": state.value,
        "ended_at": world.clock.now(),
        "sentence": sentence or None,
        "queue": None,
        "queued_at": None,
        "holder": None,
        "busy_until": None,
    }
    transaction = world.transaction()
    reading = ResultItem.state == ResultState.READING.value
    transaction.update(
        ResultItem(file.pk, file.sk), assignments(ResultItem, values), reading, Conflict()
    )
    try:
        transaction.commit()
    except Conflict:
        _log.info("payout_import_ended_before")
