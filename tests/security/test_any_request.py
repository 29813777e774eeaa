"""S11 and S9: whatever is sent to whatever route, the answer is one of ours.

Requests are made from the route table: every door, by somebody who may enter and by nobody,
with parameters, queries, cookies, headers and forms that nobody's browser would send.
"""

import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from html5lib.html5parser import ParseError

from chalicelib.web.room import FORM
from chalicelib.web.session import Signer
from tests import figures
from tests.fakes.cloud import Stage
from tests.fakes.phone import Seen, check
from tests.flows.test_nobody_else import Person
from tests.security import doors
from tests.security.doors import Entry

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
EACH = 120 if DEEP else 24
"""Requests to each door."""
DOCUMENTED = {200, 303, 400, 403, 404, 405, 409, 415, 422, 429}
"""400 is the callback's alone. 503 and 500 are documented too, and never the fault of who asks."""
NAMES = [
    "account",
    "action",
    "address",
    "again",
    "agree",
    "amount",
    "amount_reason",
    "at",
    "back",
    "bank",
    "before",
    "branch",
    "category",
    "code",
    "code_1",
    "confirm",
    "content_type",
    "current",
    "day",
    "doc_number",
    "doc_type",
    "documents",
    "holder",
    "invoice_number",
    "lowered",
    "month",
    "name",
    "note",
    "number",
    "operation",
    "password",
    "phone",
    "pinned",
    "place",
    "prefecture",
    "purpose",
    "query",
    "reason",
    "remark",
    "result",
    "size",
    "source",
    "state",
    "target_1",
    "then",
    "title",
    "to",
    "token",
    "total",
    "version",
    "year",
]
VALUES = (
    "",
    "0",
    "-1",
    "1" * 400,
    "١٢٣",  # digits of another script
    "２０２６",
    "1e309",
    "NaN",
    "9" * 30,
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "9999-12-31T23:59",
    "A" * 5000,
    "\x00",
    "a\r\nSet-Cookie: x=y",
    "\u202e\u2066",
    "\ud7ff\ue000\uffff",
    "\x1b[2K\x85\ufdd0\U0010fffe",
    "😀" * 50,
    "../../etc/passwd",
    "..\\..\\x",
    "%00%2e%2e",
    "{number}",
    "{0.__class__}",
    "${jndi:ldap://x}",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "=HYPERLINK(1)",
    "true",
    "null",
    "[]",
    '{"$gt": ""}',
    "https://evil.test/",
    "//evil.test",
    "field:phone",
    "document:x",
    "R08",
    "F02",
    "approve",
    "publish",
    "identity",
    "image/jpeg",
    "compare",
    "resident_id",
)
ACCEPTS = ("text/html", "application/json", "*/*", "", "image/png")
TYPES = (FORM, FORM, FORM, FORM + "; charset=utf-8", "application/json", "text/xml", "")
COOKIES = (
    "",
    "__Host-sid=x",
    "__Host-staff=x.y; __Host-sid=",
    "a=b; =; ;;; __Host-care=2",
    "__Host-sid=" + "a" * 9000,
)


def values(dice: random.Random) -> Iterator[tuple[str, str]]:
    """Yield fields of a form or query."""
    for _ in range(dice.randrange(12)):
        name = dice.choice(NAMES) if dice.random() < 0.9 else dice.choice(VALUES)
        yield name, dice.choice(VALUES)


def address(entry: Entry, dice: random.Random) -> str:
    """Return the path of a door: of what is there, or of what cannot be."""
    path = entry.address
    if dice.random() < 0.5:
        names = re.findall(r"{(\w+)}", entry.path)
        wild = {name: quote(dice.choice(VALUES[1:]), safe="") for name in names}
        path = entry.path.format(**wild)
    query = urlencode([*values(dice)], errors="replace") if dice.random() < 0.5 else ""
    return f"{path}?{query}" if query else path


def body(entry: Entry, stage: Stage, dice: random.Random) -> bytes:
    """Return a form: with a true token mostly, or bytes that are no form."""
    if dice.random() < 0.1:
        return dice.choice((b"", b"\xff\xfe", b"&" * 1000, b"x=" + b"9" * 300_000, b"%" * 99))
    fields = [*values(dice)]
    if entry.door.token is not None and dice.random() < 0.8:
        signer = Signer(stage.world.vault, stage.clock)
        token = signer.form_token(entry.subject, entry.page, stage.ids.token())
        fields.insert(0, ("token", token))
    return urlencode(fields, errors="replace").encode()


def request(entry: Entry, stage: Stage, dice: random.Random) -> tuple[Seen, dict[str, Any]]:
    """Send one request to a door."""
    headers = {"accept": dice.choice(ACCEPTS)}
    if entry.method == "POST":
        headers["content_type"] = dice.choice(TYPES)
    if dice.random() < 0.15:
        headers["cookie"] = dice.choice(COOKIES)
    where = address(entry, dice)
    method = entry.method if dice.random() < 0.95 else dice.choice(("GET", "POST", "PUT", "HEAD"))
    sent = body(entry, stage, dice) if method == "POST" else b""
    seen = doors.send(entry, method, where, sent, **headers)
    return seen, {"method": method, "address": where, "headers": headers, "body": sent[:300]}


@pytest.mark.parametrize("seed", range(3 if DEEP else 1))
def test_every_answer_is_one_of_ours(crowd: list[Person], stage: Stage, seed: int) -> None:
    dice, wrong, statuses = random.Random(seed), [], Counter[int]()
    for entry in doors.entries(stage, crowd):
        if entry.path in doors.LATE:
            continue
        for _ in range(EACH):
            seen, sent = request(entry, stage, dice)
            statuses[seen.status] += 1
            problem = wrong_with(seen)
            if problem:
                wrong.append(f"{problem}: {sent}")
    figures.note("S11 requests made up from the route table", statuses.total())
    figures.note("S11 answers by status", str(dict(sorted(statuses.items()))))
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:20])
    assert {200, 303, 403, 404, 415, 422} <= set(statuses), "many ways were gone"
    assert statuses.total() > 2000


def wrong_with(seen: Seen) -> str:
    """Return what is wrong with an answer, "" for nothing."""
    if "Missing Authentication Token" in seen.body:
        return ""  # no route: the gateway's own answer, which test_templates looks at
    if seen.status not in DOCUMENTED:
        return f"status {seen.status}"
    try:
        check(seen)
    except (AssertionError, ParseError) as error:
        return str(error)[:200]
    headers = {name.lower(): value for name, value in seen.headers.items()}
    for name, value in headers.items():
        for line in value if isinstance(value, list) else [value]:
            if "\r" in line or "\n" in line or not line.isascii():
                return f"header {name}: {line!r}"
    if seen.status == 400 and not seen.url.startswith("/wechat"):
        return "status 400"
    led = headers.get("location", "").partition("?")[0]
    return f"leads to {led}" if "evil.test" in led else ""
