"""What the account answers: a pure choice among the texts of replies.toml."""

import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from chalicelib.chat.push import Kind, Push

REPLY_BYTES: Final = 2048
_ADDRESS: Final = "{base_url}"
_FILE: Final = Path(__file__).with_name("replies.toml")

Bound = Callable[[], bool | None]
"""Whether the person is bound to an employee; None when nobody can tell right now."""


class BadRepliesError(ValueError):
    """The data file says something WeChat would not show; names every problem."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A text for everybody, or one for each: `text` also when nobody can tell."""

    text: str
    bound: str = ""
    unbound: str = ""

    def to(self, bound: Bound) -> str:
        """Return the text for a person; asks about them only when it matters."""
        if not self.bound and not self.unbound:
            return self.text
        known = bound()
        if known is None:
            return self.text
        return (self.bound if known else self.unbound) or self.text

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that may be sent."""
        return (self.text, *(text for text in (self.bound, self.unbound) if text))


@dataclass(frozen=True, slots=True)
class Keyword:
    """One reply, and the words that ask for it."""

    words: tuple[str, ...]
    reply: Reply


@dataclass(frozen=True, slots=True)
class Replies:
    """All replies, with the address of this deployment filled in."""

    welcome: Reply
    help: Reply
    keywords: tuple[Keyword, ...]
    clicks: Mapping[str, Reply]


def parse_replies(source: str, base_url: str) -> Replies:
    """Read the TOML of the data file; raises BadRepliesError."""
    try:
        data = tomllib.loads(source.replace(_ADDRESS, base_url))
        named = {name: _reply(data[name]) for name in ("welcome", "help")}
        keywords = tuple(Keyword(_words(entry), _reply(entry)) for entry in data["keyword"])
        clicks = {key: named[entry["reply"]] for key, entry in data.get("click", {}).items()}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise BadRepliesError(f"replies.toml cannot be read: {error}") from error
    replies = Replies(named["welcome"], named["help"], keywords, clicks)
    problems = check_replies(replies)
    if problems:
        raise BadRepliesError("; ".join(problems))
    return replies


def check_replies(replies: Replies) -> list[str]:
    """Return what is wrong with the texts: length, leftovers, words that never match."""
    named = {"welcome": replies.welcome, "help": replies.help}
    named |= {entry.words[0] if entry.words else "?": entry.reply for entry in replies.keywords}
    problems = []
    for name, text in ((name, text) for name, reply in named.items() for text in reply.texts):
        if not 1 <= len(text.encode()) <= REPLY_BYTES:
            problems.append(f"{name}: 1 to {REPLY_BYTES} bytes")
        if "{" in text or "]]>" in text:
            problems.append(f"{name}: an unknown placeholder or ]]>")
    return problems + _words_in_vain(replies.keywords)


def _words_in_vain(keywords: tuple[Keyword, ...]) -> list[str]:
    """Return what is wrong with the words: a longer one behind a part of it never matches."""
    problems, seen = [], list[str]()
    for word in (word for entry in keywords for word in entry.words):
        if not word or word != _plain(word):
            problems.append(f"{word!r}: write words without spaces, in lower case")
        elif word in seen:
            problems.append(f"{word}: stands in the file twice")
        elif hides := next((earlier for earlier in seen if earlier and earlier in word), ""):
            problems.append(f"{word}: never asked for, {hides} stands before it")
        seen.append(word)
    return problems


@cache
def load_replies(base_url: str) -> Replies:
    """Return the texts of this deployment, read once per container."""
    return parse_replies(_FILE.read_text("utf-8"), base_url)


def answer(push: Push, replies: Replies, bound: Bound) -> str | None:
    """Return what to say to a push; None when silence is right.

    Texts get the first matching keyword or the help, so do messages we cannot read;
    a new follower is welcomed; nobody expects an answer to anything else.
    """
    reply = _reply_to(push, replies)
    return reply.to(bound) if reply else None


def _reply_to(push: Push, replies: Replies) -> Reply | None:
    if push.kind is Kind.TEXT:
        return _by_keyword(push.text, replies)
    if push.kind is Kind.OTHER_MESSAGE:
        return replies.help
    if push.kind is Kind.FOLLOW:
        return replies.welcome
    if push.kind is Kind.CLICK:
        return replies.clicks.get(push.event_key, replies.help)
    return None


def _by_keyword(text: str, replies: Replies) -> Reply:
    said = _plain(text)
    for entry in replies.keywords:
        if any(word in said for word in entry.words):
            return entry.reply
    return replies.help


def _plain(text: str) -> str:
    """Full-width forms, case and spaces do not change what a person means."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _reply(entry: Mapping[str, Any]) -> Reply:
    text = str(entry["text"]).strip()
    bound, unbound = (str(entry.get(name, "")).strip() for name in ("bound", "unbound"))
    return Reply(text, bound, unbound)


def _words(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(word) for word in entry["words"])
