"""A file that knows one employee by an old document and by the new one."""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.core.errors import Conflict
from chalicelib.core.identity import DocType
from chalicelib.store import digests, keys, particulars
from chalicelib.store.members import Enrolment, MemberItem, MemberRecord
from chalicelib.store.roster import RosterEntry
from tests.fakes.cloud import Stage


def record(stage: Stage, member_id: str) -> MemberRecord:
    return stage.world.members.open(MemberItem.get(keys.member(member_id), keys.PROFILE))


def digest(stage: Stage, who: MemberRecord) -> str:
    return digests.document(stage.world.vault, DocType(who.doc_type), who.doc_number)


def move(stage: Stage, was: MemberRecord, now: MemberRecord) -> None:
    """Give an employee another document, as an approved change does."""
    before = digest(stage, was)
    known = particulars.read(stage.world.database, was.member_id, [before])
    assert known.profile is not None
    change = particulars.Change(known.profile, known.identities[before], now, digest(stage, now))
    transaction = stage.world.transaction()
    particulars.change_in(
        transaction, stage.world.vault, change, stale=Conflict(), taken=Conflict()
    )
    transaction.commit()


def test_both_rows_land(stage: Stage, enrol: Callable[..., str]) -> None:
    was = record(stage, enrol())
    (period,) = stage.world.members.enrolments(was.member_id)
    now = replace(was, doc_type="passport", doc_number="E12345678")
    move(stage, was, now)

    def entry(who: MemberRecord, shares: int) -> RosterEntry:
        covers: tuple[Enrolment, ...] = (replace(period, shares=shares),)
        return RosterEntry(who, covers, digest(stage, who), f"row-{shares}")

    stranger = replace(was, member_id="", doc_type="passport", doc_number="E87654321")
    batch = [replace(entry(was, 1), moved=True), entry(stranger, 2), entry(now, 3)]
    outcomes = stage.world.roster.save_roster(batch)
    assert [outcome.created for outcome in outcomes] == [False, True, False]
    assert {outcomes[0].member_id, outcomes[2].member_id} == {was.member_id}
    assert [e.shares for e in stage.world.members.enrolments(was.member_id)] == [3]
    assert record(stage, was.member_id) == now
