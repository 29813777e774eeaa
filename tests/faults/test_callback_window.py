"""Real AWS clients in front of a service that hangs: the answer leaves in WeChat's time."""

import time
from urllib.parse import urlencode

import boto3
import pytest
from chalice.test import Client

from chalicelib.store.aws import Aws
from chalicelib.world import World
from tests import figures
from tests.fakes.cloud import REGION, WECHAT_SECRET, settings
from tests.fakes.push import Sender, event_push
from tests.fakes.server import Say, running
from tests.fakes.time import FakeClock, FakeIds

WINDOW_SECONDS, HANG_SECONDS = 5, 60


def test_an_answer_leaves_while_store_and_queue_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    from app import app

    clock = FakeClock()
    now = int(clock.now().timestamp())
    query, body = Sender(WECHAT_SECRET["token"], "wxtest").plain(
        event_push("subscribe", now, EventKey=""), now
    )
    with running(lambda _: Say({}, delay=HANG_SECONDS)) as hanging:
        monkeypatch.setenv("AWS_ENDPOINT_URL", hanging.url)
        session = boto3.session.Session("test", "test", region_name=REGION)
        secrets = {"mutual-aid-local/wechat": WECHAT_SECRET}
        aws = Aws(session.client)
        overrides = {"aws": aws, "_secrets": secrets}
        app.world = World(settings(), clock, FakeIds(clock), overrides)
        with Client(app) as client:
            started = time.monotonic()
            answer = client.http.post(
                f"/wechat?{urlencode(query)}", headers={"content-type": "text/xml"}, body=body
            )
            took = time.monotonic() - started
        assert len(hanging.seen) == 3, "seen before, kept, bound: each is asked once and not again"
    assert answer.status_code == 200
    assert "欢迎关注" in answer.body.decode()
    # by what the clients allow: the clock of a busy machine says other things as well
    allowed = max(client.meta.config.read_timeout for client in aws._clients.values())
    assert len(hanging.seen) * allowed < WINDOW_SECONDS - 1
    assert took < HANG_SECONDS
    figures.note("callback: answered while store and queue hang, s", round(took, 1))
