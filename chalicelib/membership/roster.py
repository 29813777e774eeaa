"""Importing a roster (PRODUCT B1): good rows land, bad rows are reported, twice changes nothing.

A row is one enrolment. Neighbouring rows of one document are one employee with several periods;
the same document further down is a mistake of the file and is refused, so that every employee is
written once, whole. What is kept of the file is one 64-bit number per employee.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from itertools import islice
from typing import Protocol

from chalicelib.core import identity
from chalicelib.core.cells import Cell
from chalicelib.membership.roster_rows import Person, RosterRow, RowError, parse
from chalicelib.store import digests
from chalicelib.store.members import Enrolment, MemberRecord
from chalicelib.store.roster import RosterEntry, RosterOutcome, RosterState
from chalicelib.store.vault import Vault

BATCH = 25
MAX_ENROLMENTS = 20
_CONTENT_VERSION = "1"  # another one makes the next import write every row again

_PERSON_COLUMNS = {
    "name": "姓名",
    "doc_number": "证件号码",
    "phone": "手机号码",
    "sex": "性别",
    "birth_date": "出生日期",
    "insurance_type": "社保类型",
    "social_card": "社保卡号",
}


class Store(Protocol):
    """Where employees are kept; `chalicelib.store.roster.RosterStore` in production."""

    def find_many(self, document_digests: Sequence[str]) -> Mapping[str, RosterState]:
        """Return what is known of these documents, by digest."""
        ...

    def save_roster(self, batch: Sequence[RosterEntry]) -> Sequence[RosterOutcome]:
        """Write each employee completely or not at all."""
        ...


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file: rows read and refused, employees by what was done."""

    rows: int = 0
    rejected: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0


class DryRun:
    """A store that answers as the real one would and writes nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find_many(self, document_digests: Sequence[str]) -> Mapping[str, RosterState]:
        return self._store.find_many(document_digests)

    def save_roster(self, batch: Sequence[RosterEntry]) -> Sequence[RosterOutcome]:
        return [RosterOutcome(e.member.member_id, not e.member.member_id) for e in batch]


def import_roster(
    rows: Iterable[tuple[int, Mapping[str, Cell]]],
    store: Store,
    *,
    vault: Vault,
    today: date,
    on_error: Callable[[RowError], None],
    on_progress: Callable[[ImportReport], None],
) -> ImportReport:
    """Write what is new or different, 25 employees at a time, and return the counts.

    `on_error` hears every problem in the order of the file, `on_progress` the counts after each
    batch. Whatever `rows` or `store` raises passes through; batches written by then stay, and
    importing the file again goes on from there.
    """
    desk = _Desk(vault, today, on_error)
    people = desk.people(rows)
    created = updated = unchanged = 0
    while batch := list(islice(people, BATCH)):
        known = store.find_many([entry.document_digest for entry in batch])
        changed = list(_changed(batch, known, vault))
        outcomes = store.save_roster(changed) if changed else ()
        created += sum(outcome.created for outcome in outcomes)
        updated += sum(not outcome.created for outcome in outcomes)
        unchanged += len(batch) - len(changed)
        on_progress(ImportReport(desk.rows, desk.rejected, created, updated, unchanged))
    return ImportReport(desk.rows, desk.rejected, created, updated, unchanged)


def _changed(
    batch: Sequence[RosterEntry], known: Mapping[str, RosterState], vault: Vault
) -> Iterator[RosterEntry]:
    """The employees that are new, or stored from a row with other content."""
    for entry in batch:
        state = known.get(entry.document_digest)
        if state is None or _somebody_else(state, entry, vault):
            yield entry
        elif state.content_digest != entry.content_digest:
            theirs = replace(entry.member, member_id=state.member_id)
            yield replace(entry, member=theirs, moved=bool(state.moved_name))


def _somebody_else(state: RosterState, entry: RosterEntry, vault: Vault) -> bool:
    """A number that an employee has changed away from, now with its true owner."""
    moved_name = state.moved_name
    return bool(moved_name) and moved_name != digests.name(vault, entry.member.name)


@dataclass
class _Desk:
    """Turns rows into employees, and keeps count of what it refused."""

    vault: Vault
    today: date
    on_error: Callable[[RowError], None]
    rows: int = 0
    rejected: int = 0
    # the first row of every document, by the first 64 bits of its keyed digest: with a million
    # employees the chance that any two collide is 1 in 37 million
    _first_rows: dict[int, int] = field(default_factory=dict)

    def people(self, rows: Iterable[tuple[int, Mapping[str, Cell]]]) -> Iterator[RosterEntry]:
        """Yield each employee when the row after the last of theirs has been read."""
        digest = ""
        group: list[RosterRow] = []
        for row in self._good(rows):
            before, digest = digest, self._digest(row.person)
            if group and digest == before:
                self._join(group, row)
                continue
            if group:
                yield self._entry(group, before)
            group = [row] if self._is_first(row, digest) else []
        if group:
            yield self._entry(group, digest)

    def _good(self, rows: Iterable[tuple[int, Mapping[str, Cell]]]) -> Iterator[RosterRow]:
        for number, cells in rows:
            self.rows += 1
            parsed = parse(number, cells, today=self.today)
            if isinstance(parsed, RosterRow):
                yield parsed
            else:
                self._reject(parsed)

    def _is_first(self, row: RosterRow, digest: str) -> bool:
        first = self._first_rows.setdefault(int(digest[:16], 16), row.row)
        if first == row.row:
            return True
        reason = f"与第 {first} 行是同一证件。同一职工的几条参保应放在相邻的行，重复的请删除。"
        self._reject([RowError(row.row, "证件号码", reason)])
        return False

    def _join(self, group: list[RosterRow], row: RosterRow) -> None:
        errors = _disagreements(group, row)
        if errors:
            self._reject(errors)
        else:
            group.append(row)

    def _reject(self, errors: Sequence[RowError]) -> None:
        self.rejected += 1
        for error in errors:
            self.on_error(error)

    def _digest(self, person: Person) -> str:
        number = identity.lookup_form(person.doc_type, person.doc_number)
        return digests.document(self.vault, person.doc_type, number)

    def _entry(self, group: Sequence[RosterRow], document_digest: str) -> RosterEntry:
        latest = max(group, key=lambda row: row.enrolment.starts)
        member = _member(latest)
        enrolments = tuple(
            sorted((row.enrolment for row in group), key=lambda e: (e.starts, e.plan_id))
        )
        return RosterEntry(
            member=member,
            enrolments=enrolments,
            document_digest=document_digest,
            # keyed like every look-up: a plain hash of a person's data can be guessed
            content_digest=self.vault.digest("roster", _content(member, enrolments)),
        )


def _disagreements(group: Sequence[RosterRow], row: RosterRow) -> list[RowError]:
    """Why a row cannot be one more period of the employee above it."""
    first = group[0]
    errors = [
        RowError(row.row, column, f"与第 {first.row} 行的同一职工不一致，请核对。")
        for attribute, column in _PERSON_COLUMNS.items()
        if getattr(row.person, attribute) != getattr(first.person, attribute)
    ]
    period = (row.enrolment.plan_id, row.enrolment.starts)
    for other in group:
        if (other.enrolment.plan_id, other.enrolment.starts) == period:
            reason = f"与第 {other.row} 行是同一职工的同一计划和保障期，请删除重复的行。"
            errors.append(RowError(row.row, "保障计划", reason))
    if len(group) >= MAX_ENROLMENTS:
        reason = f"同一职工的参保记录超过 {MAX_ENROLMENTS} 条，请核对。"
        errors.append(RowError(row.row, "保障计划", reason))
    return errors


def _content(member: MemberRecord, enrolments: Sequence[Enrolment]) -> str:
    """Everything an import writes about an employee, in one spelling."""
    # dataclasses.astuple copies deeply, which would be a quarter of the whole import
    profile = [getattr(member, field.name) for field in fields(member)]
    covers = [[getattr(one, field.name) for field in fields(one)] for one in enrolments]
    parts = [_CONTENT_VERSION, profile, covers]
    return json.dumps(parts, ensure_ascii=False, default=date.isoformat)


def _member(row: RosterRow) -> MemberRecord:
    """The employee as the latest period knows them; the store gives a newcomer an id."""
    person = row.person
    return MemberRecord(
        member_id="",
        name=person.name,
        doc_type=person.doc_type.value,
        doc_number=person.doc_number,
        phone=person.phone,
        sex=person.sex.value,
        birth_date=person.birth_date,
        unit_id=row.unit_id,
        unit_name=row.enrolment.unit_name,
        prefecture=row.prefecture,
        insurance_type=person.insurance_type.value,
        social_card=person.social_card,
    )
