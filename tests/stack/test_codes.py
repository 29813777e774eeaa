"""S3: one code, one account of tries, one message, however many ask at once on real tables."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core.errors import AppError, Refused
from chalicelib.store.moments import TABLE, Moments
from chalicelib.web import codes
from chalicelib.world import World
from tests import figures
from tests.fakes.sms import SmsRecorder
from tests.stack.deployed import world_of
from tests.stage import Running

pytestmark = pytest.mark.stack

THREADS = 32
GUESSES = 500
ASKED = {1: 1000, 200: 200}
"""Codes asked for one phone at once, by how many WeChat users."""
PHONE = "13800000099"


class Compared(Moments):
    """Knows how often a guess was let through to be compared."""

    passed = 0

    def count_try(self, key: str, at_most: int) -> dict[str, str] | None:
        found = super().count_try(key, at_most)
        self.passed += found is not None
        return found


class Attackers:
    """Threads with worlds of their own, which share one provider of SMS."""

    def __init__(self, running: Running, pool: ThreadPoolExecutor) -> None:
        self.sms, self._pool = SmsRecorder(), pool
        self.worlds = [world_of(running, sms=self.sms) for _ in range(THREADS)]
        self.moments = []
        for world in self.worlds:
            client = world.aws.client("dynamodb")
            moments = Compared(client, world.settings.table(TABLE), world.clock)
            world.__dict__["moments"] = moments
            self.moments.append(moments)
            world.vault.digest("warm", "")

    def at_once(self, times: int, act: Callable[[World, int], Any]) -> list[Any]:
        """Return what each of so many acts came to: a value, or its error."""

        def one(turn: int) -> Any:
            try:
                return act(self.worlds[turn % THREADS], turn)
            except AppError as error:
                return error

        return list(self._pool.map(one, range(times)))


@pytest.fixture(scope="module")
def attackers(running: Running) -> Iterator[Attackers]:
    with ThreadPoolExecutor(THREADS) as pool:
        yield Attackers(running, pool)


@pytest.fixture
def openid() -> str:
    return f"guessed-{uuid4().hex}"


def test_a_code_is_compared_five_times_and_never_again(attackers: Attackers, openid: str) -> None:
    world = attackers.worlds[0]
    codes.send(world, openid=openid, phone=PHONE, ip=openid)
    right = attackers.sms.sent[-1].params[0]
    wrong = [code for code in (f"{n:06d}" for n in range(GUESSES + 1)) if code != right][:GUESSES]

    def guess(world: World, turn: int) -> None:
        codes.check(world, openid=openid, phone=PHONE, code=wrong[turn])

    said = attackers.at_once(GUESSES, guess)
    compared = sum(moments.passed for moments in attackers.moments)
    figures.note("S3 guesses at once at one code", GUESSES)
    figures.note("S3 guesses that were compared", compared)
    assert compared == codes.TRIES
    told = [error.errors["code"] for error in said if isinstance(error, Refused)]
    assert len(told) == GUESSES
    assert sorted(set(told)) == sorted({codes.WRONG, codes.EXPIRED})
    assert told.count(codes.WRONG) == codes.TRIES
    with pytest.raises(Refused) as late:
        codes.check(world, openid=openid, phone=PHONE, code=right)
    assert late.value.errors == {"code": codes.EXPIRED}


@pytest.mark.parametrize("users", list(ASKED))
def test_who_asks_at_once_gets_one_message(attackers: Attackers, openid: str, users: int) -> None:
    phone, asked = f"139{uuid4().int % 10**8:08d}", ASKED[users]

    def ask(world: World, turn: int) -> int:
        who = f"{openid}-{turn % users}"
        return codes.send(world, openid=who, phone=phone, ip=who)

    said = attackers.at_once(asked, ask)
    sent = [one for one in attackers.sms.sent if one.phone == phone]
    figures.note("S3 codes asked for at once, for two phones", asked)
    figures.note("S3 codes sent to two phones", len(sent))
    assert len(sent) == 1
    assert said.count(codes.PERSON[0].seconds) == 1
    assert sum(isinstance(error, codes.TooSoon) for error in said) == asked - 1
