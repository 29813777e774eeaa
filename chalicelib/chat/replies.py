"""What the account answers: a pure choice among the texts of replies.toml."""

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from chalicelib.chat.push import Kind, Push

REPLY_BYTES: Final = 2048
_ADDRESS: Final = "{base_url}"
_FILE: Final = Path(__file__).with_name("replies.toml")


class BadRepliesError(ValueError):
    """The data file says something WeChat would not show; names every problem."""


@dataclass(frozen=True, slots=True)
class Keyword:
    """One text, and the words that ask for it."""

    words: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Replies:
    """All texts, with the address of this deployment filled in."""

    welcome: str
    help: str
    keywords: tuple[Keyword, ...]
    clicks: Mapping[str, str]


def parse_replies(source: str, base_url: str) -> Replies:
    """Read the TOML of the data file; raises BadRepliesError."""
    try:
        data = tomllib.loads(source.replace(_ADDRESS, base_url))
        welcome, help_text = _text(data["welcome"]), _text(data["help"])
        named = {"welcome": welcome, "help": help_text}
        keywords = tuple(Keyword(_words(entry), _text(entry)) for entry in data["keyword"])
        clicks = {key: named[entry["reply"]] for key, entry in data.get("click", {}).items()}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise BadRepliesError(f"replies.toml cannot be read: {error}") from error
    replies = Replies(welcome, help_text, keywords, clicks)
    problems = check_replies(replies)
    if problems:
        raise BadRepliesError("; ".join(problems))
    return replies


def check_replies(replies: Replies) -> list[str]:
    """Return what is wrong with the texts: length, leftovers, words that never match."""
    texts = {"welcome": replies.welcome, "help": replies.help}
    texts |= {entry.words[0] if entry.words else "?": entry.text for entry in replies.keywords}
    problems = []
    for name, text in texts.items():
        if not 1 <= len(text.encode()) <= REPLY_BYTES:
            problems.append(f"{name}: 1 to {REPLY_BYTES} bytes")
        if "{" in text or "]]>" in text:
            problems.append(f"{name}: an unknown placeholder or ]]>")
    seen: list[str] = []
    for word in (word for entry in replies.keywords for word in entry.words):
        if not word or word != _plain(word):
            problems.append(f"{word!r}: write words without spaces, in lower case")
        elif word in seen:
            problems.append(f"{word}: stands in the file twice")
        seen.append(word)
    return problems


@cache
def load_replies(base_url: str) -> Replies:
    """Return the texts of this deployment, read once per container."""
    return parse_replies(_FILE.read_text("utf-8"), base_url)


def answer(push: Push, replies: Replies) -> str | None:
    """Return what to say to a push; None when silence is right.

    Texts get the first matching keyword or the help, so do messages we cannot read;
    a new follower is welcomed; nobody expects an answer to anything else.
    """
    if push.kind is Kind.TEXT:
        return _by_keyword(push.text, replies)
    if push.kind is Kind.OTHER_MESSAGE:
        return replies.help
    if push.kind is Kind.FOLLOW:
        return replies.welcome
    if push.kind is Kind.CLICK:
        return replies.clicks.get(push.event_key, replies.help)
    return None


def _by_keyword(text: str, replies: Replies) -> str:
    said = _plain(text)
    for entry in replies.keywords:
        if any(word in said for word in entry.words):
            return entry.text
    return replies.help


def _plain(text: str) -> str:
    """Full-width forms, case and spaces do not change what a person means."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _text(entry: Mapping[str, Any]) -> str:
    return str(entry["text"]).strip()


def _words(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(word) for word in entry["words"])
