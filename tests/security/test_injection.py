"""Lines in logs and headers: what people send breaks out of neither (ASVS 5.0, 1.2.9, 16.4.1).

The log is written as a function writes it, byte by byte; whatever reaches it stays inside the
field it was written into. Every header of every answer is looked at.
"""

import io
import json
import logging
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest
from chalice.test import Client

from chalicelib.chat import worker as chat
from chalicelib.core import logs
from chalicelib.documents import worker as documents
from chalicelib.web.room import FORM
from chalicelib.web.session import Signer
from tests import figures
from tests.fakes import pictures
from tests.fakes.cloud import Stage
from tests.fakes.push import event_push, text_push
from tests.flows.test_callback import Official, official
from tests.flows.test_nobody_else import Person
from tests.security import doors
from tests.security.doors import Entry
from tests.security.test_any_request import NAMES

__all__ = ["official"]

OURS = ("chalicelib", "mutual_aid")
MARK = "forged"
BREAKS = (
    "\r\n",
    "\n",
    "\r",
    "\v",
    "\f",
    "\x1c",
    "\x85",  # NEL
    "\u2028",
    "\u2029",
    "\0",
    "\b\b\b\b",
    "\x1b[2K\x1b[1A",  # ANSI: wipes the line above on a terminal
    "\x1b]0;title\x07",
    "\x9b2J",  # the same as one character of C1
    "\x7f",
    "\u202e",
    "\ud800",  # half of a pair: UTF-8 has no bytes for it
    "%0d%0a",
    "\\r\\n",
    "\\u000a",
    '"}\n',
    '", "level": "FORGED", "x": "',
    '\\", "level": "FORGED", "x": "\\',
    "%s %(name)s {0} ${x}",
)
PAYLOADS = (
    *(f'x{broken}{{"level": "CRITICAL", "event": "{MARK}"}}' for broken in BREAKS),
    *(f"1{broken}Set-Cookie: __Host-sid={MARK}{broken}{broken}<x>" for broken in BREAKS[:3]),
)
EACH = 8
"""Requests to each door; each has payloads in all its places."""
WRITTEN = {"time", "level", "logger", "event", "at", *logs.FIELDS}
HEADERS = {
    "Allow",
    "Cache-Control",
    "Content-Disposition",
    "Content-Security-Policy",
    "Content-Type",
    "ETag",
    "Location",
    "Permissions-Policy",
    "Referrer-Policy",
    "Set-Cookie",
    "Strict-Transport-Security",
    "Vary",
    "X-Content-Type-Options",
}


class Log:
    """What a function of ours writes, as the bytes that CloudWatch gets."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        self.stream = io.TextIOWrapper(self._bytes, "utf-8", newline="", write_through=True)

    def lines(self) -> list[dict[str, Any]]:
        """Return each line; fails where a line is not one, or says more than has a name."""
        raw = self._bytes.getvalue().decode()
        assert raw.isascii()
        assert raw.replace("\n", "").isprintable()
        found = [json.loads(line, object_pairs_hook=once) for line in raw.splitlines()]
        for line in found:
            assert set(line) <= WRITTEN, line
            assert line["level"] in ("INFO", "WARNING", "ERROR")
            assert MARK not in line["event"] + line["logger"], line
        return found


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the fields of a line, none of which comes twice."""
    names = [name for name, _value in pairs]
    assert len(names) == len(set(names)), names
    return dict(pairs)


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Iterator[Log]:
    """Logging as in a function, for the time of a test; a line that cannot be written fails."""
    root, made = logging.getLogger(), Log()
    kept, levels = [*root.handlers], {n: logging.getLogger(n).level for n in ("", *OURS)}
    logs.configure({"AWS_LAMBDA_FUNCTION_NAME": "f"}, made.stream)
    yield made
    root.handlers[:] = kept
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    assert "Logging error" not in capsys.readouterr().err


def test_whatever_a_line_is_given_stays_in_its_field(log: Log) -> None:
    written = logging.getLogger("chalicelib.test")
    for text in PAYLOADS:
        with logs.about(request_id=text):
            written.warning("x", extra={"code": text, "status": text, "level_": text})
        try:
            # what an error says is left out; half a pair breaks the report of pytest-xdist
            raise type("Odd", (ValueError,), {})(text.replace("\ud800", ""))
        except ValueError:
            written.exception("y")
    lines = log.lines()
    assert len(lines) == 2 * len(PAYLOADS)
    for text, line in zip(PAYLOADS, lines[::2], strict=True):
        assert line["code"] == line["status"] == line["request_id"] == text
    figures.note("injection: texts written into log lines", 4 * len(PAYLOADS))


def test_no_request_writes_a_line_or_a_header_of_its_own(
    crowd: list[Person], stage: Stage, log: Log
) -> None:
    turn, wrong, headers, sent = count(), [], 0, 0
    for entry in doors.entries(stage, crowd):
        if entry.path in doors.LATE:
            continue
        for _ in range(EACH):
            answer = ask(entry, stage, next(turn))
            assert answer["statusCode"] < 500, (entry.path, entry.params, log.lines()[-1])
            pairs = pairs_of(answer)
            wrong += [f"{entry.path} {pair}" for pair in pairs if forged(*pair)]
            headers, sent = headers + len(pairs), sent + 1
    assert wrong == []
    lines = log.lines()
    assert [line for line in lines if MARK in json.dumps(line)] == []
    assert len(lines) > 100, "refusals are written"
    assert sent > 700
    figures.note("injection: requests with payloads in every place", sent)
    figures.note("injection: log lines they wrote, forged 0", len(lines))
    figures.note("injection: headers looked at, forged 0", headers)


def ask(entry: Entry, stage: Stage, turn: int) -> dict[str, Any]:
    """Send one request as the gateway does: what it decoded, undecoded by nobody."""
    from app import app

    def payload(place: int) -> str:
        return whole(PAYLOADS[(turn + 7 * place) % len(PAYLOADS)])

    jar = "; ".join(f"{name}={value}" for name, value in entry.person.browser.cookies.items())
    params = entry.params
    if turn % 2:
        params |= {name: payload(place) for place, name in enumerate(entry.names)}
    fields = {name: payload(place) for place, name in enumerate(NAMES, 3)}
    if entry.door.token is not None and turn % 4:
        signer = Signer(stage.world.vault, stage.clock)
        fields["token"] = signer.form_token(entry.subject, entry.page, stage.ids.token())
    event = {
        "requestContext": {
            "httpMethod": entry.method,
            "resourcePath": entry.path,
            "requestId": f"request-{turn}",
            "identity": {"sourceIp": "203.0.113.7", "userAgent": payload(1)},
        },
        "pathParameters": dict.fromkeys(entry.names, "guide") | params,
        "multiValueQueryStringParameters": {name: [payload(9)] for name in NAMES},
        "headers": {
            "content-type": FORM,
            "accept": ("text/html", "application/json", payload(4))[turn % 3],
            "cookie": f"{jar}; __Host-care={payload(5)}; {payload(6)}=1",
            "user-agent": payload(1),
            "referer": payload(2),
            "x-forwarded-for": payload(3),
        },
        "stageVariables": None,
        "body": urlencode(fields) if entry.method == "POST" else None,
        "isBase64Encoded": False,
    }
    return dict(app(event, None))


def whole(text: str) -> str:
    """Return a text as it arrives: what is no UTF-8 does not come through the gateway."""
    return text.encode(errors="replace").decode()


def pairs_of(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """Return every header of an answer."""
    many = answer.get("multiValueHeaders") or {}
    several = [(name, value) for name, values in many.items() for value in values]
    return [*(answer.get("headers") or {}).items(), *several]


def forged(name: str, value: str) -> bool:
    """Whether a header was not made by us, or ends before its end."""
    if name not in HEADERS or not (value.isascii() and value.isprintable()):
        return True
    if name == "Set-Cookie":
        return MARK in value
    return name == "Content-Disposition" and (MARK in value or value.count('"') != 2)


def test_no_push_of_wechat_writes_a_line_of_its_own(
    official: Official, stage: Stage, log: Log
) -> None:
    for number, text in enumerate(PAYLOADS, 1):
        clean = whole(text)
        more = {"MsgID": number, "Status": clean}
        official.push(event_push("TEMPLATESENDJOBFINISH", official.now, **more))
        official.push(event_push(clean, official.now, EventKey=clean))
        official.push(text_push(clean, number, official.now))
        official.push(f"<xml>{clean}</xml>", content_type="text/xml")
    stage.clock.forward(days=1)
    bodies = [*stage.chat_queue.bodies]
    chat.handle([{"messageId": "m", "body": json.dumps(body)} for body in bodies], stage.world)
    carried = [line for line in log.lines() if line["event"] == "chat_template_result"]
    assert len(carried) > len(PAYLOADS) // 2, "a status of WeChat is written"
    figures.note("injection: pushes of WeChat", 4 * len(PAYLOADS))


def test_what_fails_behind_our_last_door_is_a_line_too(client: Client, log: Log) -> None:
    from app import app

    class Unmade:
        def __getattr__(self, name: str) -> Any:
            raise ValueError(f"\n{MARK} {name}")

    app.world = Unmade()  # type: ignore[assignment]
    assert client.http.get("/").status_code == 500
    lines = log.lines()
    assert lines[-1]["logger"] == "mutual-aid", "the framework's own"
    assert MARK not in json.dumps(lines)


def test_no_name_of_a_file_writes_a_line_of_its_own(stage: Stage, log: Log) -> None:
    pictures.open_bucket(stage)
    for text in PAYLOADS:
        for key in (text, f"incoming/{text}", f"incoming/change/{text}/{text}"):
            documents.handle([pictures.arrival(key)], stage.world)
    assert [line for line in log.lines() if MARK in json.dumps(line)] == []
    figures.note("injection: names of files", 3 * len(PAYLOADS))
