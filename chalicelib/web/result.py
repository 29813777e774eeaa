"""The page at the end of an action: what became of it, and where to go from there."""

from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.web.answers import Page


class Action(NamedTuple):
    """A button that leads somewhere; kind is primary or default."""

    label: str
    href: str
    kind: str = "default"


@dataclass(frozen=True, slots=True)
class ResultView:
    """The end of an action; mark is success, info or waiting."""

    title: str
    text: str
    actions: tuple[Action, ...]
    mark: str = "success"


def result(
    title: str, text: str, *actions: Action, mark: str = "success", status: int = 200
) -> Page:
    """Return the page."""
    return Page("web/result.html", ResultView(title, text, actions, mark), status)
