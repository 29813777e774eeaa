"""The draft of an application: what it is made of, and how it is kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.casework.case import Case
from chalicelib.casework.service import data_place
from chalicelib.store import keys
from chalicelib.store.consents import BANK, HEALTH
from chalicelib.store.drafts import KEPT_DAYS, DraftItem
from chalicelib.store.members import Enrolment
from chalicelib.subsidy import payee, record, stay
from chalicelib.subsidy.kind import NAME
from chalicelib.world import World

STEPS = ("identity", "stay", "account")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "identity": (),
    "stay": tuple(stay.FIELDS),
    "account": tuple(payee.FIELDS),
}
"""What is typed on each step."""

# a case's drafts are counted on from here: a page from before it came back is never current
_VERSIONS_PER_ROUND = 1000


@dataclass(frozen=True, slots=True)
class Draft:
    """An application as it stands, with everything as it was typed.

    `case` is the case that came back, None before the first submission. `periods` are the
    insured periods as they were at `periods_at`: no submission waits for that query. `stored`
    is False while the draft of a case holds nothing new.
    """

    number: str
    member_id: str
    version: int
    fields: Mapping[str, str]
    pictures: Mapping[str, tuple[str, ...]]
    consents: frozenset[str]
    updated_at: datetime
    case: Case | None
    periods: tuple[Enrolment, ...]
    periods_at: datetime
    expires_at: int
    stored: bool = True

    @property
    def documents(self) -> tuple[str, ...]:
        """All its pictures."""
        return tuple(doc_id for ids in self.pictures.values() for doc_id in ids)


@dataclass(frozen=True, slots=True)
class Typed:
    """What a page sent: texts by field, pictures by purpose, and the version it was made from.

    Fields and purposes that it does not name stay as they are.
    """

    fields: Mapping[str, str]
    documents: Mapping[str, Sequence[str]] = field(default_factory=dict)
    version: str = ""


def seeded(world: World, case: Case) -> Draft:
    """Return a case that came back as the draft to mend."""
    latest = record.latest(world.vault, case)
    account = record.payees(world.vault, case)[-1]
    return Draft(
        number=case.number,
        member_id=case.member_id,
        version=case.version * _VERSIONS_PER_ROUND,
        fields={**latest.stay.model_dump(mode="json"), **account.model_dump(mode="json")},
        pictures=latest.pictures,
        consents=frozenset([HEALTH, BANK]),
        updated_at=case.updated_at,
        case=case,
        periods=latest.periods,
        periods_at=case.created_at,
        expires_at=last_moment(world.clock.now()),
        stored=False,
    )


def opened(world: World, item: DraftItem, case: Case | None) -> Draft:
    """Return a stored draft; `case` is the case that came back."""
    number = keys.name_in(item.pk)
    body: dict[str, Any] = json.loads(world.vault.open(item.body, place=_place(number)))
    return Draft(
        number=number,
        member_id=item.member_id,
        version=int(item.version),
        fields=body["fields"],
        pictures={purpose: tuple(ids) for purpose, ids in body["pictures"].items()},
        consents=frozenset(body["consents"]),
        updated_at=item.updated_at,
        case=case,
        periods=record.read_periods(body["periods"]),
        periods_at=datetime.fromisoformat(body["periods_at"]),
        expires_at=int(item.expires_at),
    )


def sealed(world: World, draft: Draft) -> DraftItem:
    """Return a draft as it is stored; without a case it stands in the employee's list."""
    body = {
        "fields": dict(draft.fields),
        "pictures": {purpose: list(ids) for purpose, ids in draft.pictures.items()},
        "consents": sorted(draft.consents),
        "periods": record.dump_periods(draft.periods),
        "periods_at": draft.periods_at.isoformat(),
    }
    text = json.dumps(body, ensure_ascii=False)
    listed = draft.case is None
    return DraftItem(
        keys.case(draft.number),
        keys.DRAFT,
        member_id=draft.member_id,
        version=draft.version,
        body=world.vault.seal(text, place=_place(draft.number)),
        updated_at=draft.updated_at,
        expires_at=draft.expires_at,
        owner=keys.owner(draft.member_id, NAME) if listed else None,
        number=draft.number if listed else None,
    )


def _place(number: str) -> str:
    return data_place(number, "draft")


def last_moment(now: datetime) -> int:
    """Return when a draft that is begun now runs out, in seconds of the epoch."""
    return int((now + timedelta(days=KEPT_DAYS)).timestamp())
