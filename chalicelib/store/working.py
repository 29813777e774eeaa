"""An article as its editors see it, and what a change of it does. Plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.store import keys
from chalicelib.store.articles import Line

DRAFT, PLANNED, PUBLISHED, WITHDRAWN = "draft", "planned", "published", "withdrawn"


@dataclass(frozen=True, slots=True)
class Working:
    """An article as editors see it; version 0 is one that nobody has saved.

    `live` and `planned` name what readers see now and what they will see; `at` is when it is
    or will be published, `pin` its place among the pinned (0: not pinned).
    """

    article_id: str
    category: str
    title: str = ""
    summary: str = ""
    source: str = ""
    cover: str = ""
    pin: int = 0
    at: datetime | None = None
    live: str = ""
    planned: str = ""
    gone: bool = False
    version: int = 0
    updated_at: datetime | None = None
    updated_by: str = ""
    operation: str = ""

    @property
    def state(self) -> str:
        """One of draft, planned, published and withdrawn."""
        if self.planned:
            return PLANNED
        if self.live:
            return PUBLISHED
        return WITHDRAWN if self.gone else DRAFT

    def as_of(self, now: datetime) -> "Working":
        """Return it with what was planned in force, once its time has come."""
        if self.planned and self.planned <= keys.live_span(now)[1]:
            return replace(self, live=self.planned, planned="", gone=False)
        return self

    @property
    def line(self) -> Line | None:
        """Its line in the readers' list, None when there is none now or later."""
        if self.at is None or not (self.live or self.planned):
            return None
        return Line(self.article_id, self.title, self.summary, self.at, self.pin)


@dataclass(frozen=True, slots=True)
class Change:
    """An entry in the record of an article's changes."""

    version: int
    account: str
    action: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change does: the article after it, and what readers will see.

    `cancelled` names a plan that shall not come true; `publishes` names the new text for
    readers, `body` is its attributes ({} for one that says there is nothing any more).
    """

    before: Working
    after: Working
    action: str
    cancelled: str = ""
    publishes: str = ""
    body: Mapping[str, Any] | None = None
