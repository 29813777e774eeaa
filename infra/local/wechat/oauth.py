"""open.weixin.qq.com: the web authorisation that a web view passes through unseen."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from infra.local.wechat.errors import Refusal
from infra.local.wechat.parts import Parts
from infra.local.wechat.state import Phone

_STATE = re.compile(r"[A-Za-z0-9]{0,128}")

ERROR_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>微信</title><link rel="stylesheet" href="/wechat-error.css"></head>
<body><main><div class="mark" aria-hidden="true">!</div>
<h1>{title}</h1><p>{detail}</p></main></body></html>
"""


class OAuth:
    """Answers /connect/oauth2/authorize for whoever's phone the browser holds."""

    def __init__(
        self, parts: Parts, *, web_domain: str, phone_of: Callable[[web.Request], Phone]
    ) -> None:
        self._accounts = parts.accounts
        self._credentials = parts.credentials
        self._phones = parts.phones
        self._domain = web_domain
        self._phone_of = phone_of

    def routes(self) -> list[web.RouteDef]:
        """The one route."""
        return [web.get("/connect/oauth2/authorize", self.authorize)]

    async def authorize(self, request: web.Request) -> web.Response:
        """Send the browser back with code and state, or show WeChat's error page.

        Checked as WeChat does: appid, 网页授权域名 (10003), scope (10005), response_type, state.
        """
        try:
            back = self._checked(request)
        except Refusal as refusal:
            return _error_page(refusal)
        phone = self._phone_of(request)
        snapshot = self._phones.switches.snapshot_user
        openid = "oVir" + phone.openid[4:] if snapshot else phone.openid
        answer = {"code": self._credentials.issue_code(openid, snapshot=snapshot)}
        answer["state"] = request.query.get("state", "")
        address, _, fragment = back.partition("#")
        glue = "&" if "?" in address else "?"
        location = address + glue + urlencode(answer) + (f"#{fragment}" if fragment else "")
        headers = {"Location": location, "Cache-Control": "no-store"}
        return web.Response(status=302, headers=headers)

    def _checked(self, request: web.Request) -> str:
        query = request.query
        if query.get("appid") != self._accounts.required().app_id:
            raise Refusal(40013, "appid 参数错误")
        back = query.get("redirect_uri", "")
        parts = urlsplit(back)
        if parts.scheme not in ("http", "https") or parts.netloc != self._domain:
            raise Refusal(10003, "redirect_uri域名与后台配置不一致")
        if query.get("response_type") != "code":
            raise Refusal(10004, "response_type 参数错误")
        if query.get("scope") != "snsapi_base":
            raise Refusal(10005, "Scope 参数错误或没有 Scope 权限")
        if not _STATE.fullmatch(query.get("state", "")):
            raise Refusal(10016, "state 参数错误")
        return back


def _error_page(refusal: Refusal) -> web.Response:
    page = ERROR_PAGE.format(title=html.escape(refusal.errmsg), detail=f"错误码：{refusal.errcode}")
    return web.Response(text=page, content_type="text/html", headers={"Cache-Control": "no-store"})
