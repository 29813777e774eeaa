"""One request, as handlers see it: parsed, bounded, with its person."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

from chalice.app import Request

from chalicelib.core.errors import NotAllowed, Refused
from chalicelib.web.session import Session, Signer, cookie_name, read_cookies
from chalicelib.world import World

if TYPE_CHECKING:
    from chalicelib.store.members import BindingItem, MemberItem, MemberRecord
    from chalicelib.store.tables import Item, Key
    from chalicelib.web.staff import SignedIn, StaffPerson

Also = Callable[[Mapping[str, str], str], Sequence["Key"]]
"""What else a door reads of an employee: (parameters of the path, member id) → keys."""

STAFF_PATH = "/staff"
"""Below it stand the pages of staff, who have a session of their own."""

FORM_BYTES = 64 * 1024
STAFF_FORM_BYTES = 256 * 1024
"""An article has 20,000 characters, nine bytes each in a form."""
_FORM_FIELDS = 60
_PLANES = "".join(
    f"{chr(plane)}-{chr(plane + 0xFFFD)}" for plane in range(1 << 16, 17 << 16, 1 << 16)
)
_UNWRITABLE = re.compile(f"[^\t\n\r -~\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd{_PLANES}]")
"""Characters that no page may hold: control characters, noncharacters, halves of a pair."""


def written(text: str) -> str:
    """Return what is left of a text from outside when it stands on a page."""
    return _UNWRITABLE.sub("", text)


@dataclass(frozen=True, slots=True)
class Member:
    """The employee this browser is signed in as, verified on this request."""

    binding: "BindingItem"
    profile: "MemberItem"
    record: "MemberRecord"
    unread: int = 0


class Visit:
    """A request to a page or a form."""

    def __init__(self, world: World, request: Request) -> None:
        self.world = world
        # the gateway gives the route's pattern, its parameters apart
        self.params = {name: written(value) for name, value in (request.uri_params or {}).items()}
        quoted = {name: quote(value) for name, value in self.params.items()}
        self.path: str = request.path.format(**quoted)
        self.method: str = request.method
        self._request = request
        self._also: Also | None = None
        self.found: dict[Key, Item] = {}
        """What a door asked to have read with the employee's session."""

    @property
    def here(self) -> str:
        """The address to come back to after signing in: path and query."""
        query = urlencode(self.query)
        return f"{self.path}?{query}" if query else self.path

    @cached_property
    def query(self) -> dict[str, str]:
        """Query parameters; the first of each name."""
        query: Mapping[str, str] = self._request.query_params or {}
        return {name: written(value) for name, value in query.items()}

    @cached_property
    def form(self) -> dict[str, str]:
        """Fields of a urlencoded body, trimmed; the first of each name.

        Raises Refused when the body is too large or not a form.
        """
        return {name: value.strip() for name, value in reversed(self._pairs)}

    def every(self, name: str) -> tuple[str, ...]:
        """Return all values of a field that a form may send several times."""
        return tuple(value.strip() for field, value in self._pairs if field == name)

    @cached_property
    def _pairs(self) -> list[tuple[str, str]]:
        raw = self._request.raw_body or b""
        body = raw.encode() if isinstance(raw, str) else raw
        most = STAFF_FORM_BYTES if self.path.startswith(STAFF_PATH) else FORM_BYTES
        if len(body) > most:
            raise Refused("提交的内容过长，请删减后再试。")
        try:
            pairs = parse_qsl(
                body.decode("utf-8"), keep_blank_values=True, max_num_fields=_FORM_FIELDS
            )
        except ValueError as error:
            raise Refused("提交的内容无法识别，请返回上一页重新填写。") from error
        return [(name, written(value)) for name, value in pairs]

    @cached_property
    def cookies(self) -> dict[str, str]:
        """Cookies of the browser."""
        return read_cookies(self._request.headers)

    @property
    def wants_json(self) -> bool:
        """Whether a script of ours asked, not the browser itself."""
        return "application/json" in self._request.headers.get("accept", "")

    @property
    def request_id(self) -> str:
        """The gateway's name of this request, for logs."""
        return str((self._request.context or {}).get("requestId", ""))

    @property
    def ip(self) -> str:
        """The address the gateway saw."""
        identity = (self._request.context or {}).get("identity") or {}
        return str(identity.get("sourceIp") or "unknown")

    @cached_property
    def signer(self) -> Signer:
        """Signs cookies and form tokens."""
        return Signer(self.world.vault, self.world.clock)

    @cached_property
    def session(self) -> Session | None:
        """The WeChat user of this browser, if we know."""
        value = self.cookies.get(cookie_name(self.world.settings, "sid"))
        return self.signer.read_session(value) if value else None

    @property
    def visitor(self) -> Session:
        """The session, where a guard made sure of it."""
        if self.session is None:
            raise NotAllowed
        return self.session

    @cached_property
    def member(self) -> Member | None:
        """The employee, read and compared with the binding: one round trip."""
        session = self.session
        if session is None or session.member_id is None:
            return None
        members = self.world.members
        also = self._also(self.params, session.member_id) if self._also else ()
        binding, profile, unread, found = members.session(session.openid, session.member_id, also)
        if binding is None or profile is None:
            return None
        bound_as = (binding.member_id, binding.binding_id)
        if bound_as != (session.member_id, session.binding_id):
            return None
        self.found = found
        return Member(binding, profile, members.open(profile), unread)

    def read_along(self, also: Also) -> None:
        """Have more items read together with the session (`found`): no trip of their own."""
        self._also = also

    @property
    def person(self) -> Member:
        """The employee, where a guard made sure of it."""
        if self.member is None:
            raise NotAllowed
        return self.member

    @cached_property
    def staff_token(self) -> str:
        """The secret that a staff browser holds, "" when there is none."""
        return self.cookies.get(cookie_name(self.world.settings, "staff"), "")

    @cached_property
    def signed_in(self) -> "SignedIn | None":
        """The staff session of this browser, verified on this request: one round trip."""
        from chalicelib.web import staff

        return staff.read(self) if self.staff_token else None

    @property
    def staff_session(self) -> "SignedIn":
        """The staff session, where a guard made sure of it."""
        if self.signed_in is None:
            raise NotAllowed
        return self.signed_in

    @property
    def staff(self) -> "StaffPerson":
        """The person of staff, where a guard made sure of it."""
        return self.staff_session.person

    @property
    def care(self) -> bool:
        """Whether this browser chose 大字版."""
        return self.cookies.get(cookie_name(self.world.settings, "care")) == "1"

    def form_token(self, path: str) -> str:
        """Return a fresh token for the forms at `path`; empty before anyone is known."""
        subject = self._subject(path)
        return self.signer.form_token(subject, path, self.world.ids.token()) if subject else ""

    def operation(self, path: str) -> str:
        """Return the operation id of the submitted form; raises Refused when forged or old."""
        subject = self._subject(path)
        token = self.form.get("token", "")
        operation = self.signer.read_form_token(subject, path, token) if subject else None
        if operation is None:
            raise Refused("页面已过期，请刷新后重新提交。")
        return operation

    def _subject(self, path: str) -> str:
        """Whose forms stand at a path: a staff browser's, or a WeChat user's."""
        if path.startswith(STAFF_PATH):
            return digest(self.staff_token) if self.staff_token else ""
        return self.session.openid if self.session else ""


def digest(token: str) -> str:
    """Return what we keep of a secret that a browser holds."""
    return hashlib.sha256(token.encode()).hexdigest()
