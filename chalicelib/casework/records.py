"""Cases and events as items, and back."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from chalicelib.casework.case import Case, Event, Reason
from chalicelib.casework.kind import kind_of
from chalicelib.casework.machine import Role
from chalicelib.store import keys
from chalicelib.store.cases import CaseItem, EventItem, OutboxItem

FACTS = (
    "first_reviewer",
    "second_reviewer",
    "batch_maker",
    "releaser",
    "account_checker",
)


def case_item(case: Case) -> CaseItem:
    """Return the item of a case; open states put it into a queue."""
    machine = kind_of(case.kind).machine
    queued = machine.states[case.state].queued
    body = {
        "data": dict(case.data),
        "documents": list(case.documents),
        "reasons": [asdict(reason) for reason in case.reasons],
        "operations": list(case.operations),
        "head": case.head,
    }
    return CaseItem(
        keys.case(case.number),
        keys.CASE,
        kind=case.kind,
        number=case.number,
        member_id=case.member_id,
        prefecture=case.prefecture,
        state=case.state,
        version=case.version,
        created_at=case.created_at,
        updated_at=case.updated_at,
        body=json.dumps(body, ensure_ascii=False),
        owner=keys.owner(case.member_id, case.kind),
        queue=keys.queue(case.state, case.prefecture) if queued else None,
        queued_at=case.updated_at.isoformat() if queued else None,
        first_reviewer=case.facts.get("first_reviewer"),
        second_reviewer=case.facts.get("second_reviewer"),
        batch_maker=case.facts.get("batch_maker"),
        releaser=case.facts.get("releaser"),
        account_checker=case.facts.get("account_checker"),
    )


def case_from(item: CaseItem) -> Case:
    """Return the case of an item."""
    body: dict[str, Any] = json.loads(item.body)
    facts = {fact: who for fact in FACTS if (who := getattr(item, fact))}
    return Case(
        kind=item.kind,
        number=item.number,
        member_id=item.member_id,
        prefecture=item.prefecture,
        state=item.state,
        version=int(item.version),
        created_at=item.created_at,
        updated_at=item.updated_at,
        data=body["data"],
        facts=facts,
        documents=tuple(body["documents"]),
        reasons=tuple(Reason(**reason) for reason in body["reasons"]),
        operations=tuple(body["operations"]),
        head=body["head"],
    )


def event_item(event: Event) -> EventItem:
    """Return the item of an event."""
    body = asdict(event) | {"at": event.at.isoformat()}
    return EventItem(
        keys.case(event.number),
        keys.event(event.seq),
        body=json.dumps(body, ensure_ascii=False),
        at=event.at,
    )


def event_from(item: EventItem) -> Event:
    """Return the event of an item."""
    body: dict[str, Any] = json.loads(item.body)
    body["at"] = datetime.fromisoformat(body["at"]).astimezone(UTC)
    body["role"] = Role(body["role"])
    body["reasons"] = tuple(Reason(**reason) for reason in body["reasons"])
    body["changed"] = tuple(body["changed"])
    return Event(**body)


def outbox_item(case: Case, event: Event) -> OutboxItem:
    """Return what the relay hands to the topic: ids and state names, nothing personal."""
    body = {
        "kind": case.kind,
        "number": case.number,
        "member_id": case.member_id,
        "seq": event.seq,
        "action": event.action,
        "from": event.from_state,
        "to": event.to_state,
        "at": event.at.isoformat(),
    }
    return OutboxItem(
        keys.case(case.number),
        keys.outbox(event.seq),
        outbox=keys.outbox_shard(case.number),
        at=event.at.isoformat(),
        body=json.dumps(body, ensure_ascii=False),
    )
