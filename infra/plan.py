"""Plans as files: read one whole, and say what differs from the one before."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from chalicelib.subsidy.plan import Plan
from infra.errors import InfraError

_KEYS = {"slots": "purpose"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One value of a plan that changes; "" where there is none."""

    field: str
    old: str
    new: str


def load(path: Path) -> Plan:
    """Read a plan; raises InfraError naming every wrong, missing or unknown key."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InfraError(f"{path.name} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InfraError(f"{path.name} is not valid TOML: {error}.") from error
    try:
        return Plan.model_validate(raw)
    except ValidationError as error:
        lines = [f"  {_where(e['loc'])}: {_what(e['type'], e['msg'])}" for e in error.errors()]
        raise InfraError(f"{path.name} needs attention:\n" + "\n".join(lines)) from error


def diff(old: Plan | None, new: Plan) -> tuple[Difference, ...]:
    """Return what a new plan changes, in a plan's order; all of it when it is the first."""
    before = dict(_flat("", old.model_dump(mode="json"))) if old else {}
    after = dict(_flat("", new.model_dump(mode="json")))
    return tuple(
        Difference(field, before.get(field, ""), after.get(field, ""))
        for field in dict.fromkeys([*after, *before])
        if before.get(field, "") != after.get(field, "")
    )


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield every value with its path; named parts by their name, others by their place."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _flat(f"{name}.{key}" if name else key, part)
    elif isinstance(value, Sequence) and value and isinstance(value[0], Mapping):
        names = [str(part.get(_KEYS.get(name, ""), place)) for place, part in enumerate(value, 1)]
        yield name, ", ".join(names)
        for key, part in zip(names, value, strict=True):
            yield from _flat(f"{name}.{key}", part)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield name, ", ".join(_text(part) for part in value)
    else:
        yield name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " to ".join(_text(part) for part in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _where(loc: tuple[int | str, ...]) -> str:
    """Name a place as people count: the second tier is tiers.2."""
    parts = (str(part + 1) if isinstance(part, int) else part for part in loc)
    return ".".join(parts) or "the whole plan"


def _what(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "is not part of a plan (a spelling mistake?)"
    return message.removeprefix("Value error, ")
