"""A desk in the office: a browser of staff in front of the app, and people to sit there."""

from collections.abc import Callable
from typing import Any

import pyotp
from chalice.test import Client

from chalicelib.casework.case import Actor, Case
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.staff import passwords
from chalicelib.store.staff import NewAccount
from tests.fakes.cloud import Stage
from tests.fakes.parcel import PARCEL
from tests.fakes.phone import Phone, Seen

PASSWORD = "木棉花开 在 南宁 9 月"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_HASHES: dict[str, str] = {}


def hashed(password: str) -> str:
    """Hash a password once for all tests."""
    if password not in _HASHES:
        _HASHES[password] = passwords.hashed(password)
    return _HASHES[password]


def hire(
    stage: Stage,
    account: str,
    *roles: Role,
    prefectures: tuple[str, ...] = ("来宾市",),
    member_id: str = "",
    ready: bool = True,
) -> None:
    """Open an account; `ready` ones have their own password and an authenticator."""
    now = stage.clock.now()
    new = NewAccount(
        account=account,
        name=f"{account} 的姓名",
        roles=frozenset(role.value for role in roles),
        prefectures=frozenset(prefectures),
        member_id=member_id,
        password=hashed(PASSWORD),
        setup_until=now,
        totp=SECRET if ready else "",
    )
    stage.world.staff.add(new, now)


class Desk(Phone):
    """One browser of staff."""

    def __init__(self, client: Client, stage: Any) -> None:
        super().__init__(client, stage, "")

    def code(self, secret: str = SECRET) -> str:
        """Return what the authenticator shows now."""
        return pyotp.TOTP(secret).at(self.stage.clock.now())

    def login(self, account: str, password: str = PASSWORD, code: str | None = None) -> Seen:
        """Sign in with the code of a step that was not used yet."""
        form = self.open("/staff/login").form("/staff/login")
        self.stage.clock.forward(seconds=30)
        shown = self.code() if code is None else code
        return self.post(
            "/staff/login", form | {"account": account, "password": password, "code": shown}
        )

    def press(self, page: Seen, path: str, **fields: str) -> Seen:
        """Press a button of the case page that sends its form to `path`."""
        form = case_form(page)
        return self.post(path, form | fields)

    def decide(self, number: str, action: str, **fields: str) -> Seen:
        """Decide as a reviewer does: look, choose, read the question, say yes."""
        page = self.open(f"/staff/cases/{number}")
        asked = self.press(page, f"/staff/cases/{number}/confirm", action=action, **fields)
        if f"/staff/cases/{number}/decide" not in asked.body:
            return asked
        sure = asked.form(f"/staff/cases/{number}/decide")
        return self.post(f"/staff/cases/{number}/decide", sure)


def case_form(page: Seen) -> dict[str, str]:
    """Return the form of a case page, as it stands."""
    return page.form(page.url.partition("?")[0].removesuffix("/decide") + "/confirm")


def path(case: Case, rest: str = "") -> str:
    """Return the address of a case, or of something below it."""
    return f"/staff/cases/{case.number}{rest}"


class Office:
    """Desks in one office: the first time somebody sits down, they get an account."""

    def __init__(self, client: Client, stage: Stage) -> None:
        self._client = client
        self._stage = stage
        self._hired: set[str] = set()

    def sit(self, account: str, *roles: Role, **facts: Any) -> Desk:
        """Give somebody a desk, signed in."""
        if account not in self._hired:
            self._hired.add(account)
            hire(self._stage, account, *roles, **facts)
        desk = Desk(self._client, self._stage)
        assert desk.login(account).url == "/staff"
        return desk

    def send(self, member: str = "1001", prefecture: str = "来宾市", what: str = "一本书") -> Case:
        """Hand in a parcel."""
        register(PARCEL)
        self._stage.clock.forward(seconds=1)
        step = Step(
            "submit",
            Actor(Role.EMPLOYEE, member),
            self._stage.ids.token(),
            data={"what": what},
        )
        return Casework(self._stage.world).open(PARCEL, member, prefecture, step)


Sit = Callable[..., Desk]
"""`Office.sit`."""
Send = Callable[..., Case]
"""`Office.send`."""
