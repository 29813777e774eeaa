"""Who is looking: a signed cookie that ends with the binding it names.

The cookie says which WeChat user this browser belongs to, and which employee and
binding it was signed in as. Every page of an employee reads that binding anyway,
so unbinding ends all cookies at once. Form tokens are signed with a key of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer
from itsdangerous.timed import TimestampSigner

from chalicelib.core.clock import Clock
from chalicelib.core.settings import Settings
from chalicelib.store.vault import Vault

SESSION_DAYS = 30
FORM_HOURS = 12
_SKEW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Session:
    """A WeChat user, and who they were bound as when the cookie was made."""

    openid: str
    member_id: str | None = None
    binding_id: str | None = None


class Signer:
    """Signs cookies and form tokens with keys from the vault, at the time of our clock."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    def session_cookie(self, session: Session) -> str:
        """Return the cookie's value."""
        parts = [session.openid, session.member_id, session.binding_id]
        return str(self._serializer("session").dumps(parts))

    def read_session(self, value: str) -> Session | None:
        """Return the session of a cookie; None when forged, damaged or expired."""
        try:
            parts = self._loads("session", value, _seconds(days=SESSION_DAYS))
        except BadSignature:
            return None
        return Session(*parts)

    def form_token(self, subject: str, path: str, operation: str) -> str:
        """Return a token that lets a subject submit the forms of one page once.

        A subject is a WeChat user's openid, or the digest of a staff browser's cookie.
        """
        return str(self._serializer("form").dumps([subject, path, operation]))

    def read_form_token(self, subject: str, path: str, value: str) -> str | None:
        """Return the operation id of a good token, else None."""
        try:
            parts = self._loads("form", value, _seconds(hours=FORM_HOURS))
        except BadSignature:
            return None
        return str(parts[2]) if parts[:2] == [subject, path] else None

    def _loads(self, purpose: str, value: str, seconds: int) -> list[str]:
        # read a minute ahead: what another container's clock dated "later" is no forgery
        ahead = self._serializer(purpose, ahead=_SKEW_SECONDS)
        parts: list[str] = ahead.loads(value, max_age=seconds + _SKEW_SECONDS)
        return parts

    def _serializer(self, purpose: str, *, ahead: int = 0) -> URLSafeTimedSerializer:
        key = self._vault.signing_key(purpose)
        now = int(self._clock.now().timestamp()) + ahead
        return URLSafeTimedSerializer(key, salt=purpose, signer=_At, signer_kwargs={"now": now})


class _At(TimestampSigner):
    """Signs and reads at the time that it is told."""

    def __init__(self, *args: Any, now: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now

    def get_timestamp(self) -> int:
        return self._now


def cookie_name(settings: Settings, name: str) -> str:
    """Return a cookie's name; __Host- binds it to this host and to https."""
    return f"__Host-{name}" if settings.secure else name


def set_cookie(settings: Settings, name: str, value: str, max_age: int) -> str:
    """Return a Set-Cookie header. Lax: the way back from WeChat is a cross-site GET."""
    secure = "; Secure" if settings.secure else ""
    head = f"{cookie_name(settings, name)}={value}; Max-Age={max_age}; Path=/"
    return f"{head}; HttpOnly; SameSite=Lax{secure}"


def read_cookies(headers: Mapping[str, str]) -> dict[str, str]:
    """Parse the Cookie header; the first of each name, what is no pair is left out.

    Not http.cookies: one foreign cookie that it dislikes hides all the others.
    """
    pairs = (part.partition("=") for part in headers.get("cookie", "").split(";"))
    return {
        name.strip(): value.strip() for name, sign, value in reversed([*pairs]) if sign and name
    }


def _seconds(*, days: int = 0, hours: int = 0) -> int:
    return int(timedelta(days=days, hours=hours).total_seconds())


def session_max_age() -> int:
    """Return the seconds a session cookie lives."""
    return _seconds(days=SESSION_DAYS)
