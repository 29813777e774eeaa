"""Everything that leaves the process, kept to be searched for what must not be in it."""

import base64
import hashlib
import json
import logging
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from chalice.test import Client

from chalicelib.core.logs import JsonLines

OURS = ("chalicelib", "mutual_aid", "infra")


@dataclass
class Traces:
    """All that left the process, by where it was seen."""

    found: dict[str, list[str]] = field(default_factory=dict)

    def keep(self, where: str, what: object) -> None:
        self.found.setdefault(where, []).append(what if isinstance(what, str) else spelt(what))

    @property
    def size(self) -> dict[str, int]:
        """Bytes seen at each place."""
        return {
            where: sum(len(text.encode("utf-8", "replace")) for text in texts)
            for where, texts in sorted(self.found.items())
        }

    def but(self, *places: str) -> "Traces":
        """Return what was seen everywhere else."""
        return Traces({w: texts for w, texts in self.found.items() if w not in places})

    def hits(self, needles: Mapping[str, str]) -> list[str]:
        """Return where which needle was found; the texts themselves stay here."""
        return [
            f"{title} in {where}"
            for where, texts in sorted(self.found.items())
            for title, needle in needles.items()
            if any(needle in text for text in texts)
        ]


def spelt(what: object) -> str:
    return json.dumps(what, ensure_ascii=False, default=repr)


class Records(logging.Handler):
    """Keeps what a record carries, more than is ever written, and the line that is written."""

    def __init__(self, traces: Traces) -> None:
        super().__init__(logging.DEBUG)
        self._traces = traces
        self._line = JsonLines()

    def emit(self, record: logging.LogRecord) -> None:
        self._traces.keep("log lines", self._line.format(record))
        if record.name.startswith(OURS) or record.levelno >= logging.WARNING:
            self._traces.keep("log records", logging.Formatter().format(record))
            self._traces.keep("log records", {k: repr(v) for k, v in vars(record).items()})


def listen(traces: Traces, service: str, aws: Any) -> None:
    def call(params: dict[str, Any], **_: Any) -> None:
        sent = params["body"]
        text = sent.decode("utf-8", "replace") if isinstance(sent, bytes) else spelt(sent)
        traces.keep(f"calls to {service}", f"{params['url']} {dict(params['headers'])} {text}")

    aws.meta.events.register("before-call.*.*", call)


def wiretap(traces: Traces, client: Client) -> None:
    """Keep addresses, headers and cookies of all requests; bodies belong to their senders."""
    ask = client.http.request

    def request(method: str, path: str, **sent: Any) -> Any:
        answer = ask(method, path, **sent)
        traces.keep("addresses", f"{method} {path}")
        for name, value in (sent["headers"] | dict(answer.headers)).items():
            traces.keep("headers", f"{name}: {value}")
            if name.lower() in ("cookie", "set-cookie"):
                for cookie in re.findall(r"=([\w.-]+)", str(value)):
                    traces.keep("cookies, opened", opened(cookie))
        traces.keep("pages", answer.body.decode())
        return answer

    client.http.request = request  # type: ignore[method-assign]


def opened(cookie: str) -> str:
    """Return what a signed value says to whoever decodes it."""
    packed, head = cookie.startswith("."), cookie.lstrip(".").partition(".")[0]
    try:
        raw = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
        return (zlib.decompress(raw) if packed else raw).decode("utf-8", "replace")
    except (ValueError, zlib.error):
        return head


def needles(secrets: Mapping[str, str]) -> dict[str, str]:
    """Return secrets in the spellings in which they could hide."""
    ways: dict[str, Callable[[str], str]] = {
        "": str,
        ", for addresses": quote,
        ", escaped": lambda text: json.dumps(text)[1:-1],
        ", backwards": lambda text: text[::-1],
        ", small": str.lower,
        ", hashed": lambda text: hashlib.sha256(text.encode()).hexdigest(),
        ", hashed weakly": lambda text: hashlib.md5(text.encode()).hexdigest(),
        ", in base 64": lambda text: base64.b64encode(text.encode()).decode().rstrip("=")[:-1],
    }
    return {
        f"{title}{way}": spell(text)
        for title, text in secrets.items()
        for way, spell in ways.items()
    }
