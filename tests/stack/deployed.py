"""The world of the running stage, for tests that act beside its functions."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from chalicelib.casework.kind import register
from chalicelib.changes.kind import KIND
from chalicelib.core.clock import Clock, SystemClock
from chalicelib.core.identity import DocType
from chalicelib.core.ids import SystemIds
from chalicelib.core.settings import Settings
from chalicelib.store import digests, keys
from chalicelib.store.documents import CLEAN, StoredDocument
from chalicelib.store.members import MemberItem, MemberRecord
from chalicelib.store.roster import RosterEntry
from chalicelib.web.visit import Member
from chalicelib.world import World
from infra.session import Cloud
from tests.stage import Running


class CloudAws:
    """Clients of one racer or observer, in the place of a function's own."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def client(self, service: str, *, quick: bool = False) -> Any:
        del quick
        return self._cloud.client(service)


class Ago:
    """A clock that is late, for what must have happened a while ago."""

    def __init__(self, **delta: float) -> None:
        self._delta = timedelta(**delta)

    def now(self) -> datetime:
        return SystemClock().now() - self._delta


def world_of(running: Running, *, clock: Clock | None = None, **overrides: Any) -> World:
    """A world with the deployed settings and clients of its own."""
    register(KIND)
    cloud = running.cloud
    found = cloud.client("lambda").get_function_configuration(
        FunctionName="mutual-aid-local-inbox-worker"
    )
    clock = clock or SystemClock()
    settings = Settings.from_env(found["Environment"]["Variables"])
    return World(settings, clock, SystemIds(clock), {"aws": CloudAws(cloud), **overrides})


def hire(world: World, *people: MemberRecord) -> list[str]:
    """Put employees into the roster; returns their ids."""
    batch = [
        RosterEntry(
            person,
            (),
            digests.document(world.vault, DocType(person.doc_type), person.doc_number),
            uuid4().hex,
        )
        for person in people
    ]
    return [outcome.member_id for outcome in world.roster.save_roster(batch)]


def member(world: World, member_id: str) -> Member:
    """An employee as a page would have them, with no binding that matters."""
    profile = MemberItem.get(keys.member(member_id), keys.PROFILE, consistent_read=True)
    binding: Any = None
    return Member(binding, profile, world.members.open(profile))


def picture(world: World, member_id: str, purpose: str = "change") -> str:
    """A picture of an employee that was found to be one; more than a person may send."""
    now = world.clock.now()
    document = StoredDocument(keys.member(member_id), keys.document(uuid4().hex))
    document.purpose, document.state, document.created_at = purpose, CLEAN, now
    document.width, document.height, document.size, document.sha256 = 800, 500, 1000, "0" * 64
    document.key = document.thumbnail_key = "documents/none.jpg"
    document.version = document.thumbnail_version = "1"
    document.expires_at = int(now.timestamp()) + 3600
    document.save()
    return document.sk.removeprefix(keys.DOCUMENT_PREFIX)
