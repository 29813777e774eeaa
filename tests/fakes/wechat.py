"""WeChat in memory: the gateway's methods, and a token store of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from chalicelib.core.errors import AppError
from chalicelib.gateways.wechat import OAuthCodeUsed


@dataclass
class MemoryTokens:
    """A TokenStore that forgets nothing by itself and counts what it is asked."""

    values: dict[str, str] = field(default_factory=dict)
    ttls: dict[str, int] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)

    def get(self, key: str) -> str | None:
        return self.values.get(key)

    def set(self, key: str, value: str, ttl_seconds: int) -> None:
        self.values[key] = value
        self.ttls[key] = ttl_seconds

    def delete(self, key: str) -> None:
        self.values.pop(key, None)
        self.deleted.append(key)


@dataclass
class FakeWeChat:
    """Signs in whoever holds a code of `codes`, once each; keeps menu and messages."""

    codes: dict[str, str] = field(default_factory=dict)
    failures: list[AppError] = field(default_factory=list)
    menu: dict[str, Any] | None = None
    templates: list[dict[str, Any]] = field(default_factory=list)

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        return (
            f"https://open.test/authorize?redirect_uri={quote(redirect_uri, safe='')}&state={state}"
        )

    def openid_for(self, code: str) -> str:
        self._fail()
        try:
            return self.codes.pop(code)
        except KeyError:
            raise OAuthCodeUsed from None

    def get_menu(self) -> dict[str, Any] | None:
        self._fail()
        return self.menu

    def push_menu(self, menu: Mapping[str, Any]) -> None:
        self._fail()
        self.menu = dict(menu)

    def send_template(
        self, openid: str, template: str, fields: Mapping[str, str], *, url: str, reference: str
    ) -> str:
        self._fail()
        self.templates.append(
            {
                "openid": openid,
                "template": template,
                "fields": dict(fields),
                "url": url,
                "reference": reference,
            }
        )
        return str(len(self.templates))

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)
