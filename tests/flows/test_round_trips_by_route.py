"""Every route of an employee, from the route table: a page two round trips, a submission three."""

from collections.abc import Callable

from chalice.test import Client

from chalicelib.web.room import Guard
from tests import figures
from tests.architecture import house
from tests.bench.walk import Walker, press, route_of, walk
from tests.fakes.cloud import Stage
from tests.flows.binding import bind

PAGE, SUBMIT = 2, 3
ELSEWHERE: dict[tuple[str, str], str] = {}
"""Routes that the walk does not take, and where their trips are counted."""

REFUSED: dict[tuple[str, str], str] = {
    ("POST", "/privacy/account/confirm"): "who walks has open cases; counted below",
}
"""Forms that the walk sends and that are not taken."""


def employees() -> set[tuple[str, str]]:
    """The routes of whoever has a session."""
    ours = (Guard.MEMBER, Guard.VISITOR)
    return {route for route, door in house.doors().items() if door.guard in ours}


def test_no_route_takes_more_trips_than_it_may(
    client: Client, stage: Stage, enrol: Callable[..., str]
) -> None:
    phone = Walker(client, stage)
    walk(phone, stage, enrol())
    walked: dict[tuple[str, str], tuple[str, ...]] = {}
    taken: set[tuple[str, str]] = set()
    for step in phone.steps:
        route = route_of(step.method, step.path)
        walked[route] = max(walked.get(route, ()), step.trips, key=len)
        taken |= {route} if step.status in (200, 303) else set()
    assert walked.keys() - taken == REFUSED.keys(), "a form whose success nobody counts"
    ours = {route: trips for route, trips in walked.items() if route in employees()}
    limits = {route: PAGE if route[0] == "GET" else SUBMIT for route in ours}
    slow = {route: trips for route, trips in ours.items() if len(trips) > limits[route]}
    assert not slow
    assert employees() == ours.keys() | ELSEWHERE.keys(), "a route that nobody counts"
    figures.note("employee routes with counted round trips", len(ours))
    most = max(len(trips) for (method, _), trips in ours.items() if method == "GET")
    figures.note("most round trips of an employee page", f"{most}")


def test_an_account_is_deleted_once_a_life(
    client: Client, stage: Stage, enrol: Callable[..., str]
) -> None:
    enrol()
    phone = Walker(client, stage)
    bind(phone, stage)
    stage.clock.forward(minutes=30)
    here = "/privacy/account/confirm"
    press(phone, here, "/privacy/account/code")
    seen = press(phone, here, here, code=stage.sms.sent[-1].params[0])
    assert seen.headers["Location"] == "/privacy/account/deleted"
    assert [*phone.steps[-1].trips] == ["BatchGetItem", "UpdateItem", "TransactWriteItems"]
