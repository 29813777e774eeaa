"""People before the faults, and how they press, again if need be."""

import dataclasses
from collections.abc import Callable
from typing import Any

from chalicelib.casework.case import Case
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework
from chalicelib.core.identity import DocType
from chalicelib.store import digests, keys
from chalicelib.store.members import BindingItem
from chalicelib.store.roster import RosterEntry
from tests.fakes.desk import Desk, hire
from tests.fakes.people import LI, THIS_YEAR
from tests.fakes.phone import Phone, Seen
from tests.faults.telling import Act, Telling
from tests.flows import binding, claiming
from tests.flows.content import form_of

STAFF = {
    "anna": (Role.FIRST_REVIEWER,),
    "bob": (Role.SECOND_REVIEWER, Role.SENIOR_REVIEWER),
    "erin": (Role.EDITOR,),
    "fay": (Role.FINANCE,),
}
ME = "openid-one"
Typed = Callable[[Telling], dict[str, Any]]


@dataclasses.dataclass(frozen=True)
class Story:
    """Acts in order, and what must stand before the first."""

    name: str
    prepare: Callable[[Telling], None]
    acts: tuple[Act, ...]


# ---- people ----


def phone(t: Telling, openid: str = ME) -> Phone:
    if openid not in t.people:
        t.people[openid] = Phone(t.client, t.stage, openid)
    return t.people[openid]


def desk(t: Telling, account: str) -> Desk:
    if account not in t.people:
        hire(t.stage, account, *STAFF[account])
        made = Desk(t.client, t.stage)
        assert made.login(account).url == "/staff"
        t.people[account] = made
    return t.people[account]  # type: ignore[return-value]


def enrolled(t: Telling) -> None:
    digest = digests.document(t.warm().vault, DocType(LI.doc_type), LI.doc_number)
    entry = RosterEntry(LI, (THIS_YEAR,), digest, "content-1")
    t.facts["me"] = t.stage.world.roster.save_roster([entry])[0].member_id


def bound(t: Telling) -> None:
    enrolled(t)
    assert binding.bind(phone(t), t.stage).url == "/bind/done"


def officed(t: Telling) -> None:
    bound(t)
    claiming.publish(t.stage)
    for account in STAFF:
        desk(t, account)


def is_bound(t: Telling) -> bool:
    return any(BindingItem.query(keys.wechat(ME), BindingItem.sk == keys.BINDING))


# ---- pressing ----


def opened(who: Phone, path: str) -> Seen:
    """Open a page; 410 when another one came, with nothing to press there."""
    seen = who.open(path)
    if seen.status < 400 and seen.url.partition("?")[0] != path.partition("?")[0]:
        return dataclasses.replace(seen, status=410)
    return seen


def press(page: str, typed: Typed | None = None, action: str = "", who: str = ME) -> Any:
    """Open a page once, and send its form; again, if need be, with the same token."""

    def do(t: Telling) -> Seen:
        here = page.format(**t.facts)
        there = (action or page).format(**t.facts)
        if "form" not in t.memo:
            seen = opened(t.people[who], here)
            if seen.status >= 400:
                return seen
            form = form_of(seen) if here.startswith("/staff/content") else seen.form(there)
            t.memo["form"] = form | (typed(t) if typed else {})
        return t.people[who].post(there, t.memo["form"])

    return do


# ---- cases ----


def newest(t: Telling, kind: str) -> Case | None:
    found = Casework(t.warm()).owned(t.facts["me"], kind)
    return found[0] if found else None


def stands(kind: str, state: str) -> Callable[[Telling], bool]:
    def done(t: Telling) -> bool:
        case = newest(t, kind)
        return case is not None and case.state == state

    return done


def remember(kind: str) -> Act:
    def do(t: Telling) -> None:
        case = newest(t, kind)
        assert case is not None
        t.facts["number"] = case.number

    return Act("remember", do, faults=False)


def decide(account: str, action: str, **fields: str) -> Callable[[Telling], Seen]:
    """Look, choose, read the question, say yes; again: say yes again."""

    def do(t: Telling) -> Seen:
        here, number = t.people[account], t.facts["number"]
        if "sure" not in t.memo:
            page = here.open(f"/staff/cases/{number}")
            if page.status >= 500:
                return page
            assert isinstance(here, Desk)
            path = f"/staff/cases/{number}/confirm"
            try:
                asked = here.press(page, path, action=action, **fields)
            except AssertionError:  # the button is gone: it was decided
                return dataclasses.replace(page, status=409)
            if f"/staff/cases/{number}/decide" not in asked.body:
                return asked if asked.status >= 400 else dataclasses.replace(asked, status=409)
            t.memo["sure"] = asked.form(f"/staff/cases/{number}/decide")
        return here.post(f"/staff/cases/{number}/decide", t.memo["sure"])

    return do


def review(account: str, action: str, kind: str, state: str, **fields: str) -> Act:
    name = f"{action} by {account}"
    return Act(name, decide(account, action, **fields), stands(kind, state))
