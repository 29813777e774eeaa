"""A browser over real HTTP: cookies, redirects, forms; and the accidents of bad networks.

An accident never changes what the person wants: a form is sent twice at once, an answer never
arrives and the form is sent again, or the connection breaks before the form has left.
"""

import http.client
import json
import re
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html.parser import HTMLParser
from random import Random
from threading import Lock
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

PATIENCE_SECONDS = 40
TRIES = 4
_BUSY = (500, 502, 503, 504)
_NUMBER = re.compile(r"\d{6,}|[\w-]{32,}")
Fields = Mapping[str, str | list[str]]


@dataclass
class Tally:
    """What all browsers saw together; times in milliseconds.

    A failure is an answer of 5xx, or none: the person sends it again. A refusal is a sentence.
    """

    times: dict[str, list[float]] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    accidents: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def took(self, route: str, milliseconds: float) -> None:
        with self.lock:
            self.times.setdefault(route, []).append(milliseconds)

    def count(self, kind: Counter[str], what: str) -> None:
        with self.lock:
            kind[what] += 1

    @property
    def requests(self) -> int:
        return sum(map(len, self.times.values()))

    def of(self, method: str) -> list[float]:
        """Return the times of all requests of a method."""
        return [t for route, times in self.times.items() if route.startswith(method) for t in times]


@dataclass(frozen=True)
class Seen:
    """A page as it came."""

    status: int
    url: str
    location: str
    body: str

    def form(self, action: str) -> dict[str, str]:
        """Return what the form to `action` would send as it stands."""
        found = self.forms()
        if action not in found:
            raise AssertionError(f"no form to {action} on {self.url} ({self.status})")
        return found[action]

    def forms(self) -> dict[str, dict[str, str]]:
        """Return all forms by their address."""
        reader = _Forms()
        reader.feed(self.body)
        return reader.forms


class _Forms(HTMLParser):
    """Collects the fields of each form by its address."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._here: dict[str, str] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        name, value = has.get("name") or "", has.get("value") or ""
        if tag == "form":
            self._here = self.forms.setdefault(has.get("action") or "", {})
        elif tag == "input" and name and ("checked" in has or has.get("type") not in _TICKED):
            self._here[name] = value
        elif tag == "select":
            self._select = name
        elif (
            tag == "option"
            and self._select
            and ("selected" in has or self._select not in self._here)
        ):
            self._here[self._select] = value


_TICKED = ("checkbox", "radio")


class Browser:
    """One person's browser; `share` of its forms meet an accident."""

    def __init__(
        self, front: str, tally: Tally, *, phone: str = "", share: float = 0.0, seed: int = 0
    ) -> None:
        self._front, self._tally, self._share = front, tally, share
        self._dice = Random(seed)
        self._cookies: dict[str, dict[str, str]] = {"simulator": {"sim_phone": phone}}

    def open(self, path: str) -> Seen:
        """Open a page, through WeChat's sign-in where it asks for it."""
        return self._follow("GET", path, b"")

    def post(self, path: str, fields: Fields) -> Seen:
        """Send a form, and see where it leads."""
        body = urlencode(fields, doseq=True).encode()
        if self._dice.random() < self._share:
            self._accident(self._dice.choice(["double", "answer lost", "cut off"]), path, body)
        return self._follow("POST", path, body)

    def ask(self, method: str, path: str, fields: Fields = MappingProxyType({})) -> Any:
        """Ask as a script of a page does; returns the JSON."""
        body = urlencode(fields, doseq=True).encode()
        seen = self._patiently(method, urljoin(self._front, path), body, "application/json")
        assert seen.status == 200, f"{seen.status} at {_route(path)}"
        return json.loads(seen.body)

    def _accident(self, name: str, path: str, body: bytes) -> None:
        """Send a form in a way that leaves the person without an answer; they send it again."""
        self._tally.count(self._tally.accidents, name)
        url = urljoin(self._front, path)
        if name == "double":
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda _: self._send("POST", url, body), range(2)))
            return
        connection = self._connection(url)
        try:
            if name == "answer lost":
                connection.request("POST", path, body, self._headers(url, body))
            else:
                connection.putrequest("POST", path)
                connection.putheader("Content-Length", str(len(body)))
                connection.endheaders(body[: len(body) // 2])
        finally:
            connection.close()

    def _follow(self, method: str, path: str, body: bytes) -> Seen:
        url = urljoin(self._front, path)
        for _hop in range(10):
            seen = self._patiently(method, url, body)
            if seen.status not in (302, 303):
                return seen
            url, method, body = urljoin(url, seen.location), "GET", b""
        raise AssertionError(f"too many redirects from {path}")

    def _patiently(self, method: str, url: str, body: bytes, accept: str = "text/html") -> Seen:
        """Send again what the house was too busy for, as a person would."""
        for again in range(TRIES):
            try:
                seen = self._send(method, url, body, accept)
            except (OSError, http.client.HTTPException) as error:
                self._fails(type(error).__name__, url)
            else:
                if seen.status not in _BUSY:
                    if seen.status in (409, 422):
                        self._tally.count(self._tally.refusals, f"{seen.status} {_route(url)}")
                    return seen
                self._fails(str(seen.status), url)
            time.sleep(1 + again)
        raise AssertionError(f"no answer from {_route(url)}")

    def _fails(self, how: str, url: str) -> None:
        self._tally.count(self._tally.failures, f"{how} {_route(url)}")

    def _send(self, method: str, url: str, body: bytes, accept: str = "text/html") -> Seen:
        connection, began = self._connection(url), time.monotonic()
        target = urlsplit(url)
        path = target.path + (f"?{target.query}" if target.query else "")
        try:
            connection.request(method, path, body or None, self._headers(url, body, accept))
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if self._ours(url):
            self._tally.took(f"{method} {_route(url)}", (time.monotonic() - began) * 1000)
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self._jar(url)[name] = value
        return Seen(answer.status, target.path, answer.headers.get("Location") or "", text)

    def _headers(self, url: str, body: bytes, accept: str = "text/html") -> dict[str, str]:
        jar = "; ".join(f"{name}={value}" for name, value in self._jar(url).items())
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        return {"Accept": accept, "Cookie": jar, **form}

    def _connection(self, url: str) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("localhost", urlsplit(url).port, timeout=PATIENCE_SECONDS)

    def _ours(self, url: str) -> bool:
        return url.startswith(self._front)

    def _jar(self, url: str) -> dict[str, str]:
        return self._cookies.setdefault("ours" if self._ours(url) else "simulator", {})


def _route(url: str) -> str:
    return _NUMBER.sub("{number}", urlsplit(url).path)
