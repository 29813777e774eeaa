"""公告通知, 资讯, 宣传手册, 办事指南: reading (PRODUCT A17)."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.content.texts import CATEGORIES, FIXED, PAGES
from chalicelib.core.errors import NotFound
from chalicelib.web.answers import Answer, Page, SeeOther
from chalicelib.web.room import Guard, Room
from chalicelib.web.visit import Visit

if TYPE_CHECKING:
    from markupsafe import Markup

    from chalicelib.content.guide_text import Section
    from chalicelib.store.articles import Line

room = Room(__name__)

_ID = re.compile(r"[0-9]{1,20}")
_BEFORE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9T:.]{1,20}Z#[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """A line in a list of articles."""

    title: str
    href: str
    date_text: str
    summary: str
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class ListView:
    """One category, newest first below what is pinned."""

    title: str
    items: tuple[ArticleRow, ...]
    older_href: str | None


@dataclass(frozen=True, slots=True)
class ArticleView:
    """One article; `back_*` leads to its list."""

    title: str
    date_text: str
    body_html: "Markup"
    cover_href: str = ""
    back_href: str = ""
    back_label: str = ""


@dataclass(frozen=True, slots=True)
class GuideView:
    """办事指南 as it is built in, until editors publish their own."""

    sections: "tuple[Section, ...]"
    title: str = PAGES["guide"]


def article_row(category: str, line: "Line") -> ArticleRow:
    """Return an article as a line of a list."""
    from chalicelib.core.clock import beijing_date

    return ArticleRow(
        title=line.title,
        href=f"/articles/{category}/{line.article_id}",
        date_text=beijing_date(line.published_at).isoformat(),
        summary=line.summary,
        pinned=bool(line.pin),
    )


def _list(visit: Visit, category: str) -> Answer:
    from urllib.parse import urlencode

    from chalicelib.store.articles import PAGE

    articles, wanted = visit.world.articles, visit.query.get("before", "")
    before = wanted if _BEFORE.fullmatch(wanted) else None
    # one more than is shown tells whether there are older ones
    found = articles.latest(category, PAGE + 1, before)
    lines, more = found[:PAGE], len(found) > PAGE
    older = f"/{category}?{urlencode({'before': lines[-1].key})}" if more else None
    pinned = [] if before else articles.pinned(category)
    rows = tuple(article_row(category, line) for line in [*pinned, *lines])
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
    from markupsafe import Markup

    from chalicelib.core.clock import beijing_minute

    article = visit.world.articles.get(key) if _ID.fullmatch(key) else None
    if article is None or category not in CATEGORIES or article.category != category:
        raise NotFound
    view = ArticleView(
        title=article.title,
        date_text=beijing_minute(article.published_at),
        # passed the allow-list when it was published
        body_html=Markup(article.body_html),  # noqa: S704
        cover_href=f"/articles/{category}/{key}/pictures/{article.cover}" if article.cover else "",
        back_href=f"/{category}",
        back_label=f"更多{CATEGORIES[category]}",
    )
    return Page("content/article.html", view)


@room.page("/articles/{category}/{key}/pictures/{doc_id}", guard=Guard.ANYONE)
def article_picture(visit: Visit, category: str, key: str, doc_id: str) -> Answer:
    """Lead to a picture of an article that readers may see, for a minute."""
    from chalicelib.content import service

    named = _ID.fullmatch(key) or (category == FIXED and key in PAGES)
    article = visit.world.articles.get(key) if named else None
    if article is None or article.category != category or doc_id not in article.pictures:
        raise NotFound
    documents = visit.world.documents
    found = documents.get_linked(service.OWNER, doc_id, service.case_of(key))
    return SeeOther(documents.view_url(found))


@room.page("/guide", guard=Guard.ANYONE)
def guide(visit: Visit) -> Answer:
    """办事指南: what editors published, else the built-in text."""
    from markupsafe import Markup

    from chalicelib.content import guide_text
    from chalicelib.core.clock import beijing_date

    article = visit.world.articles.get("guide")
    if article is None:
        return Page("content/guide.html", GuideView(guide_text.SECTIONS))
    date_text = f"更新于 {beijing_date(article.published_at).isoformat()}"
    body = Markup(article.body_html)  # noqa: S704
    return Page("content/article.html", ArticleView(article.title, date_text, body))
