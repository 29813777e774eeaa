"""WeChat's server-side API behind one thin class (decision 0018).

No token, URL or secret ever leaves through an exception: errors of the library are
translated here, at the call, into the few kinds a caller can act on.
"""

import logging
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote

from chalicelib.core.errors import AppError, Broken, Refused, Unavailable
from chalicelib.core.settings import Settings
from chalicelib.gateways.transport import never_connected

if TYPE_CHECKING:
    from chalicelib.gateways.wechatpy_client import StableTokenClient, TimedOAuth

_log = logging.getLogger(__name__)

# developers.weixin.qq.com, 全局返回码
_BAD_TOKEN: Final = frozenset({40001, 40014, 42001})
_BUSY: Final = frozenset({-1, 45009, 45011, 50002})
_BAD_CODE: Final = frozenset({40029, 40163, 41008, 42003})
_NOT_WHITELISTED: Final = 40164
_NO_MENU: Final = 46003

# Seconds to connect and to wait for an answer; two calls fit into a page's time.
Timeout = tuple[float, float]
TIMEOUT: Final[Timeout] = (2, 3)

_STATE: Final = re.compile(r"[A-Za-z0-9]{1,128}")
_CODE: Final = re.compile(r"[\x21-\x7e]{1,512}")
_URL: Final = re.compile(r"https?://\S+")
_TOKEN_LIKE: Final = re.compile(r"[A-Za-z0-9_-]{32,}")
_DETAIL_CHARACTERS: Final = 200


class WeChatUnavailable(Unavailable):
    """No answer, a broken one, or 「系统繁忙」: the same call may succeed later.

    `uncertain`: the call may have had its effect, the answer got lost.
    """

    def __init__(self, *, uncertain: bool = False) -> None:
        super().__init__()
        self.uncertain = uncertain


class WeChatRefused(Broken):
    """WeChat understood and said no; `errcode` is its code, `detail` its words for ops."""

    def __init__(self, errcode: int, detail: str = "") -> None:
        super().__init__(f"微信没有接受这个请求（错误码 {errcode}），我们会尽快处理。")
        self.errcode = errcode
        self.detail = detail


class WeChatNotWhitelisted(WeChatRefused):
    """40164: our egress address is not in the account's IP list. Raises an alarm."""


class OAuthCodeUsed(AppError):
    """The sign-in code was used or is too old (reload, back button): authorise again once."""

    default = "登录已过期，请重新进入。"


class SnapshotUser(Refused):
    """A 快照页 gives a made-up openid that must never be bound."""

    def __init__(self) -> None:
        super().__init__("当前是快照页面，无法登录。请点击页面底部的「使用完整服务」后再试。")


class TokenStore(Protocol):
    """Shared, expiring storage for access tokens."""

    def get(self, key: str) -> str | None:
        """Return the value while it is valid (the store compares the expiry itself)."""
        ...

    def set(self, key: str, value: str, ttl_seconds: int) -> None:
        """Store or replace a value."""
        ...

    def delete(self, key: str) -> None:
        """Forget a value; nothing happens when it is not there."""
        ...


class WeChat:
    """What the account may do: sign people in, show a menu, send template messages."""

    def __init__(
        self,
        settings: Settings,
        app_secret: str,
        tokens: TokenStore,
        timeout: Timeout = TIMEOUT,
    ) -> None:
        if not app_secret:
            raise Broken("the WeChat secret has no app_secret")
        self._settings = settings
        self._app_secret = app_secret
        self._tokens = tokens
        self._timeout = timeout

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Return where to send a browser for 网页授权 (snsapi_base: silent, openid only).

        WeChat matches the order of the parameters, and promises only letters and digits
        for `state` (1 to 128); anything else is a ValueError.
        """
        if not _STATE.fullmatch(state):
            raise ValueError("an OAuth state is 1 to 128 letters and digits")
        return (
            f"{self._settings.wechat_open_url}/connect/oauth2/authorize"
            f"?appid={self._settings.wechat_app_id}"
            f"&redirect_uri={quote(redirect_uri, safe='')}"
            f"&response_type=code&scope=snsapi_base&state={state}#wechat_redirect"
        )

    def openid_for(self, code: str) -> str:
        """Exchange a sign-in code for the openid; a code works once.

        Raises OAuthCodeUsed, SnapshotUser, WeChatUnavailable or WeChatRefused.
        """
        if not _CODE.fullmatch(code):
            raise OAuthCodeUsed
        try:
            answer = self._ask("oauth_code", lambda: self._oauth.fetch_access_token(code))
        except WeChatRefused as refusal:
            if refusal.errcode in _BAD_CODE:
                raise OAuthCodeUsed from None
            raise
        if answer.get("is_snapshotuser"):
            raise SnapshotUser
        openid = answer.get("openid")
        if not isinstance(openid, str) or not openid:
            raise WeChatUnavailable
        return openid

    def get_menu(self) -> dict[str, Any] | None:
        """Return the menu on people's phones as {"button": […]}, None when there is none."""
        try:
            answer = self._call("menu_get", lambda client: client.get("menu/get"))
        except WeChatRefused as refusal:
            if refusal.errcode == _NO_MENU:
                return None
            raise
        menu = answer.get("menu")
        return menu if isinstance(menu, dict) else None

    def push_menu(self, menu: Mapping[str, Any]) -> None:
        """Replace the menu; phones show it within about five minutes."""
        self._call("menu_create", lambda client: client.menu.create(dict(menu)))

    def send_template(
        self, openid: str, template: str, fields: Mapping[str, str], *, url: str, reference: str
    ) -> str:
        """Send a template message and return its msgid.

        WeChat sends one `reference` (client_msg_id, up to 32 characters) to one person
        once within ten minutes. Fields of a wrong type or length are refused with 47003.
        """
        body = {
            "touser": openid,
            "template_id": template,
            "url": url,
            "client_msg_id": reference,
            "data": {name: {"value": value} for name, value in fields.items()},
        }
        answer = self._call(
            "template_send", lambda client: client.post("message/template/send", data=body)
        )
        return str(answer.get("msgid", ""))

    def _call(self, operation: str, call: Callable[["StableTokenClient"], Any]) -> dict[str, Any]:
        """Run one API call; with a token that went stale, once more with a fresh one."""
        client = self._client
        try:
            return self._ask(operation, lambda: call(client))
        except WeChatRefused as refusal:
            if refusal.errcode not in _BAD_TOKEN:
                raise
        self._tokens.delete(client.access_token_key)
        _log.warning("wechat_token_refreshed", extra={"operation": operation})
        return self._ask(operation, lambda: call(client))

    def _ask(self, operation: str, ask: Callable[[], Any]) -> dict[str, Any]:
        from requests import RequestException
        from wechatpy.exceptions import WeChatException

        try:
            answer = ask()
        except WeChatException as refusal:
            error = self._translated(refusal.errcode, refusal.errmsg)
        except (RequestException, ValueError, KeyError, TypeError, AttributeError) as failure:
            # a garbled answer makes the library stumble in any of these ways
            error = WeChatUnavailable(uncertain=not never_connected(failure))
        else:
            if isinstance(answer, dict):
                return answer
            error = WeChatUnavailable(uncertain=True)
        _report(operation, error)
        # raised outside of "except": the library's error holds URLs with tokens in them
        raise error

    def _translated(self, errcode: object, errmsg: object) -> AppError:
        if not isinstance(errcode, int) or errcode in _BUSY:
            return WeChatUnavailable()
        detail = str(errmsg).replace(self._app_secret, "***")
        detail = _TOKEN_LIKE.sub("***", _URL.sub("…", detail))[:_DETAIL_CHARACTERS]
        kind = WeChatNotWhitelisted if errcode == _NOT_WHITELISTED else WeChatRefused
        return kind(errcode, detail)

    @cached_property
    def _client(self) -> "StableTokenClient":
        from chalicelib.gateways.wechatpy_client import StableTokenClient

        app_id, url = self._settings.wechat_app_id, self._settings.wechat_api_url
        return StableTokenClient(app_id, self._app_secret, self._tokens, url, self._timeout)

    @cached_property
    def _oauth(self) -> "TimedOAuth":
        from chalicelib.gateways.wechatpy_client import TimedOAuth

        app_id, url = self._settings.wechat_app_id, self._settings.wechat_api_url
        return TimedOAuth(app_id, self._app_secret, url, self._timeout)


def _report(operation: str, error: AppError) -> None:
    if isinstance(error, WeChatNotWhitelisted):
        # the app stack counts this event name and raises an alarm
        _log.error("wechat_not_whitelisted", extra={"operation": operation})
    elif isinstance(error, WeChatRefused):
        _log.warning("wechat_refused", extra={"operation": operation, "errcode": error.errcode})
    else:
        _log.warning("wechat_unavailable", extra={"operation": operation})
