"""Who of the staff is looking: a session that the server keeps and can end.

The cookie names the account beside its secret, so that session and account are read
together. A session ends when it was idle, at its absolute end, at logout, and with every
change of the account's epoch (disabled, new password, new authenticator).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from chalicelib.casework.machine import Role
from chalicelib.core.errors import NotAllowed
from chalicelib.web.answers import Answer, SeeOther
from chalicelib.web.session import set_cookie
from chalicelib.web.visit import Visit, digest

if TYPE_CHECKING:
    from chalicelib.store.staff import SessionItem, StaffItem

LOGIN = "/staff/login"
SETUP = "/staff/setup"
IDLE_SECONDS = 30 * 60
ABSOLUTE_SECONDS = 12 * 3600
TOUCH_SECONDS = 60
_DOT = "."
_LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class StaffPerson:
    """A member of staff, as handlers see them."""

    account: str
    name: str
    roles: frozenset[Role]
    prefectures: frozenset[str]
    member_id: str
    """Their own employee record, "" when they have none: nobody decides their own case."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person with the session and the account that this request verified."""

    person: StaffPerson
    session: "SessionItem"
    item: "StaffItem"


def read(visit: Visit) -> SignedIn | None:
    """Return who this browser is signed in as; None when the session is over."""
    secret, _, account = visit.staff_token.partition(_DOT)
    if not secret or not account or len(visit.staff_token) > _LONGEST_TOKEN:
        return None
    store = visit.world.staff
    session, item = store.session(digest(visit.staff_token), account)
    now = int(visit.world.clock.now().timestamp())
    if session is None or item is None or session.account != account:
        return None
    if item.disabled or session.epoch != item.epoch or session.expires_at <= now:
        return None
    if now - session.seen >= TOUCH_SECONDS:
        ends = min(now + IDLE_SECONDS, int(session.began) + ABSOLUTE_SECONDS)
        if not store.touch(session, seen=now, expires_at=ends):
            return None
    return SignedIn(_person(visit, item), session, item)


def begin(visit: Visit, account: str) -> tuple[str, str]:
    """Make the secret of a new session; returns its digest and the Set-Cookie header."""
    token = f"{visit.world.ids.token()}{_DOT}{account}"
    return digest(token), cookie(visit, token)


def cookie(visit: Visit, token: str) -> str:
    """Return the Set-Cookie header of a staff browser."""
    return set_cookie(visit.world.settings, "staff", token, ABSOLUTE_SECONDS)


def turned_away(visit: Visit, roles: frozenset[Role], *, setting_up: bool) -> Answer | None:
    """Return where staff have to go first; raises NotAllowed for a missing role."""
    signed_in = visit.signed_in
    if signed_in is None and visit.wants_json:
        raise NotAllowed("登录已过期，请刷新页面后重新登录。")
    if signed_in is None:
        back = f"?{urlencode({'to': visit.here})}" if visit.method == "GET" else ""
        return SeeOther(LOGIN + back)
    if signed_in.session.setting_up != setting_up:
        return SeeOther(SETUP if signed_in.session.setting_up else "/staff")
    if roles and not roles & signed_in.person.roles:
        raise NotAllowed
    return None


def _person(visit: Visit, item: "StaffItem") -> StaffPerson:
    return StaffPerson(
        account=item.sk,
        name=visit.world.staff.name(item),
        roles=frozenset(Role(role) for role in item.roles),
        prefectures=frozenset(item.prefectures or ()),
        member_id=item.member_id or "",
    )
