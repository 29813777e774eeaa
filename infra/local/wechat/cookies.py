"""Which phone a browser holds, and each phone's own cookies.

Cookies know hosts but no ports, so the product's pages and this page share one set. Two
phones must not share a login: when the browser takes another phone, the web view's cookies
are put away with the old phone and the new phone's are brought back.
"""

from __future__ import annotations

from aiohttp import web

from infra.local.wechat.state import Phone

PHONE_COOKIE = "sim_phone"
KEPT_SECONDS = 30 * 86400


class Jar:
    """Swaps the product's cookies, and only those: localhost may serve other things too."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def change_hands(
        self, request: web.Request, response: web.Response, *, held: Phone, chosen: Phone
    ) -> None:
        """Swap the jars of two phones and remember which one the browser holds now."""
        _set(response, PHONE_COOKIE, chosen.id)
        if held.id == chosen.id:
            return
        held.jar = {n: value for n, value in request.cookies.items() if n in self._names}
        for name in held.jar.keys() - chosen.jar.keys():
            _set(response, name, "", max_age=0)
        for name, value in chosen.jar.items():
            _set(response, name, value)


def _set(response: web.Response, name: str, value: str, *, max_age: int = KEPT_SECONDS) -> None:
    response.set_cookie(name, value, path="/", max_age=max_age, samesite="Lax", httponly=True)
