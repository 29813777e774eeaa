"""What a page reads as the house grows: nothing more.

One employee is insured, has a message, and three applications: one waits for its reviewer, one for
its payment, one is in a batch. Beside them a crowd has the same. Then the employee opens and sends all that there is,
and so do a reviewer, somebody of finance and an auditor, each request counted.
"""

import tempfile
from pathlib import Path

from chalice.test import Client
from moto import mock_aws

from chalicelib.casework.case import Case
from chalicelib.casework.machine import Role
from tests.bench import crowd, scenes
from tests.bench.walk import Step, Walker, route_of, tour
from tests.fakes.cloud import Stage, make_stage
from tests.fakes.desk import Desk, hire, path
from tests.fakes.light import lighten
from tests.fakes.payroom import PayRoom
from tests.flows import claiming
from tests.flows.binding import bind

SHOWN = (
    *("/", "/me", "/messages", "/enrolments", "/subsidies", "/subsidies/{number}"),
    *("/staff", "/staff/cases/{number}", "/staff/payouts/new", "/staff/audit"),
)
SIZES, FULL = (1_000, 10_000), (1_000, 10_000, 100_000, 1_000_000)
STAFF = {"anna": Role.FIRST_REVIEWER, "fay": Role.FINANCE, "dora": Role.AUDITOR}

Count = tuple[str, str, int, tuple[str, ...], int]
"""Method, route, status, round trips, items read."""


class Watched(Desk, Walker):
    """A browser of staff that writes down what every request of it took."""


def table(sizes: tuple[int, ...]) -> list[str]:
    """Return trips and items of pages beside the number of people, as lines of a table."""
    lines = [
        "| members | their items | " + " | ".join(SHOWN) + " | all requests |",
        "|--:|--:|" + "---|" * (len(SHOWN) + 1),
    ]
    first: list[Count] = []
    for size in sizes:
        items, found = counts(size)
        first = first or found
        assert found == first, differences(first, found)
        pages = {route: f"{len(trips)}/{read}" for _, route, _, trips, read in reversed(found)}
        trips = sum(len(trips) for *_, trips, _ in found)
        read = sum(read for *_, read in found)
        cells = [*(pages[route] for route in SHOWN), f"{len(found)}: {trips:,}/{read:,}"]
        lines.append(f"| {size:,} | {items:,} | " + " | ".join(cells) + " |")
    return lines


def differences(one: list[Count], other: list[Count]) -> list[tuple[Count, Count]]:
    """Return the requests that did not take the same."""
    return [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]


def counts(size: int) -> tuple[int, list[Count]]:
    """Return how many items a crowd has, and what each request took beside it."""
    from app import app

    with (
        mock_aws(),
        Client(app) as client,
        tempfile.TemporaryDirectory(prefix="mutual-aid-crowd-") as folder,
    ):
        stage = make_stage()
        lighten()
        app.world = stage.world
        room = PayRoom(stage)
        for account, role in STAFF.items():
            hire(stage, account, role)
        before = {crowd.name(item) for _, item in crowd.items()}
        phone = Walker(client, stage)
        member_id = scenes.person(stage)
        case, batch = _settle(phone, room, member_id)
        people = crowd.Crowd(Path(folder), before)
        people.grow(size)
        phone.steps.clear()
        desks = _staff(client, stage, case, batch)
        tour(phone, stage, member_id)
        steps = [step for one in (phone, *desks) for step in one.steps]
        return len(people), [_counted(step) for step in steps]


def _settle(phone: Walker, room: PayRoom, member_id: str) -> tuple[Case, str]:
    """Let an employee be one of many; returns what waits for a reviewer, and a batch."""
    stage = room.stage
    bind(phone, stage)
    scenes.tell(stage, member_id, "m0")
    claiming.payable(stage, claiming.claim(stage, member_id))
    batch = room.gather()
    claiming.payable(stage, claiming.claim(stage, member_id))
    case = claiming.claim(stage, member_id)
    desk = Desk(phone.client, stage)
    desk.login("dora")
    desk.open(f"/staff/cases/{case.number}")
    return case, batch


def _staff(client: Client, stage: Stage, case: Case, batch: str) -> list[Watched]:
    """Let each of the staff look at what they may, and one decide."""
    anna, fay, dora = (Watched(client, stage) for _ in STAFF)
    for account, desk in zip(STAFF, (anna, fay, dora), strict=True):
        desk.login(account)
    for page in ("", "?state=first_review", f"/find?number={case.number}"):
        anna.open(f"/staff{page}")
    _decide(anna, case)
    for page in ("", "/new", "/disputes", f"/{batch}"):
        fay.open(f"/staff/payouts{page}")
    for page in ("audit", "statistics", "statistics/csv", "payouts"):
        dora.open(f"/staff/{page}")
    return [anna, fay, dora]


def _decide(desk: Desk, case: Case) -> None:
    asked = desk.press(desk.open(path(case)), path(case, "/confirm"), action="approve")
    sure = asked.form(path(case, "/decide"))
    sure.pop("then", None)  # would lead to another's case: the crowd's are sealed for somebody else
    desk.post(path(case, "/decide"), sure)


def _counted(step: Step) -> Count:
    method, route = route_of(step.method, step.path)
    return method, route, step.status, step.trips, step.items
