"""`python -m infra staff …`: who may sign in to the console. Shows first, asks, then changes.

A temporary password is printed once and kept nowhere; it ends after 72 hours. Recovery of a
forgotten password or a lost phone is `reset-totp`, by somebody who knows the person.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from rich.table import Table

from chalicelib.casework.machine import Role
from chalicelib.core.clock import Clock, SystemClock, beijing_minute
from chalicelib.core.errors import AppError
from chalicelib.core.ids import Ids, SystemIds
from chalicelib.core.places import PREFECTURES
from chalicelib.staff import passwords, totp
from chalicelib.store.staff import NewAccount, Staff, StaffItem
from chalicelib.store.tables import Database
from infra import keyring
from infra.errors import InfraError
from infra.session import Cloud
from infra.ui import Ui

TEMPORARY: Final = timedelta(hours=72)
EVERYWHERE: Final = "全区"
ROLES: Final = tuple(role.value for role in Role if role not in (Role.EMPLOYEE, Role.SYSTEM))
_SEES_CASES: Final = {"first_reviewer", "second_reviewer", "finance", "auditor"}
_ACCOUNT: Final = re.compile(r"[a-z][a-z0-9_-]{1,31}")


@dataclass(frozen=True)
class Office:
    """What the commands work with: a stage's accounts, a clock, ids, the screen."""

    staff: Staff
    clock: Clock
    ids: Ids
    ui: Ui


@dataclass(frozen=True)
class Person:
    """Somebody to be given an account."""

    account: str
    name: str
    roles: tuple[str, ...]
    prefectures: tuple[str, ...] = ()
    member_id: str = ""


def connect(cloud: Cloud, ui: Ui) -> Office:
    """Connect to a deployed stage with the operator's own credentials."""
    cloud.verify()
    clock = SystemClock()
    vault = keyring.open_vault(cloud)
    database = Database(cloud.client("dynamodb"), cloud.stage.prefix).use()
    return Office(Staff(database, vault), clock, SystemIds(clock), ui)


def add(office: Office, person: Person) -> str:
    """Open an account after asking; returns the temporary password.

    Raises InfraError for names, roles or prefectures that cannot be.
    """
    prefectures = _checked(person)
    ends = office.clock.now() + TEMPORARY
    rows = [
        ("account", person.account),
        ("name", person.name),
        ("roles", "、".join(Role(role).label for role in person.roles)),
        ("prefectures", "、".join(prefectures) or "none"),
        ("own employee record", person.member_id or "none"),
        ("temporary password until", beijing_minute(ends)),
    ]
    _show(office, "New account", rows)
    office.ui.confirm(f"Open {person.account}?")
    password = temporary_password(office.ids)
    _open(office, person, password)
    return password


def disable(office: Office, account: str) -> None:
    """End an account and all its sessions, after asking."""
    _show(office, "Disable", _facts(office, _existing(office, account)))
    office.ui.confirm(f"Disable {account}? Its sessions end at once.")
    _try(lambda: office.staff.disable(account))


def reset_totp(office: Office, account: str) -> str:
    """Forget password and authenticator, after asking; returns a temporary password."""
    item = _existing(office, account)
    if item.disabled:
        raise InfraError(f"{account} is disabled for good. Open a new account instead.")
    _show(office, "Reset", _facts(office, item))
    office.ui.confirm(f"Forget password and authenticator of {account}? Its sessions end at once.")
    password = temporary_password(office.ids)
    ends = office.clock.now() + TEMPORARY
    _try(lambda: office.staff.reset(account, passwords.hashed(password), ends))
    return password


def listed(office: Office) -> Table:
    """Return all accounts as a table."""
    table = Table(title="Staff", title_justify="left")
    for head in ("account", "name", "roles", "prefectures", "state", "since"):
        table.add_column(head)
    for item in office.staff.everyone():
        facts = dict(_facts(office, item))
        since = beijing_minute(item.created_at)
        table.add_row(
            item.sk, facts["name"], facts["roles"], facts["prefectures"], facts["state"], since
        )
    return table


def temporary_password(ids: Ids) -> str:
    """Return a password to be read out over a telephone: twenty letters and digits, in fours."""
    digest = hashlib.sha256(ids.token().encode()).digest()
    letters = base64.b32encode(digest).decode().lower()[:20]
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


DEMO: Final = (
    Person("chuhe", "韦初核", ("first_reviewer",), (EVERYWHERE,)),
    Person("fuhe", "覃复核", ("second_reviewer",), (EVERYWHERE,)),
    Person("zishen", "梁资深", ("second_reviewer", "senior_reviewer"), (EVERYWHERE,)),
    Person("laibin", "莫来宾", ("first_reviewer", "second_reviewer"), ("来宾市",)),
    Person("caiwu", "黄财务", ("finance",), (EVERYWHERE,)),
    Person("fangxing", "农放行", ("finance",), (EVERYWHERE,)),
    Person("bianji", "谢编辑", ("editor",), ()),
    Person("guanli", "陆管理", ("admin",), ()),
    Person("shenji", "蒙审计", ("auditor",), (EVERYWHERE,)),
)


def demo(office: Office, folder: Path, *, local: bool) -> Path:
    """Open the demo accounts, ready to sign in; `demo-staff.json` says how.

    For the stage on one machine only: their passwords and authenticators lie in that file.
    It is written first, so that no account is ever open without it.
    """
    if not local:
        raise InfraError("Demo accounts are for stage local only.")
    path = folder / "demo-staff.json"
    known = {entry["account"]: entry for entry in _read(path)}
    entries = [known.get(person.account) or _demo_entry(office, person) for person in DEMO]
    path.write_text(json.dumps(entries, ensure_ascii=False, indent=1), "utf-8")
    there = {item.sk for item in office.staff.everyone()}
    for person, entry in zip(DEMO, entries, strict=True):
        if person.account in there and entry is not known.get(person.account):
            raise InfraError(f"{path} was lost. `make run FRESH=1` starts over.")
        if person.account not in there:
            _open(office, person, entry["password"], totp_secret=entry["totp"])
    return path


def _demo_entry(office: Office, person: Person) -> dict[str, str]:
    return {
        "account": person.account,
        "name": person.name,
        "roles": "、".join(Role(role).label for role in person.roles),
        "password": temporary_password(office.ids),
        "totp": totp.new_secret(office.ids.token()),
    }


def _open(office: Office, person: Person, password: str, *, totp_secret: str = "") -> None:
    now = office.clock.now()
    new = NewAccount(
        account=person.account,
        name=person.name,
        roles=frozenset(person.roles),
        prefectures=frozenset(_checked(person)),
        member_id=person.member_id,
        password=passwords.hashed(password),
        setup_until=now + TEMPORARY,
        totp=totp_secret,
    )
    _try(lambda: office.staff.add(new, now))


def _read(path: Path) -> list[dict[str, str]]:
    return list(json.loads(path.read_text("utf-8"))) if path.is_file() else []


def _checked(person: Person) -> tuple[str, ...]:
    """Return the prefectures in full; raises InfraError naming what is wrong."""
    if not _ACCOUNT.fullmatch(person.account):
        raise InfraError("ACCOUNT is 2 to 32 of a-z, 0-9, _ and -, beginning with a letter.")
    unknown = [role for role in person.roles if role not in ROLES]
    if unknown or not person.roles:
        raise InfraError(f"--role is one of {', '.join(ROLES)}.")
    if "senior_reviewer" in person.roles and "second_reviewer" not in person.roles:
        raise InfraError("--role senior_reviewer is held beside second_reviewer: name both.")
    if EVERYWHERE in person.prefectures:
        return PREFECTURES
    wrong = [place for place in person.prefectures if place not in PREFECTURES]
    blind = not person.prefectures and _SEES_CASES & set(person.roles)
    if wrong or blind:
        raise InfraError(f"--prefecture is {EVERYWHERE} or one of {'、'.join(PREFECTURES)}.")
    return tuple(place for place in PREFECTURES if place in person.prefectures)


def _existing(office: Office, account: str) -> StaffItem:
    item = office.staff.find(account)
    if item is None:
        raise InfraError(f"There is no account {account!r}. `staff list` shows all.")
    return item


def _facts(office: Office, item: StaffItem) -> list[tuple[str, str]]:
    state = "active" if item.totp else "to be set up"
    return [
        ("account", item.sk),
        ("name", office.staff.name(item)),
        ("roles", "、".join(role.label for role in Role if role.value in item.roles)),
        ("prefectures", "、".join(p for p in PREFECTURES if p in (item.prefectures or ()))),
        ("state", "disabled" if item.disabled else state),
    ]


def _show(office: Office, title: str, rows: list[tuple[str, str]]) -> None:
    table = Table(title=title, title_justify="left", show_header=False)
    for row in rows:
        table.add_row(*row)
    office.ui.console.print(table)


def _try(change: Callable[[], None]) -> None:
    try:
        change()
    except AppError as error:
        raise InfraError(error.message) from error
