"""Invented articles in each category and state, so that a new deployment has something to read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chalicelib.content import rules, service
from chalicelib.content.rules import Typed
from chalicelib.core.clock import BEIJING, Clock, SystemClock
from chalicelib.core.ids import SystemIds
from chalicelib.store.audit import Audit
from chalicelib.store.documents import Documents
from chalicelib.store.tables import Database
from chalicelib.store.transaction import Transaction
from infra.errors import InfraError

if TYPE_CHECKING:
    from infra.session import Cloud

FOLDER: Final = Path(__file__).parent / "articles"
ACCOUNT: Final = "demo"
_FENCE = "+++\n"


@dataclass(frozen=True, slots=True)
class DemoArticle:
    """One file: its name begins with the article's id, `days` is when it is published.

    Negative days are past ones; an article without `days` stays a draft.
    """

    key: str
    category: str
    title: str
    summary: str
    source: str
    pin: int = 0
    days: int | None = None
    gone: bool = False


@dataclass(frozen=True)
class Desk:
    """What writing an article needs of a deployed stage."""

    database: Database
    clock: Clock

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.database, self.clock, SystemIds(self.clock))

    @property
    def documents(self) -> Documents:
        raise InfraError("The demo articles have no pictures.")

    def transaction(self) -> Transaction:
        return Transaction(self.database)


def load(path: Path) -> DemoArticle:
    """Read a file: TOML between two lines of +++, then Markdown."""
    _, head, source = path.read_text("utf-8").split(_FENCE, 2)
    fields: dict[str, Any] = tomllib.loads(head)
    return DemoArticle(key=path.name.partition("-")[0], source=source.strip(), **fields)


def seed(cloud: Cloud) -> str:
    """Write the demo articles that are not there yet; returns what was done."""
    desk = Desk(Database(cloud.client("dynamodb"), cloud.stage.prefix).use(), SystemClock())
    files = sorted(FOLDER.glob("*.md"))
    written = sum(write(desk, load(path)) for path in files)
    return f"{written} articles new, {len(files) - written} as before"


def write(desk: Desk, article: DemoArticle) -> bool:
    """Write one article; False when somebody did before, whatever became of it."""
    before = service.read(desk, article.key, article.category)
    if before.version:
        return False
    now = desk.clock.now()
    at = _typed(now + timedelta(days=article.days)) if article.days is not None else ""
    typed = Typed(
        category=article.category,
        title=article.title,
        summary=article.summary,
        source=article.source,
        pin=str(article.pin),
        at=at,
    )
    action = rules.PLAN if at else rules.SAVE
    service.change(desk, ACCOUNT, before, typed, action, f"{ACCOUNT}-{article.key}")
    if article.gone:
        there = service.read(desk, article.key)
        again = Typed.from_saved(there)
        service.change(desk, ACCOUNT, there, again, rules.WITHDRAW, f"{ACCOUNT}-{article.key}-gone")
    return True


def _typed(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%Y-%m-%dT09:30")
