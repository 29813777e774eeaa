"""A case's history as people read it: newest first, roles instead of names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.casework import reasons
from chalicelib.casework.case import Event
from chalicelib.casework.kind import Kind
from chalicelib.core.clock import beijing_minute

OpenNote = Callable[[str, str], str]
"""Opens a sealed remark: `Casework.open_note`."""


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One step: where it led, who took it, when (北京时间), and what was said."""

    title: str
    role: str
    at_text: str
    note_lines: tuple[str, ...] = ()


def timeline(
    kind: Kind,
    history: Sequence[Event],
    open_note: OpenNote | None = None,
    *,
    internal: bool = False,
) -> tuple[TimelineRow, ...]:
    """Return the rows of a history (oldest first), newest first.

    Remarks need `open_note`. The employee reads the reasons of a step that ends a review;
    what staff say to one another while it goes on shows only where `internal` is true.
    """
    return tuple(_row(kind, event, open_note, internal=internal) for event in reversed(history))


def _row(kind: Kind, event: Event, open_note: OpenNote | None, *, internal: bool) -> TimelineRow:
    machine = kind.machine
    reached = machine.states[event.to_state]
    told = internal or not reached.queued
    return TimelineRow(
        title=f"{machine.actions[event.action]} · {reached.label}",
        role=event.role.label,
        at_text=beijing_minute(event.at),
        note_lines=_lines(event, open_note, internal=internal) if open_note and told else (),
    )


def _lines(event: Event, open_note: OpenNote, *, internal: bool) -> tuple[str, ...]:
    said = [
        reasons.sentence(reason.code, open_note(event.number, reason.note))
        for reason in event.reasons
    ]
    if internal and event.note:
        said.append(open_note(event.number, event.note))
    return tuple(said)
