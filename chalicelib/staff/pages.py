"""Signing in to the console, setting up, signing out (PRODUCT B8)."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from chalicelib.core.errors import Refused
from chalicelib.web import staff as door
from chalicelib.web.answers import Answer, Page, SeeOther
from chalicelib.web.room import Guard, Room
from chalicelib.web.staff_bar import bar
from chalicelib.web.visit import Visit

room = Room(__name__)

Errors = Mapping[str, str]
NO_ERRORS: Errors = MappingProxyType({})

_HOME = "/staff"
_CODE = "/staff/setup/code"
_PAGE = re.compile(r"/staff/cases/\d{1,20}|/staff/(audit|password)")


def login_again(visit: Visit, refused: Refused) -> Page:
    """Show the form once more; neither password nor code come back."""
    from chalicelib.staff import views

    form = visit.form
    view = views.LoginView(
        form.get("account", "")[:40], _wanted(form.get("to", "")), refused.errors
    )
    return Page("staff/login.html", view, status=422, cookies=_browser(visit))


@room.page("/staff/login", guard=Guard.ANYONE)
def staff_login_page(visit: Visit) -> Answer:
    """Ask who it is; a browser that is signed in goes on."""
    from chalicelib.staff import views

    signed_in = visit.signed_in
    if signed_in is not None:
        return SeeOther(door.SETUP if signed_in.session.setting_up else _HOME)
    cookies = _browser(visit)
    view = views.LoginView(to=_wanted(visit.query.get("to", "")))
    return Page("staff/login.html", view, cookies=cookies)


@room.form("/staff/login", guard=Guard.ANYONE, again=login_again)
def staff_login(visit: Visit) -> Answer:
    """Check account, password and code."""
    from chalicelib.staff import login

    cookie = login.sign_in(visit)
    return SeeOther(_wanted(visit.form.get("to", "")) or _HOME, cookies=(cookie,))


@room.form("/staff/logout", guard=Guard.STAFF, token=_HOME)
def staff_logout(visit: Visit) -> Answer:
    """End the session, here and on the server."""
    from chalicelib.staff import login

    login.sign_out(visit)
    return SeeOther(door.LOGIN, cookies=(door.cookie(visit, visit.world.ids.token()),))


def setup_again(visit: Visit, refused: Refused) -> Page:
    """Show the form once more, empty."""
    return _setup(visit, refused.errors)


@room.page("/staff/setup", guard=Guard.STAFF_SETUP)
def staff_setup_page(visit: Visit) -> Answer:
    """First a password of one's own, then the authenticator."""
    return _setup(visit) if visit.staff_session.item.temporary else SeeOther(_CODE)


@room.form("/staff/setup", guard=Guard.STAFF_SETUP, again=setup_again)
def staff_setup(visit: Visit) -> Answer:
    """Take the chosen password."""
    from chalicelib.staff import login

    return SeeOther(_CODE, cookies=(login.choose_password(visit),))


def code_again(visit: Visit, refused: Refused) -> Page:
    """Show the same secret once more; without a password of one's own there is none yet."""
    again = _setup if visit.staff_session.item.temporary else _code
    return again(visit, refused.errors)


@room.page("/staff/setup/code", guard=Guard.STAFF_SETUP)
def staff_code_page(visit: Visit) -> Answer:
    """Show the authenticator's secret, once the password is one's own."""
    return SeeOther(door.SETUP) if visit.staff_session.item.temporary else _code(visit)


@room.form("/staff/setup/code", guard=Guard.STAFF_SETUP, again=code_again)
def staff_code(visit: Visit) -> Answer:
    """Take the authenticator into use: from now on each sign-in needs it."""
    from chalicelib.staff import login

    return SeeOther(_HOME, cookies=(login.confirm_authenticator(visit),))


def password_again(visit: Visit, refused: Refused) -> Page:
    """Show the form once more, empty."""
    return _password(visit, refused.errors)


@room.page("/staff/password", guard=Guard.STAFF)
def staff_password_page(visit: Visit) -> Answer:
    """修改密码."""
    return _password(visit)


@room.form("/staff/password", guard=Guard.STAFF, again=password_again)
def staff_password(visit: Visit) -> Answer:
    """Replace the password; sessions elsewhere end."""
    from chalicelib.staff import login

    return SeeOther(_HOME, cookies=(login.change_password(visit),))


def _setup(visit: Visit, errors: Errors = NO_ERRORS) -> Page:
    from chalicelib.staff import views

    view = views.PasswordView("设置密码", door.SETUP, visit.staff.account, errors=errors)
    return Page("staff/password.html", view, _status(errors))


def _password(visit: Visit, errors: Errors = NO_ERRORS) -> Page:
    from chalicelib.staff import views

    head = bar(visit.staff)
    view = views.PasswordView("修改密码", "/staff/password", head.account, head, errors)
    return Page("staff/password.html", view, _status(errors))


def _code(visit: Visit, errors: Errors = NO_ERRORS) -> Page:
    from chalicelib.staff import totp, views

    item = visit.staff_session.item
    secret = visit.world.staff.secret(item, "pending")
    view = views.AuthenticatorView(
        picture=totp.picture(totp.address(secret, item.sk)),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        account=item.sk,
        errors=errors,
    )
    return Page("staff/authenticator.html", view, _status(errors))


def _status(errors: Errors) -> int:
    return 422 if errors else 200


def _browser(visit: Visit) -> tuple[str, ...]:
    """Give a browser without a cookie one that its form tokens can be tied to."""
    if visit.staff_token:
        return ()
    visit.staff_token = visit.world.ids.token()
    return (door.cookie(visit, visit.staff_token),)


def _wanted(path: str) -> str:
    """Return a page of the console to come back to, "" for anything else."""
    return path if _PAGE.fullmatch(path) else ""
