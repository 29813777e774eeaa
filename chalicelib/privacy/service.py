"""Withdrawing a consent, proving the phone once more, and leaving."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.casework.case import Case
from chalicelib.casework.kind import Kind, kind_of, kinds
from chalicelib.casework.records import case_from
from chalicelib.core.errors import Conflict, NotFound, Refused
from chalicelib.privacy import texts
from chalicelib.store import consents, drafts, due, keys, leaving
from chalicelib.store.cases import CaseItem, LockItem, open_lock
from chalicelib.store.drafts import DraftItem, DraftsItem
from chalicelib.store.tables import Item, Key, read_together
from chalicelib.store.transaction import Transaction
from chalicelib.web import codes
from chalicelib.web.session import FORM_HOURS
from chalicelib.web.visit import Member, Visit
from chalicelib.world import World

CHANNEL = "wechat-h5"
EXPORTS_A_DAY = 3
READY_SECONDS = 600
READS_OF_A_FILE = 3
_DAY = 86400
_FORM_SECONDS = (FORM_HOURS + 1) * 3600


@dataclass(frozen=True, slots=True)
class Open:
    """A case or a draft that is not over."""

    label: str
    number: str
    state: str
    href: str


class _Done(Conflict):
    """The same form was sent before."""


def withdraw(world: World, member: Member, kind: str, operation: str) -> None:
    """Withdraw a consent; sent twice it is withdrawn once. Raises NotFound when there is none."""
    member_id = member.record.member_id
    entry = consents.in_force(consents.ledger(member_id)).get(kind)
    if entry is None or kind == consents.POLICY:
        raise NotFound(texts.NOT_IN_FORCE)
    transaction = world.transaction()
    once = keys.moment("withdrawn", operation)
    world.moments.swap_in(transaction, once, {}, _FORM_SECONDS, old=None, error=_Done())
    consents.note_in(
        transaction,
        member_id,
        kind="withdrawn",
        number=world.ids.number(),
        at=world.clock.now(),
        consents=[consents.withdrawal(entry, CHANNEL)],
    )
    try:
        transaction.commit()
    except _Done:
        return


def allow_export(visit: Visit, code: str) -> None:
    """Let this browser fetch its file for ten minutes, once the phone is proven.

    Raises Refused with what is wrong with the code, or when the day's limit is reached.
    """
    world, member_id = visit.world, visit.person.record.member_id
    transaction = world.transaction()
    _prove_in(transaction, visit, code)
    now = world.clock.now()
    window = keys.moment("exports", f"{member_id}:{int(now.timestamp()) // _DAY}")
    limit = Refused(errors={"code": texts.EXPORT_LIMIT})
    world.moments.count_in(transaction, window, EXPORTS_A_DAY, _DAY, limit)
    world.moments.put_in(transaction, _ready(visit), {}, READY_SECONDS)
    number = world.ids.number()
    consents.note_in(transaction, member_id, kind="exported", number=number, at=now)
    transaction.commit()


def may_fetch(visit: Visit) -> bool:
    """Count one more reading of the file; False when it is not (any more) allowed."""
    return visit.world.moments.count_try(_ready(visit), READS_OF_A_FILE) is not None


def lists_of(member_id: str) -> list[Key]:
    """Return where it is written what an employee has open, to be read with the session."""
    return list({_list(kind, member_id) for kind in kinds()})


def open_of(world: World, member_id: str, found: Mapping[Key, Item]) -> tuple[Open, ...]:
    """Return what keeps an employee from leaving: all that is not over, drafts too.

    `found` holds the lists that there are; only what they name is looked for.
    """
    locked = {kind.name: found.get(_list(kind, member_id)) for kind in kinds() if kind.one_open}
    opened = [
        _locked(kind_of(name), lock.number)
        for name, lock in locked.items()
        if isinstance(lock, LockItem)
    ]
    listed = found.get(drafts.drafts_key(member_id))
    if isinstance(listed, DraftsItem) and listed.open_numbers:
        opened += _named(world, sorted(listed.open_numbers, key=int, reverse=True))
    return tuple(opened)


def leave(visit: Visit, code: str) -> None:
    """Delete the account: see `texts.GOES` and `texts.STAYS`.

    Raises Refused while something is open, or with what is wrong with the code. Drafts that ran
    out long ago cost a few trips more.
    """
    world, member = visit.world, visit.person
    member_id = member.record.member_id
    waits = Refused(errors={"form": texts.OPEN_CASES})
    if open_of(world, member_id, visit.found):
        raise waits
    listed = visit.found.get(drafts.drafts_key(member_id))
    if isinstance(listed, DraftsItem) and listed.open_numbers:
        drafts.forget_expired(world.database, member_id, world.clock.now())
    transaction = world.transaction()
    drafts.none_in(transaction, member_id, waits)
    for kind in kinds():
        if kind.one_open:
            transaction.check(*open_lock(kind.name, member_id), ~LockItem.pk.exists(), waits)
    _prove_in(transaction, visit, code)
    now = world.clock.now()
    changed = Refused(errors={"form": texts.CHANGED_MEANWHILE})
    leaving.leave_in(transaction, world.vault, member.binding, member.profile, changed)
    consents.note_in(
        transaction,
        member_id,
        kind="deleted",
        number=world.ids.number(),
        at=now,
        consents=consents.withdrawals(member_id, visit.found, CHANNEL),
    )
    due.leaver_due_in(transaction, member_id, now)
    transaction.commit()


def phone_of(member: Member) -> str:
    """Return the registered phone; raises Refused when there is none."""
    if not member.record.phone:
        raise Refused(errors={"code": texts.NO_PHONE})
    return member.record.phone


def _prove_in(transaction: Transaction, visit: Visit, typed: str) -> None:
    """Add to a transaction that a code sent to the registered phone is used up by it."""
    try:
        code = codes.read(typed)
    except ValueError as error:
        raise Refused(errors={"code": str(error)}) from None
    phone = phone_of(visit.person)
    key, value = codes.check(visit.world, openid=visit.visitor.openid, phone=phone, code=code)
    expired = Refused(errors={"code": codes.EXPIRED})
    visit.world.moments.consume_in(transaction, key, "code", value, expired)


def _ready(visit: Visit) -> str:
    return keys.moment("export", visit.person.binding.binding_id)


def _named(world: World, numbers: Sequence[str]) -> Iterator[Open]:
    """Yield what is open of these, newest first: cases, and drafts that did not run out."""
    now = world.clock.now().timestamp()
    case_keys = {number: (CaseItem, keys.case(number), keys.CASE) for number in numbers}
    found = read_together(world.database, [*case_keys.values(), *map(drafts.draft_key, numbers)])
    for number in numbers:
        case, draft = found.get(case_keys[number]), found.get(drafts.draft_key(number))
        if isinstance(case, CaseItem):
            kind = kind_of(case.kind)
            if not kind.machine.states[case.state].closed:
                yield _open(kind, case_from(case))
        elif isinstance(draft, DraftItem) and draft.expires_at > now and draft.owner:
            yield _draft(kind_of(keys.name_in(draft.owner)), number)


def _open(kind: Kind, case: Case) -> Open:
    state = kind.machine.states[case.state].label
    return Open(kind.label, f"{kind.prefix}{case.number}", state, kind.href(case))


def _list(kind: Kind, member_id: str) -> Key:
    return open_lock(kind.name, member_id) if kind.one_open else drafts.drafts_key(member_id)


def _locked(kind: Kind, number: str) -> Open:
    return Open(kind.label, f"{kind.prefix}{number}", "未办结", f"/changes/{number}")


def _draft(kind: Kind, number: str) -> Open:
    return Open(kind.label, f"{kind.prefix}{number}", "尚未提交", f"/subsidies/{number}/review")
