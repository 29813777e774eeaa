"""Writing a roster: people are found by their document, created once, updated in place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.core.errors import Conflict
from chalicelib.core.ids import Ids
from chalicelib.store import digests, keys
from chalicelib.store.members import (
    NOT_MOVED,
    Enrolment,
    EnrolmentItem,
    IdentityItem,
    MemberItem,
    MemberRecord,
    seal_profile,
)
from chalicelib.store.tables import Database, assignments, read_together
from chalicelib.store.transaction import Transaction
from chalicelib.store.vault import Vault

_TRANSACTION_ITEMS = 100


@dataclass(frozen=True, slots=True)
class RosterState:
    """What is stored for a document: whose it is, and from which row content.

    `moved_name` is set when the employee has changed to another document since: the digest
    of their name tells whether a row with the old one still means them, or its true owner.
    """

    member_id: str
    content_digest: str
    moved_name: str = ""


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One person of a roster; `member.member_id` is "" for somebody new.

    `moved`: found by a document that they have changed since, with approval. Their
    enrolments are written, their particulars stay.
    """

    member: MemberRecord
    enrolments: tuple[Enrolment, ...]
    document_digest: str
    content_digest: str
    moved: bool = False


@dataclass(frozen=True, slots=True)
class RosterOutcome:
    """Who was written, and whether they are new."""

    member_id: str
    created: bool


class RosterStore:
    """The members table, as an import fills it."""

    def __init__(self, database: Database, vault: Vault, ids: Ids) -> None:
        self._database = database
        self._vault = vault
        self._ids = ids

    def find_many(self, document_digests: Sequence[str]) -> dict[str, RosterState]:
        """Return what is stored for up to 100 documents, in one round trip."""
        wanted = [(IdentityItem, keys.identity(d), keys.IDENTITY) for d in document_digests]
        found = read_together(self._database, dict.fromkeys(wanted))
        return {
            keys.name_in(item.pk): RosterState(
                item.member_id, item.content_digest, item.name_digest if item.moved else ""
            )
            for item in found.values()
            if isinstance(item, IdentityItem)
        }

    def save_roster(self, batch: Sequence[RosterEntry]) -> list[RosterOutcome]:
        """Write people and their enrolments; each person completely or not at all.

        Outcomes come in the order of the batch. When somebody else created one of
        them meanwhile, each is read again and written by itself.
        """
        outcomes: list[RosterOutcome] = []
        for group in _groups(batch):
            try:
                outcomes += self._commit(group)
            except Conflict:
                outcomes += [self._save_alone(entry) for entry in group]
        return outcomes

    def _save_alone(self, entry: RosterEntry) -> RosterOutcome:
        state = self.find_many([entry.document_digest]).get(entry.document_digest)
        if state is None or (state.moved_name and not entry.member.member_id):
            return self._commit([replace(entry, member=replace(entry.member, member_id=""))])[0]
        theirs = replace(entry.member, member_id=state.member_id)
        return self._commit([replace(entry, member=theirs, moved=bool(state.moved_name))])[0]

    def _commit(self, group: Sequence[RosterEntry]) -> list[RosterOutcome]:
        transaction = Transaction(self._database)
        outcomes = [self._add(transaction, entry) for entry in group]
        transaction.commit()
        return outcomes

    def _add(self, transaction: Transaction, entry: RosterEntry) -> RosterOutcome:
        created = not entry.member.member_id
        member_id = entry.member.member_id or self._ids.number()
        record = replace(entry.member, member_id=member_id)
        profile: dict[str, Any] = {
            **seal_profile(record, self._vault),
            "doc_digest": entry.document_digest,
        }
        identity: dict[str, Any] = {
            "name_digest": digests.name(self._vault, record.name),
            "phone_digest": digests.phone(self._vault, record.phone),
            "content_digest": entry.content_digest,
        }
        identity_key = (keys.identity(entry.document_digest), keys.IDENTITY)
        profile_key = (keys.member(member_id), keys.PROFILE)
        if created:
            who = IdentityItem(*identity_key, member_id=member_id, **identity)
            transaction.put(who, ~IdentityItem.pk.exists() | IdentityItem.moved.exists())
            transaction.put(MemberItem(*profile_key, **profile), ~MemberItem.pk.exists())
        elif entry.moved:
            seen = assignments(IdentityItem, {"content_digest": entry.content_digest})
            transaction.update(IdentityItem(*identity_key), seen, IdentityItem.moved.exists())
        else:
            who, whose = IdentityItem(*identity_key), MemberItem(*profile_key)
            still_theirs = (IdentityItem.member_id == member_id) & NOT_MOVED
            transaction.update(who, assignments(IdentityItem, identity), still_theirs)
            transaction.update(whose, assignments(MemberItem, profile), MemberItem.pk.exists())
        for enrolment in entry.enrolments:
            transaction.put(_enrolment_item(member_id, enrolment))
        return RosterOutcome(member_id, created)


def _enrolment_item(member_id: str, enrolment: Enrolment) -> EnrolmentItem:
    starts = enrolment.starts.isoformat()
    return EnrolmentItem(
        keys.member(member_id),
        keys.enrolment(starts, enrolment.plan_id),
        plan_id=enrolment.plan_id,
        plan_name=enrolment.plan_name,
        unit_name=enrolment.unit_name,
        starts=starts,
        ends=enrolment.ends.isoformat(),
        shares=enrolment.shares,
    )


def _groups(batch: Sequence[RosterEntry]) -> Iterator[list[RosterEntry]]:
    """Split a batch so that each group fits one transaction.

    No group has the same person twice, by an old document and a new one: a transaction
    writes no item twice.
    """
    group: list[RosterEntry] = []
    items = 0
    for entry in batch:
        size = 2 + len(entry.enrolments)
        known = entry.member.member_id
        twice = known != "" and any(one.member.member_id == known for one in group)
        if group and (twice or items + size > _TRANSACTION_ITEMS):
            yield group
            group, items = [], 0
        group.append(entry)
        items += size
    if group:
        yield group
