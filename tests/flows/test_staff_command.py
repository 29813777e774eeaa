"""Accounts from the command line: shown first, asked, and a password that is seen once."""

import io
import json
from pathlib import Path

import pytest
from chalice.test import Client
from click.testing import CliRunner
from rich.console import Console

from chalicelib.casework.machine import Role
from infra import staff
from infra.cli import main
from infra.errors import InfraError
from infra.staff import Office, Person
from infra.ui import Ui
from tests.fakes.cloud import Stage
from tests.fakes.desk import Desk, hire

ANNA = Person("anna", "韦安娜", ("first_reviewer",), ("来宾市",))


@pytest.fixture
def shown() -> io.StringIO:
    return io.StringIO()


def office(stage: Stage, shown: io.StringIO, *, yes: bool = True) -> Office:
    ui = Ui(yes=yes, console=Console(file=shown, width=120))
    return Office(stage.world.staff, stage.clock, stage.ids, ui)


def test_a_new_account_begins_with_the_shown_password(
    client: Client, stage: Stage, shown: io.StringIO
) -> None:
    password = staff.add(office(stage, shown), ANNA)
    for words in ("anna", "韦安娜", "初核员", "来宾市", "2026-11-26 14:28"):
        assert words in shown.getvalue()
    assert password not in shown.getvalue()
    assert len(password.replace("-", "")) == 20
    desk = Desk(client, stage)
    assert desk.login("anna", password, "").url == "/staff/setup"
    stage.clock.forward(hours=72)
    assert desk.login("anna", password, "").status == 422


def test_nothing_changes_unasked(stage: Stage, shown: io.StringIO) -> None:
    hire(stage, "bob", Role.ADMIN)
    asking = office(stage, shown, yes=False)
    for change in (
        lambda: staff.add(asking, ANNA),
        lambda: staff.disable(asking, "bob"),
        lambda: staff.reset_totp(asking, "bob"),
    ):
        with pytest.raises(InfraError, match="Nothing was changed"):
            change()
    assert [item.sk for item in stage.world.staff.everyone()] == ["bob"]
    bob = stage.world.staff.find("bob")
    assert bob is not None
    assert (bob.disabled, bob.epoch) == (False, 1)


@pytest.mark.parametrize(
    ("person", "words"),
    [
        (Person("A", "x", ("admin",)), "ACCOUNT"),
        (Person("1anna", "x", ("admin",)), "ACCOUNT"),
        (Person("anna.b", "x", ("admin",)), "ACCOUNT"),
        (Person("anna", "x", ()), "--role"),
        (Person("anna", "x", ("employee",)), "--role"),
        (Person("anna", "x", ("senior_reviewer", "first_reviewer"), ("来宾市",)), "beside"),
        (Person("anna", "x", ("first_reviewer",), ("来宾",)), "--prefecture"),
        (Person("anna", "x", ("first_reviewer",), ()), "--prefecture"),
    ],
)
def test_what_cannot_be_is_refused(
    stage: Stage, shown: io.StringIO, person: Person, words: str
) -> None:
    with pytest.raises(InfraError, match=words):
        staff.add(office(stage, shown), person)


def test_an_account_is_opened_once(stage: Stage, shown: io.StringIO) -> None:
    staff.add(office(stage, shown), ANNA)
    with pytest.raises(InfraError, match="已存在"):
        staff.add(office(stage, shown), ANNA)


def test_everywhere_is_all_fourteen(stage: Stage, shown: io.StringIO) -> None:
    person = Person("bob", "覃", ("second_reviewer", "auditor"), (staff.EVERYWHERE,))
    staff.add(office(stage, shown), person)
    item = stage.world.staff.find("bob")
    assert item is not None
    assert len(item.prefectures) == 14


def test_a_reset_begins_again_and_a_disabled_account_does_not(
    client: Client, stage: Stage, shown: io.StringIO
) -> None:
    hire(stage, "anna", Role.FIRST_REVIEWER)
    desk = Desk(client, stage)
    desk.login("anna")
    password = staff.reset_totp(office(stage, shown), "anna")
    assert desk.open("/staff").url.startswith("/staff/login")
    assert desk.login("anna", password, "").url == "/staff/setup"
    staff.disable(office(stage, shown), "anna")
    assert desk.open("/staff").url.startswith("/staff/login")
    with pytest.raises(InfraError, match="disabled for good"):
        staff.reset_totp(office(stage, shown), "anna")
    with pytest.raises(InfraError, match="no account 'carl'"):
        staff.disable(office(stage, shown), "carl")


def test_the_list_says_who_can_sign_in(stage: Stage, shown: io.StringIO) -> None:
    desk = office(stage, shown)
    hire(stage, "bob", Role.ADMIN)
    hire(stage, "gone", Role.AUDITOR)
    staff.add(desk, ANNA)
    staff.disable(desk, "gone")
    desk.ui.console.print(staff.listed(desk))
    rows = [row for row in shown.getvalue().splitlines() if "2026-11-23" in row]
    states = [("anna", "to be set up"), ("bob", "active"), ("gone", "disabled")]
    assert all(any(a in row and state in row for row in rows) for a, state in states)


def test_demo_accounts_can_sign_in_and_stay(
    client: Client, stage: Stage, shown: io.StringIO, tmp_path: Path
) -> None:
    desk = office(stage, shown)
    path = staff.demo(desk, tmp_path, local=True)
    entries = json.loads(path.read_text("utf-8"))
    assert staff.demo(desk, tmp_path, local=True).read_text("utf-8") == path.read_text("utf-8")
    for entry in entries:
        browser = Desk(client, stage)
        stage.clock.forward(seconds=30)
        code = browser.code(entry["totp"])
        stage.clock.forward(seconds=-30)
        seen = browser.login(entry["account"], entry["password"], code)
        assert seen.url == "/staff"
        assert entry["name"] in seen.text
    path.unlink()
    with pytest.raises(InfraError, match="FRESH=1"):
        staff.demo(desk, tmp_path, local=True)


def test_the_demo_has_enough_people_for_every_second_signature() -> None:
    held = [set(person.roles) for person in staff.DEMO]
    assert {role for roles in held for role in roles} == set(staff.ROLES)
    assert held.count({"finance"}) == 2
    assert {"second_reviewer"} in held, "somebody whom large amounts are kept from"


def test_demo_accounts_are_for_one_machine_only(
    stage: Stage, shown: io.StringIO, tmp_path: Path
) -> None:
    with pytest.raises(InfraError, match="local only"):
        staff.demo(office(stage, shown), tmp_path, local=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["add", "disable", "reset-totp", "list"])
def test_each_command_explains_itself(command: str) -> None:
    answer = CliRunner().invoke(main, ["staff", command, "--help"])
    assert answer.exit_code == 0
    assert "--stage" in answer.output
