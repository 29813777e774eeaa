"""The one transition: read, decide by the table, write case and event together.

No other function changes a case. One transaction holds the case (its version, four
eyes), the event (new), the outbox entry, and what the kind adds (locks, the employee
record). An operation id makes the same form twice the same success.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from chalicelib.casework import chain
from chalicelib.casework.case import OPERATIONS_KEPT, Actor, Case, Event, Reason
from chalicelib.casework.kind import Kind, kind_of
from chalicelib.casework.machine import Go, Machine, No, Refusal, Role
from chalicelib.casework.records import (
    case_from,
    case_item,
    event_from,
    event_item,
    outbox_item,
)
from chalicelib.core import keeping
from chalicelib.core.errors import AppError, Conflict, NotAllowed, NotFound, Refused
from chalicelib.core.ids import snowflake_time
from chalicelib.store import drafts, keys
from chalicelib.store.cases import (
    PAGE,
    CaseItem,
    EventItem,
    LeaseItem,
    LockItem,
    read_story,
)
from chalicelib.store.due import case_due_in
from chalicelib.store.transaction import Transaction
from chalicelib.world import World

_log = logging.getLogger(__name__)

NEW = "new"
"""The state before a case exists; every table has it."""

_OWN_CASE = "不能办理本人的申请。"
_SAME_PERSON = "您已办理该申请的其他环节，此环节须由其他人员办理。"
_REASON_MISSING = "请至少选择一条原因。"
_LEASED = "该申请正由其他审核人员办理，请稍后再试。"
_OPERATION_DAYS = 7
LEASE_MINUTES = 15
_NUMBER = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Step:
    """What an actor asks for; None leaves data or documents as they are.

    `writes` adds what another room must write together with the step (a payment).
    """

    action: str
    actor: Actor
    operation: str
    reasons: Sequence[Reason] = ()
    note: str = ""
    changed: Sequence[str] = ()
    data: Mapping[str, Any] | None = None
    documents: Sequence[str] | None = None
    writes: Callable[[Transaction, Case, Event], None] | None = None


class _Repeated(AppError):
    """The operation opened a case before."""


class Casework:
    """Cases of all kinds, on the cases table."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._database = world.database

    def read(self, number: str) -> Case:
        """Return a case as it is now; raises NotFound."""
        _refuse_odd(number)
        try:
            return case_from(CaseItem.get(keys.case(number), keys.CASE, consistent_read=True))
        except CaseItem.DoesNotExist as error:
            raise NotFound from error

    def history(self, number: str) -> list[Event]:
        """Return all events of a case, oldest first."""
        prefix = EventItem.sk.startswith(keys.EVENT_PREFIX)
        return [event_from(item) for item in EventItem.query(keys.case(number), prefix)]

    def story(self, number: str) -> tuple[Case, list[Event]]:
        """Return a case and all its events, in one round trip; raises NotFound."""
        return self.desk_story(number)[:2]

    def desk_story(self, number: str) -> tuple[Case, list[Event], LeaseItem | None]:
        """Return the same with who works on it, in the same trip; a lease may be over."""
        _refuse_odd(number)
        item, events, lease = read_story(self._database, number)
        if item is None:
            raise NotFound
        return case_from(item), [event_from(event) for event in events], lease

    def owned(self, member_id: str, kind: str, before: str | None = None) -> list[Case]:
        """Return a page of an employee's cases of a kind, newest first.

        What is being written and no case yet stands in the same index, and is left out.
        """
        older = CaseItem.number < before if before else None
        found = CaseItem.by_owner.query(
            keys.owner(member_id, kind),
            older,
            filter_condition=CaseItem.state.exists(),
            scan_index_forward=False,
            limit=PAGE,
        )
        return [case_from(item) for item in found]

    def queue(self, state: str, prefecture: str, after: str | None = None) -> list[Case]:
        """Return a page of a staff queue, oldest first; `after` is a `queued_at`."""
        later = CaseItem.queued_at > after if after else None
        found = CaseItem.by_queue.query(keys.queue(state, prefecture), later, limit=PAGE)
        return [case_from(item) for item in found]

    def open(
        self, kind: Kind, member_id: str, prefecture: str, step: Step, *, number: str = ""
    ) -> Case:
        """Start a case from NEW by an action; the same operation returns the same case.

        `number` is for data that was sealed for a case before it existed. The case is as
        old as its number says.
        """
        number = number or self._world.ids.number()
        now = snowflake_time(number)
        blank = Case(kind.name, number, member_id, prefecture, NEW, 0, now, now)
        transaction = self._world.transaction()
        expires = int((now + timedelta(days=_OPERATION_DAYS)).timestamp())
        lock = LockItem(
            keys.operation(step.operation), keys.LOCK, number=number, expires_at=expires
        )
        transaction.put(lock, ~LockItem.pk.exists(), _Repeated())
        try:
            return self._write(kind, None, blank, step, transaction)
        except _Repeated:
            opened = LockItem.get(keys.operation(step.operation), keys.LOCK, consistent_read=True)
            return self.read(opened.number)

    def apply(self, number: str, step: Step, *, version: int | None = None) -> Case:
        """Take one action on a case and return it as it is then.

        `version` is what the person saw: somebody else's step in between is a Conflict.
        Raises Refused when the table says no, NotAllowed when the actor may not.
        """
        return self.advance(self.read(number), step, version=version)

    def advance(self, case: Case, step: Step, *, version: int | None = None) -> Case:
        """Do the same on a case that was just read."""
        if step.operation in case.operations:
            return case
        if version is not None and version != case.version:
            raise Conflict(Refusal.ALREADY_DECIDED.value)
        try:
            return self._write(kind_of(case.kind), case, case, step, self._world.transaction())
        except Conflict:
            # by a query: the payout worker may ask no other way
            now, _ = self.story(case.number)
            if step.operation in now.operations:
                return now
            raise

    def lease(self, number: str, holder: str) -> bool:
        """Take or extend the lease on a case; False while somebody else holds it."""
        now = int(self._world.clock.now().timestamp())
        free = _lease_free(holder, now)
        transaction = self._world.transaction()
        until = now + LEASE_MINUTES * 60
        transaction.put(LeaseItem(keys.case(number), keys.LEASE, holder=holder, until=until), free)
        try:
            transaction.commit()
        except Conflict:
            return False
        return True

    def release(self, number: str, holder: str) -> None:
        """Give a lease back; nothing happens when it is not the holder's."""
        transaction = self._world.transaction()
        lease = LeaseItem(keys.case(number), keys.LEASE)
        transaction.delete(lease, LeaseItem.holder == holder)
        try:
            transaction.commit()
        except Conflict:
            return

    def _write(
        self, kind: Kind, before: Case | None, case: Case, step: Step, transaction: Transaction
    ) -> Case:
        rule = self._decide(kind, case, step)
        after, event = self._next(case, rule, step)
        taken = Conflict(Refusal.ALREADY_DECIDED.value)
        transaction.put(case_item(after), _unchanged(before, rule, step.actor), taken)
        transaction.put(event_item(event), ~EventItem.pk.exists(), taken)
        transaction.put(outbox_item(after, event))
        if step.actor.role not in (Role.EMPLOYEE, Role.SYSTEM):
            now = int(event.at.timestamp())
            free = _lease_free(step.actor.id, now)
            busy, pk = Refused(_LEASED), keys.case(case.number)
            if step.writes is None:
                # who has decided no longer works on it: the next one may begin at once
                transaction.delete(LeaseItem(pk, keys.LEASE), free, busy)
            else:
                transaction.check(LeaseItem, pk, keys.LEASE, free, busy)
        if not kind.one_open:
            _list_in(transaction, kind.machine, before, after)
        kind.effects(self._world, transaction, before, after, event)
        if step.writes is not None:
            step.writes(transaction, after, event)
        if kind.machine.states[after.state].closed:
            _let_pictures_go_in(transaction, after, event)
        transaction.commit()
        # ties the request to what the relay and the workers write about this event
        about = {"number": event.number, "seq": event.seq, "action": event.action}
        _log.info("case_event", extra=about)
        return after

    def _decide(self, kind: Kind, case: Case, step: Step) -> Go:
        rule = kind.machine.rule(case.state, step.action)
        if isinstance(rule, No):
            raise Refused(rule.refusal.value)
        actor = step.actor
        if actor.role is not rule.by:
            raise NotAllowed
        if actor.role is Role.EMPLOYEE and actor.id != case.member_id:
            raise NotFound
        if actor.role is not Role.EMPLOYEE and actor.member_id == case.member_id:
            raise NotAllowed(_OWN_CASE)
        if any(case.facts.get(fact) == actor.id for fact in rule.differs_from):
            raise NotAllowed(_SAME_PERSON)
        if rule.needs_reason and not step.reasons:
            raise Refused(errors={"reasons": _REASON_MISSING})
        return rule

    def _next(self, case: Case, rule: Go, step: Step) -> tuple[Case, Event]:
        now = self._world.clock.now()
        reasons = tuple(self._sealed(case, reason) for reason in step.reasons)
        facts = {**case.facts, **({rule.remember: step.actor.id} if rule.remember else {})}
        data = case.data if step.data is None else step.data
        documents = case.documents if step.documents is None else tuple(step.documents)
        event = chain.link(
            Event(
                number=case.number,
                seq=case.version + 1,
                action=step.action,
                from_state=case.state,
                to_state=rule.to,
                role=step.actor.role,
                actor=step.actor.id,
                at=now,
                operation=step.operation,
                reasons=reasons,
                changed=tuple(step.changed),
                note=self._seal_note(case, step.note),
                data_digest=chain.data_digest(data, documents),
            ),
            previous=case.head,
        )
        after = replace(
            case,
            state=rule.to,
            version=event.seq,
            updated_at=now,
            data=data,
            facts=facts,
            documents=documents,
            reasons=reasons,
            operations=(*case.operations, step.operation)[-OPERATIONS_KEPT:],
            head=event.hash,
        )
        return after, event

    def _sealed(self, case: Case, reason: Reason) -> Reason:
        return replace(reason, note=self._seal_note(case, reason.note))

    def _seal_note(self, case: Case, note: str) -> str:
        return self._world.vault.seal(note, place=note_place(case.number)) if note else ""

    def open_note(self, number: str, sealed: str) -> str:
        """Return a remark in the clear ("" stays "")."""
        return self._world.vault.open(sealed, place=note_place(number)) if sealed else ""


def _list_in(transaction: Transaction, machine: Machine, before: Case | None, after: Case) -> None:
    """Nobody leaves the house with something open: what it is stands in a list."""
    was_open = before is not None and not machine.states[before.state].closed
    is_open = not machine.states[after.state].closed
    if is_open and not was_open:
        drafts.open_in(transaction, after.member_id, after.number)
    elif was_open and not is_open:
        drafts.close_in(transaction, after.member_id, after.number)


def _let_pictures_go_in(transaction: Transaction, case: Case, event: Event) -> None:
    """A case that is over needs its pictures for a while, and never for ever."""
    deleted = event.action == "delete"
    days = keeping.PICTURES_OF_DELETED if deleted else keeping.PICTURES_OF_CLOSED
    case_due_in(transaction, case.number, case.member_id, keeping.due_day(event.at, days))


def note_place(number: str) -> str:
    """Return what the remarks of a case are tied to."""
    return f"cases|{keys.case(number)}|note"


def data_place(number: str, field: str) -> str:
    """Return what a sealed field of a case's data is tied to."""
    return f"cases|{keys.case(number)}|{field}"


def _refuse_odd(number: str) -> None:
    """Whatever stands in an address comes here: DynamoDB takes no key of any length."""
    if not _NUMBER.fullmatch(number):
        raise NotFound


def _unchanged(before: Case | None, rule: Go, actor: Actor) -> Any:
    """Return the condition on the case: as it was read, and four eyes once more."""
    if before is None:
        return ~CaseItem.pk.exists()
    condition = CaseItem.version == before.version
    for fact in rule.differs_from:
        attribute = getattr(CaseItem, fact)
        condition &= ~attribute.exists() | (attribute != actor.id)
    if actor.role is not Role.EMPLOYEE and actor.member_id:
        condition &= CaseItem.member_id != actor.member_id
    return condition


def _lease_free(holder: str, now: int) -> Any:
    return ~LeaseItem.pk.exists() | (LeaseItem.holder == holder) | (LeaseItem.until <= now)
