"""The moments table: claimed once, taken once, tried a few times, swapped only when unchanged."""

from dataclasses import replace

import pytest

from chalicelib.core.errors import Refused
from chalicelib.store import keys
from chalicelib.store.moments import Moments
from chalicelib.store.tokens import Tokens
from tests.fakes.cloud import Stage

KEY = keys.moment("code", "digest")
CHANGED = Refused("有人先了一步。")


@pytest.fixture
def moments(stage: Stage) -> Moments:
    return stage.world.moments


def test_a_key_is_claimed_once_until_it_expires(stage: Stage, moments: Moments) -> None:
    assert moments.put_once(KEY, 60)
    assert not moments.put_once(KEY, 60)
    stage.clock.forward(seconds=59)
    assert not moments.put_once(KEY, 60)
    stage.clock.forward(seconds=1)
    assert moments.put_once(KEY, 60)


def test_a_key_is_taken_by_one_taker_as_often_as_they_ask(stage: Stage, moments: Moments) -> None:
    moments.put(KEY, {"to": "/me", "pre": "mine"}, 300)
    assert moments.take(KEY, "eve", "pre", "hers") is None
    for _ in range(2):
        found = moments.take(KEY, "one", "pre", "mine")
        assert found is not None
        assert found["to"] == "/me"
    assert moments.take(KEY, "two", "pre", "mine") is None
    stage.clock.forward(seconds=299)
    assert moments.take(KEY, "one", "pre", "mine") is not None
    stage.clock.forward(seconds=1)
    assert moments.take(KEY, "one", "pre", "mine") is None
    assert moments.take(keys.moment("code", "other"), "one", "pre", "mine") is None


def test_tries_are_counted_before_anything_is_compared(stage: Stage, moments: Moments) -> None:
    moments.put(KEY, {"code": "x"}, 300)
    for _ in range(3):
        found = moments.count_try(KEY, at_most=3)
        assert found is not None
        assert found["code"] == "x"
    assert moments.count_try(KEY, at_most=3) is None
    moments.put(KEY, {"code": "y"}, 300)  # a fresh code has fresh tries
    assert moments.count_try(KEY, at_most=3) is not None
    stage.clock.forward(seconds=300)
    assert moments.count_try(KEY, at_most=3) is None


def test_counting_on_nothing_creates_nothing(moments: Moments) -> None:
    assert moments.count_try(KEY, at_most=3) is None
    assert moments.get(KEY) is None


def test_deleting_what_is_not_there_is_fine(moments: Moments) -> None:
    moments.delete(KEY)
    moments.put(KEY, {"code": "x"}, 60)
    moments.delete(KEY)
    assert moments.get(KEY) is None


def test_several_are_read_together(stage: Stage, moments: Moments) -> None:
    names = [keys.moment("sends", str(n)) for n in range(3)]
    moments.put(names[0], {"sent": "1"}, 60)
    moments.put(names[1], {"sent": "2"}, 30)
    stage.clock.forward(seconds=30)
    assert {name: v["sent"] for name, v in moments.get_together(names).items()} == {names[0]: "1"}


def swap(stage: Stage, old: dict[str, str] | None, new: str) -> None:
    transaction = stage.world.transaction()
    stage.world.moments.swap_in(transaction, KEY, {"sent": new}, 60, old=old, error=CHANGED)
    transaction.commit()


def test_a_swap_holds_while_nobody_else_swapped(stage: Stage, moments: Moments) -> None:
    swap(stage, None, "1")
    with pytest.raises(Refused, match="先了一步"):
        swap(stage, None, "other")
    read = moments.get(KEY)
    swap(stage, read, "1 2")
    with pytest.raises(Refused, match="先了一步"):
        swap(stage, read, "1 3")
    now = moments.get(KEY)
    assert now is not None
    assert now["sent"] == "1 2"


def test_an_expired_item_counts_as_none_in_a_swap(stage: Stage, moments: Moments) -> None:
    swap(stage, None, "1")
    stage.clock.forward(seconds=60)
    assert moments.get(KEY) is None
    swap(stage, None, "2")


def test_consuming_needs_the_value_that_was_checked(stage: Stage, moments: Moments) -> None:
    moments.put(KEY, {"code": "x"}, 60)
    for value, works in (("y", False), ("x", True), ("x", False)):
        transaction = stage.world.transaction()
        moments.consume_in(transaction, KEY, "code", value, CHANGED)
        if works:
            transaction.commit()
            continue
        with pytest.raises(Refused):
            transaction.commit()


def test_all_or_nothing(stage: Stage, moments: Moments) -> None:
    transaction = stage.world.transaction()
    moments.put_in(transaction, KEY, {"code": "x"}, 60)
    moments.consume_in(transaction, keys.moment("code", "other"), "code", "x", CHANGED)
    with pytest.raises(Refused):
        transaction.commit()
    assert moments.get(KEY) is None


def test_every_item_says_when_it_may_be_deleted(stage: Stage, moments: Moments) -> None:
    moments.put(KEY, {"code": "x"}, 60)
    client = stage.world.aws.client("dynamodb")
    (item,) = client.scan(TableName="mutual-aid-local-moments")["Items"]
    assert item["expires_at"] == {"N": str(int(stage.clock.now().timestamp()) + 60)}


def test_tokens_are_sealed_shared_and_end(stage: Stage, moments: Moments) -> None:
    mine, theirs = (Tokens(moments, stage.world.vault) for _ in range(2))
    assert mine.get("access_token") is None
    mine.set("access_token", "secret-token", 7200)
    assert theirs.get("access_token") == "secret-token"
    client = stage.world.aws.client("dynamodb")
    assert "secret-token" not in str(client.scan(TableName="mutual-aid-local-moments"))
    theirs.delete("access_token")
    assert mine.get("access_token") is None
    mine.set("access_token", "next", 60)
    stage.clock.forward(seconds=60)
    assert mine.get("access_token") is None


def test_tables_of_two_stages_do_not_meet(stage: Stage, moments: Moments) -> None:
    moments.put(KEY, {"code": "x"}, 60)
    other = replace(stage.world.settings, prefix="mutual-aid-other")
    assert other.table("moments") != stage.world.settings.table("moments")
