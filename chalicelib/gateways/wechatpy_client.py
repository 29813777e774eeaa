"""wechatpy 1.8.18 with its defects overridden; imported only by functions that call WeChat.

The library is dormant, so what is wrong in it is mended here: tokens come from
stable_token, every call has a timeout, nothing is retried behind our back, and the
hosts are ours to choose (decision 0018).
"""

import logging
from typing import Any, Final

from wechatpy import WeChatClient, WeChatOAuth
from wechatpy.exceptions import WeChatClientException
from wechatpy.session import SessionStorage

from chalicelib.gateways.wechat import Timeout, TokenStore

# WeChat renews a stable token five minutes before its end; ask again before that.
_RENEW_BEFORE_SECONDS: Final = 360
_SHORTEST_TTL_SECONDS: Final = 60

# urllib3 writes whole URLs at DEBUG, and WeChat wants the token in the URL.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class SharedSession(SessionStorage):  # type: ignore[misc]
    """Lets wechatpy keep its tokens where every container finds them."""

    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens

    def get(self, key: str, default: str | None = None) -> str | None:
        """Return a stored token that is still valid."""
        return self._tokens.get(key) or default

    def set(self, key: str, value: str, ttl: int | None = None) -> None:
        """Store a token; what comes without a life span gets the shortest."""
        self._tokens.set(key, value, ttl or _SHORTEST_TTL_SECONDS)

    def delete(self, key: str) -> None:
        """Forget a token."""
        self._tokens.delete(key)


class StableTokenClient(WeChatClient):  # type: ignore[misc]
    """Server-side API with shared stable tokens; one call is one HTTP request."""

    def __init__(
        self, app_id: str, secret: str, tokens: TokenStore, api_url: str, timeout: Timeout
    ) -> None:
        self.API_BASE_URL = f"{api_url}/cgi-bin/"
        super().__init__(
            app_id, secret, session=SharedSession(tokens), timeout=timeout, auto_retry=False
        )

    @property
    def access_token(self) -> str:
        """Return the shared token; a container's own idea of its age does not count."""
        stored = self.session.get(self.access_token_key)
        return str(stored or self.fetch_access_token()["access_token"])

    def fetch_access_token(self) -> dict[str, Any]:
        """Ask for the stable token (normal mode: a valid one is not replaced) and share it."""
        answer = self._http.post(
            f"{self.API_BASE_URL}stable_token",
            json={"grant_type": "client_credential", "appid": self.appid, "secret": self.secret},
            timeout=self.timeout,
        )
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        if result.get("errcode"):
            raise WeChatClientException(int(result["errcode"]), result.get("errmsg"))
        ttl = max(_SHORTEST_TTL_SECONDS, int(result["expires_in"]) - _RENEW_BEFORE_SECONDS)
        self.session.set(self.access_token_key, result["access_token"], ttl)
        return result


class TimedOAuth(WeChatOAuth):  # type: ignore[misc]
    """The code exchange of 网页授权, with a timeout and a host of our choice."""

    def __init__(self, app_id: str, secret: str, api_url: str, timeout: Timeout) -> None:
        super().__init__(app_id, secret, redirect_uri="")
        self.API_BASE_URL = f"{api_url}/"
        self._timeout = timeout

    def fetch_access_token(self, code: str) -> Any:
        """Exchange a code; unlike the library's, keeps none of the person's tokens."""
        params = {
            "appid": self.app_id,
            "secret": self.secret,
            "code": code,
            "grant_type": "authorization_code",
        }
        return self._get("sns/oauth2/access_token", params=params, timeout=self._timeout)
