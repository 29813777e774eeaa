"""What the simulated WeChat remembers of people: phones, their chats, and the switches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from pydantic import BaseModel, Field

from infra.local.wechat.files import Saved

Clock = Callable[[], float]  # seconds since 1970, UTC
Random = Callable[[], str]  # an unguessable token, 32 characters or more of [A-Za-z0-9_-]

CHAT_LIMIT = 200


class Article(BaseModel):
    """One entry of a 图文 reply."""

    title: str
    description: str = ""
    url: str


class Line(BaseModel):
    """One line of a template message as the phone shows it."""

    label: str
    value: str


class Bubble(BaseModel):
    """One thing in a chat: said by the person, by the account, or a grey notice."""

    id: int = 0
    side: Literal["me", "account", "notice"]
    kind: Literal["text", "news", "template", "image"] = "text"
    at: float = 0.0
    text: str = ""
    url: str = ""
    articles: list[Article] = Field(default_factory=list)
    fields: list[Line] = Field(default_factory=list)


class Phone(BaseModel):
    """One phone with one WeChat user in it; `jar` is its web view's cookies while it rests."""

    id: str
    label: str
    openid: str
    following: bool = False
    followed_at: int = 0
    refuses_messages: bool = False
    chat: list[Bubble] = Field(default_factory=list)
    jar: dict[str, str] = Field(default_factory=dict)


class Switches(BaseModel):
    """How WeChat behaves just now."""

    safe_mode: bool = True
    ip_whitelisted: bool = True
    snapshot_user: bool = False


class People(BaseModel):
    """The file's content."""

    phones: list[Phone] = Field(default_factory=list)
    switches: Switches = Field(default_factory=Switches)
    last_id: int = 0


class Changes:
    """Tells every open phone page that something changed (one version number, no content)."""

    def __init__(self) -> None:
        self.version = 0
        self._wake = asyncio.Event()

    def announce(self) -> None:
        """Wake everyone who waits."""
        self.version += 1
        self._wake.set()
        self._wake = asyncio.Event()

    async def after(self, version: int) -> int:
        """Wait until the version is newer than the one already seen."""
        while self.version <= version:
            await self._wake.wait()
        return self.version


class Phones:
    """The phones and their chats. Every change is saved first and announced then."""

    def __init__(self, file: Saved[People], changes: Changes, clock: Clock, random: Random) -> None:
        self._file = file
        self._changes = changes
        self._clock = clock
        self._random = random
        if not file.value.phones:
            self.add("第一部手机")
            self.add("第二部手机")

    @property
    def all(self) -> list[Phone]:
        """Every phone, oldest first."""
        return self._file.value.phones

    @property
    def switches(self) -> Switches:
        """The switches in force."""
        return self._file.value.switches

    def add(self, label: str) -> Phone:
        """A new WeChat user on a new phone."""
        openid = "oSim" + "".join(c for c in self._random() if c.isalnum())[:24].ljust(24, "0")
        phone = Phone(id=f"phone-{len(self.all) + 1}", label=label, openid=openid)
        self.all.append(phone)
        self.save()
        return phone

    def by_id(self, phone_id: str | None) -> Phone | None:
        """The phone of that id."""
        return next((p for p in self.all if p.id == phone_id), None)

    def by_openid(self, openid: str) -> Phone | None:
        """The phone whose user is that openid."""
        return next((p for p in self.all if p.openid == openid), None)

    def show(self, phone: Phone, bubble: Bubble) -> Bubble:
        """Put a bubble at the end of a chat."""
        bubble.id, bubble.at = self.next_id(), self._clock()
        phone.chat.append(bubble)
        del phone.chat[:-CHAT_LIMIT]
        self.save()
        return bubble

    def next_id(self) -> int:
        """A number that grows with every message; unique also after a restart."""
        people = self._file.value
        people.last_id = max(people.last_id + 1, int(self._clock() * 1000))
        return people.last_id

    def set_switches(self, switches: Switches) -> None:
        """Put other switches in force."""
        self._file.value.switches = switches
        self.save()

    def save(self) -> None:
        """Make the present state last and tell the pages."""
        self._file.save()
        self._changes.announce()
