"""api.weixin.qq.com as far as the product calls it: /cgi-bin and /sns/oauth2.

Every answer is HTTP 200 with JSON, refusals included, as WeChat's are. The IP whitelist
switch holds for every server-side call (微信开发者平台, IP 白名单).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from infra.local.wechat.credentials import TOKEN_SECONDS, check_secret
from infra.local.wechat.errors import Refusal
from infra.local.wechat.parts import Parts
from infra.local.wechat.templates import TEMPLATES

Answer = dict[str, Any]
Call = Callable[[web.Request], Awaitable[Answer | web.StreamResponse]]

OK: Answer = {"errcode": 0, "errmsg": "ok"}


class WeChatApi:
    """The HTTP face of the server-side API."""

    def __init__(self, parts: Parts) -> None:
        self._accounts = parts.accounts
        self._credentials = parts.credentials
        self._phones = parts.phones
        self._menus = parts.menus
        self._conversation = parts.conversation
        self._media = parts.media
        self._clock = parts.clock
        self._random = parts.random

    def routes(self) -> list[web.RouteDef]:
        """Everything below /cgi-bin and /sns; unknown paths are WeChat's 40066."""
        post: dict[str, Call] = {
            "/cgi-bin/menu/create": self.create_menu,
            "/cgi-bin/message/template/send": self.send_template,
            "/cgi-bin/media/upload": self.upload,
        }
        get: dict[str, Call] = {
            "/cgi-bin/menu/get": self.get_menu,
            "/cgi-bin/menu/delete": self.delete_menu,
            "/cgi-bin/media/get": self.download,
            "/cgi-bin/user/info": self.user_info,
            "/cgi-bin/ticket/getticket": self.get_ticket,
            "/cgi-bin/template/get_all_private_template": self.list_templates,
            "/cgi-bin/getcallbackip": self.callback_addresses,
        }
        routes = [
            web.post("/cgi-bin/stable_token", self._wrapped(self.stable_token)),
            web.get("/sns/oauth2/access_token", self._wrapped(self.oauth_token)),
        ]
        routes += [web.post(path, self._wrapped(call, token=True)) for path, call in post.items()]
        routes += [web.get(path, self._wrapped(call, token=True)) for path, call in get.items()]
        routes += [web.get(path, self._wrapped(_needs_post)) for path in post]
        routes += [web.post(path, self._wrapped(_needs_get)) for path in get]
        routes.append(web.get("/cgi-bin/stable_token", self._wrapped(_needs_post)))
        routes += [
            web.route("*", prefix + "/{rest:.*}", self._wrapped(_unknown))
            for prefix in ("/cgi-bin", "/sns")
        ]
        return routes

    async def stable_token(self, request: web.Request) -> Answer:
        """获取稳定版接口调用凭据."""
        body = await _json(request)
        check_secret(self._accounts.required(), body.get("appid"), body.get("secret"))
        if body.get("grant_type") != "client_credential":
            raise Refusal(40002, "invalid grant_type")
        token = self._credentials.stable_token(force=body.get("force_refresh") is True)
        return {
            "access_token": token.value,
            "expires_in": int(token.expires_at - self._clock()),
        }

    async def oauth_token(self, request: web.Request) -> Answer:
        """通过 code 换取网页授权 access_token."""
        query = request.query
        check_secret(self._accounts.required(), query.get("appid"), query.get("secret"))
        if query.get("grant_type") != "authorization_code":
            raise Refusal(40002, "invalid grant_type")
        if not query.get("code"):
            raise Refusal(41008, "missing code")
        code = self._credentials.spend_code(query["code"])
        answer: Answer = {
            "access_token": self._random(),
            "expires_in": TOKEN_SECONDS,
            "refresh_token": self._random(),
            "openid": code.openid,
            "scope": "snsapi_base",
        }
        return answer | {"is_snapshotuser": 1} if code.snapshot else answer

    async def create_menu(self, request: web.Request) -> Answer:
        """自定义菜单创建."""
        self._menus.create(await _json(request))
        return OK

    async def get_menu(self, _request: web.Request) -> Answer:
        """自定义菜单查询."""
        return self._menus.get()

    async def delete_menu(self, _request: web.Request) -> Answer:
        """自定义菜单删除."""
        self._menus.delete()
        return OK

    async def send_template(self, request: web.Request) -> Answer:
        """发送模板消息."""
        return OK | {"msgid": self._conversation.send_template(await _json(request))}

    async def list_templates(self, _request: web.Request) -> Answer:
        """获取已添加至账号下所有模板列表."""
        return {
            "template_list": [
                {"template_id": t.id, "title": t.title, "content": t.content(), "example": ""}
                for t in TEMPLATES.values()
            ]
        }

    async def get_ticket(self, request: web.Request) -> Answer:
        """获取 jsapi_ticket."""
        if request.query.get("type") != "jsapi":
            raise Refusal(40097, "invalid args")
        ticket = self._credentials.ticket()
        left = int(ticket.expires_at - self._clock())
        return OK | {"ticket": ticket.value, "expires_in": left}

    async def user_info(self, request: web.Request) -> Answer:
        """获取用户基本信息: names are no longer given since 2021."""
        phone = self._phones.by_openid(request.query.get("openid", ""))
        if phone is None:
            raise Refusal(40003, "invalid openid")
        if not phone.following:
            return {"subscribe": 0, "openid": phone.openid}
        return {
            "subscribe": 1,
            "openid": phone.openid,
            "language": "zh_CN",
            "subscribe_time": phone.followed_at,
            "remark": "",
            "groupid": 0,
            "tagid_list": [],
            "subscribe_scene": "ADD_SCENE_QR_CODE",
        }

    async def callback_addresses(self, _request: web.Request) -> Answer:
        """获取微信推送服务器 IP."""
        return {"ip_list": ["127.0.0.1"]}

    async def upload(self, request: web.Request) -> Answer:
        """新增临时素材."""
        form = await request.post()
        part = form.get("media")
        if not isinstance(part, web.FileField):
            raise Refusal(41005, "media data missing")
        kind = request.query.get("type") or str(form.get("type") or "")
        medium = self._media.upload(kind, part.file.read())
        return {"type": kind, "media_id": medium.media_id, "created_at": medium.created_at}

    async def download(self, request: web.Request) -> web.Response:
        """获取临时素材."""
        medium, content = self._media.get(request.query.get("media_id", ""))
        suffix = medium.content_type.rpartition("/")[2]
        disposition = f'attachment; filename="{medium.media_id}.{suffix}"'
        return web.Response(
            body=content,
            content_type=medium.content_type,
            headers={"Content-Disposition": disposition},
        )

    def _wrapped(
        self, call: Call, *, token: bool = False
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                self._admit(request, token=token)
                answer = await call(request)
            except Refusal as refusal:
                trace = self._random()[:20]
                answer = {
                    "errcode": refusal.errcode,
                    "errmsg": f"{refusal.errmsg} rid: {trace}",
                }
            if isinstance(answer, web.StreamResponse):
                return answer
            text = json.dumps(answer, ensure_ascii=False)
            return web.Response(text=text, content_type="application/json")

        return handle

    def _admit(self, request: web.Request, *, token: bool) -> None:
        if not self._phones.switches.ip_whitelisted:
            raise Refusal(40164, f"invalid ip {request.remote}, not in whitelist")
        if token:
            self._credentials.check_token(request.query.get("access_token"))


async def _json(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    if not raw:
        raise Refusal(44002, "empty post data")
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(47001, "data format error")
    return body


async def _needs_post(_request: web.Request) -> Answer:
    raise Refusal(43002, "require POST method")


async def _needs_get(_request: web.Request) -> Answer:
    raise Refusal(43001, "require GET method")


async def _unknown(_request: web.Request) -> Answer:
    raise Refusal(40066, "invalid url")
