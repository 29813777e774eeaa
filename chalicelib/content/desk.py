"""The editors' desk: lists, the form of an article, its preview and pictures (PRODUCT B6)."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.casework.machine import Role
from chalicelib.core.errors import NotFound, Refused
from chalicelib.web.answers import Answer, Page, SeeOther, as_json
from chalicelib.web.room import Guard, Room
from chalicelib.web.staff_bar import Tab
from chalicelib.web.visit import Visit

if TYPE_CHECKING:
    from chalicelib.content.rules import Typed
    from chalicelib.store.working import Working

room = Room(__name__)
EDITORS = frozenset({Role.EDITOR})
TABS = (Tab("内容", "/staff/content", EDITORS),)

_ARTICLE = "/staff/content/{key}"
_KEY = re.compile(r"[0-9]{1,20}|policy|guide")
_ID = re.compile(r"[0-9]{1,20}")


@room.page("/staff/content", guard=Guard.STAFF, role=EDITORS)
def content_list(visit: Visit) -> Answer:
    """One category, newest first, in whatever state."""
    from chalicelib.content import service, texts, views
    from chalicelib.store.editing import Editing

    world, query = visit.world, visit.query
    category = query.get("category", "")
    if category == texts.FIXED:
        found = [service.read(world, key) for key in texts.PAGES]
    else:
        category = category if category in texts.CATEGORIES else next(iter(texts.CATEGORIES))
        before = query.get("before", "")
        older = before if _ID.fullmatch(before) else None
        found = Editing(world.database).listed(category, older)
    new_id = world.ids.number()
    view = views.content_view(visit.staff, category, found, world.clock.now(), new_id)
    return Page("content/desk_list.html", view)


@room.page(_ARTICLE, guard=Guard.STAFF, role=EDITORS)
def content_form(visit: Visit, key: str) -> Answer:
    """The form of an article; with `new` one that nobody has saved."""
    from chalicelib.content import texts
    from chalicelib.content.rules import Typed

    saved = _read(visit, key, visit.query.get("new", ""))
    notice = texts.DONE.get(visit.query.get("done", ""), "")
    return _form(visit, saved, Typed.from_saved(saved), notice=notice)


def form_again(visit: Visit, refused: Refused, key: str) -> Page:
    """Show the form once more, with everything that was typed."""
    saved = _read(visit, key, visit.form.get("category", ""))
    return _form(visit, saved, _typed(visit, saved), refused=refused)


@room.form(_ARTICLE, guard=Guard.STAFF, role=EDITORS, again=form_again)
def content_change(visit: Visit, key: str) -> Answer:
    """Save, publish, plan or withdraw."""
    from chalicelib.content import rules, service

    form = visit.form
    saved = _read(visit, key, form.get("category", ""))
    operation, action = visit.operation(_ARTICLE.format(key=key)), form.get("action", "")
    if action not in rules.ACTIONS:
        raise NotFound
    typed = _typed(visit, saved)
    try:
        outcome = service.change(visit.world, visit.staff.account, saved, typed, action, operation)
    except service.Overtaken as overtaken:
        return _overtaken(visit, overtaken.latest, typed)
    done = outcome.action if outcome else action
    if outcome and done == rules.SAVE and outcome.after.live:
        done = "update"
    return SeeOther(f"{_ARTICLE.format(key=key)}?done={done}")


@room.form(_ARTICLE + "/preview", guard=Guard.STAFF, role=EDITORS, token=_ARTICLE)
def content_preview(visit: Visit, key: str) -> Answer:
    """Show a text as readers will see it; nothing is saved."""
    from markupsafe import Markup

    from chalicelib.content import rules, service, views
    from chalicelib.web.staff_bar import bar

    if not _KEY.fullmatch(key):
        raise NotFound
    html = service.preview(key, visit.form.get("source", "")).html
    if visit.wants_json:
        return as_json({"html": html})
    view = views.PreviewView(
        bar=bar(visit.staff, views.HOME),
        heading=visit.form.get("title", "")[: 2 * rules.TITLE_LENGTH],
        preview=Markup(html),  # noqa: S704 - passed the allow-list
        path=_ARTICLE.format(key=key),
    )
    return Page("content/desk_preview.html", view)


@room.form(_ARTICLE + "/pictures", guard=Guard.STAFF, role=EDITORS, token=_ARTICLE)
def content_picture_begin(visit: Visit, key: str) -> Answer:
    """Give a picture its id, and the form that sends it to the bucket."""
    from chalicelib.content import service

    if not _KEY.fullmatch(key):
        raise NotFound
    size = visit.form.get("size", "")
    upload = service.begin_picture(
        visit.world,
        visit.form.get("content_type", ""),
        int(size) if size.isdecimal() and len(size) < 10 else 0,
    )
    return as_json({"id": upload.doc_id, "url": upload.url, "fields": dict(upload.fields)})


@room.page(_ARTICLE + "/pictures/{doc_id}", guard=Guard.STAFF, role=EDITORS)
def content_picture(visit: Visit, key: str, doc_id: str) -> Answer:
    """Lead to a picture for a minute; to a script, tell whether it has been checked."""
    from chalicelib.content import service
    from chalicelib.documents import texts

    if not _KEY.fullmatch(key):
        raise NotFound
    documents = visit.world.documents
    found = documents.get(service.OWNER, doc_id)
    if visit.wants_json:
        return as_json({"state": found.state, "reason": texts.reason(found.reason)})
    return SeeOther(documents.view_url(found, thumbnail=visit.query.get("size") == "thumb"))


def _read(visit: Visit, key: str, category: str) -> "Working":
    from chalicelib.content import service

    if not _KEY.fullmatch(key):
        raise NotFound
    return service.read(visit.world, key, category)


def _typed(visit: Visit, saved: "Working") -> "Typed":
    from chalicelib.content import texts
    from chalicelib.content.rules import Typed

    return Typed.of(visit.form, texts.FIXED if saved.category == texts.FIXED else "")


def _form(
    visit: Visit,
    saved: "Working",
    typed: "Typed",
    *,
    refused: Refused | None = None,
    notice: str = "",
) -> Page:
    from markupsafe import Markup

    from chalicelib.content import service, views
    from chalicelib.store.editing import Editing

    changes = Editing(visit.world.database).changes(saved.article_id) if saved.version else []
    preview = Markup(service.preview(saved.article_id, typed.source).html)  # noqa: S704
    view = views.edit_view(visit.staff, saved, typed, preview, changes)
    errors = refused.errors if refused else {}
    view = replace(view, errors=errors, notice=notice)
    return Page("content/desk_edit.html", view, 422 if refused else 200)


def _overtaken(visit: Visit, latest: "Working", typed: "Typed") -> Page:
    """Keep what was typed beside what somebody else saved; saving again is then meant."""
    from chalicelib.content import texts
    from chalicelib.core.clock import beijing_minute

    at = beijing_minute(latest.updated_at) if latest.updated_at else ""
    sentence = texts.CONFLICT.format(account=latest.updated_by, at=at)
    mine = replace(typed, version=str(latest.version))
    page = _form(visit, latest, mine, refused=Refused(sentence))
    return replace(page, view=replace(page.view, latest=latest), status=409)
