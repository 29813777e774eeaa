"""Signing in through WeChat: openid only (snsapi_base), nothing to press.

The state is random, kept by us with the page to return to, tied to a cookie of this
browser and good for one code. The same two again are the same sign-in, whose answer got
lost: WeChat takes a code once, and a code that was used already (reload, back) starts
over, at most twice. See developers.weixin.qq.com, 网页授权.
"""

import hashlib
import re

from chalicelib.core.errors import NotAllowed
from chalicelib.store import keys
from chalicelib.web.answers import Answer, SeeOther
from chalicelib.web.room import Guard, Room
from chalicelib.web.session import Session, cookie_name, session_max_age, set_cookie
from chalicelib.web.visit import Visit

room = Room(__name__)

STATE_SECONDS = 300
_RESTARTS = 2
_STATE_CHARACTERS = 32
_STATE = re.compile(rf"[0-9a-f]{{{_STATE_CHARACTERS}}}")


def start(visit: Visit, restarts: int = 0, to: str | None = None) -> SeeOther:
    """Send the browser to WeChat, remembering the page it wanted."""
    settings = visit.world.settings
    state = hashlib.sha256(visit.world.ids.token().encode()).hexdigest()[:_STATE_CHARACTERS]
    pre = visit.world.ids.token()
    wanted = to or (visit.here if visit.method == "GET" else "/")
    values = {"to": wanted, "pre": _digest(pre), "restarts": str(restarts)}
    visit.world.moments.put(keys.moment("oauth", state), values, STATE_SECONDS)
    target = visit.world.wechat.authorize_url(f"{settings.base_url}/oauth/callback", state)
    return SeeOther(target, cookies=(set_cookie(settings, "pre", pre, STATE_SECONDS),))


@room.page("/oauth/callback", guard=Guard.ANYONE)
def oauth_callback(visit: Visit) -> Answer:
    """Exchange WeChat's code for the openid, then go to the page that was wanted."""
    from chalicelib.gateways.wechat import OAuthCodeUsed

    code = visit.query.get("code", "")
    saved = _taken(visit, code)
    if saved is None:
        if visit.session is not None:
            return SeeOther("/")
        raise NotAllowed("登录已过期，请从公众号菜单重新进入。")
    try:
        openid = visit.world.wechat.openid_for(code)
    except OAuthCodeUsed as error:
        restarts = int(saved["restarts"]) + 1
        if restarts > _RESTARTS:
            raise NotAllowed("登录没有成功，请从公众号菜单重新进入。") from error
        return start(visit, restarts, saved["to"])
    return SeeOther(saved["to"], cookies=(session_for(visit, openid),))


def _taken(visit: Visit, code: str) -> dict[str, str] | None:
    """Return what was remembered of this browser's state, to this code only."""
    state = visit.query.get("state", "")
    if not code or not _STATE.fullmatch(state):
        return None
    pre = visit.cookies.get(cookie_name(visit.world.settings, "pre"), "")
    key = keys.moment("oauth", state)
    return visit.world.moments.take(key, _digest(code), "pre", _digest(pre))


def session_for(visit: Visit, openid: str) -> str:
    """Return the cookie of a WeChat user, signed in as whom they are bound to."""
    binding, *_ = visit.world.members.session(openid, None)
    session = Session(
        openid=openid,
        member_id=binding.member_id if binding else None,
        binding_id=binding.binding_id if binding else None,
    )
    return session_cookie(visit, session)


def session_cookie(visit: Visit, session: Session) -> str:
    """Return the Set-Cookie header of a session."""
    value = visit.signer.session_cookie(session)
    return set_cookie(visit.world.settings, "sid", value, session_max_age())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
