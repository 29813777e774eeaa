"""Which phone a browser holds, and each phone's own cookies.

Cookies know hosts but no ports, so the product's pages and this page share one set. Two
phones must not share a login: when the browser takes another phone, the web view's cookies
are put away with the old phone and the new phone's are brought back.
"""

from __future__ import annotations

from aiohttp import web

from infra.local.wechat.state import Phone

NAME = "sim_phone"
KEPT_SECONDS = 30 * 86400


def change_hands(
    request: web.Request, response: web.Response, *, held: Phone, chosen: Phone
) -> None:
    """Swap the jars of two phones in the browser and remember which one it holds now."""
    response.set_cookie(
        NAME, chosen.id, path="/", max_age=KEPT_SECONDS, samesite="Lax", httponly=True
    )
    if held.id == chosen.id:
        return
    held.jar = {name: value for name, value in request.cookies.items() if name != NAME}
    for name in held.jar.keys() - chosen.jar.keys():
        _set(response, name, "", max_age=0)
    for name, value in chosen.jar.items():
        _set(response, name, value, max_age=KEPT_SECONDS)


def _set(response: web.Response, name: str, value: str, *, max_age: int) -> None:
    # browsers refuse these prefixes without Secure, and take Secure from localhost
    secure = name.startswith(("__Host-", "__Secure-"))
    response.set_cookie(
        name, value, path="/", max_age=max_age, samesite="Lax", httponly=True, secure=secure
    )
