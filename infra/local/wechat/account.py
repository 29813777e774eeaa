"""The official account whose secrets the deploy wrote, read again whenever the file changes."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from infra.local.wechat.errors import Refusal

ACCOUNT_NAME = "广西职工保障互助协会"


class Account(BaseModel):
    """What WeChat and the product share: the developer credentials of one account."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    app_id: str
    app_secret: str
    token: str
    aes_key: str

    @cached_property
    def original_id(self) -> str:
        """The account's 原始 ID, the ToUserName of every push."""
        return "gh_" + hashlib.sha256(self.app_id.encode()).hexdigest()[:12]

    def crypto(self) -> Any:
        """Return wechatpy's message crypto for this account, the same class the product uses."""
        from wechatpy.crypto import WeChatCrypto

        return WeChatCrypto(self.token, self.aes_key, self.app_id)


class AccountFile:
    """Reads the account lazily: the simulators may be up before the first deploy."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._account: Account | None = None

    def current(self) -> Account | None:
        """The account, or None while no deploy has written a complete file."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return None
        seen = (stat.st_mtime_ns, stat.st_size)
        if seen != self._seen:
            self._account = self._read()
            self._seen = seen
        return self._account

    def required(self) -> Account:
        """The account; WeChat's system error -1 when there is none yet."""
        account = self.current()
        if account is None:
            raise Refusal(-1, "system error: no official account has been deployed yet")
        return account

    def _read(self) -> Account | None:
        try:
            return Account.model_validate_json(self._path.read_bytes())
        except ValidationError:
            return None
