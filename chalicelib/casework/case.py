"""A case, and the events that made it what it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.casework.machine import Role

OPERATIONS_KEPT = 10


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: an employee's member id, a staff account, or the system."""

    role: Role
    id: str
    member_id: str = ""
    """The actor's own employee record, where staff have one: nobody decides their own case."""
    senior: bool = False
    """Whether a second reviewer may approve amounts above a plan's threshold."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A coded reason, pinned to a field ("field:phone") or picture ("document:<id>")."""

    code: str
    target: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """The current state of a case; `data` belongs to its kind, sealed where sensitive."""

    kind: str
    number: str
    member_id: str
    prefecture: str
    state: str
    version: int
    created_at: datetime
    updated_at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    documents: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    """Of the latest rejection, until the case is submitted again."""
    operations: tuple[str, ...] = ()
    head: str = ""
    """Hash of the latest event."""


@dataclass(frozen=True, slots=True)
class Event:
    """One step in a case's history; never changed."""

    number: str
    seq: int
    action: str
    from_state: str
    to_state: str
    role: Role
    actor: str
    at: datetime
    operation: str
    reasons: tuple[Reason, ...] = ()
    changed: tuple[str, ...] = ()
    note: str = ""
    data_digest: str = ""
    previous: str = ""
    hash: str = ""
