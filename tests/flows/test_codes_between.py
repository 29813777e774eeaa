"""Two codes asked for at the same moment: what is true by then is what is said."""

from typing import Any

import pytest

from chalicelib.web import codes
from tests.fakes.between import Interrupted
from tests.fakes.cloud import Stage

ADDRESS = "203.0.113.9"
ONE, OTHER = "17900000001", "17900000002"


def ask(world: Any, phone: str, openid: str) -> int:
    return codes.send(world, openid=openid, phone=phone, ip=ADDRESS)


def test_a_neighbour_at_the_same_address_costs_nobody_a_code(stage: Stage) -> None:
    world = Interrupted(stage, [lambda: ask(stage.world, OTHER, "other")])
    assert ask(world, ONE, "one") == codes.PERSON[0].seconds
    assert len(stage.sms.sent) == 2


def test_the_same_person_twice_gets_one_code(stage: Stage) -> None:
    world = Interrupted(stage, [lambda: ask(stage.world, ONE, "one")])
    with pytest.raises(codes.TooSoon) as caught:
        ask(world, ONE, "one")
    assert caught.value.wait == codes.PERSON[0].seconds
    assert len(stage.sms.sent) == 1


def test_who_is_always_overtaken_is_told_the_truth(stage: Stage) -> None:
    crowd = [
        lambda n=n: ask(stage.world, f"1790001{n:04d}", f"crowd-{n}") for n in range(codes.ROUNDS)
    ]
    with pytest.raises(codes.TooSoon) as caught:
        ask(Interrupted(stage, crowd), ONE, "one")
    assert caught.value.wait == 1
    assert len(stage.sms.sent) == codes.ROUNDS
