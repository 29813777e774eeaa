"""WeChat says things three times at once, and its token ends between check and use."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from chalice.test import Client
from moto import mock_aws

from chalicelib.gateways.wechat import WeChat
from chalicelib.store.tokens import Tokens
from infra import assets
from tests import figures
from tests.fakes.cloud import make_stage, settings
from tests.fakes.light import lighten
from tests.fakes.push import OPENID, event_push
from tests.fakes.server import Say, Seen, running
from tests.faults.people import ME, bound
from tests.faults.stories import push
from tests.faults.telling import Telling

CONTAINERS = 50
MENU = {"button": [{"type": "view", "name": "我的", "url": "https://fund.test/me"}]}


@pytest.fixture
def telling() -> Iterator[Telling]:
    from app import app

    assets.build()
    with mock_aws(), Client(app) as client:
        telling = Telling(client, app)
        bound(telling)
        yield telling


class Blind:
    """What three callbacks at the same moment see: none of them is there yet."""

    def get(self, _key: str) -> None:
        return None

    def put_once(self, _key: str, _ttl_seconds: int) -> bool:
        return True


@pytest.mark.parametrize(
    ("event", "more"),
    [
        ("subscribe", {"EventKey": ""}),
        ("unsubscribe", {}),
        ("user_authorization_revoke", {"OpenID": OPENID}),
    ],
)
def test_three_callbacks_at_once_have_one_effect(
    telling: Telling, event: str, more: dict[str, str]
) -> None:
    t = telling
    t.stage.clock.forward(minutes=1)
    before, at = t.save(), int(t.stage.clock.now().timestamp())
    xml = event_push(event, at, **more).replace(OPENID, ME)
    found = []
    for times in (1, 3):
        t.restore(before)
        world = t.boot()
        world.__dict__["quick_moments"] = Blind()
        answers = {push(t, xml).status_code for _ in range(times)}
        assert answers == {200}
        assert len(t.chat.bodies) == times
        t._platform(armed=False)
        found.append(t.dump())
    assert found[0] == found[1]
    figures.note("WeChat: callbacks three times at once, with a second effect", 0)


class Api:
    """A stable token that WeChat may take back at any time; old ones are 40001."""

    def __init__(self) -> None:
        self.issued, self.valid, self.refused = 0, False, 0

    def __call__(self, request: Seen) -> Say:
        if request.path == "/cgi-bin/stable_token":
            self.issued, self.valid = self.issued + (not self.valid), True
            return Say({"access_token": f"token{self.issued}", "expires_in": 7200})
        if self.valid and request.query["access_token"] == f"token{self.issued}":
            return Say({"menu": MENU})
        self.refused += 1
        return Say({"errcode": 40001, "errmsg": "invalid credential"})


def test_fifty_containers_share_a_token_for_an_hour_also_when_it_is_taken_back() -> None:
    dice, api = random.Random(8), Api()
    with mock_aws(), running(api) as server:
        stage = make_stage()
        lighten()
        tokens: Any = Tokens(stage.world.moments, stage.world.vault)
        there = replace(settings(), wechat_api_url=server.url)
        containers = [WeChat(there, "app-secret", tokens) for _ in range(CONTAINERS)]
        for minute in range(60):
            if minute == 30:
                api.valid = False
            for container in dice.sample(containers, 3):
                assert container.get_menu() == MENU
            stage.clock.forward(minutes=1)
        fetched = len(server.to("/cgi-bin/stable_token"))
    figures.note("WeChat: token fetches in an hour of 50 containers", fetched)
    assert fetched == 2
    assert api.refused == 1
