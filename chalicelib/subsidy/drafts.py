"""An application while it is written: saved as typed, judged only when asked (decision 0035).

What was typed is kept as text, sealed, under the number that the application will have. A case
that came back is written on in a draft of its own, filled from the case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.casework.case import Case
from chalicelib.casework.machine import Go
from chalicelib.casework.records import case_from
from chalicelib.core.clock import beijing_date
from chalicelib.core.errors import Conflict, NotFound, Refused
from chalicelib.store import drafts as store
from chalicelib.store import keys
from chalicelib.store.cases import CaseItem, LockItem
from chalicelib.store.consents import BANK, HEALTH, Consent
from chalicelib.store.drafts import DraftItem
from chalicelib.store.plans import BookItem, book_key
from chalicelib.store.tables import Key
from chalicelib.store.transaction import Transaction
from chalicelib.subsidy import book, draft_texts, record
from chalicelib.subsidy.draft import (
    FIELDS,
    STEPS,
    Draft,
    Typed,
    last_moment,
    opened,
    sealed,
    seeded,
)
from chalicelib.subsidy.judge import Judged
from chalicelib.subsidy.kind import KIND, NAME
from chalicelib.subsidy.plan import Plan
from chalicelib.web.visit import Member, Visit
from chalicelib.world import World

__all__ = ["BANK", "FIELDS", "HEALTH", "STEPS", "Draft", "Typed"]

AT_MOST = 5
"""Drafts that a person may have without having submitted them."""
PICTURES_AT_MOST = 40
_LONGEST = 2000
_CHANNEL = "wechat-h5"
_PERIODS_KEPT = timedelta(days=1)
_NUMBER_DIGITS = 20
_OPERATION_DAYS = 7


def also(params: Mapping[str, str], member_id: str) -> list[Key]:
    """Return what the pages of a draft read together with the session."""
    del member_id
    number = params.get("number", "")
    if not _is_number(number):
        return [book_key()]
    return [book_key(), *_keys(number)]


def plans_of(visit: Visit) -> tuple[Plan, ...]:
    """Return all published plans."""
    item = visit.found.get(book_key())
    return book.plans(item if isinstance(item, BookItem) else None)


def read(visit: Visit, number: str) -> Draft:
    """Return an employee's own draft, or the case that came back as one.

    Raises NotFound for anything else, and Refused with what is true now for an own case that
    cannot be written on.
    """
    if not _is_number(number):
        raise NotFound
    world, member_id = visit.world, visit.person.record.member_id
    item, case_item = (visit.found.get(key) for key in _keys(number))
    case = case_from(case_item) if isinstance(case_item, CaseItem) else None
    if case is not None:
        _refuse_unless_open(case, member_id)
    if isinstance(item, DraftItem) and _alive(item, member_id, world.clock.now()):
        return opened(world, item, case)
    if case is None:
        raise NotFound
    return seeded(world, case)


def begin(world: World, member: Member, *, agreed: bool, operation: str) -> str:
    """Begin an application and return its number; the same form twice is one draft.

    Raises Refused without consent, and when there are too many drafts already.
    """
    if not agreed:
        raise Refused(errors={"agree": draft_texts.AGREE_HEALTH})
    member_id, now, number = member.record.member_id, world.clock.now(), world.ids.number()
    draft = Draft(
        number=number,
        member_id=member_id,
        version=1,
        fields={},
        pictures={},
        consents=frozenset([HEALTH]),
        updated_at=now,
        case=None,
        periods=tuple(world.members.enrolments(member_id)),
        periods_at=now,
        expires_at=last_moment(now),
    )
    try:
        _begin(world, draft, operation)
    except _Repeated:
        lock = LockItem.get(keys.operation(operation), keys.LOCK, consistent_read=True)
        return str(lock.number)
    except _TooMany:
        if not store.forget_expired(world.database, member_id, now):
            raise
        _begin(world, draft, operation)
    return number


def save(visit: Visit, draft: Draft, step: str, typed: Typed) -> Draft:
    """Keep what was typed on a step, whatever it is; only another page's saving is a Conflict.

    Pictures live as long as the draft that holds them. Those of somebody else, of another
    purpose or gone are left out.
    """
    if step not in FIELDS:
        raise NotFound
    after = replace(
        draft,
        fields=_merged(draft, step, typed.fields),
        pictures=_pictures(visit.world, draft, typed.documents),
        consents=_consents(draft, step, typed.fields),
    )
    if after == draft:  # also a saving whose answer was lost
        return draft
    if typed.version != str(draft.version):
        raise Conflict(draft_texts.DRAFT_STALE)
    now = visit.world.clock.now()
    after = replace(after, version=draft.version + 1, updated_at=now, stored=True)
    if now - after.periods_at > _PERIODS_KEPT:
        periods = tuple(visit.world.members.enrolments(draft.member_id))
        after = replace(after, periods=periods, periods_at=now)
    _write(visit.world, draft, after)
    return after


def judged(visit: Visit, draft: Draft) -> Judged:
    """Return a draft with what it is judged by today."""
    today = beijing_date(visit.world.clock.now())
    return Judged(draft, plans_of(visit), visit.person.record.name, today)


def delete(visit: Visit, draft: Draft, operation: str) -> None:
    """Remove a draft that was never submitted, with its pictures."""
    del operation  # a draft that is gone is gone
    if draft.case is not None:
        raise Refused(draft_texts.DRAFT_STALE)
    transaction = visit.world.transaction()
    remove_in(transaction, draft)
    store.uncount_in(transaction, draft.member_id, [draft.number])
    visit.world.documents.drop_in(transaction, draft.member_id, draft.documents, draft.number)
    transaction.commit()


def remove_in(transaction: Transaction, draft: Draft) -> None:
    """Add to a transaction: the draft is over, unless it was written on meanwhile."""
    seen = draft.version if draft.stored else None
    store.remove_in(transaction, draft.number, seen=seen, error=Conflict(draft_texts.DRAFT_STALE))


def unsubmitted(world: World, draft: Draft) -> tuple[str, ...]:
    """Return the pictures that no submission of the case has had."""
    if draft.case is None:
        return draft.documents
    old = record.pictures_of(record.attempts(world.vault, draft.case))
    return tuple(doc_id for doc_id in draft.documents if doc_id not in old)


def note_consent_in(
    world: World, transaction: Transaction, member_id: str, kind: str, *, given: bool
) -> None:
    """Add to a transaction: a consent was given, or taken back, now."""
    world.members.note_in(
        transaction,
        member_id,
        kind="subsidy_consent",
        number=world.ids.number(),
        at=world.clock.now(),
        consents=[Consent(kind, draft_texts.AGREE_VERSION, given, _CHANNEL)],
    )


class _Repeated(Conflict):
    """The operation began a draft before."""


class _TooMany(Refused):
    """There are as many drafts as there may be, or some have expired."""


def _begin(world: World, draft: Draft, operation: str) -> None:
    transaction = world.transaction()
    until = int((draft.updated_at + timedelta(days=_OPERATION_DAYS)).timestamp())
    lock = LockItem(keys.operation(operation), keys.LOCK, number=draft.number, expires_at=until)
    transaction.put(lock, ~LockItem.pk.exists(), _Repeated())
    full = _TooMany(draft_texts.DRAFTS_TOO_MANY.format(most=AT_MOST))
    store.count_in(transaction, draft.member_id, draft.number, at_most=AT_MOST, error=full)
    store.save_in(transaction, sealed(world, draft), seen=None, error=Conflict())
    note_consent_in(world, transaction, draft.member_id, HEALTH, given=True)
    transaction.commit()


def _write(world: World, before: Draft, after: Draft) -> None:
    transaction = world.transaction()
    seen = before.version if before.stored else None
    stale = Conflict(draft_texts.DRAFT_STALE)
    store.save_in(transaction, sealed(world, after), seen=seen, error=stale)
    if after.case is not None:
        same = CaseItem.version == after.case.version
        transaction.check(CaseItem, keys.case(after.number), keys.CASE, same, stale)
    held, holds = unsubmitted(world, before), unsubmitted(world, after)
    new = [doc_id for doc_id in holds if doc_id not in held]
    gone = [doc_id for doc_id in held if doc_id not in holds]
    documents = world.documents
    documents.keep_in(transaction, after.member_id, new, after.number, after.expires_at)
    documents.let_go_in(transaction, after.member_id, gone, after.number)
    if BANK in before.consents ^ after.consents:
        given = BANK in after.consents
        note_consent_in(world, transaction, after.member_id, BANK, given=given)
    transaction.commit()


def _merged(draft: Draft, step: str, typed: Mapping[str, str]) -> Mapping[str, str]:
    known = {name: typed[name][:_LONGEST] for name in FIELDS[step] if name in typed}
    return {**draft.fields, **known}


def _consents(draft: Draft, step: str, typed: Mapping[str, str]) -> frozenset[str]:
    if step != "account":
        return draft.consents
    return draft.consents | {BANK} if typed.get("agree") == "1" else draft.consents - {BANK}


def _pictures(
    world: World, draft: Draft, typed: Mapping[str, Sequence[str]]
) -> Mapping[str, tuple[str, ...]]:
    """Return the pictures of all purposes; those not seen before are looked up."""
    known = {doc_id: purpose for purpose, ids in draft.pictures.items() for doc_id in ids}
    unknown = [doc_id for ids in typed.values() for doc_id in ids if doc_id not in known]
    for document in world.documents.get_many(draft.member_id, unknown[:PICTURES_AT_MOST]):
        if document.case_number in ("", draft.number):
            known[document.doc_id] = document.purpose
    chosen = {
        purpose: tuple(dict.fromkeys(i for i in ids if known.get(i) == purpose))
        for purpose, ids in typed.items()
    }
    after = {**draft.pictures, **chosen}
    if sum(map(len, after.values())) > PICTURES_AT_MOST:
        raise Refused(draft_texts.PICTURES_TOO_MANY.format(most=PICTURES_AT_MOST))
    return {purpose: ids for purpose, ids in after.items() if ids}


def _keys(number: str) -> tuple[Key, Key]:
    return store.draft_key(number), (CaseItem, keys.case(number), keys.CASE)


def _alive(item: DraftItem, member_id: str, now: datetime) -> bool:
    return item.member_id == member_id and item.expires_at > now.timestamp()


def _refuse_unless_open(case: Case, member_id: str) -> None:
    if case.kind != NAME or case.member_id != member_id:
        raise NotFound
    rule = KIND.machine.rule(case.state, "submit")
    if not isinstance(rule, Go):
        raise Refused(rule.refusal.value)


def _is_number(number: str) -> bool:
    return number.isascii() and number.isdecimal() and len(number) <= _NUMBER_DIGITS
