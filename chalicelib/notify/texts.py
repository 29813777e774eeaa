"""The texts of messages.toml, filled and checked."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from chalicelib.core.clock import beijing_minute
from chalicelib.store.deliveries import Channel

_FILE: Final = Path(__file__).parent / "messages.toml"

# developers.weixin.qq.com, 类目模板 parameter types; the wrong length is errcode 47003
_FIELD_RULES: Final[Mapping[str, re.Pattern[str]]] = {
    "thing": re.compile(r"[^\r\n]{1,20}"),
    "character_string": re.compile(r"[\x21-\x7e]{1,32}"),
    "phrase": re.compile(r"[\u4e00-\u9fff]{1,5}"),
    "time": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text may say of a case."""

    number: str
    label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Words:
    """One message: in-app title, text and link label; state word; where it goes."""

    title: str
    text: str
    link: str
    state: str
    channels: frozenset[Channel]


@dataclass(frozen=True, slots=True)
class Texts:
    """The whole file."""

    messages: Mapping[str, Words]
    sms: tuple[str, ...]
    wechat: Mapping[str, str]

    def fill(self, text: str, words: Words, facts: Facts) -> str:
        """Return a text with the facts in it."""
        return text.format(
            number=facts.number,
            label=facts.label,
            state=words.state,
            at=beijing_minute(facts.at),
        )

    def sms_params(self, words: Words, facts: Facts) -> list[str]:
        """Return the variables of the SMS template, in order."""
        return [self.fill(text, words, facts) for text in self.sms]

    def wechat_fields(self, words: Words, facts: Facts) -> dict[str, str]:
        """Return the fields of the WeChat template."""
        return {name: self.fill(text, words, facts) for name, text in self.wechat.items()}


@cache
def texts() -> Texts:
    """Read the file, once per container."""
    return parse(_FILE.read_text("utf-8"))


def parse(toml: str) -> Texts:
    """Return the texts of a file like messages.toml."""
    raw = tomllib.loads(toml)
    messages = {
        name: Words(
            title=entry["title"],
            text=entry["text"],
            link=entry["link"],
            state=entry["state"],
            channels=frozenset(map(Channel, entry["channels"])),
        )
        for name, entry in raw["messages"].items()
    }
    return Texts(messages, tuple(raw["sms"]["params"]), raw["wechat"])


def field_fits(name: str, value: str) -> bool:
    """Whether WeChat takes a value for a field of that type (thing1, phrase3, …)."""
    rule = _FIELD_RULES.get(name.rstrip("0123456789"))
    return rule is not None and rule.fullmatch(value) is not None
