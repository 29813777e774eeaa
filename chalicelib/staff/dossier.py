"""Everything a reviewer needs of one case, read together and recorded as read."""

from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.casework.case import Case, Event
from chalicelib.casework.kind import Kind, Panel, kind_of
from chalicelib.casework.service import Casework
from chalicelib.staff import scope
from chalicelib.store.cases import LeaseItem
from chalicelib.store.notes import Note
from chalicelib.web.staff import StaffPerson
from chalicelib.world import World


@dataclass(frozen=True, slots=True)
class Lease:
    """Who works on a case, and until when."""

    holder: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case with what belongs to it."""

    case: Case
    kind: Kind
    panel: Panel
    history: list[Event]
    notes: list[Note]
    lease: Lease | None


def read(world: World, person: StaffPerson, number: str, *, reveal: str = "") -> Dossier:
    """Return a case within the person's scope; the look is recorded before it happens.

    `reveal` is the reason for which it will be shown unmasked.
    """
    case, history, lease = Casework(world).desk_story(number)
    scope.require(person, case)
    world.audit.note(person.account, "reveal" if reveal else "case", number, reveal)
    notes = world.notes.of(number)
    kind = kind_of(case.kind)
    return Dossier(case, kind, kind.panel(world, case), history, notes, _lease(world, lease))


def picture(world: World, person: StaffPerson, number: str, doc_id: str, *, thumbnail: bool) -> str:
    """Return an address that shows a picture of a case for a minute; the look is recorded."""
    case = Casework(world).read(number)
    scope.require(person, case)
    document = world.documents.get_linked(case.member_id, doc_id, number)
    if not thumbnail:
        world.audit.note(person.account, "picture", number, doc_id)
    return world.documents.view_url(document, thumbnail=thumbnail)


def _lease(world: World, item: LeaseItem | None) -> Lease | None:
    if item is None:
        return None
    until = datetime.fromtimestamp(int(item.until), UTC)
    return Lease(item.holder, until) if until > world.clock.now() else None
