"""Which kinds of case there are, by name: a kind's tables are read when it is first asked for.

Every container imports app.py, and most requests touch no case; a kind's states, rules and all
that casework says of them would be a tenth of a cold start.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.casework.entitlement import Source
    from chalicelib.casework.kind import Kind

LOADERS: "dict[str, Callable[[], Kind]]" = {}
"""How kinds are had, in the order in which staff see them (read by casework/kind.py alone)."""
ENTITLEMENTS: "list[Callable[[], Source]]" = []
"""How the one who says entitlements is had (read by casework/entitlement.py alone)."""


def announce(name: str, load: "Callable[[], Kind]") -> None:
    """Make known how a kind is had."""
    LOADERS[name] = load


def announce_entitlement(load: "Callable[[], Source]") -> None:
    """Make known how entitlements are said; there is one way."""
    ENTITLEMENTS[:] = [load]
