"""Access tokens, OAuth codes and the JS-SDK ticket, with WeChat's life-times and refusals."""

from __future__ import annotations

from pydantic import BaseModel, Field

from infra.local.wechat.account import Account
from infra.local.wechat.errors import Refusal
from infra.local.wechat.files import Saved
from infra.local.wechat.state import Clock, Random

TOKEN_SECONDS = 7200
RENEW_BEFORE = 300  # WeChat renews 5 minutes early; old and new are both good until then
FORCE_GAP, FORCE_PER_DAY = 30, 20
CODE_SECONDS = 300


class Issued(BaseModel):
    """A token or ticket and the second at which it ends."""

    value: str
    expires_at: float


class Code(BaseModel):
    """An OAuth code: whose it is and whether it was spent."""

    value: str
    openid: str
    expires_at: float
    snapshot: bool = False
    used: bool = False


class Ledger(BaseModel):
    """The file's content."""

    tokens: list[Issued] = Field(default_factory=list)
    forced: list[float] = Field(default_factory=list)
    codes: list[Code] = Field(default_factory=list)
    ticket: Issued | None = None


class Credentials:
    """Issues and checks them. Source: WeChat's 获取稳定版接口调用凭据 and 网页授权."""

    def __init__(self, file: Saved[Ledger], clock: Clock, random: Random) -> None:
        self._file = file
        self._clock = clock
        self._random = random

    def stable_token(self, *, force: bool) -> Issued:
        """The token in force, a fresh one near its end, or a new one by force.

        Raises Refusal 45011 (forced within 30 s) and 45009 (forced 20 times in a day).
        """
        now, ledger = self._clock(), self._file.value
        ledger.tokens = [t for t in ledger.tokens if t.expires_at > now]
        if force:
            self._count_force(now)
            ledger.tokens = []
        if not ledger.tokens or ledger.tokens[-1].expires_at - RENEW_BEFORE <= now:
            ledger.tokens.append(Issued(value=self._new(136), expires_at=now + TOKEN_SECONDS))
        self._file.save()
        return ledger.tokens[-1]

    def _count_force(self, now: float) -> None:
        ledger = self._file.value
        ledger.forced = [at for at in ledger.forced if at > now - 86400]
        if ledger.forced and now - ledger.forced[-1] < FORCE_GAP:
            raise Refusal(45011, "api minute-quota reach limit, must slower, retry next minute")
        if len(ledger.forced) >= FORCE_PER_DAY:
            raise Refusal(45009, "reach max api daily quota limit")
        ledger.forced.append(now)

    def check_token(self, value: str | None) -> None:
        """Raise Refusal 41001 (missing) or 40001 (unknown or ended) for a bad token."""
        if not value:
            raise Refusal(41001, "access_token missing")
        now = self._clock()
        if not any(t.value == value and t.expires_at > now for t in self._file.value.tokens):
            raise Refusal(40001, "invalid credential, access_token is invalid or not latest")

    def expire_tokens(self) -> None:
        """End every access token at once (a control of the tests)."""
        self._file.value.tokens = []
        self._file.save()

    def issue_code(self, openid: str, *, snapshot: bool) -> str:
        """A single-use OAuth code for a person, good for five minutes."""
        now, ledger = self._clock(), self._file.value
        ledger.codes = [c for c in ledger.codes if c.expires_at > now]
        code = Code(
            value=self._new(32), openid=openid, expires_at=now + CODE_SECONDS, snapshot=snapshot
        )
        ledger.codes.append(code)
        self._file.save()
        return code.value

    def spend_code(self, value: str) -> Code:
        """The person behind a code, once: 40163 the second time, 40029 unknown or ended."""
        now = self._clock()
        found = next((c for c in self._file.value.codes if c.value == value), None)
        if found is None or found.expires_at <= now:
            raise Refusal(40029, "invalid code")
        if found.used:
            raise Refusal(40163, "code been used")
        found.used = True
        self._file.save()
        return found

    def ticket(self) -> Issued:
        """The jsapi_ticket in force."""
        now, ledger = self._clock(), self._file.value
        if ledger.ticket is None or ledger.ticket.expires_at <= now:
            ledger.ticket = Issued(value=self._new(86), expires_at=now + TOKEN_SECONDS)
            self._file.save()
        return ledger.ticket

    def _new(self, length: int) -> str:
        text = ""
        while len(text) < length:
            text += self._random()
        return text[:length]


def check_secret(account: Account, app_id: str | None, secret: str | None) -> None:
    """Raise Refusal 41002/40013 for the appid, 41004/40125 for the secret."""
    if not app_id:
        raise Refusal(41002, "appid missing")
    if app_id != account.app_id:
        raise Refusal(40013, "invalid appid")
    if not secret:
        raise Refusal(41004, "appsecret missing")
    if secret != account.app_secret:
        raise Refusal(40125, "invalid appsecret, view more at http://t.cn/RAEkdVq")
