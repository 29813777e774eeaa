"""Published articles, by category and time of publication."""

from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.store import keys
from chalicelib.store.tables import Database, Item

TABLE = "office"
PAGE = 20
_LIST_ATTRIBUTES = ["pk", "sk", "title", "summary", "published_at"]


class ArticleItem(Item):
    """One published article; its HTML was sanitised when it was written."""

    table = TABLE
    title = UnicodeAttribute()
    summary = UnicodeAttribute(null=True)
    body_html = UnicodeAttribute(null=True)
    published_at = UTCDateTimeAttribute()


@dataclass(frozen=True, slots=True)
class Article:
    """An article as pages need it; `key` names it within its category."""

    key: str
    title: str
    summary: str
    published_at: datetime
    body_html: str


class Articles:
    """What people may read."""

    def __init__(self, database: Database) -> None:
        self._database = database.use()

    def latest(self, category: str, count: int, before: str | None = None) -> list[Article]:
        """Return the newest articles of a category, after `before` when paging; no bodies."""
        older = ArticleItem.sk < before if before else None
        items = ArticleItem.query(
            keys.articles(category),
            older,
            scan_index_forward=False,
            limit=count,
            attributes_to_get=_LIST_ATTRIBUTES,
        )
        return [_article(item) for item in items]

    def get(self, category: str, key: str) -> Article | None:
        """Return one article with its body."""
        try:
            return _article(ArticleItem.get(keys.articles(category), key))
        except ArticleItem.DoesNotExist:
            return None


def _article(item: ArticleItem) -> Article:
    return Article(
        key=item.sk,
        title=item.title,
        summary=item.summary or "",
        published_at=item.published_at,
        body_html=item.body_html or "",
    )
