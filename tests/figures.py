"""Figures that tests found out, printed together when all have run.

`note("fault points", 812)` in a test; numbers noted twice under one name are added up, whichever
worker ran them. Texts are kept as they are.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

PLACE = "FIGURES_PLACE"
"""Where the workers of one run leave what they noted; the controller says it to them."""


def note(name: str, value: float | str) -> None:
    """Keep a figure for the summary; outside a pytest run it is dropped."""
    place = os.environ.get(PLACE)
    if place:
        with Path(place, f"{os.getpid()}.jsonl").open("a") as file:
            file.write(json.dumps([name, value], ensure_ascii=False) + "\n")


def begin() -> None:
    """Make the place, unless a controller has made it."""
    os.environ.setdefault(PLACE, mkdtemp(prefix="figures-"))


def noted() -> dict[str, float | str]:
    """Return every figure by its name, in the order of the names."""
    found: dict[str, float | str] = {}
    for name, value in _lines():
        before = found.get(name)
        both = isinstance(value, int | float) and isinstance(before, int | float)
        found[name] = before + value if both else value  # type: ignore[operator]
    return dict(sorted(found.items()))


def end() -> None:
    """Forget the place and what is in it."""
    place = Path(os.environ.pop(PLACE))
    for file in place.iterdir():
        file.unlink()
    place.rmdir()


def _lines() -> Iterator[tuple[str, float | str]]:
    for file in sorted(Path(os.environ[PLACE]).iterdir()):
        for line in file.read_text().splitlines():
            name, value = json.loads(line)
            yield name, value


def shown(value: float | str) -> str:
    """Write a figure as people read it."""
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
