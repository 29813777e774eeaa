"""Signing in to the console: one answer for whoever is refused, and sessions that end."""

from collections.abc import Callable

import pytest
from chalice.test import Client

from chalicelib.casework.machine import Role
from chalicelib.staff import texts
from tests.fakes.cloud import Stage
from tests.fakes.desk import PASSWORD, SECRET, Desk, hashed, hire
from tests.fakes.phone import Seen
from tests.flows.test_round_trips import Counter

NEW = "六月的左江 有 很多白鹭"


@pytest.fixture
def anna(stage: Stage) -> None:
    hire(stage, "anna", Role.FIRST_REVIEWER)


@pytest.fixture
def desk(client: Client, stage: Stage) -> Desk:
    return Desk(client, stage)


@pytest.fixture
def other(client: Client, stage: Stage) -> Desk:
    return Desk(client, stage)


def signed_in(seen: Seen) -> bool:
    return seen.status == 200 and seen.url == "/staff"


def signed_out(desk: Desk) -> bool:
    return desk.open("/staff").url.startswith("/staff/login")


def test_password_and_code_open_the_console(anna: None, desk: Desk) -> None:
    seen = desk.login("anna")
    assert signed_in(seen)
    assert "anna 的姓名" in seen.text
    assert "初核员" in seen.text
    assert desk.open("/staff/login").url == "/staff"


def test_an_account_is_read_without_its_case(anna: None, desk: Desk) -> None:
    assert signed_in(desk.login("ANNA"))


def test_the_page_that_was_wanted_comes_after_signing_in(anna: None, desk: Desk) -> None:
    seen = desk.open("/staff/password")
    form = seen.form("/staff/login")
    assert form["to"] == "/staff/password"
    desk.stage.clock.forward(seconds=30)
    fields = {"account": "anna", "password": PASSWORD, "code": desk.code()}
    assert desk.post("/staff/login", form | fields).url == "/staff/password"


@pytest.mark.parametrize("to", ["https://evil.test", "//evil.test", "/staff/../me", "/bind", "\\x"])
def test_nobody_is_led_elsewhere(anna: None, desk: Desk, to: str) -> None:
    form = desk.open("/staff/login").form("/staff/login")
    desk.stage.clock.forward(seconds=30)
    fields = {"account": "anna", "password": PASSWORD, "code": desk.code(), "to": to}
    assert desk.post("/staff/login", form | fields).url == "/staff"


def without_token(seen: Seen) -> str:
    return seen.body.replace(seen.form("/staff/login")["token"], "")


def test_whoever_is_refused_gets_the_same_answer_for_the_same_work(
    anna: None, desk: Desk, stage: Stage
) -> None:
    hire(stage, "gone", Role.FIRST_REVIEWER)
    stage.world.staff.disable("gone")
    counter = Counter(stage)
    bodies, costs = [], []
    for account, password, code in (
        ("nobody", PASSWORD, None),
        ("anna", "wrong wrong wrong", None),
        ("anna", PASSWORD, "000000"),
        ("anna", PASSWORD, ""),
        ("gone", PASSWORD, None),
    ):
        form = desk.open("/staff/login").form("/staff/login")
        stage.clock.forward(seconds=30)
        shown = desk.code() if code is None else code
        fields = form | {"account": account, "password": password, "code": shown}
        seen: list[Seen] = []
        costs.append(
            counter.of(
                lambda fields=fields, seen=seen: seen.append(desk.post("/staff/login", fields))
            )
        )
        assert seen[0].status == 422
        assert texts.LOGIN_REFUSED in seen[0].text
        bodies.append(without_token(seen[0]).replace(f'value="{account}"', ""))
    assert len(set(bodies)) == 1
    assert costs == [["BatchGetItem", "GetItem", "TransactWriteItems", "PutItem"]] * 5


def test_neither_password_nor_code_come_back(anna: None, desk: Desk) -> None:
    seen = desk.login("anna", "wrong wrong wrong", "123456")
    form = seen.form("/staff/login")
    assert (form["account"], form["password"], form["code"]) == ("anna", "", "")


@pytest.mark.parametrize("account", ["anna", "nobody"])
def test_five_failures_lock_an_account_known_or_not(
    anna: None, desk: Desk, other: Desk, stage: Stage, account: str
) -> None:
    for _ in range(5):
        desk.login(account, "wrong wrong wrong")
    assert texts.LOGIN_REFUSED in desk.login(account).text
    assert texts.LOGIN_REFUSED in other.login(account).text
    stage.clock.forward(minutes=15)
    assert signed_in(desk.login(account)) == (account == "anna")


def test_a_lock_grows_and_success_forgets(anna: None, desk: Desk, stage: Stage) -> None:
    for _ in range(5):
        desk.login("anna", "wrong wrong wrong")
    stage.clock.forward(minutes=15)
    desk.login("anna", "wrong wrong wrong")
    stage.clock.forward(minutes=20)
    assert not signed_in(desk.login("anna"))
    stage.clock.forward(minutes=10)
    assert signed_in(desk.login("anna"))
    desk.post("/staff/logout", desk.open("/staff").form("/staff/logout"))
    for _ in range(4):
        desk.login("anna", "wrong wrong wrong")
    assert signed_in(desk.login("anna"))


def test_thirty_failures_lock_an_address(anna: None, desk: Desk, stage: Stage) -> None:
    for n in range(30):
        desk.login(f"someone-{n}", "wrong wrong wrong")
    assert not signed_in(desk.login("anna"))
    stage.clock.forward(minutes=15)
    assert signed_in(desk.login("anna"))


def test_a_code_is_good_once(anna: None, desk: Desk, other: Desk) -> None:
    code = desk.code()
    assert signed_in(desk.login("anna", code=code))
    assert not signed_in(other.login("anna", code=code))
    assert signed_in(other.login("anna"))


def test_a_login_needs_the_form_of_the_same_browser(anna: None, desk: Desk, other: Desk) -> None:
    other.open("/staff/login")
    stolen = desk.open("/staff/login").form("/staff/login")
    fields = stolen | {"account": "anna", "password": PASSWORD, "code": other.code()}
    seen = other.post("/staff/login", fields)
    assert (seen.status, "页面已过期" in seen.text) == (422, True)


def test_signing_in_makes_a_new_secret(anna: None, desk: Desk) -> None:
    desk.open("/staff/login")
    before = dict(desk.cookies)
    desk.login("anna")
    after = dict(desk.cookies)
    assert before["__Host-staff"] != after["__Host-staff"]
    desk.cookies = before
    assert signed_out(desk)


def test_signing_out_ends_the_session_on_the_server(anna: None, desk: Desk) -> None:
    desk.login("anna")
    kept = dict(desk.cookies)
    seen = desk.post("/staff/logout", desk.open("/staff").form("/staff/logout"))
    assert seen.url == "/staff/login"
    desk.cookies = kept
    assert signed_out(desk)


def test_an_idle_session_ends_and_a_used_one_goes_on(anna: None, desk: Desk, stage: Stage) -> None:
    desk.login("anna")
    for _ in range(3):
        stage.clock.forward(minutes=29)
        assert signed_in(desk.open("/staff"))
    stage.clock.forward(minutes=30)
    assert signed_out(desk)


def test_no_session_lives_longer_than_half_a_day(anna: None, desk: Desk, stage: Stage) -> None:
    desk.login("anna")
    for _ in range(12 * 3 - 1):
        stage.clock.forward(minutes=20)
        assert signed_in(desk.open("/staff"))
    stage.clock.forward(minutes=20)
    assert signed_out(desk)


def test_a_session_is_touched_once_a_minute_at_most(anna: None, desk: Desk, stage: Stage) -> None:
    counter = Counter(stage)
    desk.login("anna")
    queue = ["BatchGetItem", "Query"]
    assert counter.of(lambda: desk.open("/staff")) == queue
    stage.clock.forward(seconds=61)
    touched = ["BatchGetItem", "TransactWriteItems", "Query"]
    assert counter.of(lambda: desk.open("/staff")) == touched
    assert counter.of(lambda: desk.open("/staff")) == queue


@pytest.mark.parametrize(
    "end",
    [
        lambda stage: stage.world.staff.disable("anna"),
        lambda stage: stage.world.staff.reset("anna", hashed(NEW), stage.clock.now()),
    ],
    ids=["disabled", "reset"],
)
def test_a_changed_account_ends_its_sessions(
    anna: None, desk: Desk, stage: Stage, end: Callable[[Stage], None]
) -> None:
    desk.login("anna")
    end(stage)
    assert signed_out(desk)
    assert not signed_in(desk.login("anna"))


def test_a_cookie_names_its_own_account_only(anna: None, desk: Desk, stage: Stage) -> None:
    hire(stage, "boss", Role.ADMIN)
    desk.login("anna")
    desk.cookies["__Host-staff"] = desk.cookies["__Host-staff"].replace(".anna", ".boss")
    assert signed_out(desk)


@pytest.mark.parametrize(
    "cookie", ["", ".", "x", "x.anna", ".anna", "a.b.c", "." * 5000, "x.\u00e9"]
)
def test_a_broken_cookie_counts_as_none(anna: None, desk: Desk, cookie: str) -> None:
    desk.cookies["__Host-staff"] = cookie
    assert signed_out(desk)


def test_a_cookie_with_a_long_account_is_not_looked_for(desk: Desk, stage: Stage) -> None:
    desk.cookies["__Host-staff"] = "x." + "a" * 3000
    assert Counter(stage).of(lambda: desk.open("/staff/password", follow=False)) == []


def start(desk: Desk, stage: Stage) -> Seen:
    """Sign in with the temporary password."""
    stage.world.staff.reset("anna", hashed(PASSWORD), stage.clock.now().replace(year=2027))
    return desk.login("anna", code="")


def test_the_first_time_asks_for_a_password_and_an_authenticator(
    anna: None, desk: Desk, stage: Stage
) -> None:
    seen = start(desk, stage)
    assert seen.url == "/staff/setup"
    assert desk.open("/staff").url == "/staff/setup", "nothing else is open yet"
    assert desk.open("/staff/setup/code").url == "/staff/setup"
    form = seen.form("/staff/setup")
    seen = desk.post("/staff/setup", form | {"password": NEW, "again": NEW})
    assert seen.url == "/staff/setup/code"
    assert "data:image/svg+xml" in seen.body
    secret = secret_on(seen)
    assert seen.body.count(secret) == 0, "shown in groups of four"
    form = seen.form("/staff/setup/code")
    wrong = desk.post("/staff/setup/code", form | {"code": "000000"})
    assert (wrong.status, wrong.error("code")) == (422, texts.CODE_WRONG)
    assert secret_on(wrong) == secret
    form = wrong.form("/staff/setup/code")
    seen = desk.post("/staff/setup/code", form | {"code": desk.code(secret)})
    assert signed_in(seen)
    assert desk.open("/staff/setup").url == "/staff"
    again = Desk(desk.client, stage)
    assert not signed_in(again.login("anna", PASSWORD, desk.code(secret)))
    stage.clock.forward(seconds=30)
    assert signed_in(again.login("anna", NEW, code_after(again, secret)))


def secret_on(seen: Seen) -> str:
    code = next(e for e in seen.tree.iter() if e.get("class") == "st-secret")
    return "".join(code.itertext()).replace(" ", "")


def code_after(desk: Desk, secret: str) -> str:
    """The code of the step that `login` moves on to."""
    desk.stage.clock.forward(seconds=30)
    code = desk.code(secret)
    desk.stage.clock.forward(seconds=-30)
    return code


@pytest.mark.parametrize(
    ("password", "again", "field", "words"),
    [
        ("short", "short", "password", texts.TOO_SHORT),
        ("1qaz2wsx3edc", "1qaz2wsx3edc", "password", texts.TOO_COMMON),
        ("anna anna bella", "anna anna bella", "password", texts.NAMES_ACCOUNT),
        (NEW, NEW + "!", "again", texts.DIFFERS),
        (PASSWORD, PASSWORD, "password", texts.SAME_AS_BEFORE),
    ],
)
def test_a_bad_password_is_refused_beside_its_field(
    anna: None, desk: Desk, stage: Stage, password: str, again: str, field: str, words: str
) -> None:
    form = start(desk, stage).form("/staff/setup")
    seen = desk.post("/staff/setup", form | {"password": password, "again": again})
    assert (seen.status, seen.error(field)) == (422, words)
    assert seen.form("/staff/setup")["password"] == ""


def test_setting_up_goes_on_where_it_stopped(anna: None, desk: Desk, stage: Stage) -> None:
    form = start(desk, stage).form("/staff/setup")
    desk.post("/staff/setup", form | {"password": NEW, "again": NEW})
    later = Desk(desk.client, stage)
    seen = later.login("anna", NEW, "")
    assert seen.url == "/staff/setup/code"
    form = seen.form("/staff/setup/code")
    seen = later.post("/staff/setup/code", form | {"code": later.code(secret_on(seen))})
    assert signed_in(seen)
    assert signed_out(desk)


def test_a_temporary_password_ends(anna: None, desk: Desk, stage: Stage) -> None:
    ends = stage.clock.now().replace(day=26)
    stage.world.staff.reset("anna", hashed(PASSWORD), ends)
    stage.clock.at = ends
    assert texts.LOGIN_REFUSED in desk.login("anna", code="").text


def test_one_changes_ones_own_password(anna: None, desk: Desk, other: Desk) -> None:
    desk.login("anna")
    other.login("anna")
    form = desk.open("/staff/password").form("/staff/password")
    fields = form | {"current": "wrong wrong wrong", "password": NEW, "again": NEW}
    refused = desk.post("/staff/password", fields)
    assert refused.error("current") == texts.CURRENT_WRONG
    form = refused.form("/staff/password")
    seen = desk.post("/staff/password", form | {"current": PASSWORD, "password": NEW, "again": NEW})
    assert signed_in(seen)
    assert signed_out(other)
    assert not signed_in(other.login("anna", PASSWORD))
    assert signed_in(other.login("anna", NEW))


def test_what_is_kept_gives_nothing_away(anna: None, desk: Desk, stage: Stage) -> None:
    desk.login("anna")
    client = stage.world.aws.client("dynamodb")
    kept = "".join(
        str(client.scan(TableName=f"mutual-aid-local-{table}")["Items"])
        for table in ("office", "moments")
    )
    cookie = desk.cookies["__Host-staff"]
    for secret in (PASSWORD, SECRET, "anna 的姓名", cookie, cookie.partition(".")[0]):
        assert secret not in kept
