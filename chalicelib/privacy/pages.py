"""隐私与授权 in the personal centre (PRODUCT C11)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chalicelib.core.errors import NotFound, Refused
from chalicelib.web.answers import Answer, Page, SeeOther, Text
from chalicelib.web.oauth import session_cookie
from chalicelib.web.result import Action, result
from chalicelib.web.room import Guard, Room
from chalicelib.web.session import Session
from chalicelib.web.visit import Visit

if TYPE_CHECKING:
    from chalicelib.store.tables import Key

room = Room(__name__)

_BACK = Action("返回隐私与授权", "/privacy", "primary")


def _wait(refused: Refused) -> int:
    from chalicelib.web import codes

    return refused.wait if isinstance(refused, codes.TooSoon) else 0


def export_again(visit: Visit, refused: Refused) -> Page:
    """Show the page once more, with what is wrong."""
    from chalicelib.privacy import views

    phone = visit.person.record.phone
    view = views.export_view(phone, errors=refused.errors, wait=_wait(refused))
    return Page("privacy/export.html", view, status=422)


def confirm_again(visit: Visit, refused: Refused) -> Page:
    """Show the page once more, with what is wrong; the tick stays."""
    from chalicelib.privacy import views

    view = views.confirm_view(
        visit.person.record.phone,
        errors=refused.errors,
        agreed=visit.form.get("agree") == "1",
        wait=_wait(refused),
    )
    return Page("privacy/confirm.html", view, status=422)


@room.page("/privacy", guard=Guard.MEMBER)
def privacy_page(visit: Visit) -> Answer:
    """隐私与授权."""
    from chalicelib.privacy import views
    from chalicelib.store import consents

    member_id = visit.person.record.member_id
    entries, events = consents.records(visit.world.database, member_id)
    return Page("privacy/privacy.html", views.privacy_view(entries, events))


@room.page("/privacy/consents/{kind}", guard=Guard.MEMBER)
def withdraw_page(visit: Visit, kind: str) -> Answer:
    """Say what follows, before a consent is withdrawn."""
    from chalicelib.privacy import texts, views
    from chalicelib.store import consents

    given = consents.in_force(consents.ledger(visit.person.record.member_id))
    if kind not in given:
        raise NotFound(texts.NOT_IN_FORCE)
    return Page("privacy/withdraw.html", views.withdraw_view(given[kind]))


@room.form("/privacy/consents/{kind}", guard=Guard.MEMBER)
def withdraw_submit(visit: Visit, kind: str) -> Answer:
    """「撤回」."""
    from chalicelib.privacy import service

    operation = visit.operation(f"/privacy/consents/{kind}")
    service.withdraw(visit.world, visit.person, kind, operation)
    return SeeOther("/privacy/withdrawn")


@room.page("/privacy/withdrawn", guard=Guard.MEMBER)
def withdrawn_page(_visit: Visit) -> Answer:
    """Say that it is withdrawn."""
    from chalicelib.privacy import texts

    return result(texts.WITHDRAWN_TITLE, texts.WITHDRAWN_TEXT, _BACK)


@room.page("/privacy/export", guard=Guard.MEMBER)
def export_page(visit: Visit) -> Answer:
    """「下载我的数据」: what is in the file, and a code first."""
    from chalicelib.privacy import views

    return Page("privacy/export.html", views.export_view(visit.person.record.phone))


@room.form("/privacy/export/code", guard=Guard.MEMBER, token="/privacy/export", again=export_again)  # noqa: S106 - a path
def export_code(visit: Visit) -> Answer:
    """「获取」: a code to the registered phone."""
    from chalicelib.privacy import service, views
    from chalicelib.web import codes

    phone = service.phone_of(visit.person)

    def page(notice: str, wait: int) -> Page:
        return Page("privacy/export.html", views.export_view(phone, notice=notice, wait=wait))

    return codes.send_and_say(visit, phone, page)


@room.form("/privacy/export", guard=Guard.MEMBER, again=export_again)
def export_submit(visit: Visit) -> Answer:
    """Prove the phone; the file is ready for ten minutes."""
    from chalicelib.privacy import service

    service.allow_export(visit, visit.form.get("code", ""))
    return SeeOther("/privacy/export/ready")


@room.page("/privacy/export/ready", guard=Guard.MEMBER)
def export_ready(_visit: Visit) -> Answer:
    """The way to the file."""
    from chalicelib.privacy import texts

    fetch = Action("下载文件", "/privacy/export/file", "primary")
    return result(texts.READY_TITLE, texts.READY_TEXT, fetch, Action("返回", "/privacy"))


@room.page("/privacy/export/file", guard=Guard.MEMBER)
def export_file(visit: Visit) -> Answer:
    """Everything about the employee, as JSON; a few times while it is allowed."""
    from chalicelib.core.clock import beijing_date
    from chalicelib.privacy import export, service

    if not service.may_fetch(visit):
        return SeeOther("/privacy/export")
    day = beijing_date(visit.world.clock.now()).isoformat()
    headers = {"Content-Disposition": f'attachment; filename="my-data-{day}.json"'}
    body = export.as_json(visit.world, visit.person)
    return Text(body, "application/json; charset=utf-8", headers=headers)


def _open(_params: Mapping[str, str], member_id: str) -> "list[Key]":
    from chalicelib.privacy import service

    return service.lists_of(member_id)


def _leaving(_params: Mapping[str, str], member_id: str) -> "list[Key]":
    from chalicelib.privacy import service
    from chalicelib.store import consents

    return [*service.lists_of(member_id), *consents.standing_keys(member_id)]


@room.page("/privacy/account", guard=Guard.MEMBER, also=_open)
def account_page(visit: Visit) -> Answer:
    """「注销账户」: what goes, what stays, and what is in the way."""
    from chalicelib.privacy import service, views

    found = service.open_of(visit.world, visit.person.record.member_id, visit.found)
    return Page("privacy/account.html", views.account_view(found))


@room.page("/privacy/account/confirm", guard=Guard.MEMBER)
def confirm_page(visit: Visit) -> Answer:
    """The second step: a code and a tick."""
    from chalicelib.privacy import views

    return Page("privacy/confirm.html", views.confirm_view(visit.person.record.phone))


@room.form(
    "/privacy/account/code",
    guard=Guard.MEMBER,
    token="/privacy/account/confirm",  # noqa: S106 - a path
    again=confirm_again,
)
def confirm_code(visit: Visit) -> Answer:
    """「获取」: a code to the registered phone."""
    from chalicelib.privacy import service, views
    from chalicelib.web import codes

    phone = service.phone_of(visit.person)
    agreed = visit.form.get("agree") == "1"

    def page(notice: str, wait: int) -> Page:
        view = views.confirm_view(phone, agreed=agreed, notice=notice, wait=wait)
        return Page("privacy/confirm.html", view)

    return codes.send_and_say(visit, phone, page)


@room.form("/privacy/account/confirm", guard=Guard.MEMBER, again=confirm_again, also=_leaving)
def account_delete(visit: Visit) -> Answer:
    """「注销账户」."""
    from chalicelib.privacy import service, texts

    if visit.form.get("agree") != "1":
        raise Refused(errors={"agree": texts.CONFIRM_FIRST})
    service.leave(visit, visit.form.get("code", ""))
    fresh = Session(visit.visitor.openid)
    return SeeOther("/privacy/account/deleted", cookies=(session_cookie(visit, fresh),))


@room.page("/privacy/account/deleted", guard=Guard.VISITOR)
def account_deleted(_visit: Visit) -> Answer:
    """Say that it is over."""
    from chalicelib.privacy import texts

    home = Action("返回首页", "/", "primary")
    return result(texts.DELETED_TITLE, texts.DELETED_TEXT, home, Action("重新绑定", "/bind"))
