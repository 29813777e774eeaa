"""What travels: read whole, or refused without a word of it."""

import json
from datetime import UTC, datetime

import pytest

from chalicelib.casework.events import UnreadableError, read_event

BODY = {
    "kind": "change",
    "number": "1344168415351173120",
    "member_id": "1",
    "seq": 2,
    "action": "reject",
    "from": "first_review",
    "to": "draft",
    "at": "2026-11-23T06:28:18+00:00",
}


def test_an_event_is_read() -> None:
    event = read_event(json.dumps(BODY))
    assert (event.kind, event.number, event.seq) == ("change", BODY["number"], 2)
    assert (event.from_state, event.to_state) == ("first_review", "draft")
    assert event.at == datetime(2026, 11, 23, 6, 28, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        "null",
        "[]",
        "7",
        *(
            json.dumps({k: v for k, v in BODY.items() if k != name})
            for name in ("kind", "seq", "at")
        ),
        *(
            json.dumps(BODY | change)
            for change in (
                {"seq": True},
                {"seq": "2"},
                {"seq": 0},
                {"number": "BG12"},
                {"number": "1" * 21},
                {"number": 7},
                {"kind": "a/b"},
                {"kind": []},
                {"to": ""},
                {"at": "soon"},
                {"at": 5},
                {"at": "2026-11-23T06:28:18"},
            )
        ),
    ],
)
def test_anything_else_is_unreadable(body: object) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_event(body)
    assert str(caught.value) == ""
