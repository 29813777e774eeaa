"""Writing a roster: created once, updated in place, each person whole or not at all."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from chalicelib.core.errors import Conflict
from chalicelib.core.identity import DocType
from chalicelib.store import digests, keys
from chalicelib.store.members import Enrolment, IdentityItem, MemberItem, MemberRecord
from chalicelib.store.roster import RosterEntry, RosterState
from tests.fakes.cloud import Stage
from tests.fakes.people import LI, THIS_YEAR


def entry(
    stage: Stage, member: MemberRecord = LI, *plans: Enrolment, row: str = "row-1"
) -> RosterEntry:
    digest = digests.document(stage.world.vault, DocType(member.doc_type), member.doc_number)
    return RosterEntry(member, plans, digest, row)


def people(count: int) -> list[MemberRecord]:
    return [replace(LI, doc_number=f"E{n:08d}", doc_type="passport") for n in range(count)]


def plans(count: int) -> tuple[Enrolment, ...]:
    return tuple(
        replace(THIS_YEAR, plan_id=f"plan-{n}", starts=date(2020 + n, 1, 1)) for n in range(count)
    )


def profile(stage: Stage, member_id: str) -> MemberRecord:
    item = MemberItem.get(keys.member(member_id), keys.PROFILE)
    return stage.world.members.open(item)


@pytest.fixture
def transactions(stage: Stage) -> Iterator[list[int]]:
    """The sizes of the transactions that are sent."""
    sizes: list[int] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        sizes.append(len(params["TransactItems"]))

    events = stage.world.aws.client("dynamodb").meta.events
    events.register("provide-client-params.dynamodb.TransactWriteItems", note)
    yield sizes
    events.unregister("provide-client-params.dynamodb.TransactWriteItems", note)


def test_somebody_new_is_created_and_found_by_document(stage: Stage) -> None:
    new = entry(stage, LI, THIS_YEAR)
    (outcome,) = stage.world.roster.save_roster([new])
    assert outcome.created
    assert profile(stage, outcome.member_id) == replace(LI, member_id=outcome.member_id)
    assert stage.world.members.enrolments(outcome.member_id) == [THIS_YEAR]
    found = stage.world.roster.find_many([new.document_digest, "0" * 64])
    assert found == {new.document_digest: RosterState(outcome.member_id, "row-1")}


def test_a_changed_row_updates_in_place_and_keeps_the_binding(
    stage: Stage, enrol: Callable[..., str]
) -> None:
    member_id = enrol()
    new = entry(stage)
    identity = IdentityItem.get(keys.identity(new.document_digest), keys.IDENTITY)
    identity.update([IdentityItem.openid.set("openid-one")])
    moved = replace(LI, member_id=member_id, phone="13900000009", social_card=None)
    (outcome,) = stage.world.roster.save_roster([entry(stage, moved, row="row-2")])
    assert (outcome.member_id, outcome.created) == (member_id, False)
    assert profile(stage, member_id) == moved
    identity.refresh()
    assert (identity.openid, identity.content_digest) == ("openid-one", "row-2")
    assert identity.phone_digest == digests.phone(stage.world.vault, "13900000009")
    assert stage.world.members.enrolments(member_id) == [THIS_YEAR]


def test_the_same_row_again_changes_nothing_that_is_read(
    stage: Stage, enrol: Callable[..., str]
) -> None:
    member_id = enrol()
    before = profile(stage, member_id)
    again = entry(stage, replace(LI, member_id=member_id), THIS_YEAR, row="content-1")
    state = stage.world.roster.find_many([again.document_digest])[again.document_digest]
    assert state.content_digest == again.content_digest  # what the importer skips by
    assert not stage.world.roster.save_roster([again])[0].created
    assert profile(stage, member_id) == before
    assert stage.world.members.enrolments(member_id) == [THIS_YEAR]


def test_whoever_was_created_meanwhile_is_updated_instead(stage: Stage) -> None:
    batch = [entry(stage, person, THIS_YEAR) for person in people(5)]
    (first,) = stage.world.roster.save_roster([batch[2]])  # by somebody else, after our reading
    outcomes = stage.world.roster.save_roster(batch)
    assert [outcome.created for outcome in outcomes] == [True, True, False, True, True]
    assert outcomes[2].member_id == first.member_id
    found = stage.world.roster.find_many([e.document_digest for e in batch])
    assert [found[e.document_digest].member_id for e in batch] == [o.member_id for o in outcomes]


def test_a_member_id_that_is_not_theirs_is_read_again(
    stage: Stage, enrol: Callable[..., str]
) -> None:
    member_id = enrol()
    stale = entry(stage, replace(LI, member_id="1", phone="13900000009"))
    (outcome,) = stage.world.roster.save_roster([stale])
    assert (outcome.member_id, outcome.created) == (member_id, False)
    with pytest.raises(MemberItem.DoesNotExist):
        MemberItem.get(keys.member("1"), keys.PROFILE)


def test_an_identity_without_its_profile_is_said_not_mended(stage: Stage) -> None:
    new = entry(stage)
    (outcome,) = stage.world.roster.save_roster([new])
    MemberItem.get(keys.member(outcome.member_id), keys.PROFILE).delete()
    with pytest.raises(Conflict):
        stage.world.roster.save_roster([new])


def test_twenty_five_people_with_two_plans_are_one_transaction(
    stage: Stage, transactions: list[int]
) -> None:
    batch = [entry(stage, person, *plans(2)) for person in people(25)]
    outcomes = stage.world.roster.save_roster(batch)
    assert transactions == [100]
    assert len({outcome.member_id for outcome in outcomes}) == 25
    assert all(outcome.created for outcome in outcomes)
    for outcome in outcomes:
        assert len(stage.world.members.enrolments(outcome.member_id)) == 2


def test_more_than_a_hundred_items_are_split_between_people(
    stage: Stage, transactions: list[int]
) -> None:
    batch = [entry(stage, person, *plans(3)) for person in people(25)]
    outcomes = stage.world.roster.save_roster(batch)
    assert transactions == [100, 25]
    found = stage.world.roster.find_many([e.document_digest for e in batch])
    assert [found[e.document_digest].member_id for e in batch] == [o.member_id for o in outcomes]


def test_nobody_is_nothing(stage: Stage, transactions: list[int]) -> None:
    assert stage.world.roster.save_roster([]) == []
    assert stage.world.roster.find_many([]) == {}
    assert transactions == []


def test_a_document_asked_for_twice_is_read_once(stage: Stage) -> None:
    new = entry(stage)
    stage.world.roster.save_roster([new])
    assert len(stage.world.roster.find_many([new.document_digest] * 2)) == 1


def test_enrolments_come_newest_first_and_the_same_plan_is_replaced(stage: Stage) -> None:
    (outcome,) = stage.world.roster.save_roster([entry(stage, LI, *plans(3))])
    more = replace(plans(3)[1], shares=5)
    known = replace(LI, member_id=outcome.member_id)
    stage.world.roster.save_roster([entry(stage, known, more, row="row-2")])
    read = stage.world.members.enrolments(outcome.member_id)
    assert [(e.starts.year, e.shares) for e in read] == [(2022, 1), (2021, 5), (2020, 1)]
    assert len(stage.world.members.enrolments(outcome.member_id, limit=2)) == 2
