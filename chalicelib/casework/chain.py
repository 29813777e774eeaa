"""The hash chain: each event carries the hash of the one before, so history cannot be edited."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from chalicelib.casework.case import Event


def canonical(value: Any) -> str:
    """Return the one JSON spelling of a value that hashes are made over."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def data_digest(data: Mapping[str, Any], documents: Iterable[str]) -> str:
    """Return the digest of what a case holds, as stored (sealed where sensitive)."""
    return hashlib.sha256(canonical([dict(data), list(documents)]).encode()).hexdigest()


def link(event: Event, previous: str) -> Event:
    """Return the event chained to the one before ("" for the first)."""
    chained = replace(event, previous=previous, hash="")
    return replace(chained, hash=_hash(chained))


def broken_at(events: Iterable[Event]) -> int | None:
    """Return the sequence number where a history stops being true, None when it is whole."""
    previous = ""
    for expected, event in enumerate(events, start=1):
        whole = event.seq == expected and event.previous == previous
        if not whole or event.hash != _hash(replace(event, hash="")):
            return expected
        previous = event.hash
    return None


def _hash(event: Event) -> str:
    return hashlib.sha256(canonical(asdict(event)).encode()).hexdigest()
