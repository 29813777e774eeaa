"""S2: nobody's browser can be made to send a form of ours (ASVS 5.0, 3.5.1 and 3.5.3)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from chalicelib.core.clock import Clock
from chalicelib.web.room import FORM
from chalicelib.web.session import FORM_HOURS, Session, Signer
from tests import figures
from tests.architecture import house
from tests.fakes.cloud import Stage
from tests.flows.test_nobody_else import FIELDS, Person
from tests.security import doors
from tests.security.doors import Entry

EXPIRED = "页面已过期"
CROSS_SITE = {
    "origin": "https://evil.test",
    "referer": "https://evil.test/",
    "sec_fetch_site": "cross-site",
}


class At:
    """A clock that stands."""

    def __init__(self, clock: Clock, delta: timedelta) -> None:
        self._at = clock.now() + delta

    def now(self) -> object:
        return self._at


def attacks(stage: Stage, entry: Entry, others: list[str]) -> Iterator[tuple[str, str]]:
    """Yield tokens that must not open the door, by what is wrong with them."""
    vault, mine, page = stage.world.vault, entry.subject, entry.page
    signer = Signer(vault, stage.clock)
    operation = stage.ids.token()
    true = signer.form_token(mine, page, operation)
    yield "none", ""
    yield "made up", "x" * len(true)
    yield "of nobody", signer.form_token("", page, operation)
    for other in others:
        yield "of another person", signer.form_token(other, page, operation)
    yield "of another page", signer.form_token(mine, page + "/other", operation)
    yield "of the page above", signer.form_token(mine, page.rpartition("/")[0] or "/", operation)
    rest, _, seal = true.rpartition(".")
    yield "changed", f"{rest}.{'A' if seal[0] != 'A' else 'B'}{seal[1:]}"
    yield "cut", rest
    old = At(stage.clock, -timedelta(hours=FORM_HOURS, minutes=2))
    yield "expired", Signer(vault, old).form_token(mine, page, operation)  # type: ignore[arg-type]
    early = At(stage.clock, timedelta(minutes=5))
    yield "of tomorrow", Signer(vault, early).form_token(mine, page, operation)  # type: ignore[arg-type]
    yield "a session's cookie", signer.session_cookie(Session(mine, page, operation))


def kept(stage: Stage) -> dict[str, Any]:
    """Return every item there is; a session notes that it is used."""
    items = doors.everything(stage)
    return {name: item for name, item in items.items() if "staff-session#" not in name}


def test_no_form_is_taken_without_its_own_token(crowd: list[Person], stage: Stage) -> None:
    entries = [entry for entry in doors.entries(stage, crowd) if entry.door.token is not None]
    subjects = {entry.subject for entry in entries}
    before, accepted, count = kept(stage), [], 0
    for entry in entries:
        others = sorted(subjects - {entry.subject})[:2]
        for name, token in attacks(stage, entry, others):
            for headers in ({"accept": "application/json"}, CROSS_SITE):
                seen, count = doors.ask(entry, FIELDS | {"token": token}, **headers), count + 1
                if seen.status not in (403, 422) or EXPIRED not in seen.body:
                    accepted.append(f"{entry.path}, token {name}: {seen.status}")
        # the address may carry a true token, and a GET may not act
        true = Signer(stage.world.vault, stage.clock).form_token(
            entry.subject, entry.page, stage.ids.token()
        )
        query = f"{entry.address}?token={true}"
        for method in ("POST", "GET"):
            seen, count = doors.send(entry, method, query), count + 1
            if method == "POST" and EXPIRED not in seen.body:
                accepted.append(f"{entry.path}, token in the address: {seen.status}")
            if method == "GET" and ("GET", entry.path) not in house.routes():
                assert seen.status == 405, f"GET {entry.path}: {seen.status}"
    figures.note("S2 forged forms refused", count - len(accepted))
    figures.note("S2 doors with forms", len(entries))
    assert not accepted, "\n".join(accepted)
    after = kept(stage)
    left = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    # a refused form shows its page again, and who looks at a case is written down
    assert {name for name in left if not name.startswith("office audit#")} == set()
    assert count > 25 * len(entries)


def test_each_form_is_taken_with_its_token(crowd: list[Person], stage: Stage) -> None:
    """Otherwise the test above would say nothing."""
    for entry in doors.entries(stage, crowd):
        if entry.door.token is None:
            continue
        signer = Signer(stage.world.vault, stage.clock)
        true = signer.form_token(entry.subject, entry.page, stage.ids.token())
        seen = doors.ask(entry, FIELDS | {"token": true})
        assert EXPIRED not in seen.body, f"{entry.path}: {seen.status}"
        assert seen.status < 500, f"{entry.path}: {seen.status}"


def test_every_route_that_writes_takes_nothing_but_forms() -> None:
    """A form of another site can send no other content type without asking first."""
    for (method, path), route in house.routes().items():
        if method != "GET":
            assert route.content_types in ([FORM], ["text/xml"]) or path == "/wechat", path


def test_no_page_leaves_a_trace_by_being_read(crowd: list[Person], stage: Stage) -> None:
    """No GET changes anything: it notes that somebody looked, is there, or has read a message."""
    entries, before = doors.entries(stage, crowd), doors.everything(stage)
    for entry in entries:
        if entry.method == "GET":
            doors.send(entry, "GET", entry.address)
    after = doors.everything(stage)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    kinds = {re.sub(r"[#\d].*?( |$)", " ", name).strip() for name in changed}
    assert kinds <= {
        "cases case lease",
        "members member message",
        "members member unread",
        "moments oauth moment",
        "moments staff-session moment",
        "office audit",
    }, "\n".join(sorted(changed))
