"""The worker: what it records, and that a bad record goes alone."""

import json
from datetime import datetime
from typing import Any

import pytest

from chalicelib.chat.worker import handle
from tests.fakes.time import FakeClock, FakeIds


class Followers:
    """Who follows; the latest event wins, as in the store."""

    def __init__(self) -> None:
        self.states: dict[str, tuple[int, bool]] = {}
        self.down = False
        self.waiting = {"4053"}
        self.receipts: list[tuple[str, bool, str]] = []
        self.clock = FakeClock()
        self.ids = FakeIds(self.clock)
        self.revoked: list[tuple[str, int]] = []

    def revoke(self, openid: str, *, event_at: int, number: str, at: datetime) -> bool:
        assert number
        assert at == self.clock.now()
        self.revoked.append((openid, event_at))
        return True

    @property
    def deliveries(self) -> "Followers":
        return self

    def record_receipt(self, receipt: str, *, delivered: bool, code: str) -> bool:
        self.receipts.append((receipt, delivered, code))
        return receipt in self.waiting

    @property
    def members(self) -> "Followers":
        return self

    def record_follow(self, openid: str, *, subscribed: bool, event_at: int) -> None:
        if self.down:
            raise ConnectionError(openid)
        if event_at > self.states.get(openid, (-1, False))[0]:
            self.states[openid] = (event_at, subscribed)


def record(number: int, body: object) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return {"messageId": f"m-{number}", "body": text}


def event(kind: str, openid: str = "oA", at: int = 100) -> dict[str, Any]:
    return {"kind": kind, "openid": openid, "created_at": at, "key": "k"}


def failed(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def test_follows_and_unfollows_are_recorded() -> None:
    world = Followers()
    records = [
        record(1, event("follow", "oA", 100)),
        record(2, event("unfollow", "oB", 100)),
        record(3, event("unfollow", "oC", 90)),
    ]
    assert failed(handle(records, world)) == []
    assert world.states == {"oA": (100, True), "oB": (100, False), "oC": (90, False)}


def test_any_order_and_any_repetition_end_the_same() -> None:
    follow, leave = record(1, event("follow", at=100)), record(2, event("unfollow", at=200))
    for order in ([follow, leave], [leave, follow], [leave, follow, leave, follow]):
        world = Followers()
        handle(order, world)
        assert world.states == {"oA": (200, False)}


def test_who_withdrew_an_authorisation_is_bound_no_more(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    world = Followers()
    assert failed(handle([record(1, event("revoked", "oPerson", 100))], world)) == []
    assert world.revoked == [("oPerson", 100)]
    assert [r.getMessage() for r in caplog.records] == ["chat_authorisation_revoked"]
    assert "oPerson" not in caplog.text


POISON = [
    "",
    "not json",
    "[]",
    "null",
    "{}",
    event("explode"),
    event("text"),
    event("follow") | {"openid": ""},
    event("follow") | {"openid": None},
    event("follow") | {"created_at": "100"},
    event("follow") | {"created_at": True},
    event("follow") | {"kind": []},
]


@pytest.mark.parametrize("poison", POISON, ids=repr)
def test_a_poison_body_fails_alone(poison: object, caplog: pytest.LogCaptureFixture) -> None:
    world = Followers()
    records = [record(1, poison), record(2, event("follow"))]
    assert failed(handle(records, world)) == ["m-1"]
    assert world.states == {"oA": (100, True)}
    assert [r.getMessage() for r in caplog.records] == ["chat_record_failed"]


def test_a_store_that_is_down_returns_everything_quietly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = Followers()
    world.down = True
    records = [record(n, event("follow", f"oPerson{n}")) for n in (1, 2)]
    assert failed(handle(records, world)) == ["m-1", "m-2"]
    assert "oPerson" not in caplog.text


def test_template_results_are_noted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    body = event("template_result") | {"message_id": "4053", "status": "failed:user block"}
    world = Followers()
    assert failed(handle([record(1, body)], world)) == []
    assert world.receipts == [("4053", False, "failed:user block")]
    (line,) = caplog.records
    assert (line.getMessage(), vars(line)["status"]) == (
        "chat_template_result",
        "failed:user block",
    )


def test_a_report_that_overtakes_its_message_comes_again() -> None:
    world = Followers()
    now = int(world.clock.now().timestamp())
    early = event("template_result", at=now - 1) | {"message_id": "5001", "status": "success"}
    foreign = event("template_result", at=now - 900) | {"message_id": "5002", "status": "success"}
    assert failed(handle([record(1, early), record(2, foreign)], world)) == ["m-1"]
    world.waiting.add("5001")
    assert failed(handle([record(1, early)], world)) == []


def test_an_empty_batch_is_fine() -> None:
    assert handle([], Followers()) == {"batchItemFailures": []}
