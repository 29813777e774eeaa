"""The members table, seen as people: what is read together, what is sealed, who wins."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.errors import Broken, Conflict, Refused, Unavailable
from chalicelib.store import keys
from chalicelib.store.consents import ConsentItem
from chalicelib.store.members import (
    BindingItem,
    Consent,
    FollowerItem,
    IdentityItem,
    MemberItem,
)
from chalicelib.store.tables import read_together
from tests.fakes.cloud import Stage

MOVED = Refused("绑定已变化。")


def identity_of(stage: Stage, member_id: str) -> IdentityItem:
    profile = MemberItem.get(keys.member(member_id), keys.PROFILE)
    return IdentityItem.get(keys.identity(profile.doc_digest), keys.IDENTITY)


def bind(stage: Stage, identity: IdentityItem, openid: str, binding_id: str) -> None:
    transaction = stage.world.transaction()
    stage.world.members.bind_in(
        transaction,
        openid=openid,
        identity=identity,
        binding_id=binding_id,
        at=stage.clock.now(),
        error=MOVED,
    )
    transaction.commit()


def test_nobody_is_read_as_nobody(stage: Stage) -> None:
    assert stage.world.members.session("openid-one", None) == (None, None, 0, {})
    assert stage.world.members.session("openid-one", "1") == (None, None, 0, {})
    assert stage.world.members.binding_and_identity("openid-one", "0" * 64) == (None, None)


def test_a_binding_and_its_profile_are_read_together(
    stage: Stage, enrol: Callable[..., str]
) -> None:
    member_id = enrol()
    bind(stage, identity_of(stage, member_id), "openid-one", "b1")
    binding, profile, unread, _ = stage.world.members.session("openid-one", member_id)
    assert binding is not None
    assert profile is not None
    assert (binding.member_id, binding.binding_id, unread) == (member_id, "b1", 0)
    assert stage.world.members.session("openid-two", member_id)[0] is None


def test_of_two_that_read_the_same_identity_one_binds(
    stage: Stage, enrol: Callable[..., str]
) -> None:
    member_id = enrol()
    mine, theirs = identity_of(stage, member_id), identity_of(stage, member_id)
    bind(stage, mine, "openid-one", "b1")
    with pytest.raises(Refused, match="已变化"):
        bind(stage, theirs, "openid-two", "b2")
    with pytest.raises(BindingItem.DoesNotExist):
        BindingItem.get(keys.wechat("openid-two"), keys.BINDING)


def test_binding_elsewhere_ends_the_old_one_in_the_same_write(
    stage: Stage, enrol: Callable[..., str]
) -> None:
    member_id = enrol()
    bind(stage, identity_of(stage, member_id), "openid-one", "b1")
    bind(stage, identity_of(stage, member_id), "openid-two", "b2")
    with pytest.raises(BindingItem.DoesNotExist):
        BindingItem.get(keys.wechat("openid-one"), keys.BINDING)
    assert identity_of(stage, member_id).openid == "openid-two"


def test_unbinding_ends_only_the_binding_that_was_read(
    stage: Stage, enrol: Callable[..., str]
) -> None:
    member_id = enrol()
    digest = MemberItem.get(keys.member(member_id), keys.PROFILE).doc_digest
    bind(stage, identity_of(stage, member_id), "openid-one", "b1")
    stale = BindingItem.get(keys.wechat("openid-one"), keys.BINDING)
    bind(stage, identity_of(stage, member_id), "openid-one", "b2")  # bound again meanwhile
    transaction = stage.world.transaction()
    stage.world.members.unbind_in(transaction, openid="openid-one", binding=stale, digest=digest)
    with pytest.raises(Conflict):
        transaction.commit()
    current = BindingItem.get(keys.wechat("openid-one"), keys.BINDING)
    assert current.binding_id == "b2"


def test_a_consent_is_never_written_over(stage: Stage) -> None:
    def note(*, given: bool) -> None:
        transaction = stage.world.transaction()
        consent = Consent("policy", "1", given, "wechat-h5")
        stage.world.members.note_in(
            transaction, "1", kind="bound", number="7", at=stage.clock.now(), consents=[consent]
        )
        transaction.commit()

    note(given=True)
    with pytest.raises(Conflict):
        note(given=False)
    assert ConsentItem.get(keys.member("1"), keys.consent("7", "policy")).given


def test_a_sealed_field_copied_to_another_person_does_not_open(
    stage: Stage, enrol: Callable[..., str]
) -> None:
    item = MemberItem.get(keys.member(enrol()), keys.PROFILE)
    item.pk = keys.member("999")
    with pytest.raises(Broken):
        stage.world.members.open(item)


def test_a_sealed_field_copied_to_another_field_does_not_open(
    stage: Stage, enrol: Callable[..., str]
) -> None:
    item = MemberItem.get(keys.member(enrol()), keys.PROFILE)
    item.name = item.phone
    with pytest.raises(Broken):
        stage.world.members.open(item)


def test_the_latest_follow_wins_whatever_comes_when(stage: Stage) -> None:
    record = stage.world.members.record_follow
    for subscribed, at in ((True, 100), (False, 300), (True, 200), (False, 300)):
        record("openid-one", subscribed=subscribed, event_at=at)
    follower = FollowerItem.get(keys.wechat("openid-one"), keys.FOLLOWER)
    assert (follower.subscribed, follower.event_at) == (False, 300)


def test_half_a_batch_is_no_answer(stage: Stage) -> None:
    class Busy:
        def batch_get_item(self, **_: Any) -> dict[str, Any]:
            left = {"mutual-aid-local-members": {"Keys": [{"pk": {"S": "x"}}]}}
            return {"Responses": {}, "UnprocessedKeys": left}

    stage.world.database.client = Busy()
    with pytest.raises(Unavailable):
        read_together(stage.world.database, [(BindingItem, keys.wechat("x"), keys.BINDING)])
