"""Cookies and form tokens: ours, in time, for this purpose — or nothing at all."""

import secrets

import pytest

from chalicelib.store.vault import Vault
from chalicelib.web.session import (
    FORM_HOURS,
    SESSION_DAYS,
    Session,
    Signer,
    cookie_name,
    read_cookies,
    session_max_age,
    set_cookie,
)
from tests.fakes.cloud import settings
from tests.fakes.kms import FakeKms
from tests.fakes.time import FakeClock

ME = Session("openid-one", "1344168415351173120", "binding-1")


def signer(
    clock: FakeClock | None = None, *, key: bytes = b"k" * 32, stage: str = "local"
) -> Signer:
    kms = FakeKms()
    vault = Vault(kms.wrap(key, stage=stage), stage, kms, secrets.token_bytes)
    return Signer(vault, clock or FakeClock())


@pytest.mark.parametrize("session", [ME, Session("openid-two")], ids=["bound", "unbound"])
def test_a_session_comes_back_as_it_went(session: Session) -> None:
    signs = signer()
    assert signs.read_session(signs.session_cookie(session)) == session


def test_a_session_lives_thirty_days_and_not_a_second_longer() -> None:
    clock = FakeClock()
    signs = signer(clock)
    cookie = signs.session_cookie(ME)
    clock.forward(days=SESSION_DAYS)
    assert signs.read_session(cookie) == ME
    clock.forward(seconds=1)
    assert signs.read_session(cookie) is None
    assert session_max_age() == SESSION_DAYS * 86400


def test_a_cookie_from_a_container_whose_clock_is_ahead_counts() -> None:
    ahead, behind = FakeClock(), FakeClock()
    ahead.forward(seconds=50)
    assert signer(behind).read_session(signer(ahead).session_cookie(ME)) == ME
    ahead.forward(seconds=20)
    assert signer(behind).read_session(signer(ahead).session_cookie(ME)) is None


@pytest.mark.parametrize(
    "forged",
    ["", "x", "a.b.c", "." * 10, "W10.aaaaaa.bbbbbbbb", "中文", "A" * 4000],
)
def test_a_forged_cookie_is_nobody(forged: str) -> None:
    assert signer().read_session(forged) is None
    assert signer().read_form_token(ME.openid, "/bind", forged) is None


def test_each_part_of_a_cookie_is_signed() -> None:
    signs = signer()
    other = signs.session_cookie(Session("openid-two")).split(".")
    mine = signs.session_cookie(ME).split(".")
    for swap in range(2):
        mixed = [*mine]
        mixed[swap] = other[swap] if mixed[swap] != other[swap] else "AAAAAA"
        assert signs.read_session(".".join(mixed)) is None


def test_another_key_signs_for_nobody_here() -> None:
    assert signer().read_session(signer(key=b"q" * 32).session_cookie(ME)) is None


def test_a_form_token_is_no_session_and_a_session_no_form_token() -> None:
    signs = signer()
    token = signs.form_token(ME.openid, "/bind", "operation-1")
    assert signs.read_session(token) is None
    assert signs.read_form_token(ME.openid, "/bind", signs.session_cookie(ME)) is None


def test_a_form_token_is_for_one_person_and_one_form() -> None:
    signs = signer()
    token = signs.form_token(ME.openid, "/bind", "operation-1")
    assert signs.read_form_token(ME.openid, "/bind", token) == "operation-1"
    assert signs.read_form_token(ME.openid, "/me/unbind", token) is None
    assert signs.read_form_token("openid-two", "/bind", token) is None


def test_binding_does_not_end_the_form_that_is_open() -> None:
    signs = signer()
    token = signs.form_token(ME.openid, "/bind", "operation-1")
    assert signs.read_form_token(ME.openid, "/bind", token) == "operation-1"


def test_a_form_may_stay_open_for_twelve_hours() -> None:
    clock = FakeClock()
    signs = signer(clock)
    token = signs.form_token(ME.openid, "/bind", "operation-1")
    clock.forward(hours=FORM_HOURS)
    assert signs.read_form_token(ME.openid, "/bind", token) == "operation-1"
    clock.forward(seconds=1)
    assert signs.read_form_token(ME.openid, "/bind", token) is None


def test_cookies_belong_to_this_host_over_https() -> None:
    made = set_cookie(settings(), "sid", "v", 60)
    expected = "__Host-sid=v; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure"
    assert made == expected


def test_on_one_machine_cookies_work_over_http() -> None:
    local = settings(base_url="http://localhost:8000")
    assert cookie_name(local, "sid") == "sid"
    assert set_cookie(local, "sid", "v", 60) == "sid=v; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ("", {}),
        (";;;=", {}),
        ("__Host-sid=x.y-z_0", {"__Host-sid": "x.y-z_0"}),
    ],
)
def test_cookies_are_read_or_ignored(header: str, expected: dict[str, str]) -> None:
    assert read_cookies({"cookie": header}) == expected


def test_a_foreign_cookie_does_not_hide_ours() -> None:
    """Other scripts on the host may set what the standard library does not like."""
    for foreign in ("na[me]=1", "a b=2", "é=1", "x={json: 1}", '"q"=1', "v=a,b"):
        read = read_cookies({"cookie": f"{foreign}; __Host-sid=mine"})
        assert read.get("__Host-sid") == "mine", foreign
        read = read_cookies({"cookie": f"__Host-sid=mine; {foreign}"})
        assert read.get("__Host-sid") == "mine", foreign


def test_no_cookie_header_is_no_cookies() -> None:
    assert read_cookies({}) == {}
