"""Failures as pages: one table, and a last page that needs nothing."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Response

from chalicelib.core.errors import (
    AppError,
    Broken,
    Conflict,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
)
from chalicelib.web.answers import HTML, Page, as_json, response
from chalicelib.web.visit import STAFF_PATH

if TYPE_CHECKING:
    from chalicelib.web.visit import Visit

log = logging.getLogger("mutual_aid.web")

FAILSAFE = (Path(__file__).parent / "templates" / "failsafe.html").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class ErrorView:
    """What happened, and what to do next."""

    title: str
    text: str
    what_next: str
    href: str = "/"
    href_label: str = "返回首页"
    bar: None = None
    """The console's header knows nobody on an error page."""


_STATUS: dict[type[AppError], tuple[int, str, str]] = {
    Refused: (422, "请检查后重试", "返回上一页修改后再次提交，已填写的内容不会丢失。"),
    NotFound: (404, "没有找到", "内容可能已被移除，或地址有误。"),
    NotAllowed: (403, "无法访问", "请从公众号菜单重新进入。"),
    Conflict: (409, "内容已变化", "请返回上一页刷新，确认最新内容后再试。"),
    Unavailable: (503, "系统繁忙", "您的操作没有丢失，请过一会儿再试一次。"),
    Broken: (500, "系统出现问题", "请稍后再试；如仍未恢复，请联系工会。"),
}
_STAFF_NEXT: dict[type[AppError], str] = {
    NotAllowed: "如需此权限，请联系管理员；或换用其他账号登录。",
    NotFound: "地址可能有误，或不在您的管辖范围内。",
    Broken: "请稍后再试；如仍未恢复，请联系系统管理员。",
}


def known(visit: "Visit", error: AppError) -> Response:
    """Answer an expected failure."""
    kind = next(kind for kind in type(error).__mro__ if kind in _STATUS)
    status, title, next_step = _STATUS[kind]
    view = ErrorView(title, error.message, next_step)
    if visit.path.startswith(STAFF_PATH):
        next_step = _STAFF_NEXT.get(kind, next_step)
        view = ErrorView(title, error.message, next_step, STAFF_PATH, "返回工作台")
    return _answer(visit, status, view, error)


def unknown(visit: "Visit", error: Exception) -> Response:
    """Answer a surprise; what AWS does not answer is busy, the rest is our bug."""
    from pynamodb.exceptions import PynamoDBException

    busy = isinstance(error, BotoCoreError | ClientError | PynamoDBException)
    return known(visit, Unavailable() if busy else Broken())


def _answer(visit: "Visit", status: int, view: ErrorView, error: AppError) -> Response:
    from chalicelib.web.room import page_response

    if visit.wants_json:
        errors = dict(error.errors) if isinstance(error, Refused) else {"form": view.text}
        answer = as_json({"errors": errors}, status)
        return response(visit.world.settings, answer.body, answer.content_type, status=status)
    try:
        template = "staff/error.html" if view.href == STAFF_PATH else "web/error.html"
        return page_response(visit, Page(template, view, status))
    except Exception:  # an error page must not fail: this one needs nothing
        log.exception("error page failed")
        return response(visit.world.settings, FAILSAFE, HTML, status=status)
