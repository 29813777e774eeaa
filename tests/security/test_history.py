"""S10: a history that was changed anywhere is found, whatever was done to it."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

from chalicelib.casework import chain
from chalicelib.casework.case import Event, Reason
from chalicelib.casework.machine import Role
from tests import figures

LENGTH = 100
BEGAN = datetime(2026, 11, 23, tzinfo=UTC)
OTHER = {
    "number": "2",
    "seq": 7777,
    "action": "approve-not",
    "from_state": "elsewhere",
    "to_state": "elsewhere",
    "role": Role.ADMIN,
    "actor": "mallory",
    "at": BEGAN - timedelta(days=1),
    "operation": "another",
    "reasons": (Reason("R09", "", ""),),
    "changed": ("phone",),
    "note": "another",
    "data_digest": "0" * 64,
    "previous": "0" * 64,
    "hash": "0" * 64,
}


def history() -> list[Event]:
    events: list[Event] = []
    for seq in range(1, LENGTH + 1):
        event = Event(
            number="1",
            seq=seq,
            action="approve",
            from_state="first_review",
            to_state="second_review",
            role=Role.FIRST_REVIEWER,
            actor=f"reviewer-{seq}",
            at=BEGAN + timedelta(minutes=seq),
            operation=f"operation-{seq}",
            data_digest=f"{seq:064}",
        )
        events.append(chain.link(event, events[-1].hash if events else ""))
    return events


def tampered(whole: list[Event]) -> Iterator[tuple[str, list[Event]]]:
    """Yield histories that are not what happened: every field, every place, every way."""
    for at, event in enumerate(whole):
        before, after = whole[:at], whole[at + 1 :]
        for field in fields(Event):
            changed = replace(event, **{field.name: OTHER[field.name]})
            yield f"{field.name} of {at}", [*before, changed, *after]
            if after and field.name not in ("previous", "hash"):
                # whoever knows how hashes are made still breaks the next link
                yield (
                    f"{field.name} of {at}, hashed",
                    [
                        *before,
                        chain.link(changed, event.previous),
                        *after,
                    ],
                )
        if after:
            yield f"without {at}", [*before, *after]
            yield f"swapped {at}", [*before, after[0], event, *after[1:]]
        yield f"twice {at}", [*before, event, event, *after]
        more = chain.link(replace(event, operation="inserted"), event.previous)
        yield f"inserted at {at}", [*before, more, event, *after]


def test_every_change_of_a_history_is_found() -> None:
    whole = history()
    assert chain.broken_at(whole) is None
    count, missed = 0, []
    for what, events in tampered(whole):
        count += 1
        if chain.broken_at(events) is None:
            missed.append(what)
    figures.note("S10 changed histories found", count - len(missed))
    assert missed == []
    assert count > 25 * LENGTH


def test_no_field_of_an_event_is_outside_its_hash() -> None:
    assert set(OTHER) == {field.name for field in fields(Event)}


def test_what_was_cut_off_is_missed_by_the_head_that_the_case_keeps() -> None:
    """The links cannot show an end that is gone: the case says where its history ends."""
    whole = history()
    assert chain.broken_at(whole[:-1]) is None
    assert whole[-2].hash != whole[-1].hash
