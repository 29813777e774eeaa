"""What the editors' pages show, everything already text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.content import texts
from chalicelib.content.rules import PLAN, SUMMARY_LENGTH, TITLE_LENGTH, WITHDRAW, Typed
from chalicelib.core.clock import beijing_minute
from chalicelib.store import keys
from chalicelib.store.articles import MOST_PINNED, PAGE
from chalicelib.store.working import DRAFT, PLANNED, PUBLISHED, Change, Working
from chalicelib.web.staff import StaffPerson
from chalicelib.web.staff_bar import Bar, Link, bar

if TYPE_CHECKING:
    from markupsafe import Markup

HOME = "/staff/content"
_PINS = (("0", "不置顶"), *((str(n), f"置顶第 {n} 位") for n in range(1, MOST_PINNED + 1)))
_MAIN, _OTHER, _RED = "st-button_main", "", "st-button_reject"


@dataclass(frozen=True, slots=True)
class Row:
    """An article in the editors' list; `when` is its time of publication."""

    title: str
    href: str
    state: str
    state_text: str
    when: str
    place: str
    updated: str


@dataclass(frozen=True, slots=True)
class ContentView:
    """A page of one category."""

    bar: Bar
    tabs: tuple[Link, ...]
    rows: tuple[Row, ...]
    new_href: str
    next_href: str
    category: str
    notice: str = ""
    title: str = "内容"


@dataclass(frozen=True, slots=True)
class Button:
    """A way to send the form."""

    action: str
    label: str
    look: str = ""


@dataclass(frozen=True, slots=True)
class EditView:
    """The form of an article with its preview, and what became of it so far."""

    bar: Bar
    title: str
    path: str
    back_href: str
    typed: Typed
    state: str
    state_text: str
    fixed: bool
    buttons: tuple[Button, ...]
    times: bool
    categories: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, str], ...]
    preview: "Markup"
    history: tuple[tuple[str, str, str], ...]
    public_href: str = ""
    cover_href: str = ""
    note: str = ""
    notice: str = ""
    latest: Working | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    title_length: int = TITLE_LENGTH
    summary_length: int = SUMMARY_LENGTH


@dataclass(frozen=True, slots=True)
class PreviewView:
    """A text as readers will see it, for browsers without our script."""

    bar: Bar
    heading: str
    preview: "Markup"
    path: str
    title: str = "预览"


def content_view(
    person: StaffPerson, category: str, found: Sequence[Working], now: datetime, new_id: str
) -> ContentView:
    """Return a page of a category; one more than a page was read to know whether it goes on."""
    shown = found[:PAGE]
    names = texts.CATEGORIES | {texts.FIXED: texts.FIXED_LABEL}
    more = len(found) > PAGE
    return ContentView(
        bar=bar(person, HOME),
        tabs=tuple(Link(n, f"{HOME}?category={c}", c == category) for c, n in names.items()),
        rows=tuple(_row(working.as_of(now)) for working in shown),
        new_href=f"{HOME}/{new_id}?new={category}" if category != texts.FIXED else "",
        next_href=f"{HOME}?category={category}&before={shown[-1].article_id}" if more else "",
        category=names[category],
    )


def edit_view(
    person: StaffPerson,
    saved: Working,
    typed: Typed,
    preview: "Markup",
    changes: Sequence[Change],
) -> EditView:
    """Return the form of an article as it is typed."""
    fixed = saved.category == texts.FIXED
    path = f"{HOME}/{saved.article_id}"
    return EditView(
        bar=bar(person, HOME),
        title=f"编辑{texts.PAGES[saved.article_id]}" if fixed else _heading(saved),
        path=path,
        back_href=f"{HOME}?category={saved.category}",
        typed=typed,
        state=saved.state,
        state_text=state_text(saved),
        fixed=fixed,
        buttons=buttons(saved),
        times=fixed or saved.state != PUBLISHED,
        categories=tuple(texts.CATEGORIES.items()),
        places=_PINS,
        preview=preview,
        history=tuple(
            (beijing_minute(c.at), c.account, texts.ACTIONS.get(c.action, c.action))
            for c in changes
        ),
        public_href=_public(saved),
        cover_href=f"{path}/pictures/{typed.cover}" if typed.cover else "",
        note=texts.POLICY_NOTE if saved.article_id == "policy" else "",
    )


def buttons(saved: Working) -> tuple[Button, ...]:
    """Return what may be done with an article in its state, the main thing first."""
    publish = Button("publish", "立即发布", _MAIN)
    plan = Button(PLAN, "定时发布", _OTHER)
    if saved.state == PUBLISHED:
        update = Button("save", "保存并更新", _MAIN)
        later = (plan,) if saved.category == texts.FIXED else ()
        return (update, *later, Button(WITHDRAW, "撤下", _RED))
    if saved.state == PLANNED:
        keep, drop = Button("save", "保存"), Button(WITHDRAW, "取消定时", _RED)
        return (keep, publish, drop)
    return (publish, plan, Button("save", "保存草稿" if saved.state == DRAFT else "保存"))


def state_text(saved: Working) -> str:
    """Return the state of an article in words, with its time."""
    word = texts.STATES[saved.state]
    if saved.category == texts.FIXED and not saved.live:
        word = texts.BUILT_IN if not saved.version else f"{word}（现在显示{texts.BUILT_IN}）"
    if saved.at is None or saved.state not in (PLANNED, PUBLISHED):
        return word
    text = f"{word} · {beijing_minute(saved.at)}"
    if saved.state == PLANNED and saved.live:
        text += f"（现在显示 {beijing_minute(keys.live_at(saved.live))} 发布的内容）"
    return text


def _row(working: Working) -> Row:
    listed = working.state in (PLANNED, PUBLISHED)
    unsaved = not working.version
    updated = working.updated_at
    return Row(
        title=working.title,
        href=f"{HOME}/{working.article_id}",
        state=working.state,
        state_text=texts.BUILT_IN if unsaved else texts.STATES[working.state],
        when=beijing_minute(working.at) if listed and working.at else "—",
        place=dict(_PINS)[str(working.pin)] if working.pin else "",
        updated=f"{beijing_minute(updated)} {working.updated_by}" if updated else "—",
    )


def _heading(saved: Working) -> str:
    return f"编辑：{saved.title}" if saved.version else f"新建{texts.CATEGORIES[saved.category]}"


def _public(saved: Working) -> str:
    if saved.category == texts.FIXED:
        return f"/{saved.article_id}"
    return f"/articles/{saved.category}/{saved.article_id}" if saved.live else ""
