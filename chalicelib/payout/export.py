"""The file for the bank: written row by row, then usable only if it is what was released.

Nothing of it counts before the last transaction, which demands that the batch has exactly the
payments of the file. A run that ends before leaves an object that nobody can take.
"""

import json
import logging
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from chalicelib.casework.case import Case
from chalicelib.casework.kind import kind_of
from chalicelib.casework.records import case_from
from chalicelib.casework.service import Casework, Step
from chalicelib.core.errors import Broken, Conflict, Refused
from chalicelib.payout import moves, sheets
from chalicelib.payout.models import TOTALS, BatchState, File, LeftCode, PaymentState
from chalicelib.payout.sheets import PaymentRow, Totals
from chalicelib.payout.work import Budget
from chalicelib.store import keys
from chalicelib.store.bucket import Stored
from chalicelib.store.cases import CaseItem
from chalicelib.store.payout_files import PayoutFiles
from chalicelib.store.payouts import (
    BatchItem,
    PaymentItem,
    Payouts,
    case_key,
    chunks,
    hold_key,
    payee_place,
)
from chalicelib.world import World

_log = logging.getLogger(__name__)

AGAIN = "again"
"""What asks for another run at once; a run has no place to go on from."""
_WRITERS = {"csv": sheets.write_csv, "xlsx": sheets.write_xlsx}


@dataclass(frozen=True, slots=True)
class _Written:
    path: Path
    sha256: str


def export(world: World, batch: BatchItem, _budget: Budget, _after: str) -> str | None:
    """Make the files of a released batch and let it go on; all in one piece."""
    store = Payouts(world.database)
    _sift(world, store, batch)
    now = store.batch(batch.number)
    if now is None or now.state != BatchState.EXPORTING:
        return None
    if now.version != batch.version:
        return AGAIN
    if not now.payments:
        moves.move(world, (now.number, BatchState.EXPORTING, BatchState.DISSOLVED))
        return None
    totals = Totals(int(now.payments), int(now.total_fen))
    with tempfile.TemporaryDirectory() as folder:
        try:
            written = _write(world, store, now, totals, Path(folder))
        except Broken:
            _log.exception("payout_totals_differ", extra={"number": now.number})
            back = (now.number, BatchState.EXPORTING, BatchState.RELEASED)
            moves.move(world, back, {"problem": TOTALS})
            return None
        if _publish(world, now, totals, written):
            return None
    # warned while the files were written: sift once more
    later = store.batch(batch.number)
    return AGAIN if later is not None and later.version != batch.version else None


def _write(
    world: World, store: Payouts, batch: BatchItem, totals: Totals, folder: Path
) -> Mapping[str, _Written]:
    written = {}
    for ext, write in _WRITERS.items():
        path = folder / f"{batch.number}.{ext}"
        written[ext] = _Written(path, write(path, _rows(world, store, batch.number), totals))
    return written


def _publish(
    world: World, batch: BatchItem, totals: Totals, written: Mapping[str, _Written]
) -> bool:
    """Upload, then make usable, if the batch still is what the files say."""
    bucket = PayoutFiles(world.aws.client("s3"), world.settings.documents_bucket)
    files = {}
    for ext, one in written.items():
        stored = bucket.put(keys.payout_object(batch.number, one.sha256, ext), one.path)
        size = one.path.stat().st_size
        files[ext] = File(stored.key, stored.version, one.sha256, size)
    same = (BatchItem.payments == totals.count) & (BatchItem.total_fen == totals.total_fen)
    # a warning that came after the payments were sifted
    unwarned = BatchItem.version == int(batch.version)
    all_released = BatchItem.released == totals.count
    done = moves.move(
        world,
        (batch.number, BatchState.EXPORTING, BatchState.EXPORTED),
        {
            "files": moves.files_json(files),
            "exported_at": world.clock.now(),
            "problem": None,
            "held": None,
        },
        same & all_released & unwarned,
    )
    if not done:
        _log.warning("payout_export_too_late", extra={"number": batch.number})
        for file in files.values():
            bucket.remove(Stored(file.key, file.version))
    return done


def _rows(world: World, store: Payouts, number: str) -> Iterator[PaymentRow]:
    """Yield what the bank is to pay, read and opened as it is written."""
    for item in store.payments(number):
        if item.state != PaymentState.RELEASED:
            continue
        payee = _payee(world, number, item)
        yield PaymentRow(
            number=item.number,
            holder=payee["holder"],
            account=payee["account"],
            bank=payee["bank"],
            branch=payee["branch"],
            amount_fen=int(item.amount_fen),
            remark=f"{kind_of(item.kind).label}{item.case_number}",
        )


def _payee(world: World, number: str, item: PaymentItem) -> Mapping[str, str]:
    payee: dict[str, str] = json.loads(
        world.vault.open(item.payee, place=payee_place(number, item.number))
    )
    return payee


def _sift(world: World, store: Payouts, batch: BatchItem) -> None:
    """Take back what must not be paid although it was released: it is in no file yet."""
    for portion in chunks(store.payments(batch.number)):
        released = [item for item in portion if item.state == PaymentState.RELEASED]
        holds = store.together([hold_key(item.case_number) for item in released])
        for item in released:
            code = _objection(world, batch.number, item, held=hold_key(item.case_number) in holds)
            if code is not None:
                _take_back(world, store, batch.number, item, code)


def _objection(world: World, number: str, item: PaymentItem, *, held: bool) -> LeftCode | None:
    if held:
        return LeftCode.HELD
    try:
        _payee(world, number, item)
    except Broken:
        return LeftCode.DAMAGED
    return None


def _take_back(
    world: World, store: Payouts, number: str, item: PaymentItem, code: LeftCode
) -> None:
    key = case_key(item.case_number)
    found = store.together([key]).get(key)
    if not isinstance(found, CaseItem):
        return
    case: Case = case_from(found)
    named = moves.left(world, number, case.number, code)
    change = moves.Change(item, PaymentState.REMOVED, (BatchState.EXPORTING,), {"code": code.value})
    step = Step(
        "bounce",
        moves.SYSTEM,
        f"takeback:{item.number}",
        data=moves.without_payment(case),
        writes=moves.changing(number, change, named),
    )
    try:
        Casework(world).advance(case, step)
    except (Refused, Conflict):
        _log.warning("payout_waits", extra={"number": case.number})
