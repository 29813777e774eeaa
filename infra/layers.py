"""Which requirements travel beside the package, and with which functions (decision 0040)."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Layer:
    """Requirements of few functions: the others do not carry them through every cold start.

    `name` is the logical name of its resource, `requirements` are names in requirements.txt,
    each with what it alone needs, `handlers` are those of the functions in app.py.
    """

    name: str
    requirements: frozenset[str]
    handlers: frozenset[str]

    @property
    def slug(self) -> str:
        """Its name in file names and for people."""
        return self.name.lower()

    @property
    def parameter(self) -> str:
        """The parameter of the app stack that takes the key of its zip."""
        return f"{self.name}Key"


LAYERS: Final = (
    # Who decodes pictures.
    Layer("Pictures", frozenset({"pillow"}), frozenset({"app.document_worker"})),
    # Who writes spreadsheets and edits articles.
    Layer(
        "Office",
        frozenset({"xlsxwriter", "markdown-it-py", "mdurl", "nh3"}),
        frozenset({"app.app", "app.payout_worker"}),
    ),
)


def of_handler(handler: str) -> list[Layer]:
    """Return the layers of a function, in the order in which they are laid over one another."""
    return [layer for layer in LAYERS if handler in layer.handlers]
