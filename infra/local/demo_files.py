"""What the demo left for the phone page: people to bind, staff who sign in to the console."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pyotp
from pydantic import BaseModel, ConfigDict, TypeAdapter

from chalicelib.staff.totp import STEP_SECONDS
from infra.local.wechat.state import Clock


class StaffEntry(BaseModel):
    """One account of demo-staff.json; `totp` is the authenticator's secret."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    account: str
    name: str
    roles: str
    password: str
    totp: str


_ENTRIES: Final = TypeAdapter(list[StaffEntry])


class DemoFiles:
    """Reads the files anew at each call: `make run` writes them while the page is open."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._people = folder / "demo-people.json"
        self._staff = folder / "demo-staff.json"
        self._clock = clock

    def people(self) -> list[dict[str, str]] | None:
        """The people to bind; None before the roster is there."""
        try:
            people = json.loads(self._people.read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return people if isinstance(people, list) else None

    def staff(self) -> dict[str, Any]:
        """The accounts with the codes of this moment, `left` seconds before they change.

        An authenticator's secret stays here: the page stands in for its screen only.
        """
        now = self._clock()
        return {
            "staff": self._accounts(int(now)),
            "seconds": STEP_SECONDS,
            "left": STEP_SECONDS - now % STEP_SECONDS,
        }

    def _accounts(self, now: int) -> list[dict[str, str]] | None:
        try:
            entries = _ENTRIES.validate_json(self._staff.read_bytes())
            return [_shown(entry, now) for entry in entries]
        except (FileNotFoundError, ValueError):
            return None


def _shown(entry: StaffEntry, now: int) -> dict[str, str]:
    code = pyotp.TOTP(entry.totp, interval=STEP_SECONDS).at(now)
    return entry.model_dump(exclude={"totp"}) | {"code": code}
