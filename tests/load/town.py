"""What the people of a load share: the stage, everybody's SMS, and what was pressed by whom."""

import json
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from chalicelib.world import World
from tests.load.browser import Browser, Seen, Tally
from tests.stage import Running

CASE_TEMPLATE = "1000005"
CODE_SECONDS = 61
"""A second code may be asked for after a minute."""
Acts = Counter[tuple[str, str]]
"""How often whom did what: (account or employee, action)."""


@dataclass
class Mail:
    """All SMS that the simulator delivered, as somebody who never looks away collects them."""

    phone_url: str
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.over.wait(0.5):
            with suppress(OSError):  # a busy simulator is looked at again
                self.look()

    def look(self) -> None:
        for one in fetched(f"{self.phone_url}/sim/sms")["messages"]:
            self.seen.setdefault(one["id"], one)

    def about(self, number: str) -> list[dict[str, Any]]:
        """Return the messages about a case, in the order in which they went out."""
        return [one for one in self._news() if number in one["text"]]

    def busy(self, told: dict[str, Any], since: float) -> bool:
        """Tell whether a number had got news of any case between a moment and this message."""
        mine = [one["at"] for one in self._news() if one["phone"] == told["phone"]]
        return any(since < at < told["at"] for at in mine)

    def _news(self) -> list[dict[str, Any]]:
        told = [one for one in list(self.seen.values()) if one["template"] == CASE_TEMPLATE]
        return sorted(told, key=lambda one: one["at"])

    def code(self, phone: str) -> str:
        """Wait for a code as long as a person does before asking again; "" when none came."""
        deadline = time.monotonic() + CODE_SECONDS
        while time.monotonic() < deadline:
            mine = [one for one in list(self.seen.values()) if one["phone"] == phone]
            codes = [(one["at"], one["code"]) for one in mine if one["code"]]
            if codes:
                return str(max(codes)[1])
            time.sleep(0.3)
        return ""


@dataclass
class Town:
    """What everybody shares."""

    running: Running
    world: World
    place: str
    share: float
    until: float = 0
    tally: Tally = field(default_factory=Tally)
    pressed: Acts = field(default_factory=Counter)
    confirmed: Acts = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)
    """Nothing is left to do: staff goes home."""

    def __post_init__(self) -> None:
        self.mail = Mail(self.running.phone_url)

    @property
    def open(self) -> bool:
        return time.monotonic() < self.until

    def browser(self, seed: int, phone: str = "") -> Browser:
        return Browser(self.running.url, self.tally, phone=phone, share=self.share, seed=seed)

    def press(self, who: str, action: str, send: Callable[[], Seen], *leads: str) -> Seen:
        """Press a button that changes something; where it leads says whether it did."""
        with self.tally.lock:
            self.pressed[who, action] += 1
        seen = send()
        if seen.status == 200 and (not leads or seen.url in leads):
            with self.tally.lock:
                self.confirmed[who, action] += 1
        elif seen.status not in (200, 409, 422):
            raise AssertionError(f"{action}: {seen.status} at {seen.url}")
        return seen

    def life(self, once: Callable[[], None], goes_on: Callable[[], bool]) -> Callable[[], None]:
        """Return somebody's life: one thing after the other; what fails is written down."""

        def run() -> None:
            while goes_on():
                try:
                    once()
                except Exception as error:  # noqa: BLE001 - the report counts them
                    self.troubles.append(f"{type(error).__name__}: {error}"[:300])
                    time.sleep(1)

        return run


def fetched(url: str, body: bytes | None = None, **headers: str) -> Any:
    """Ask a simulator."""
    request = urllib.request.Request(url, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
