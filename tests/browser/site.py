"""The stage that all tests of a run share, seen by the people on the pages."""

import fcntl
import json
import urllib.request
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from chalicelib.core.clock import BEIJING, SystemClock
from infra.demo.people import Employee
from infra.demo.roster import EMPLOYEES, people
from tests.stage import Running

_ANSWER_SECONDS = 30


@dataclass(frozen=True)
class Site:
    """Where the product and the phone page answer, and who may be played."""

    running: Running
    folder: Path

    @cached_property
    def front(self) -> str:
        return self.running.url

    @cached_property
    def phone(self) -> str:
        return self.running.phone_url

    def say(self, path: str, **order: Any) -> dict[str, Any]:
        """Post to the simulators' remote control."""
        request = urllib.request.Request(
            f"{self.phone}{path}",
            data=json.dumps(order).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:
            return dict(json.load(answer))

    def new_phone(self) -> str:
        """Return the id of a phone with a new WeChat user in it."""
        return str(self.say("/sim/phones")["phone"]["id"])

    def codes(self, number: str) -> list[str]:
        """Return the codes that were sent to a number, newest first."""
        url = f"{self.phone}/sim/sms?number={number}"
        with urllib.request.urlopen(url, timeout=_ANSWER_SECONDS) as answer:
            return [message["code"] for message in json.load(answer)["messages"]]

    def next_employee(self) -> Employee:
        """Return an employee of the demo roster that no other test has."""
        counter = self.folder / "employees-taken"
        with counter.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            taken = len(file.read())
            file.write(".")
        return _roster()[taken]


@cache
def _roster() -> list[Employee]:
    today = SystemClock().now().astimezone(BEIJING).date()
    return list(people(EMPLOYEES, today))
