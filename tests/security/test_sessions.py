"""S5: a session that has ended stays ended, and nobody can give another person theirs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from chalice.test import Client

from chalicelib.casework.machine import Role
from chalicelib.core.clock import Clock
from chalicelib.web.session import SESSION_DAYS, Session, Signer
from tests import figures
from tests.fakes.cloud import Stage
from tests.fakes.desk import PASSWORD, Desk, hashed, hire
from tests.fakes.phone import Phone
from tests.flows.binding import bind

NEW = "六月的左江 有 很多白鹭"
PAGES = ("/me", "/privacy", "/changes", "/subsidies", "/messages", "/enrolments")
End = Callable[[Phone, Stage], None]


class Past:
    """A clock that stands in the past."""

    def __init__(self, clock: Clock, **ago: float) -> None:
        self._at = clock.now() - timedelta(**ago)

    def now(self) -> object:
        return self._at


def signed_in(phone: Phone) -> bool:
    """Whether any page of an employee shows itself."""
    shown = {phone.open(path, follow=False).status for path in PAGES}
    assert len(shown) == 1, "all pages or none"
    return shown == {200}


def unbind(phone: Phone, _stage: Stage) -> None:
    form = phone.open("/me/unbind").form("/me/unbind")
    phone.post("/me/unbind", form)


def bound_elsewhere(phone: Phone, stage: Stage) -> None:
    stage.clock.forward(minutes=2)
    bind(Phone(phone.client, stage, "openid-of-a-new-phone"), stage)


def too_old(_phone: Phone, stage: Stage) -> None:
    stage.clock.forward(days=SESSION_DAYS, minutes=2)


ENDS: dict[str, End] = {"unbound": unbind, "bound elsewhere": bound_elsewhere, "too old": too_old}


@pytest.mark.parametrize("how", list(ENDS))
def test_an_employees_cookie_is_worth_nothing_afterwards(
    phone: Phone, stage: Stage, enrol: Callable[..., str], how: str
) -> None:
    enrol()
    bind(phone, stage)
    kept = dict(phone.cookies)
    assert signed_in(phone)
    ENDS[how](phone, stage)
    phone.cookies = dict(kept)
    assert not signed_in(phone)
    figures.note("S5 old cookies refused", len(PAGES))


def test_binding_again_wakes_no_older_cookie(
    phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    enrol()
    bind(phone, stage)
    kept = dict(phone.cookies)
    unbind(phone, stage)
    stage.clock.forward(minutes=2)
    bind(phone, stage)
    assert signed_in(phone)
    phone.cookies = kept
    assert not signed_in(phone)
    figures.note("S5 old cookies refused", len(PAGES))


def test_nobody_is_signed_in_as_whoever_sent_the_link(
    phone: Phone, second_phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    """Login CSRF: the way back from WeChat belongs to the browser that set out."""
    enrol()
    bind(phone, stage)
    phone.cookies.clear()
    led = phone.open("/me", follow=False).headers["Location"]
    back = phone._next("/me", led)  # the attacker's own code and state
    seen = second_phone.open(back, follow=False)
    assert seen.status == 403
    assert "__Host-sid" not in second_phone.cookies


def test_a_cookie_from_before_is_replaced_when_somebody_signs_in(
    phone: Phone, second_phone: Phone, stage: Stage, enrol: Callable[..., str]
) -> None:
    """Fixation: whoever planted a cookie has nothing of what follows."""
    enrol()
    second_phone.open("/bind")
    planted = dict(second_phone.cookies)
    phone.cookies = dict(planted)
    phone.cookies.pop("__Host-sid")
    phone.cookies["__Host-pre"] = "planted"
    bind(phone, stage)
    assert signed_in(phone)
    second_phone.cookies = planted
    assert not signed_in(second_phone)
    assert phone.cookies["__Host-pre"] != "planted"


def test_a_cookie_made_by_others_is_nobody(phone: Phone, stage: Stage, me: str) -> None:
    """Every part of a session is signed: person, binding, time."""
    signer = Signer(stage.world.vault, stage.clock)
    mine = signer.read_session(phone.cookies["__Host-sid"])
    assert mine is not None
    old = Signer(stage.world.vault, Past(stage.clock, days=SESSION_DAYS + 1))  # type: ignore[arg-type]
    forged = [
        signer.session_cookie(Session(mine.openid, mine.member_id, "another-binding")),
        signer.session_cookie(Session("another-openid", mine.member_id, mine.binding_id)),
        signer.session_cookie(Session(mine.openid, mine.member_id, None)),
        signer.session_cookie(Session(mine.openid, "another-member", mine.binding_id)),
        signer.form_token(mine.openid, str(mine.member_id), str(mine.binding_id)),
        old.session_cookie(mine),
        phone.cookies["__Host-sid"] + "x",
        phone.cookies["__Host-sid"].rpartition(".")[0],
        "",
    ]
    for cookie in forged:
        phone.cookies["__Host-sid"] = cookie
        assert not signed_in(phone), cookie
    figures.note("S5 old cookies refused", len(forged) * len(PAGES))


def change_password(desk: Desk, _stage: Stage) -> None:
    form = desk.open("/staff/password").form("/staff/password")
    typed = {"current": PASSWORD, "password": NEW, "again": NEW}
    assert desk.post("/staff/password", form | typed).url == "/staff"


def log_out(desk: Desk, _stage: Stage) -> None:
    desk.post("/staff/logout", desk.open("/staff").form("/staff/logout"))


STAFF_ENDS: dict[str, Callable[[Desk, Stage], None]] = {
    "signed out": log_out,
    "password changed": change_password,
    "disabled": lambda _desk, stage: stage.world.staff.disable("anna"),
    "reset": lambda _desk, stage: stage.world.staff.reset("anna", hashed(NEW), stage.clock.now()),
    "idle": lambda _desk, stage: stage.clock.forward(minutes=31),
}


@pytest.mark.parametrize("how", list(STAFF_ENDS))
def test_a_session_of_staff_is_worth_nothing_afterwards(
    client: Client, stage: Stage, how: str
) -> None:
    """Neither its pages nor its forms: the token of a form ends with the session too."""
    hire(stage, "anna", Role.FIRST_REVIEWER)
    desk, elsewhere = Desk(client, stage), Desk(client, stage)
    desk.login("anna")
    elsewhere.login("anna")
    form = elsewhere.open("/staff").form("/staff/next")
    kept = dict(desk.cookies) if how == "signed out" else dict(elsewhere.cookies)
    STAFF_ENDS[how](desk, stage)
    elsewhere.cookies = kept
    for path in ("/staff", "/staff/password"):
        assert elsewhere.open(path).url.startswith("/staff/login")
    sent = elsewhere.post("/staff/next", form, follow=False)
    assert sent.headers.get("Location", "").startswith("/staff/login"), sent.status
    figures.note("S5 old cookies refused", 3)


def test_the_browser_that_changed_the_password_goes_on(client: Client, stage: Stage) -> None:
    hire(stage, "anna", Role.FIRST_REVIEWER)
    desk = Desk(client, stage)
    desk.login("anna")
    before = desk.cookies["__Host-staff"]
    change_password(desk, stage)
    assert desk.cookies["__Host-staff"] != before
    assert desk.open("/staff").url == "/staff"
