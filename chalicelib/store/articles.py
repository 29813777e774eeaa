"""What readers find: lists by category, and the text of an article as of now.

Nothing is done when the time of an article comes: lists end at the present moment, and of
the texts of an article the newest is read whose time has come. What is pinned stands on the
shelf of its category instead of in the list.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)

from chalicelib.core.clock import Clock
from chalicelib.store import keys
from chalicelib.store.tables import Database, Item, Key, read_together

TABLE = "office"
PAGE = 20
LATEST = 5
MOST_PINNED = 5
MOST_PLANNED = 20


class ListedItem(Item):
    """A line of a list, for what is not pinned."""

    table = TABLE
    title = UnicodeAttribute()
    summary = UnicodeAttribute(null=True)
    published_at = UTCDateTimeAttribute()


class ShelfItem(Item):
    """The lines of a category that home needs now and until the next change (JSON).

    All that are pinned, all whose time has not come, and the newest of the others.
    """

    table = TABLE
    revision = NumberAttribute()
    lines = UnicodeAttribute()


class LiveItem(Item):
    """What readers see of an article from its sort key's time on; `gone` means nothing.

    `edition` is the version of the privacy policy that a wording is for. Never changed;
    removed only while its time has not come.
    """

    table = TABLE
    category = UnicodeAttribute()
    title = UnicodeAttribute()
    body_html = UnicodeAttribute(null=True)
    cover = UnicodeAttribute(null=True)
    pictures = UnicodeSetAttribute(null=True)
    edition = UnicodeAttribute(null=True)
    published_at = UTCDateTimeAttribute()
    gone = BooleanAttribute(default=False)


@dataclass(frozen=True, slots=True)
class Line:
    """An article in a list; `pin` is its place among the pinned, 0 for the others."""

    article_id: str
    title: str
    summary: str
    published_at: datetime
    pin: int = 0

    @property
    def key(self) -> str:
        """Its place in the list: where the next page begins."""
        return keys.listed(self.published_at, self.article_id)


@dataclass(frozen=True, slots=True)
class Article:
    """An article as readers see it; `cover` and `pictures` are ids of documents."""

    category: str
    title: str
    body_html: str
    published_at: datetime
    cover: str = ""
    pictures: frozenset[str] = frozenset()
    edition: str = ""


class Articles:
    """What people may read as of now."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database.use()
        self._clock = clock

    def latest(self, category: str, count: int, before: str | None = None) -> list[Line]:
        """Return the newest lines that are not pinned, after `before` when paging."""
        end = keys.until(self._clock.now())
        items = ListedItem.query(
            keys.articles(category),
            ListedItem.sk < min(end, before or end),
            scan_index_forward=False,
            limit=count,
        )
        return [line(item) for item in items]

    def shelves(self, categories: Sequence[str]) -> dict[Key, Item]:
        """Read the shelves of some categories, in one trip."""
        return read_together(self._database, shelf_keys(categories))

    def pinned(self, category: str) -> list[Line]:
        """Return what is pinned in a category, in its order."""
        lines = self.on_shelf(category, self.shelves([category]))
        return [entry for entry in lines if entry.pin]

    def on_shelf(self, category: str, found: Mapping[Key, Item]) -> list[Line]:
        """Return the first lines of a category from its shelf, pinned ones first."""
        (key,) = shelf_keys([category])
        item = found.get(key)
        lines = shelf_lines(item.lines) if isinstance(item, ShelfItem) else []
        now = self._clock.now()
        return in_order(entry for entry in lines if entry.published_at <= now)

    def get(self, article_id: str) -> Article | None:
        """Return an article, None unless readers may see it now."""
        found = LiveItem.query(
            keys.article(article_id),
            LiveItem.sk.between(*keys.live_span(self._clock.now())),
            scan_index_forward=False,
            limit=1,
        )
        item = next(iter(found), None)
        return None if item is None or item.gone else _article(item)


def shelf_keys(categories: Iterable[str]) -> list[Key]:
    """Return the keys of shelves, for whoever reads them along with something else."""
    return [(ShelfItem, keys.articles(category), keys.SHELF) for category in categories]


def in_order(lines: Iterable[Line]) -> list[Line]:
    """Return lines as readers see them: pinned by their place, then newest first."""
    newest = sorted(lines, key=lambda entry: entry.key, reverse=True)
    return sorted(newest, key=lambda entry: entry.pin or MOST_PINNED + 1)


def line(item: ListedItem) -> Line:
    """Return an item of a list as a line."""
    article_id = keys.name_in(item.sk)
    return Line(article_id, item.title, item.summary or "", item.published_at)


def shelf_lines(text: str) -> list[Line]:
    """Read the lines of a shelf."""
    return [
        Line(
            article_id=entry["id"],
            title=entry["title"],
            summary=entry["summary"],
            published_at=datetime.fromisoformat(entry["at"]),
            pin=entry["pin"],
        )
        for entry in json.loads(text)
    ]


def shelf_text(lines: Iterable[Line]) -> str:
    """Return the lines of a shelf as it keeps them."""
    entries = [
        {
            "id": entry.article_id,
            "title": entry.title,
            "summary": entry.summary,
            "at": entry.published_at.isoformat(),
            "pin": entry.pin,
        }
        for entry in lines
    ]
    return json.dumps(entries, ensure_ascii=False)


def _article(item: LiveItem) -> Article:
    return Article(
        category=item.category,
        title=item.title,
        body_html=item.body_html or "",
        published_at=item.published_at,
        cover=item.cover or "",
        pictures=frozenset(item.pictures or ()),
        edition=item.edition or "",
    )
