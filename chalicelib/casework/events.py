"""What happened to a case, as it travels: ids and state names, nothing personal."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

_NUMBER: Final = re.compile(r"[0-9]{1,20}")
_NAME: Final = re.compile(r"[a-z0-9_]{1,40}")


class UnreadableError(ValueError):
    """Not an event of ours; the text is not quoted."""


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One step of a case."""

    kind: str
    number: str
    seq: int
    action: str
    from_state: str
    to_state: str
    at: datetime


def read_event(text: Any) -> CaseEvent:
    """Read the body that casework put into the outbox; raises UnreadableError."""
    try:
        body = json.loads(text)
        at = datetime.fromisoformat(body["at"])
        event = CaseEvent(
            kind=_matching(_NAME, body["kind"]),
            number=_matching(_NUMBER, body["number"]),
            seq=body["seq"],
            action=_matching(_NAME, body["action"]),
            from_state=_matching(_NAME, body["from"]),
            to_state=_matching(_NAME, body["to"]),
            at=at.astimezone(UTC),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableError from error
    if type(event.seq) is not int or event.seq < 1 or at.tzinfo is None:
        raise UnreadableError
    return event


def _matching(shape: re.Pattern[str], value: Any) -> str:
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise UnreadableError
    return value
