"""The head of every page of the console, and how a room gets its tab there.

A room says once where it stands, in its module of routes, and app.py makes it known:

    TABS = (Tab("打款", "/staff/payouts", frozenset({Role.FINANCE})),)      # the room
    for tab in (*desk_tabs, *payout_tabs):                                  # app.py
        register_tab(tab)

Each view of a page has `bar=bar(person, "/staff/payouts")`, its template extends
"web/staff_layout.html", and its markup comes from "web/staff_macros.html". Tabs stand in the
order in which they were made known.
"""

from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.casework.machine import Role
from chalicelib.web.staff import StaffPerson


class Link(NamedTuple):
    """Somewhere to go; `here` when this is the page."""

    label: str
    href: str
    here: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of the console, and the roles that see it; `finds` where they may open cases."""

    label: str
    href: str
    roles: frozenset[Role]
    finds: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """The head of every page: who is signed in, and what they may open."""

    name: str
    account: str
    roles: str
    links: tuple[Link, ...]
    finds: bool


_TABS: dict[str, Tab] = {}


def register_tab(tab: Tab) -> None:
    """Make a tab known; the same address twice must be the same tab."""
    if _TABS.setdefault(tab.href, tab) != tab:
        raise ValueError(f"another tab leads to {tab.href}")


def bar(person: StaffPerson, here: str = "") -> Bar:
    """Return the head for a person on the tab whose address is `here`."""
    tabs = [tab for tab in _TABS.values() if tab.roles & person.roles]
    return Bar(
        name=person.name,
        account=person.account,
        roles="、".join(role.label for role in Role if role in person.roles),
        links=tuple(Link(tab.label, tab.href, tab.href == here) for tab in tabs),
        finds=any(tab.finds for tab in tabs),
    )
