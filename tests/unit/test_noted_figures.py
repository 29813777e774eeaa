"""Figures of tests: what two workers noted is one figure."""

import os
from collections.abc import Iterator

import pytest

from tests import figures


@pytest.fixture
def place() -> Iterator[None]:
    outer = os.environ.pop(figures.PLACE, None)
    figures.begin()
    yield
    figures.end()
    if outer:
        os.environ[figures.PLACE] = outer


def test_numbers_add_up_and_texts_stand(place: None) -> None:
    for name, value in (("points", 3), ("time", "2 s"), ("points", 4), ("share", 0.5)):
        figures.note(name, value)
    assert figures.noted() == {"points": 7, "share": 0.5, "time": "2 s"}


def test_readable() -> None:
    assert [*map(figures.shown, (12345, 0.5, "two"))] == ["12,345", "0.50", "two"]


def test_nothing_is_kept_outside_a_run(place: None) -> None:
    inner = os.environ.pop(figures.PLACE)
    figures.note("points", 1)
    os.environ[figures.PLACE] = inner
    assert figures.noted() == {}
