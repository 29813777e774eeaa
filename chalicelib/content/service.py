"""What editors do: one change of one article, in one transaction."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from chalicelib.content import rules, texts
from chalicelib.content.markdown import HTML_BYTES, MOST_PICTURES, Rendered, render
from chalicelib.content.rules import Typed
from chalicelib.core.clock import Clock
from chalicelib.core.errors import Conflict, NotFound, Refused, Unavailable
from chalicelib.core.policy import POLICY_VERSION
from chalicelib.store.audit import Audit
from chalicelib.store.documents import CLEAN, Documents, Upload
from chalicelib.store.editing import Editing, ShelfMoved
from chalicelib.store.tables import Database
from chalicelib.store.transaction import Transaction
from chalicelib.store.working import Outcome, Working

OWNER = "articles"
"""Whose the pictures of articles are, where an employee's id stands otherwise."""
PURPOSE = "article"
_TRIES = 3


class World(Protocol):
    """What editing touches."""

    @property
    def clock(self) -> Clock: ...
    @property
    def database(self) -> Database: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def documents(self) -> Documents: ...
    def transaction(self) -> Transaction: ...


class Overtaken(Conflict):
    """Somebody saved the article meanwhile; `latest` is what it is now."""

    def __init__(self, latest: Working) -> None:
        super().__init__()
        self.latest = latest


def read(world: World, key: str, category: str = "") -> Working:
    """Return an article as of now; a new one when `category` tells where it will be.

    Raises NotFound for an article that is neither there nor about to be.
    """
    now = world.clock.now()
    found = Editing(world.database).get(key)
    if found is not None:
        return found.as_of(now)
    if key in texts.PAGES:
        return Working(key, texts.FIXED, title=texts.PAGES[key])
    if category not in texts.CATEGORIES:
        raise NotFound
    return Working(key, category)


def change(
    world: World, account: str, before: Working, typed: Typed, action: str, operation: str
) -> Outcome | None:
    """Do what a form asks; None when the same form did it before.

    Raises Overtaken, and Refused with a sentence for each wrong field.
    """
    if before.operation == operation:
        return None
    if typed.version != str(before.version):
        raise Overtaken(before)
    wrong = rules.errors(typed, before, action)
    if wrong:
        raise Refused(errors=wrong)
    outcome = rules.decide(before, typed, action, world.clock.now())
    after = replace(outcome.after, updated_by=account, operation=operation)
    rendered = render(after.source, pictures_at(after.category, after.article_id))
    public = bool(outcome.publishes) and outcome.action != rules.WITHDRAW
    wrong = _unusable(world, after, rendered) | (_unfit(rendered) if public else {})
    if wrong:
        raise Refused(errors=wrong)
    body = _body(after, rendered) if public else None
    _commit(world, replace(outcome, after=after, body=body), _used(after, rendered))
    return outcome


def preview(key: str, source: str) -> Rendered:
    """Return a text as readers will see it, with its pictures at the editors' address."""
    return render(source, f"/staff/content/{key}/pictures")


def pictures_at(category: str, key: str) -> str:
    """Return where readers find the pictures of an article."""
    return f"/articles/{category}/{key}/pictures"


def case_of(key: str) -> str:
    """Return what the pictures of an article belong to, where a case's number stands."""
    return f"article-{key}"


def begin_picture(world: World, content_type: str, size: int) -> Upload:
    """Let an editor send one picture."""
    return world.documents.begin(OWNER, PURPOSE, content_type=content_type, size=size)


def _commit(world: World, outcome: Outcome, pictures: list[str]) -> None:
    """Write a change; another article's change of the same shelf makes it try again."""
    after = outcome.after
    for _ in range(_TRIES):
        transaction = world.transaction()
        listed = after.category != texts.FIXED
        Editing(world.database).write_in(transaction, outcome, listed=listed)
        if pictures:
            world.documents.link_in(transaction, OWNER, pictures, case_of(after.article_id))
        world.audit.note_in(
            transaction, after.updated_by, "content", after.article_id, outcome.action
        )
        try:
            transaction.commit()
        except ShelfMoved:
            continue
        except Conflict as conflict:
            _settle(world, after, conflict)
        return
    raise Unavailable


def _settle(world: World, after: Working, conflict: Conflict) -> None:
    """Take one's own earlier success for one; raises Overtaken for somebody else's."""
    latest = Editing(world.database).get(after.article_id)
    if latest is None:
        raise conflict
    if latest.operation != after.operation:
        raise Overtaken(latest.as_of(world.clock.now())) from conflict


def _used(after: Working, rendered: Rendered) -> list[str]:
    """Return the pictures of an article, its cover first."""
    return list(dict.fromkeys([*filter(None, [after.cover]), *rendered.pictures]))


def _unusable(world: World, after: Working, rendered: Rendered) -> dict[str, str]:
    """Return what is wrong with the pictures, a sentence for each field."""
    if len(rendered.pictures) > MOST_PICTURES:
        return {"source": texts.PICTURES_MANY}
    used = _used(after, rendered)
    found = {
        document.doc_id
        for document in (world.documents.get_many(OWNER, used) if used else ())
        if document.state == CLEAN and document.case_number in ("", case_of(after.article_id))
    }
    wrong: dict[str, str] = {}
    if after.cover and after.cover not in found:
        wrong["cover"] = texts.COVER
    missing = [name for name in rendered.pictures if name not in found]
    if missing:
        wrong["source"] = texts.PICTURES.format(names="、".join(missing[:3]))
    return wrong


def _unfit(rendered: Rendered) -> dict[str, str]:
    """Return why readers must not get a text, a sentence for each field."""
    if rendered.refused:
        shown = "、".join(address[:60] for address in rendered.refused[:3])
        return {"source": texts.LINKS.format(links=shown)}
    if len(rendered.html.encode()) > HTML_BYTES:
        return {"source": texts.HTML_LONG}
    return {}


def _body(after: Working, rendered: Rendered) -> Mapping[str, Any]:
    return {
        "body_html": rendered.html,
        "cover": after.cover or None,
        "pictures": set(_used(after, rendered)) or None,
        "edition": POLICY_VERSION if after.article_id == "policy" else None,
    }
