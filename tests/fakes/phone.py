"""A phone's browser in front of the app: cookies, redirects, forms — and a critic.

Every page that any test opens is checked: parses as HTML5, one h1, a title, unique ids,
a label for every field, no inline script or style, the headers of every answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import html5lib
from chalice.test import Client
from html5lib import HTMLParser
from html5lib.treebuilders import getTreeBuilder

HTML = "{http://www.w3.org/1999/xhtml}"


@dataclass
class Seen:
    """An answer as the browser shows it."""

    status: int
    headers: dict[str, Any]
    body: str
    url: str

    @cached_property
    def tree(self) -> Any:
        return html5lib.parse(self.body)

    @property
    def text(self) -> str:
        return " ".join("".join(self.tree.find(f"{HTML}body").itertext()).split())

    @property
    def title(self) -> str:
        return "".join(self.tree.find(f".//{HTML}title").itertext()).strip()

    def form(self, action: str) -> dict[str, str]:
        """Return the values of the form that posts to `action`, as a browser would send."""
        for form in self.tree.iter(f"{HTML}form"):
            if form.get("action") == action:
                return dict(_values(form))
        raise AssertionError(f"no form to {action} on {self.url}")

    def error(self, field: str) -> str:
        """Return the sentence beside a field."""
        for element in self.tree.iter():
            if element.get("id") == f"{field}-error":
                return "".join(element.itertext()).strip()
        return ""


def _values(form: Any) -> list[tuple[str, str]]:
    pairs = []
    for field in form.iter(f"{HTML}input"):
        if field.get("type") == "checkbox" and field.get("checked") is None:
            continue
        if field.get("name"):
            pairs.append((field.get("name"), field.get("value") or ""))
    for select in form.iter(f"{HTML}select"):
        options = list(select.iter(f"{HTML}option"))
        chosen = [o for o in options if o.get("selected") is not None] or options[:1]
        pairs.append((select.get("name"), chosen[0].get("value")))
    return pairs


class Phone:
    """One WeChat user's browser."""

    def __init__(self, client: Client, stage: Any, openid: str) -> None:
        self.client = client
        self.stage = stage
        self.openid = openid
        self.cookies: dict[str, str] = {}
        self.here = ""
        """What the address bar shows, whether an answer came or not."""

    def open(self, path: str, *, follow: bool = True, **headers: str) -> Seen:
        """Open a page, through WeChat's sign-in when it asks for it."""
        return self._send("GET", path, b"", headers, follow=follow)

    def post(
        self,
        path: str,
        fields: Mapping[str, str | list[str]],
        *,
        follow: bool = True,
        **headers: str,
    ) -> Seen:
        """Submit a form; a list is a field that comes several times."""
        headers = {"content-type": "application/x-www-form-urlencoded"} | headers
        return self._send(
            "POST", path, urlencode(fields, doseq=True).encode(), headers, follow=follow
        )

    def _send(
        self, method: str, path: str, body: bytes, headers: dict[str, str], *, follow: bool
    ) -> Seen:
        for _hop in range(8):
            seen = self._once(method, path, body, headers)
            if seen.status != 303 or not follow:
                return seen
            path, method, body = self._next(path, seen.headers["Location"]), "GET", b""
            headers = {k: v for k, v in headers.items() if k != "content-type"}
        raise AssertionError("too many redirects")

    def _next(self, here: str, location: str) -> str:
        if location.startswith("https://open.test/"):
            query = dict(pair.split("=", 1) for pair in urlsplit(location).query.split("&"))
            code = f"code-{len(self.stage.wechat.codes)}-{query['state'][:6]}"
            self.stage.wechat.codes[code] = self.openid
            return f"/oauth/callback?code={code}&state={query['state']}"
        return urljoin(here, location)

    def _once(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Seen:
        self.here = path
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"accept": "text/html", "cookie": jar} | headers
        answer = self.client.http.request(method, path, headers=sent, body=body)
        seen = Seen(answer.status_code, dict(answer.headers), answer.body.decode(), path)
        self._keep_cookies(seen.headers.get("Set-Cookie", []))
        check(seen)
        return seen

    def _keep_cookies(self, lines: str | list[str]) -> None:
        for line in [lines] if isinstance(lines, str) else lines:
            pair, *attributes = line.split("; ")
            assert {"HttpOnly", "SameSite=Lax", "Path=/", "Secure"} <= set(attributes), line
            name, _, value = pair.partition("=")
            assert name.startswith("__Host-"), line
            self.cookies[name] = value


def check(seen: Seen) -> None:
    """Assert what is true of every answer."""
    headers = {name.lower(): value for name, value in seen.headers.items()}
    for required in (
        "content-security-policy",
        "x-content-type-options",
        "referrer-policy",
        "strict-transport-security",
        "cache-control",
    ):
        assert required in headers, f"{required} missing on {seen.url}"
    assert "unsafe" not in headers["content-security-policy"]
    if headers["content-type"].startswith("text/html") and seen.body:
        check_html(seen)


def check_html(seen: Seen) -> None:
    """Assert what is true of every page."""
    parser = HTMLParser(tree=getTreeBuilder("etree"), strict=True)
    tree = parser.parse(seen.body)
    headings = list(tree.iter(f"{HTML}h1"))
    assert len(headings) == 1, f"{len(headings)} h1 on {seen.url}"
    assert seen.title, f"no title on {seen.url}"
    assert tree.get("lang") == "zh-CN", f"no language on {seen.url}"
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), f"an id twice on {seen.url}"
    labelled = {label.get("for") for label in tree.iter(f"{HTML}label")}
    for element in tree.iter():
        inline = [name for name in element.attrib if name.startswith("on") or name == "style"]
        assert not inline, f"inline {inline} on {seen.url}"
        if element.tag in (f"{HTML}style",) or (
            element.tag == f"{HTML}script" and not element.get("src")
        ):
            raise AssertionError(f"inline {element.tag} on {seen.url}")
        if element.tag in (f"{HTML}input", f"{HTML}select", f"{HTML}textarea") and element.get(
            "type"
        ) not in ("hidden", "submit"):
            named = element.get("id") in labelled or element.get("aria-label")
            assert named, f"a field without a label on {seen.url}: {element.get('name')}"
    for form in tree.iter(f"{HTML}form"):
        assert form.get("action"), f"a form without action on {seen.url}"
