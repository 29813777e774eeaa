"""The members table as an import sees it, in memory and with the same contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.core.errors import AppError
from chalicelib.store.members import Enrolment, MemberRecord
from chalicelib.store.roster import RosterEntry, RosterOutcome, RosterState


@dataclass
class RosterInMemory:
    """Employees by document digest; counts its calls, and fails from a given write on."""

    states: dict[str, RosterState] = field(default_factory=dict)
    members: dict[str, MemberRecord] = field(default_factory=dict)
    enrolments: dict[str, dict[tuple[str, str], Enrolment]] = field(default_factory=dict)
    reads: int = 0
    batches: list[int] = field(default_factory=list)
    fail_from_batch: int | None = None
    failure: AppError = field(default_factory=AppError)

    def find_many(self, document_digests: Sequence[str]) -> Mapping[str, RosterState]:
        assert len(document_digests) <= 100
        self.reads += 1
        return {d: self.states[d] for d in document_digests if d in self.states}

    def save_roster(self, batch: Sequence[RosterEntry]) -> Sequence[RosterOutcome]:
        if self.fail_from_batch is not None and len(self.batches) >= self.fail_from_batch:
            raise self.failure
        self.batches.append(len(batch))
        return [self._save(entry) for entry in batch]

    def _save(self, entry: RosterEntry) -> RosterOutcome:
        created = not entry.member.member_id
        member_id = entry.member.member_id or f"m{len(self.members) + 1}"
        self.states[entry.document_digest] = RosterState(member_id, entry.content_digest)
        self.members[member_id] = entry.member
        periods = self.enrolments.setdefault(member_id, {})
        for one in entry.enrolments:
            periods[one.starts.isoformat(), one.plan_id] = one
        return RosterOutcome(member_id, created)
