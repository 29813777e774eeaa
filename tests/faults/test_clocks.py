"""Clocks that disagree by ten minutes or leap a day, and items that DynamoDB deletes days late.

What ends is written by one container and read by another. At its end, plus all that two clocks
may disagree, nobody accepts it any more, deleted or not: moto never deletes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from chalice.test import Client
from moto import mock_aws

from chalicelib.casework.service import LEASE_MINUTES, Casework
from chalicelib.core.errors import Refused
from chalicelib.store.drafts import KEPT_DAYS
from chalicelib.store.tokens import Tokens
from chalicelib.web import codes
from chalicelib.web.oauth import STATE_SECONDS
from chalicelib.web.session import FORM_HOURS, SESSION_DAYS, Signer
from chalicelib.web.staff import IDLE_SECONDS
from infra import assets
from tests import figures
from tests.fakes.people import LI
from tests.faults.employees import WRITING
from tests.faults.people import ME, bound, desk, phone
from tests.faults.telling import Telling
from tests.flows import claiming

SKEWS = [timedelta(minutes=minutes) for minutes in (-5, 0, 5)]
DISAGREEING = timedelta(minutes=10, seconds=61)
"""Twice five minutes, and the minute that signed cookies are granted."""
DAY = timedelta(days=1)
LATE = timedelta(hours=48)


@dataclass(frozen=True)
class Thing:
    """Something that ends after `lasts`."""

    lasts: timedelta
    make: Callable[[Telling], Any]
    accepted: Callable[[Telling, Any], bool]


@pytest.fixture
def telling() -> Iterator[Telling]:
    from app import app

    assets.build()
    with mock_aws(), Client(app) as client:
        telling = Telling(client, app)
        bound(telling)
        telling.stage.clock.forward(hours=1)
        yield telling


def _code(t: Telling) -> str:
    codes.send(t.stage.world, openid=ME, phone=LI.phone, ip="1")
    return t.stage.sms.last_to(LI.phone).params[0]


def _code_accepted(t: Telling, code: str) -> bool:
    try:
        codes.check(t.stage.world, openid=ME, phone=LI.phone, code=code)
    except Refused:
        return False
    return True


def _state(t: Telling) -> str:
    phone(t).cookies.clear()
    seen = phone(t).open("/me", follow=False)
    return seen.headers["Location"].rpartition("state=")[2].partition("#")[0]


def _state_accepted(t: Telling, state: str) -> bool:
    t.stage.wechat.codes["1"] = ME
    seen = phone(t).open(f"/oauth/callback?code=1&state={state}", follow=False)
    return "__Host-sid" in str(seen.headers.get("Set-Cookie"))


def _session(t: Telling) -> None:
    phone(t).cookies.clear()
    phone(t).open("/me")


def _signer(t: Telling) -> Signer:
    return Signer(t.stage.world.vault, t.stage.clock)


def _draft(t: Telling) -> str:
    claiming.publish(t.stage)
    WRITING[0].do(t)
    WRITING[1].do(t)
    return str(t.facts["number"])


def _draft_open(t: Telling, number: str) -> bool:
    path = f"/subsidies/{number}/identity"
    seen = phone(t).open(path)
    return (seen.status, seen.url) == (200, path)


def _tokens(t: Telling) -> Tokens:
    return Tokens(t.stage.world.moments, t.stage.world.vault)


THINGS = {
    "SMS code": Thing(timedelta(minutes=codes.VALID_MINUTES), _code, _code_accepted),
    "state of a sign-in": Thing(timedelta(seconds=STATE_SECONDS), _state, _state_accepted),
    "session": Thing(
        timedelta(days=SESSION_DAYS),
        _session,
        lambda t, _: phone(t).open("/me", follow=False).status == 200,
    ),
    "form": Thing(
        timedelta(hours=FORM_HOURS),
        lambda t: _signer(t).form_token("me", "/x", "1"),
        lambda t, token: _signer(t).read_form_token("me", "/x", token) is not None,
    ),
    "staff session": Thing(
        timedelta(seconds=IDLE_SECONDS + 30),
        lambda t: desk(t, "anna"),
        lambda _t, anna: anna.open("/staff", follow=False).status == 200,
    ),
    "lease": Thing(
        timedelta(minutes=LEASE_MINUTES),
        lambda t: Casework(t.stage.world).lease("1", "anna"),
        lambda t, _: not Casework(t.stage.world).lease("1", "bob"),
    ),
    "draft": Thing(timedelta(days=KEPT_DAYS + 1), _draft, _draft_open),
    "token": Thing(
        timedelta(hours=1),
        lambda t: _tokens(t).set("a", "b", 3600),
        lambda t, _: _tokens(t).get("a") is not None,
    ),
}


@pytest.mark.parametrize("name", THINGS)
def test_what_ended_is_accepted_by_no_clock(telling: Telling, name: str) -> None:
    t, thing = telling, THINGS[name]
    at, before = t.stage.clock.at, t.save()

    def accepted(age: timedelta, writer: timedelta, reader: timedelta) -> bool:
        t.people.pop("anna", None)
        t.restore(before)
        t.memo.clear()
        t.stage.clock.at = at + writer
        made = thing.make(t)
        t.stage.clock.at = at + age + reader
        return thing.accepted(t, made)

    assert accepted(thing.lasts / 2, timedelta(), timedelta())
    ages = [thing.lasts + DISAGREEING, thing.lasts + DISAGREEING + LATE]
    tries = list(product(ages, SKEWS, SKEWS))
    if thing.lasts < DAY:
        tries += [(timedelta(), timedelta(), DAY)]
    wrong = [tried for tried in tries if accepted(*tried)]
    figures.note("clocks: readings of what has ended", len(tries))
    figures.note("clocks: accepted all the same", len(wrong))
    assert wrong == []
