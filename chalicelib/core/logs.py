"""One JSON object a line, with nothing in it that nobody named.

Lambda's own format drops `extra`. Only the fields below are written, and numbers that
look like a phone, a document or a bank card are blanked wherever they turn up; of an
exception, its type and where it was raised, never its words: they may quote a form.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, TextIO

FIELDS: Final = (
    "request_id",
    "number",
    "seq",
    "action",
    "channel",
    "state",
    "attempt",
    "code",
    "kind",
    "error",
    "reason",
    "errcode",
    "operation",
    "reference",
    "receipt",
    "message_id",
    "status",
    "count",
)
_CHARACTERS: Final = 200
_FRAMES: Final = 6
# mainland mobile; resident id (old and new); bank card. Case numbers have 19 digits too,
# so a card is told by what begins one (62… UnionPay) and cases by their own field.
_PRIVATE: Final = re.compile(
    r"(?<![0-9])(?:1[3-9][0-9]{9}|[0-9]{17}[0-9Xx]|[0-9]{15}|62[0-9]{14,17})(?![0-9])"
)
_about: ContextVar[Mapping[str, Any] | None] = ContextVar("about", default=None)


@contextmanager
def about(**fields: Any) -> Iterator[None]:
    """Add fields to every line that is written inside."""
    token = _about.set({**(_about.get() or {}), **fields})
    try:
        yield
    finally:
        _about.reset(token)


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": _scrubbed(record.getMessage()),
        }
        known = {**(_about.get() or {}), **vars(record)}
        line |= {name: _plain(known[name]) for name in FIELDS if name in known}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])[-_FRAMES:]
            line["at"] = [f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in frames]
        # ASCII alone: U+2028 and C1 break lines for some readers, half a pair has no bytes
        return json.dumps(line)


def configure(env: Mapping[str, str], stream: TextIO | None = None) -> None:
    """Write all logs of a function this way; elsewhere logging stays as it is."""
    if "AWS_LAMBDA_FUNCTION_NAME" not in env:
        return
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for ours in ("chalicelib", "mutual_aid"):
        logging.getLogger(ours).setLevel(logging.INFO)


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int) else _scrubbed(str(value))


def _scrubbed(text: str) -> str:
    return _PRIVATE.sub("***", text)[:_CHARACTERS]
