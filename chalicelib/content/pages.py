"""公告通知, 资讯, 宣传手册: reading (PRODUCT A17)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.core.errors import NotFound
from chalicelib.web.answers import Answer, Page
from chalicelib.web.room import Guard, Room
from chalicelib.web.visit import Visit

if TYPE_CHECKING:
    from markupsafe import Markup

    from chalicelib.store.articles import Article

room = Room(__name__)

CATEGORIES = {"notices": "公告通知", "news": "资讯", "handbook": "宣传手册"}
_KEY_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """A line in a list of articles."""

    title: str
    href: str
    date_text: str
    summary: str


@dataclass(frozen=True, slots=True)
class ListView:
    """One category, newest first."""

    title: str
    items: tuple[ArticleRow, ...]
    older_href: str | None


@dataclass(frozen=True, slots=True)
class ArticleView:
    """One article."""

    title: str
    date_text: str
    body_html: "Markup"


def article_row(category: str, article: "Article") -> ArticleRow:
    """Return an article as a line of a list."""
    from urllib.parse import quote

    from chalicelib.core.clock import beijing_date

    return ArticleRow(
        title=article.title,
        href=f"/articles/{category}/{quote(article.key, safe='')}",
        date_text=beijing_date(article.published_at).isoformat(),
        summary=article.summary,
    )


def _list(visit: Visit, category: str) -> Answer:
    from urllib.parse import urlencode

    from chalicelib.store.articles import PAGE

    before = visit.query.get("before", "")[:_KEY_CHARACTERS] or None
    # one more than is shown tells whether there are older ones
    found = visit.world.articles.latest(category, PAGE + 1, before)
    articles, more = found[:PAGE], len(found) > PAGE
    older = f"/{category}?{urlencode({'before': articles[-1].key})}" if more else None
    rows = tuple(article_row(category, article) for article in articles)
    return Page("content/list.html", ListView(CATEGORIES[category], rows, older))


@room.page("/notices", guard=Guard.ANYONE)
def notices(visit: Visit) -> Answer:
    """公告通知."""
    return _list(visit, "notices")


@room.page("/news", guard=Guard.ANYONE)
def news(visit: Visit) -> Answer:
    """资讯."""
    return _list(visit, "news")


@room.page("/handbook", guard=Guard.ANYONE)
def handbook(visit: Visit) -> Answer:
    """宣传手册."""
    return _list(visit, "handbook")


@room.page("/articles/{category}/{key}", guard=Guard.ANYONE)
def article_page(visit: Visit, category: str, key: str) -> Answer:
    """One article."""
    from urllib.parse import unquote

    from markupsafe import Markup

    from chalicelib.core.clock import beijing_minute

    key = unquote(key)
    if category not in CATEGORIES or len(key) > _KEY_CHARACTERS:
        raise NotFound
    article = visit.world.articles.get(category, key)
    if article is None:
        raise NotFound
    # sanitised with an allow-list when it was written
    body = Markup(article.body_html)  # noqa: S704
    view = ArticleView(article.title, beijing_minute(article.published_at), body)
    return Page("content/article.html", view)
