"""Every door with somebody who may enter it, and what they would send."""

from dataclasses import dataclass, replace
from datetime import timedelta
from string import Formatter
from typing import Any
from urllib.parse import urlencode

from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework
from chalicelib.web.room import FORM, Door, Guard
from tests.architecture import house
from tests.fakes.cloud import TABLES, Stage
from tests.fakes.desk import PASSWORD, Desk, hashed, hire
from tests.fakes.phone import Seen
from tests.flows import claiming
from tests.flows import test_nobody_else as s1
from tests.flows.test_nobody_else import OWN, Person

LATE = ("/me/unbind", "/staff/logout", "/privacy/account/confirm")
"""Forms that end a session: asked last."""
WRITING = tuple(
    f"/subsidies/{{number}}/{step}"
    for step in ("identity", "stay", "account", "review", "submit", "delete")
)


@dataclass(frozen=True)
class Entry:
    """A door, and somebody who may go in."""

    method: str
    path: str
    door: Door
    person: Person

    @property
    def names(self) -> list[str]:
        """Return the names of the path's parameters."""
        return [name for _text, name, *_rest in Formatter().parse(self.path) if name]

    @property
    def params(self) -> dict[str, str]:
        return s1.things(self.person, self.path, OWN)

    @property
    def address(self) -> str:
        return s1.filled(self.path.replace("/content/{key}", "/content/guide"), self.params)

    @property
    def page(self) -> str:
        """Return the page whose token the door takes."""
        known = {"kind": "subsidy_health", "key": "guide"} | self.params
        return (self.door.token or "").format(**known)

    @property
    def subject(self) -> str:
        """Return whose tokens the door takes."""
        staff = self.person.browser.cookies.get("__Host-staff", "")
        return s1.digest(staff) if self.path.startswith("/staff") else self.person.openid


def entries(stage: Stage, crowd: list[Person]) -> list[Entry]:
    """Return each door once, with the first person of the crowd who may enter."""
    crowd = [*crowd, newcomer(stage, crowd)]
    # whoever is not signed in to the console has a browser whose forms are its own
    crowd[0].browser.open("/staff/login")
    drafts: dict[str, str] = {}
    found = [
        Entry(method, path, door, drafting(stage, path, welcome(path, door, crowd), drafts))
        for (method, path), door in sorted(house.doors().items())
    ]
    return sorted(found, key=lambda entry: entry.path in LATE)


def drafting(stage: Stage, path: str, person: Person, drafts: dict[str, str]) -> Person:
    """Return a person whose application can be written on, where the door is for that."""
    if not path.startswith(WRITING):
        return person
    if person.title not in drafts:
        member_id = Casework(stage.world).read(person.own.number).member_id
        drafts[person.title] = claiming.write(stage, member_id)
    return replace(person, own=replace(person.own, subsidy=drafts[person.title]))


def welcome(path: str, door: Door, crowd: list[Person]) -> Person:
    """Return somebody for whom a door opens."""
    if path == "/staff/login":
        return crowd[0]
    if door.guard is Guard.STAFF_SETUP:
        return crowd[-1]
    # who is bound belongs to the most doors, and an own object to a case
    people = sorted(crowd[:-1], key=lambda person: person.own is s1.NOTHING)
    if door.guard in (Guard.ANYONE, Guard.VISITOR, Guard.SIGNED):
        people = [person for person in people if person.bound]
    return next(p for p in people if not s1.turned_away(door, p, script=False))


def newcomer(stage: Stage, crowd: list[Person]) -> Person:
    """Somebody of staff who has yet to choose a password."""
    client = crowd[0].browser.client
    hire(stage, "newcomer", Role.FIRST_REVIEWER, ready=False)
    soon = stage.clock.now() + timedelta(days=1)
    stage.world.staff.reset("newcomer", hashed(PASSWORD), soon)
    desk = Desk(client, stage)
    assert desk.login("newcomer", code="").url == "/staff/setup"
    return Person("newcomer", desk)


def ask(entry: Entry, fields: dict[str, str], **headers: str) -> Seen:
    """Send a form to a door with the person's cookies."""
    return send(entry, entry.method, entry.address, urlencode(fields).encode(), **headers)


def send(entry: Entry, method: str, address: str, body: bytes = b"", **headers: str) -> Seen:
    """Send anything to a door with the person's cookies."""
    browser = entry.person.browser
    jar = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    known = {"accept": "text/html", "cookie": jar}
    if method == "POST":
        known["content-type"] = FORM
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = browser.client.http.request(method, address, headers=known | named, body=body)
    return Seen(answer.status_code, dict(answer.headers), answer.body.decode(), address)


def everything(stage: Stage) -> dict[str, Any]:
    """Return every item of every table."""
    items = {}
    for table in TABLES:
        pages = stage.world.aws.client("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=f"mutual-aid-local-{table}"):
            for item in page["Items"]:
                items[f"{table} {item['pk']['S']} {item['sk']['S']}"] = item
    return items
