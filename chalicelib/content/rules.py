"""What an editor's form may say, and what each action makes of an article. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.content import texts
from chalicelib.content.markdown import SOURCE_LENGTH
from chalicelib.core.clock import BEIJING
from chalicelib.core.errors import Refused
from chalicelib.store import keys
from chalicelib.store.articles import MOST_PINNED
from chalicelib.store.working import PLANNED, Outcome, Working

TITLE_LENGTH = 60
SUMMARY_LENGTH = 120
SAVE, PUBLISH, PLAN, WITHDRAW = "save", "publish", "plan", "withdraw"
ACTIONS = frozenset({SAVE, PUBLISH, PLAN, WITHDRAW})
_MINUTE = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it was typed; `at` is a time in Beijing, for `plan` and what is planned."""

    category: str
    title: str = ""
    summary: str = ""
    source: str = ""
    cover: str = ""
    pin: str = "0"
    at: str = ""
    version: str = "0"

    @classmethod
    def of(cls, form: Mapping[str, str], category: str) -> "Typed":
        """Return the fields of a form; a fixed page keeps its category."""
        return cls(
            category=category or form.get("category", ""),
            title=" ".join(form.get("title", "").split()),
            summary=" ".join(form.get("summary", "").split()),
            source=form.get("source", "").replace("\r\n", "\n"),
            cover=form.get("cover", ""),
            pin=form.get("pin", "0"),
            at=form.get("at", ""),
            version=form.get("version", ""),
        )

    @classmethod
    def from_saved(cls, working: Working) -> "Typed":
        """Return the form that shows an article as it was saved."""
        at = working.at if working.state == PLANNED else None
        return cls(
            category=working.category,
            title=working.title,
            summary=working.summary,
            source=working.source,
            cover=working.cover,
            pin=str(working.pin),
            at=at.astimezone(BEIJING).strftime(_MINUTE) if at else "",
            version=str(working.version),
        )


def moment(text: str) -> datetime | None:
    """Return a time in Beijing as typed ("2026-12-01T08:00"); "" is None.

    Raises ValueError for what is no time of this century.
    """
    if not text:
        return None
    at = datetime.strptime(text.replace(" ", "T")[:16], _MINUTE).replace(tzinfo=BEIJING)
    if not 2000 <= at.year < 2100:
        raise ValueError(text)
    return at


def errors(typed: Typed, before: Working, action: str) -> dict[str, str]:
    """Return what is wrong with the fields, a sentence for each."""
    found: dict[str, str] = {}
    if not typed.title:
        found["title"] = texts.TITLE_EMPTY
    elif len(typed.title) > TITLE_LENGTH:
        found["title"] = texts.TITLE_LONG
    if len(typed.summary) > SUMMARY_LENGTH:
        found["summary"] = texts.SUMMARY_LONG
    if len(typed.source) > SOURCE_LENGTH:
        found["source"] = texts.SOURCE_LONG
    elif not typed.source and (action in (PUBLISH, PLAN) or before.live or before.planned):
        found["source"] = texts.SOURCE_EMPTY
    if before.category != texts.FIXED:
        found |= _place_errors(typed, before)
    if action == PLAN and not typed.at:
        found["at"] = texts.TIME_EMPTY
    try:
        moment(typed.at)
    except ValueError:
        found["at"] = texts.TIME_WRONG
    return found


def _place_errors(typed: Typed, before: Working) -> dict[str, str]:
    found: dict[str, str] = {}
    if typed.category not in texts.CATEGORIES:
        found["category"] = texts.CATEGORY
    elif typed.category != before.category and (before.live or before.planned):
        found["category"] = texts.CATEGORY_KEPT
    if typed.pin not in {str(place) for place in range(MOST_PINNED + 1)}:
        found["pin"] = texts.PIN
    return found


def decide(before: Working, typed: Typed, action: str, now: datetime) -> Outcome:
    """Return what an action does to an article; `before` is as of now, the fields are right.

    Raises Refused for an action that the article's state does not allow.
    """
    after = replace(
        before,
        category=typed.category,
        title=typed.title,
        summary=typed.summary,
        source=typed.source,
        cover=typed.cover,
        pin=int(typed.pin) if typed.category != texts.FIXED else 0,
        version=before.version + 1,
        updated_at=now,
    )
    if action == WITHDRAW:
        return _withdrawn(before, after, now)
    if action == PLAN or (action == SAVE and before.planned):
        return _at(before, after, moment(typed.at) or before.at or now, now, action)
    if action == PUBLISH:
        return _live(before, replace(after, at=_first(before) or now), now, action)
    if before.live:
        return _live(before, replace(after, at=_first(before) or now), now, action)
    return Outcome(before, after, action)


def _at(before: Working, after: Working, at: datetime, now: datetime, action: str) -> Outcome:
    """Publish at a time: one in the past is only the date that is shown."""
    after = replace(after, at=at)
    if at <= now:
        return _live(before, after, now, PUBLISH)
    if before.live and before.category != texts.FIXED:
        raise Refused(errors={"at": texts.ALREADY_LIVE})
    key = keys.live(at, after.version)
    return Outcome(before, replace(after, planned=key), action, before.planned, key)


def _first(before: Working) -> datetime | None:
    """When an article was published that is so already; a fixed page is dated anew."""
    return before.at if before.live and before.category != texts.FIXED else None


def _live(before: Working, after: Working, now: datetime, action: str) -> Outcome:
    key = keys.live(now, after.version)
    after = replace(after, live=key, planned="", gone=False)
    return Outcome(before, after, action, before.planned, key)


def _withdrawn(before: Working, after: Working, now: datetime) -> Outcome:
    if before.planned:
        # of a fixed page the text before stays in force
        at = keys.live_at(before.live) if before.live else None
        after = replace(after, planned="", at=at)
        return Outcome(before, after, "cancel", before.planned)
    if before.live:
        after = replace(after, live="", gone=True)
        return Outcome(before, after, WITHDRAW, "", keys.live(now, after.version))
    raise Refused(texts.NOTHING_TO_WITHDRAW)
