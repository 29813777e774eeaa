"""What finance does with batches: make, release, dissolve, export, download, bring results.

Each is one transaction that moves the batch, then a message to the worker. The message may be
lost: the same form sends it again, and so does the clock.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from pynamodb.expressions.condition import Condition

from chalicelib.casework.machine import Role
from chalicelib.core.errors import AppError, Conflict, NotAllowed, NotFound, Refused
from chalicelib.payout import limits, models, moves, worker
from chalicelib.payout.models import (
    WORK,
    Batch,
    BatchState,
    Left,
    Payment,
    Problem,
    Result,
    ResultState,
    Work,
)
from chalicelib.store import keys
from chalicelib.store.bucket import Stored
from chalicelib.store.cases import LockItem
from chalicelib.store.payout_files import PayoutFiles
from chalicelib.store.payouts import LISTED, PAGE, BatchItem, Payouts, ResultItem, counted
from chalicelib.web.staff import StaffPerson
from chalicelib.world import World

NO_PLACE = "请至少选择一个您负责的地区。"
COUNT = "笔数请填写 1 至 {most:,} 之间的整数。"
SAME_PERSON = "汇集与放行须由不同人员办理，请由其他财务人员放行。"
NOW_ELSEWHERE = "该批次现在是「{label}」，不能进行此操作。请刷新后再看。"
REASON = "该文件已下载过，再次下载请填写原因。"
REASON_HELD = (
    "银行对批次中某笔款项的上一次付款前后矛盾，可能已经付过。请先向银行核实；确需下载请填写原因。"
)
REASON_LONG = "原因请控制在 100 字以内。"
NOT_ARRIVED = "文件还没有上传完成，请重新选择文件上传。"

_REASON_LENGTH: Final = 100
_OPERATION_SECONDS: Final = 7 * 86_400
_NUMBER = re.compile(r"[0-9]{1,20}")
_FIRST = "0"
"""Before every payment number."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_AFTER_EXPORT = (BatchState.EXPORTED, BatchState.SETTLED)


@dataclass(frozen=True, slots=True)
class Shown:
    """A batch with its result files, what it goes without, and a page of its payments.

    `more` is where the next page begins, "" on the last.
    """

    batch: Batch
    results: tuple[Result, ...]
    left: tuple[Left, ...]
    payments: tuple[Payment, ...]
    more: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of batches; `before` is where the next one begins, "" on the last.

    A page may be short, or empty, where others' batches stand between.
    """

    batches: tuple[Batch, ...]
    before: str


@dataclass(frozen=True, slots=True)
class Upload:
    """What a browser needs to send a result file: a form's address and its fields."""

    result_id: str
    url: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Step:
    """How a batch goes on when a person wants it: from the version that they saw."""

    before: BatchState
    after: BatchState
    also: Mapping[str, Any]
    seen_version: int
    condition: Condition | None = None


class _Repeated(AppError):
    """The form made a batch before."""


def build(
    world: World, person: StaffPerson, prefectures: Iterable[str], count: int, operation: str
) -> str:
    """Begin to gather a batch and return its number; the same form makes one batch."""
    require_finance(person)
    places = frozenset(prefectures)
    if not places or not places <= person.prefectures:
        raise Refused(errors={"prefectures": NO_PLACE})
    most = limits.read(world)
    if not 1 <= count <= most.payments:
        raise Refused(errors={"count": COUNT.format(most=most.payments)})
    item = moves.new_batch(world, person, places, (count, most), operation)
    transaction = world.transaction()
    expires = int(world.clock.now().timestamp()) + _OPERATION_SECONDS
    lock = LockItem(keys.operation(operation), keys.LOCK, number=item.number, expires_at=expires)
    transaction.put(lock, ~LockItem.pk.exists(), _Repeated())
    transaction.put(item, ~BatchItem.pk.exists(), Conflict())
    world.audit.note_in(transaction, person.account, "payout_build", item.number)
    try:
        transaction.commit()
        number = item.number
    except _Repeated:
        made = LockItem.get(keys.operation(operation), keys.LOCK, consistent_read=True)
        number = made.number
    worker.ask(world, number, Work.GATHER)
    return number


def release(
    world: World, person: StaffPerson, number: str, seen_version: int, operation: str
) -> None:
    """Begin to release a batch as it was seen; never by the one who gathered it."""
    item = own(world, person, number)
    if item.maker == person.account:
        raise NotAllowed(SAME_PERSON)
    also = {"releaser": person.account}
    another = BatchItem.maker != person.account
    step = _Step(BatchState.READY, BatchState.RELEASING, also, seen_version, another)
    _go(world, person, item, step, operation)


def dissolve(
    world: World, person: StaffPerson, number: str, seen_version: int, operation: str
) -> None:
    """Begin to give the cases of a batch back that was not released."""
    item = own(world, person, number)
    step = _Step(BatchState.READY, BatchState.DISSOLVING, {}, seen_version)
    _go(world, person, item, step, operation)


def export(
    world: World, person: StaffPerson, number: str, seen_version: int, operation: str
) -> None:
    """Begin to make the files of a released batch."""
    item = own(world, person, number)
    unwarned = {"problem": None, "held": None}
    step = _Step(BatchState.RELEASED, BatchState.EXPORTING, unwarned, seen_version)
    _go(world, person, item, step, operation)


def download(world: World, person: StaffPerson, number: str, ext: str, reason: str) -> str:
    """Return a minute's address of a batch's file; from the second time on for a reason."""
    item = own(world, person, number)
    batch = models.batch_of(item)
    file = batch.files.get(ext)
    if batch.state not in _AFTER_EXPORT or file is None:
        raise Refused(NOW_ELSEWHERE.format(label=batch.state.label))
    reason = reason.strip()
    if len(reason) > _REASON_LENGTH:
        raise Refused(errors={"reason": REASON_LONG})
    transaction = world.transaction()
    untouched = (BatchItem.downloads == 0) & ~(BatchItem.problem == models.HELD)
    first = BatchItem.pk.exists() if reason else untouched
    held = batch.problem == models.HELD
    needs_reason = Refused(errors={"reason": REASON_HELD if held else REASON})
    transaction.update(BatchItem(item.pk, item.sk), counted(downloads=1), first, needs_reason)
    world.audit.note_in(transaction, person.account, "payout_download", number, reason or ext)
    transaction.commit()
    return _files(world).link(Stored(file.key, file.version), f"payout-{number}.{ext}")


def begin_result(world: World, person: StaffPerson, number: str) -> Upload:
    """Let finance send a file from the bank."""
    batch = models.batch_of(own(world, person, number))
    if batch.state not in _AFTER_EXPORT:
        raise Refused(NOW_ELSEWHERE.format(label=batch.state.label))
    result_id = world.ids.token()
    url, fields = _files(world).form(keys.result_object(number, result_id))
    return Upload(result_id, url, fields)


def import_result(world: World, person: StaffPerson, number: str, result_id: str) -> None:
    """Begin to read a file that was sent; the same upload twice is read once."""
    batch = models.batch_of(own(world, person, number))
    if batch.state not in _AFTER_EXPORT:
        raise Refused(NOW_ELSEWHERE.format(label=batch.state.label))
    if not _TOKEN.fullmatch(result_id):
        raise NotFound
    version = _files(world).arrived(keys.result_object(number, result_id))
    if not version:
        raise Refused(errors={"result": NOT_ARRIVED})
    now = world.clock.now()
    item = ResultItem(
        keys.batch(number),
        keys.result(result_id),
        number=number,
        state=ResultState.READING.value,
        account=person.account,
        began_at=now,
        object_version=version,
        rows=0,
        applied=0,
        unchanged=0,
        problems=0,
        queue=keys.WORKING,
        queued_at=now.isoformat(),
    )
    transaction = world.transaction()
    transaction.put(item, ~ResultItem.pk.exists(), _Repeated())
    world.audit.note_in(transaction, person.account, "payout_import", number, result_id)
    with suppress(_Repeated):
        transaction.commit()
    worker.ask(world, number, Work.IMPORT, result_id)


def listed(world: World, person: StaffPerson, before: str | None) -> Listed:
    """Return a page of the batches that lie inside a person's scope, newest first."""
    items = Payouts(world.database).listed(before)
    seen = [models.batch_of(item) for item in items if item.prefectures <= person.prefectures]
    return Listed(tuple(seen), items[-1].number if len(items) == LISTED else "")


def read(world: World, person: StaffPerson, number: str, after: str = "") -> Shown:
    """Return a batch with a page of its payments; one round trip for the first page."""
    _known_shape(number)
    found = Payouts(world.database).shown(number, after)
    batch = _in_scope(found.batch, person)
    shown = found.payments[:PAGE]
    last = shown[-1].number if shown else _FIRST
    return Shown(
        batch=models.batch_of(batch),
        results=tuple(models.result_of(item) for item in found.results),
        left=tuple(models.left_of(item) for item in found.left),
        payments=tuple(models.payment_of(item) for item in shown),
        more=last if found.cut or len(found.payments) > PAGE else "",
    )


def report(
    world: World, person: StaffPerson, number: str, result_id: str, after: int = 0
) -> tuple[Result, list[Problem]]:
    """Return what came of a result file, and a page of the lines that were not taken."""
    own(world, person, number)
    store = Payouts(world.database)
    item = store.result(number, result_id) if _TOKEN.fullmatch(result_id) else None
    if item is None:
        raise NotFound
    rows = store.problems(number, result_id, after)
    return models.result_of(item), [models.problem_of(row) for row in rows]


def own(world: World, person: StaffPerson, number: str) -> BatchItem:
    """Return a batch inside a person's scope; any other is NotFound."""
    _known_shape(number)
    return _in_scope(Payouts(world.database).batch(number), person)


def require_finance(person: StaffPerson) -> None:
    """Refuse everybody else."""
    if Role.FINANCE not in person.roles:
        raise NotAllowed


def _go(world: World, person: StaffPerson, item: BatchItem, step: _Step, operation: str) -> None:
    """Move a batch on for a person and ask the worker; the same form again only asks."""
    require_finance(person)
    # a page has one id for all of its buttons
    operation = f"{step.after}:{operation}"
    if item.operation != operation:
        _move(world, person, item, step, operation)
    worker.ask(world, item.number, WORK[step.after])


def _move(world: World, person: StaffPerson, item: BatchItem, step: _Step, operation: str) -> None:
    if item.state != step.before:
        raise Refused(NOW_ELSEWHERE.format(label=BatchState(item.state).label))
    also = {
        "person": person.account,
        "person_member": person.member_id or None,
        "operation": operation,
        **step.also,
    }
    condition = BatchItem.version == step.seen_version
    if step.condition is not None:
        condition &= step.condition
    transaction = world.transaction()
    moves.move_in(world, transaction, (item.number, step.before, step.after), also, condition)
    world.audit.note_in(transaction, person.account, f"payout_{step.after}", item.number)
    transaction.commit()


def _in_scope(item: BatchItem | None, person: StaffPerson) -> BatchItem:
    if item is None or not item.prefectures <= person.prefectures:
        raise NotFound
    return item


def _known_shape(number: str) -> None:
    if not _NUMBER.fullmatch(number):
        raise NotFound


def _files(world: World) -> PayoutFiles:
    return PayoutFiles(world.aws.client("s3"), world.settings.documents_bucket)
