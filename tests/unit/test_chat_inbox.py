"""Queueing and de-duplication: nothing is lost in a crash, nothing holds up an answer."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.chat.inbox import SEEN_SECONDS, take_in
from chalicelib.chat.push import read_push
from tests.fakes.push import OPENID, event_push, text_push

SUBSCRIBE = read_push(event_push("subscribe", EventKey=""))
RESULT = read_push(event_push("TEMPLATESENDJOBFINISH", MsgID=4053, Status="success"))


class Marks:
    """The moments table, which may fail at reading, at writing, or from the start."""

    def __init__(self, *, fails: str = "") -> None:
        self.fails = fails
        self.kept: dict[str, int] = {}
        self.calls: list[str] = []

    def __call__(self) -> "Marks":
        if self.fails == "making":
            raise ConnectionError(OPENID)
        return self

    def get(self, key: str) -> Mapping[str, str] | None:
        self._call("get")
        return {} if key in self.kept else None

    def put_once(self, key: str, ttl_seconds: int) -> bool:
        self._call("put")
        self.kept[key] = ttl_seconds
        return True

    def _call(self, what: str) -> None:
        self.calls.append(what)
        if self.fails == what:
            raise TimeoutError(OPENID)


class Line:
    """The queue, with a record of what was marked when something was put on it."""

    def __init__(self, marks: Marks, *, fails: bool = False) -> None:
        self.marks = marks
        self.fails = fails
        self.bodies: list[dict[str, Any]] = []

    def __call__(self) -> "Line":
        return self

    def put(self, body: Mapping[str, Any]) -> None:
        if self.fails:
            raise TimeoutError(OPENID)
        assert not self.marks.kept, "marked before it was queued: a crash here would lose it"
        self.bodies.append(dict(body))


def test_an_event_is_queued_once_with_ids_only() -> None:
    marks = Marks()
    line = Line(marks)
    for _ in range(3):
        take_in(SUBSCRIBE, marks, line)
    assert line.bodies == [
        {
            "kind": "follow",
            "openid": OPENID,
            "created_at": SUBSCRIBE.created_at,
            "key": SUBSCRIBE.key,
        }
    ]
    assert marks.kept == {f"callback#{SUBSCRIBE.key}": SEEN_SECONDS}
    assert SEEN_SECONDS == 86_400


def test_template_results_carry_their_message() -> None:
    marks = Marks()
    line = Line(marks)
    take_in(RESULT, marks, line)
    assert (line.bodies[0]["message_id"], line.bodies[0]["status"]) == ("4053", "success")


@pytest.mark.parametrize(
    "xml",
    [
        text_push("我的身份证是……"),
        event_push("VIEW", EventKey="https://fund.test/me"),
        event_push("CLICK", EventKey="help"),
        event_push("something_new"),
    ],
)
def test_what_needs_no_work_touches_nothing(xml: str) -> None:
    marks = Marks()
    line = Line(marks)
    take_in(read_push(xml), marks, line)
    assert not marks.calls
    assert not line.bodies


@pytest.mark.parametrize("fails", ["making", "get", "put"])
def test_a_broken_store_does_not_stop_the_event(
    fails: str, caplog: pytest.LogCaptureFixture
) -> None:
    marks = Marks(fails=fails)
    line = Line(marks)
    take_in(SUBSCRIBE, marks, line)
    assert len(line.bodies) == 1
    assert marks.calls.count("put") <= 1
    assert [r.getMessage() for r in caplog.records] == ["chat_seen_unavailable"]
    assert OPENID not in caplog.text


def test_a_store_that_was_slow_once_is_not_asked_again() -> None:
    marks = Marks(fails="get")
    take_in(SUBSCRIBE, marks, Line(marks))
    assert marks.calls == ["get"]


def test_a_broken_queue_leaves_the_event_unmarked(caplog: pytest.LogCaptureFixture) -> None:
    marks = Marks()
    take_in(SUBSCRIBE, marks, Line(marks, fails=True))
    assert not marks.kept
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [
        (logging.ERROR, "chat_event_lost")
    ]
    assert OPENID not in caplog.text
    repaired = Line(marks)
    take_in(SUBSCRIBE, marks, repaired)
    assert len(repaired.bodies) == 1


def test_a_withdrawn_authorisation_is_queued_by_whose_it_is() -> None:
    marks = Marks()
    line = Line(marks)
    push = read_push(event_push("user_authorization_revoke", OpenID="oPerson"))
    take_in(push, marks, line)
    assert [(body["kind"], body["openid"]) for body in line.bodies] == [("revoked", "oPerson")]
