"""职工绑定, personal centre, enrolments (PRODUCT A4–A6)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chalicelib.core.clock import beijing_date
from chalicelib.core.errors import Refused
from chalicelib.web.answers import Answer, Page, SeeOther
from chalicelib.web.oauth import session_cookie
from chalicelib.web.result import Action, result
from chalicelib.web.room import Guard, Room
from chalicelib.web.session import Session
from chalicelib.web.visit import Visit

if TYPE_CHECKING:
    from chalicelib.store.tables import Key

room = Room(__name__)


def bind_again(visit: Visit, refused: Refused) -> Page:
    """Show the form once more, as it was typed."""
    from chalicelib.membership import views
    from chalicelib.web import codes

    wait = refused.wait if isinstance(refused, codes.TooSoon) else 0
    view = views.bind_view(visit.form, errors=refused.errors, wait_seconds=wait)
    return Page("membership/bind.html", view, status=422)


@room.page("/bind", guard=Guard.VISITOR)
def bind_page(visit: Visit) -> Answer:
    """「职工绑定」; who is bound already goes to the personal centre."""
    from chalicelib.membership import views

    if visit.member is not None:
        return SeeOther("/me")
    return Page("membership/bind.html", views.bind_view({}))


@room.form("/bind/code", guard=Guard.VISITOR, token="/bind", again=bind_again)  # noqa: S106 - a path
def bind_code(visit: Visit) -> Answer:
    """「获取」: send a code; answers a script in JSON and a plain form with the page."""
    from chalicelib.membership import views
    from chalicelib.membership.models import PhoneForm
    from chalicelib.web import codes
    from chalicelib.web.forms import parse

    def page(notice: str, wait: int) -> Page:
        view = views.bind_view(visit.form, notice=notice, wait_seconds=wait)
        return Page("membership/bind.html", view)

    return codes.send_and_say(visit, parse(PhoneForm, visit.form, {}).phone, page)


@room.form("/bind", guard=Guard.VISITOR, again=bind_again)
def bind_submit(visit: Visit) -> Answer:
    """「立即绑定」."""
    from chalicelib.membership import service
    from chalicelib.membership.models import BindForm
    from chalicelib.web.forms import parse

    today = beijing_date(visit.world.clock.now())
    form = parse(BindForm, visit.form, {"today": today})
    operation = visit.operation("/bind")
    openid = visit.visitor.openid
    member_id = service.bind(visit.world, openid, form, operation)
    session = Session(openid, member_id, binding_id=operation)
    return SeeOther("/bind/done", cookies=(session_cookie(visit, session),))


@room.page("/bind/done", guard=Guard.MEMBER)
def bind_done(_visit: Visit) -> Answer:
    """Say that it worked."""
    from chalicelib.membership import texts

    home = Action("进入首页", "/", "primary")
    return result(texts.BOUND_TITLE, texts.BOUND_TEXT, home, Action("个人中心", "/me"))


@room.page("/me", guard=Guard.MEMBER)
def personal_centre(visit: Visit) -> Answer:
    """个人中心."""
    from chalicelib.membership import views

    return Page("membership/me.html", views.me_view(visit.person, care=visit.care))


@room.page("/me/unbind", guard=Guard.MEMBER)
def unbind_page(visit: Visit) -> Answer:
    """Ask before unbinding."""
    from chalicelib.core import masking
    from chalicelib.membership import views

    view = views.UnbindView(masking.name(visit.person.record.name))
    return Page("membership/unbind.html", view)


@room.form("/me/unbind", guard=Guard.MEMBER)
def unbind_submit(visit: Visit) -> Answer:
    """解除绑定."""
    from chalicelib.membership import service

    session = visit.visitor
    service.unbind(visit.world, session.openid, visit.person)
    fresh = Session(session.openid)
    return SeeOther("/me/unbound", cookies=(session_cookie(visit, fresh),))


@room.page("/me/unbound", guard=Guard.VISITOR)
def unbound_page(_visit: Visit) -> Answer:
    """Say that it is over."""
    from chalicelib.membership import texts

    home = Action("返回首页", "/", "primary")
    return result(texts.UNBOUND_TITLE, texts.UNBOUND_TEXT, home, Action("重新绑定", "/bind"))


@room.page("/enrolments", guard=Guard.MEMBER)
def enrolments_page(visit: Visit) -> Answer:
    """职工参保: what the employee is insured by, and until when."""
    from chalicelib.membership import enrolments

    today = beijing_date(visit.world.clock.now())
    periods = visit.world.members.enrolments(visit.person.record.member_id)
    return Page("membership/enrolments.html", enrolments.list_view(periods, today))


def _entitlement(_params: Mapping[str, str], _member_id: str) -> "list[Key]":
    from chalicelib.casework import entitlement

    return entitlement.reads()


@room.page("/enrolments/{key}", guard=Guard.MEMBER, also=_entitlement)
def enrolment_page(visit: Visit, key: str) -> Answer:
    """One insured period with its 保障权益, and the periods before and after."""
    from chalicelib.casework import entitlement
    from chalicelib.membership import enrolments

    today = beijing_date(visit.world.clock.now())
    periods = visit.world.members.enrolments(visit.person.record.member_id)
    period = enrolments.named(periods, key)
    said = entitlement.say(visit.found, period, periods, today)
    view = enrolments.detail_view(period, said, periods, today)
    return Page("membership/enrolment.html", view)


@room.page("/policy", guard=Guard.ANYONE)
def policy_page(visit: Visit) -> Answer:
    """隐私政策, readable before signing in: as editors worded this version, else built in."""
    from chalicelib.membership import policy_text, views

    settings, worded = visit.world.settings, visit.world.articles.get("policy")
    if worded is not None and worded.edition == policy_text.POLICY_VERSION:
        return Page("membership/policy.html", views.worded_policy(worded))
    view = views.PolicyView(
        version=policy_text.POLICY_VERSION,
        updated=policy_text.UPDATED,
        sections=policy_text.sections(settings.org_name, settings.org_contact),
    )
    return Page("membership/policy.html", view)
