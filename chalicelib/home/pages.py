"""首页 (PRODUCT A3): who you are, where to go, what is new."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.content.pages import ArticleRow, article_row
from chalicelib.web.answers import Answer, Page, SeeOther
from chalicelib.web.room import Guard, Room
from chalicelib.web.session import session_max_age, set_cookie
from chalicelib.web.visit import Member, Visit

if TYPE_CHECKING:
    from chalicelib.store.tables import Key

room = Room(__name__)

_LATEST = 5
_SHELVES = ("news", "notices")


@dataclass(frozen=True, slots=True)
class PersonCard:
    """The employee at the top of home, masked."""

    name: str
    unit: str
    href: str = "/me"


@dataclass(frozen=True, slots=True)
class NavItem:
    """A way from home to a room; `badge` counts what is unread."""

    label: str
    href: str
    icon: str
    badge: int = 0


@dataclass(frozen=True, slots=True)
class HomeView:
    """Home."""

    person: PersonCard | None
    articles: tuple[ArticleRow, ...]
    care_href: str
    nav: tuple[NavItem, ...]
    notice: ArticleRow | None = None
    title: str = "广西职工互助"


NAV = (
    NavItem("公告通知", "/notices", "notice"),
    NavItem("职工参保", "/enrolments", "shield"),
    NavItem("补助申请", "/subsidies", "form"),
    NavItem("宣传手册", "/handbook", "book"),
    NavItem("消息", "/messages", "mail"),
)


def _also(_params: Mapping[str, str], _member_id: str) -> "Sequence[Key]":
    from chalicelib.store.articles import shelf_keys

    return shelf_keys(_SHELVES)


@room.page("/", guard=Guard.VISITOR, also=_also)
def home(visit: Visit) -> Answer:
    """首页."""
    member, articles = visit.member, visit.world.articles
    # who is bound has them read along with the session
    found = visit.found if member else articles.shelves(_SHELVES)
    news = articles.on_shelf("news", found)[:_LATEST]
    notice = next(iter(articles.on_shelf("notices", found)), None)
    view = HomeView(
        person=_card(member),
        articles=tuple(article_row("news", line) for line in news),
        care_href="/care/off" if visit.care else "/care/on",
        nav=_nav(member),
        notice=article_row("notices", notice) if notice else None,
    )
    return Page("home/home.html", view)


@room.page("/care/{switch}", guard=Guard.ANYONE)
def care(visit: Visit, switch: str) -> Answer:
    """Turn 大字版 on or off for this browser, and go back to where that was pressed."""
    value = "1" if switch == "on" else "0"
    cookie = set_cookie(visit.world.settings, "care", value, session_max_age())
    return SeeOther("/me" if visit.query.get("back") == "me" else "/", cookies=(cookie,))


def _nav(member: Member | None) -> tuple[NavItem, ...]:
    unread = member.unread if member else 0
    return tuple(replace(item, badge=unread) if item.href == "/messages" else item for item in NAV)


def _card(member: Member | None) -> PersonCard | None:
    from chalicelib.core import masking

    if member is None:
        return None
    return PersonCard(masking.name(member.record.name), member.record.unit_name)
