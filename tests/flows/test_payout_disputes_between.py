"""Two people and a dispute: who may say what, the same form twice, and two at the same moment."""

from dataclasses import replace

import pytest

from chalicelib.casework.machine import Role
from chalicelib.core.errors import Conflict, NotAllowed, NotFound, Refused
from chalicelib.payout import disputes, settle
from chalicelib.store import keys
from chalicelib.store.payouts import HoldItem, PaymentItem, hold_key
from tests.fakes.cloud import Stage
from tests.fakes.light import lighten
from tests.fakes.matter import Matter, to_check
from tests.fakes.payroom import MAKER, RELEASER, PayRoom, person

OTHER = person("rosa")


@pytest.fixture
def matter(stage: Stage) -> Matter:
    lighten()
    return Matter(PayRoom(stage))


# ---- two people ----


def test_the_same_person_does_not_confirm(matter: Matter) -> None:
    payment = matter.disputed()
    seen = matter.propose(payment, "paid")
    with pytest.raises(NotAllowed, match="不同人员"):
        matter.confirm(payment, seen, who=MAKER)
    assert matter.held
    matter.confirm(payment, seen, who=RELEASER)
    assert matter.state == "closed"


def test_another_verdict_takes_the_place_of_the_first(matter: Matter) -> None:
    payment = matter.disputed()
    first = matter.propose(payment, "paid", who=MAKER)
    second = matter.propose(payment, "failed", who=RELEASER)
    with pytest.raises(Conflict):
        matter.confirm(payment, first, who=OTHER)
    with pytest.raises(NotAllowed):
        matter.confirm(payment, second, who=RELEASER)
    matter.confirm(payment, second, who=MAKER)
    assert matter.state == "account_repair"


def test_who_reviewed_the_case_or_owns_it_does_not_confirm(matter: Matter) -> None:
    payment = matter.disputed()
    seen = matter.propose(payment, "paid")
    for who in (person("anna"), person("bob"), person("olga", member=matter.case.member_id)):
        with pytest.raises(NotAllowed):
            matter.confirm(payment, seen, who=who)
    with pytest.raises(NotAllowed, match="本人"):
        matter.propose(payment, "failed", who=person("olga", member=matter.case.member_id))


def test_only_finance_of_the_place_may_say_anything(matter: Matter) -> None:
    payment = matter.disputed()
    auditor = replace(MAKER, roles=frozenset([Role.AUDITOR]))
    with pytest.raises(NotAllowed):
        matter.propose(payment, "paid", who=auditor)
    seen = matter.propose(payment, "paid")
    with pytest.raises(NotAllowed):
        matter.confirm(payment, seen, who=replace(auditor, account="ada"))
    away = person("away", "南宁市")
    for act in (
        lambda: matter.propose(payment, "paid", who=away),
        lambda: matter.confirm(payment, seen, who=away),
    ):
        with pytest.raises(NotFound):
            act()
    assert disputes.listed(matter.room.world, away) == []


@pytest.mark.parametrize(
    ("verdict", "reason", "fields"),
    [
        ("", "复函", {"verdict"}),
        ("recovered", "复函", {"verdict"}),
        ("paid", "", {"reason"}),
        ("paid", "长" * 201, {"reason"}),
        ("", "", {"verdict", "reason"}),
    ],
)
def test_a_proposal_needs_a_verdict_and_a_reason(
    matter: Matter, verdict: str, reason: str, fields: set[str]
) -> None:
    payment = matter.disputed()
    with pytest.raises(Refused) as refused:
        matter.propose(payment, verdict, reason=reason)
    assert set(refused.value.errors) == fields
    assert all(sentence.endswith("。") for sentence in refused.value.errors.values())


def test_nothing_is_confirmed_that_nobody_proposed(matter: Matter) -> None:
    payment = matter.disputed()
    with pytest.raises(Refused, match="没有待确认"):
        matter.confirm(payment, "")


def test_a_payment_without_a_dispute_is_nobodys_matter(matter: Matter) -> None:
    payment = matter.disputed("failed")
    for number in (payment, "123", "x"):
        with pytest.raises(NotFound):
            disputes.read(matter.room.world, MAKER, matter.batches[0], number)


# ---- twice, late, at once ----


def test_the_same_forms_again_change_nothing(matter: Matter) -> None:
    payment = matter.disputed()
    seen, operation = matter.propose(payment, "paid"), matter.room.op()
    matter.confirm(payment, seen, operation=operation)
    then = matter.room.grants.now(matter.case)
    matter.confirm(payment, seen, operation=operation)
    with pytest.raises(Refused, match="没有待确认"):
        matter.confirm(payment, seen)
    assert matter.room.grants.now(matter.case) == then
    place = matter.place(payment)
    disputes.propose(matter.room.world, MAKER, place, ("failed", "复函"), "op")
    at = matter.payment(payment).proposed_at
    matter.room.stage.clock.forward(minutes=1)
    disputes.propose(matter.room.world, MAKER, place, ("failed", "复函"), "op")
    assert matter.payment(payment).proposed_at == at


def test_a_file_moves_nothing_that_people_have_settled(matter: Matter) -> None:
    payment = matter.disputed()
    matter.verified(payment, "paid")
    then = matter.room.grants.now(matter.case)
    for word, kind in (("failed", "problem"), ("paid", "unchanged"), ("unknown", "unchanged")):
        assert matter.say(payment, word).kind.value == kind
    assert matter.say(payment, "failed").sentence == settle.VERIFIED
    assert (matter.room.grants.now(matter.case), matter.held) == (then, set())


def test_what_was_settled_is_looked_into_again(matter: Matter) -> None:
    payment = matter.disputed()
    matter.verified(payment, "failed")
    seen = matter.propose(payment, "paid")
    assert matter.listed() == [payment]
    assert matter.held, "until the second word nobody is paid"
    assert len(matter.examined()) == 1
    matter.confirm(payment, seen)
    assert (matter.state, matter.held, matter.examined()) == ("closed", set(), [])


def test_a_step_of_the_case_between_reading_and_confirming(matter: Matter) -> None:
    """Confirmed as the case was when it was read: the employee mends the account meanwhile."""
    payment = matter.disputed()
    seen = matter.propose(payment, "paid")
    found = matter.room.world.aws.client("dynamodb").meta.events

    def meanwhile(**_: object) -> None:
        found.unregister("before-call.dynamodb.TransactWriteItems", meanwhile)
        to_check(matter)

    found.register("before-call.dynamodb.TransactWriteItems", meanwhile)
    with pytest.raises(Conflict):
        matter.confirm(payment, seen)
    assert matter.state == "account_check"
    assert (matter.payment(payment).state, bool(matter.held)) == ("failed", True)
    matter.confirm(payment, seen)
    assert matter.state == "closed"
    assert matter.examined() == []


def test_two_confirm_at_once_and_one_does(matter: Matter) -> None:
    payment = matter.disputed()
    seen = matter.propose(payment, "paid")
    found = matter.room.world.aws.client("dynamodb").meta.events

    def meanwhile(**_: object) -> None:
        found.unregister("before-call.dynamodb.TransactWriteItems", meanwhile)
        matter.confirm(payment, seen, who=OTHER)

    found.register("before-call.dynamodb.TransactWriteItems", meanwhile)
    with pytest.raises(Conflict):
        matter.confirm(payment, seen, who=RELEASER)
    assert matter.actions().count("verify_paid") == 1
    assert matter.payment(payment).verifier == OTHER.account
    assert matter.examined() == []


def test_a_proposal_that_was_changed_while_another_confirmed_it(matter: Matter) -> None:
    payment = matter.disputed()
    seen = matter.propose(payment, "paid")
    found = matter.room.world.aws.client("dynamodb").meta.events

    def meanwhile(**_: object) -> None:
        found.unregister("before-call.dynamodb.TransactWriteItems", meanwhile)
        matter.propose(payment, "failed", who=OTHER)

    found.register("before-call.dynamodb.TransactWriteItems", meanwhile)
    with pytest.raises(Conflict):
        matter.confirm(payment, seen, who=RELEASER)
    assert matter.state == "account_repair"
    assert matter.held


# ---- what the doctor would see ----


def test_the_doctor_misses_a_hold(matter: Matter) -> None:
    payment = matter.disputed()
    said = matter.examined()
    assert said == [f"payment {payment} is failed, and the bank also said paid"]
    (kind, pk, sk) = hold_key(matter.case.number)
    kind(pk, sk).delete()
    assert f"payment {payment} is in dispute, and nothing holds its case" in matter.examined()


def test_the_doctor_sees_a_hold_for_nothing(matter: Matter) -> None:
    payment = matter.disputed()
    place = "/".join(matter.place(payment))
    matter.verified(payment, "failed")
    hold = HoldItem(keys.hold(matter.case.number), keys.LOCK, number=matter.case.number)
    hold.payments = {place}
    hold.save()
    assert matter.examined() == [f"it is held for payment {payment}, which is in no dispute"]


def test_the_doctor_sees_a_dispute_that_nobody_can_find(matter: Matter) -> None:
    payment = matter.disputed()
    item = matter.payment(payment)
    item.update(actions=[PaymentItem.queue.remove(), PaymentItem.queued_at.remove()])
    assert f"payment {payment} is in dispute, and is on no list" in matter.examined()
