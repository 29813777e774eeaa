"""What a step does beside the case: the lock, the pictures, and at last the employee's record."""

from dataclasses import replace

from chalicelib.casework.case import Case, Event
from chalicelib.changes import attempts, rules, texts
from chalicelib.changes.kind import MACHINE, NAME
from chalicelib.core.errors import Conflict, Refused
from chalicelib.store import keys, particulars
from chalicelib.store.cases import LockItem
from chalicelib.store.consents import EVIDENCE, Consent
from chalicelib.store.members import IdentityItem, MemberItem
from chalicelib.store.transaction import Transaction
from chalicelib.world import World

_CHANNEL = "wechat-h5"


def add(
    world: World, transaction: Transaction, before: Case | None, after: Case, event: Event
) -> None:
    """Add a step's effects to its transaction (`casework.kind.Effects`)."""
    if before is None:
        _lock(transaction, after)
    if event.action == "submit":
        world.documents.link_in(transaction, after.member_id, after.documents, after.number)
        _note_consent(world, transaction, after, event)
    if MACHINE.states[after.state].closed:
        _unlock(transaction, after)
    if after.state == "closed":
        _change_record(world, transaction, after, event)


def _lock(transaction: Transaction, case: Case) -> None:
    lock = LockItem(keys.open_case(NAME, case.member_id), keys.LOCK, number=case.number)
    transaction.put(lock, ~LockItem.pk.exists(), Refused(texts.OPEN_ALREADY))


def _note_consent(world: World, transaction: Transaction, case: Case, event: Event) -> None:
    """个人信息保护法 29: pictures of documents need a consent of their own, each time."""
    world.members.note_in(
        transaction,
        case.member_id,
        kind="change_asked",
        number=world.ids.number(),
        at=event.at,
        consents=[Consent(EVIDENCE, texts.AGREE_VERSION, True, _CHANNEL)],
    )


def _unlock(transaction: Transaction, case: Case) -> None:
    lock = LockItem(keys.open_case(NAME, case.member_id), keys.LOCK)
    transaction.delete(lock, LockItem.number == case.number)


def _change_record(world: World, transaction: Transaction, case: Case, event: Event) -> None:
    """Give the employee the particulars of the latest attempt, and nothing else."""
    asked = attempts.read(world.vault, case)[-1]
    profile, identity = _as_asked_of(world, case)
    record = world.members.open(profile)
    registered = attempts.values_of(record)
    _refuse_third_values(rules.moved_meanwhile(asked.changes, registered))
    wanted = attempts.asked_for(registered, asked)
    change = particulars.Change(
        profile,
        identity,
        replace(record, **attempts.fields_of(wanted)),
        attempts.look_ups(case).new,
    )
    stale, taken = Conflict(texts.STALE), Refused(texts.TAKEN)
    particulars.change_in(transaction, world.vault, change, stale=stale, taken=taken)
    number = world.ids.number()
    world.members.note_in(transaction, case.member_id, kind="changed", number=number, at=event.at)


def _as_asked_of(world: World, case: Case) -> tuple[MemberItem, IdentityItem]:
    """Return profile and look-up while they are still under the document of then."""
    then = attempts.look_ups(case).now
    known = particulars.read(world.database, case.member_id, [then])
    profile, identity = known.profile, known.identities.get(then)
    if profile is None or identity is None or profile.doc_digest != then:
        raise Refused(texts.ROSTER_CHANGED.format(labels=rules.FIELDS["doc_number"]))
    return profile, identity


def _refuse_third_values(fields: list[str]) -> None:
    """Where a roster gave a field a third value since, nobody can say which is right."""
    if fields:
        labels = "、".join(rules.FIELDS[field] for field in fields)
        raise Refused(texts.ROSTER_CHANGED.format(labels=labels))
