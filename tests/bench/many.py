"""A roster of a hundred thousand rows and a batch of ten thousand payments, from end to end.

Tables and bucket are the local cloud's, in a process of its own. The works are the product's
functions, message by message, in a process that does nothing else: its peak is theirs.
"""

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from openpyxl import Workbook
from rich.console import Console

from chalicelib.casework.case import Case
from chalicelib.casework.records import case_item
from chalicelib.store.roster import RosterStore
from infra import roster
from infra.ui import Ui
from tests.bench import engine
from tests.fakes.cloud import Stage, make_stage
from tests.fakes.payroom import MAKER, RELEASER, PayRoom
from tests.memory import peak_mb
from tests.unit.roster_examples import GOOD

CASES = "mutual-aid-local-cases"
PORTION = 25


def table(rows: int, payments: int) -> list[str]:
    """Return the figures as lines of a table; rows of a roster, payments of a batch."""
    lines = ["| work | size | a second | our CPU for each | peak of memory |"]
    lines.append("|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory(prefix="mutual-aid-roster-") as folder:
        path = Path(folder) / "roster.xlsx"
        _write(path, rows)
        for work in (partial(_import, path, rows), partial(_batch, payments)):
            # a new process for each: a peak never falls
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                lines += alone.submit(work).result()
    return lines


def _write(path: Path, rows: int) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([*GOOD])
    for n in range(rows):
        person = {"证件类型": "护照", "证件号码": f"X{n:08d}", "手机号码": f"179{n:08d}"}
        sheet.append([*(GOOD | person).values()])
    book.save(path)


def _import(path: Path, rows: int) -> list[str]:
    with engine.running():
        stage = make_stage()
        world = stage.world
        store = RosterStore(world.database, world.vault, stage.ids)
        desk = roster.Desk(
            store, world.vault, stage.clock, Ui(yes=True, console=Console(quiet=True))
        )
        run = partial(roster.run, path, desk, dry_run=False)
        return [
            _timed("roster checked and imported", rows, run),
            _timed("the same file again, nothing changed", rows, run),
        ]


def _batch(size: int) -> list[str]:
    with engine.running():
        room = PayRoom(make_stage())
        _fill(room.stage, room.grants.approved(), size)
        made: list[str] = []
        lines = [_timed("payments gathered", size, lambda: made.append(room.gather(size, MAKER)))]
        number = made[0]
        lines.append(_timed("released", size, lambda: room.release(number, RELEASER)))
        lines.append(_timed("exported as two files", size, lambda: room.export(number)))
        report = room.bank.report(room.bank.take(room.file(number)))
        bring = partial(room.bring, number, report)
        lines.append(_timed("the bank's results imported", size, bring))
        assert room.batch(number).paid == size, "a payment was lost"
        return [*lines, _timed("imported again, nothing changed", size, bring)]


def _timed(name: str, size: int, act: Callable[[], object]) -> str:
    begun, worked = time.monotonic(), time.process_time()
    act()
    rate = size / (time.monotonic() - begun)
    each = 1_000 * (time.process_time() - worked) / size
    return f"| {name} | {size:,} | {rate:,.0f} | {each:.2f} ms | {peak_mb()} MB |"


def _fill(stage: Stage, case: Case, size: int) -> None:
    """Let so many cases like this one exist, a millisecond apart."""
    client = stage.world.aws.client("dynamodb")
    for first in range(0, size, PORTION):
        portion = []
        for place in range(first, min(first + PORTION, size)):
            at = case.updated_at + timedelta(milliseconds=place + 1)
            number = str(2 * 10**18 + place)
            twin = replace(case, number=number, updated_at=at, created_at=at, operations=())
            portion.append({"PutRequest": {"Item": case_item(twin).to_dynamodb_dict()}})
        client.batch_write_item(RequestItems={CASES: portion})
