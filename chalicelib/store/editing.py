"""What editors see of an article, and how a change of it reaches the readers.

One transaction writes the article, its line for editors, what readers will see from which
time on, the line in their list, the shelf of the category, and who did it.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.condition import Condition

from chalicelib.core.errors import Conflict, Refused
from chalicelib.store import keys
from chalicelib.store.articles import (
    LATEST,
    MOST_PINNED,
    MOST_PLANNED,
    PAGE,
    TABLE,
    Line,
    ListedItem,
    LiveItem,
    ShelfItem,
    in_order,
    line,
    shelf_lines,
    shelf_text,
)
from chalicelib.store.tables import Database, Item
from chalicelib.store.transaction import Transaction
from chalicelib.store.working import Change, Outcome, Working

CHANGES_SHOWN = 20

_TOO_MANY_PINNED = f"同一栏目最多置顶 {MOST_PINNED} 篇，请先取消其他内容的置顶。"
_TOO_MANY_PLANNED = f"同一栏目最多有 {MOST_PLANNED} 篇等待定时发布，请等其中一篇发布后再定时。"


class ShelfMoved(Conflict):
    """Another article of the category changed at the same moment; trying again is right."""


class _Stated(Item):
    """What tells the state of an article, in both items that have it."""

    table = TABLE
    title = UnicodeAttribute()
    pin = NumberAttribute(default=0)
    at = UTCDateTimeAttribute(null=True)
    live = UnicodeAttribute(null=True)
    planned = UnicodeAttribute(null=True)
    gone = BooleanAttribute(default=False)
    version = NumberAttribute()
    updated_at = UTCDateTimeAttribute()
    updated_by = UnicodeAttribute()


class ArticleItem(_Stated):
    """An article with its source; `operation` is the form that wrote it last."""

    category = UnicodeAttribute()
    summary = UnicodeAttribute(null=True)
    source = UnicodeAttribute(null=True)
    cover = UnicodeAttribute(null=True)
    operation = UnicodeAttribute()


class EditingItem(_Stated):
    """A line of the editors' list."""


class ChangeItem(Item):
    """Who changed an article, and what its text was from then on; never changed itself."""

    table = TABLE
    account = UnicodeAttribute()
    action = UnicodeAttribute()
    at = UTCDateTimeAttribute()
    title = UnicodeAttribute()
    source = UnicodeAttribute(null=True)


class Editing:
    """Articles as editors see them."""

    def __init__(self, database: Database) -> None:
        self._database = database.use()

    def get(self, article_id: str) -> Working | None:
        """Return an article as it was saved last."""
        try:
            item = ArticleItem.get(keys.article(article_id), keys.ARTICLE, consistent_read=True)
        except ArticleItem.DoesNotExist:
            return None
        return replace(
            _working(item, article_id, item.category),
            summary=item.summary or "",
            source=item.source or "",
            cover=item.cover or "",
            operation=item.operation,
        )

    def listed(self, category: str, before: str | None = None) -> list[Working]:
        """Return a page of a category's articles and one more, newest first; without texts."""
        older = EditingItem.sk < before if before else None
        found = EditingItem.query(
            keys.editing(category),
            older,
            scan_index_forward=False,
            limit=PAGE + 1,
            consistent_read=True,
        )
        return [_working(item, item.sk, category) for item in found]

    def changes(self, article_id: str) -> list[Change]:
        """Return the latest changes of an article, newest first."""
        found = ChangeItem.query(
            keys.article(article_id),
            ChangeItem.sk.between(*keys.CHANGES),
            scan_index_forward=False,
            limit=CHANGES_SHOWN,
            attributes_to_get=["pk", "sk", "account", "action", "at"],
        )
        return [
            Change(int(keys.name_in(item.sk)), item.account, item.action, item.at) for item in found
        ]

    def write_in(self, transaction: Transaction, outcome: Outcome, *, listed: bool) -> None:
        """Add a change; `listed` tells whether readers find it in a list.

        The transaction raises Conflict when somebody saved the article meanwhile and
        ShelfMoved when somebody changed the shelf; here Refused, when the list is full.
        """
        before, after = outcome.before, outcome.after
        self._article_in(transaction, outcome)
        self._line_in(transaction, before, after)
        pk = keys.article(after.article_id)
        if outcome.cancelled:
            transaction.delete(LiveItem(pk, outcome.cancelled))
        if outcome.publishes:
            body = outcome.body or {"gone": True}
            live = LiveItem(
                pk,
                outcome.publishes,
                category=after.category,
                title=after.title,
                published_at=after.at or after.updated_at,
                **body,
            )
            transaction.put(live, ~LiveItem.pk.exists())
        if listed and before.line != after.line:
            self._list_in(transaction, before.line, after)

    def _article_in(self, transaction: Transaction, outcome: Outcome) -> None:
        before, after = outcome.before, outcome.after
        item = ArticleItem(
            keys.article(after.article_id),
            keys.ARTICLE,
            category=after.category,
            summary=after.summary or None,
            source=after.source or None,
            cover=after.cover or None,
            operation=after.operation,
            **_stated(after),
        )
        seen: Condition = (
            ArticleItem.version == before.version if before.version else ~ArticleItem.pk.exists()
        )
        transaction.put(item, seen, Conflict())
        change = ChangeItem(
            keys.article(after.article_id),
            keys.change(after.version),
            account=after.updated_by,
            action=outcome.action,
            at=after.updated_at,
            title=after.title,
            source=after.source or None,
        )
        transaction.put(change, ~ChangeItem.pk.exists())

    def _line_in(self, transaction: Transaction, before: Working, after: Working) -> None:
        if before.version and before.category != after.category:
            transaction.delete(EditingItem(keys.editing(before.category), before.article_id))
        pk = keys.editing(after.category)
        transaction.put(EditingItem(pk, after.article_id, **_stated(after)))

    def _list_in(self, transaction: Transaction, old: Line | None, after: Working) -> None:
        """Move the line of an article, and fill the shelf anew."""
        pk, new = keys.articles(after.category), after.line
        revision, lines = self._top(after.category)
        others = [entry for entry in lines if entry.article_id != after.article_id]
        kept = shelved([*others, new] if new else others, after.updated_at)
        item = ShelfItem(pk, keys.SHELF, revision=revision + 1, lines=shelf_text(kept))
        seen: Condition = ShelfItem.revision == revision if revision else ~ShelfItem.pk.exists()
        transaction.put(item, seen, ShelfMoved())
        stands, stood = new and not new.pin and new.key, old and not old.pin and old.key
        if stood and stood != stands:
            transaction.delete(ListedItem(pk, stood))
        if new and stands:
            summary, at = new.summary or None, new.published_at
            transaction.put(
                ListedItem(pk, stands, title=new.title, summary=summary, published_at=at)
            )

    def _top(self, category: str) -> tuple[int, list[Line]]:
        """Return the shelf's revision, and all lines that it may be filled from."""
        pk = keys.articles(category)
        found = ListedItem.query(
            pk,
            ListedItem.sk < keys.SHELF,
            scan_index_forward=False,
            limit=MOST_PLANNED + LATEST + 1,
            consistent_read=True,
        )
        lines = [line(item) for item in found]
        try:
            shelf = ShelfItem.get(pk, keys.SHELF, consistent_read=True)
        except ShelfItem.DoesNotExist:
            return 0, lines
        pinned = [entry for entry in shelf_lines(shelf.lines) if entry.pin]
        return int(shelf.revision), [*pinned, *lines]


def shelved(lines: list[Line], now: datetime | None) -> list[Line]:
    """Return those lines that a shelf needs from `now` on; raises Refused when it is full."""
    ordered = in_order(lines)
    pinned = [entry for entry in ordered if entry.pin]
    planned = [e for e in ordered if not e.pin and now is not None and e.published_at > now]
    others = [e for e in ordered if not e.pin and e not in planned]
    if len(pinned) > MOST_PINNED:
        raise Refused(errors={"pin": _TOO_MANY_PINNED})
    if len(planned) > MOST_PLANNED:
        raise Refused(errors={"at": _TOO_MANY_PLANNED})
    return [*pinned, *planned, *others[:LATEST]]


def _stated(working: Working) -> dict[str, Any]:
    return {
        "title": working.title,
        "pin": working.pin,
        "at": working.at,
        "live": working.live or None,
        "planned": working.planned or None,
        "gone": working.gone,
        "version": working.version,
        "updated_at": working.updated_at,
        "updated_by": working.updated_by,
    }


def _working(item: _Stated, article_id: str, category: str) -> Working:
    return Working(
        article_id=article_id,
        category=category,
        title=item.title,
        pin=int(item.pin),
        at=item.at,
        live=item.live or "",
        planned=item.planned or "",
        gone=item.gone,
        version=int(item.version),
        updated_at=item.updated_at,
        updated_by=item.updated_by,
    )
