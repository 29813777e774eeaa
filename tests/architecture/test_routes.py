"""Every route has a guard, a cache policy, a form token where it writes, and pages for failures."""

from collections.abc import Iterator
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.web.answers import FOREVER, NO_STORE
from chalicelib.web.room import FORM, Door, Guard
from chalicelib.world import World
from infra import assets
from tests.architecture import house
from tests.fakes.cloud import settings
from tests.fakes.phone import Seen, check
from tests.fakes.time import FakeClock, FakeIds

FROZEN = "tests/architecture/routes.txt"
ROUTES = sorted(house.routes())
# Forms that scripts send from other pages: no page of their own shows them.
BY_SCRIPT = {"/documents": "pictures, one by one; the form around them goes on without"}
POSTS = [(method, path) for method, path in ROUTES if method != "GET"]


def line(method: str, path: str, door: Door) -> str:
    kept = {NO_STORE: "no-store", FOREVER: "forever"}.get(door.cache, door.cache)
    token = f" token={door.token}" if door.token else ""
    roles = f" role={'|'.join(sorted(door.roles))}" if door.roles else ""
    return f"{method:4} {path} {door.guard} {kept}{token}{roles}"


def test_no_route_appears_or_vanishes_without_a_decision() -> None:
    current = [line(method, path, door) for (method, path), door in sorted(house.doors().items())]
    frozen = [text for text in house.read(FROZEN).splitlines() if not text.startswith("#")]
    assert current == frozen, f"If it is meant, {FROZEN} must say:\n" + "\n".join(current)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_route_has_a_door(method: str, path: str) -> None:
    door = house.doors()[method, path]
    assert isinstance(door, Door), f"{method} {path} was not opened by a Room"
    assert door.guard in Guard
    assert door.cache in (NO_STORE, FOREVER)
    assert door.handler.__doc__, f"{door.handler.__name__} does not say what it is for"


@pytest.mark.parametrize(("method", "path"), POSTS)
def test_what_writes_needs_a_form_token(method: str, path: str) -> None:
    door = house.doors()[method, path]
    if door.guard is Guard.SIGNED:
        assert FORM not in house.routes()[method, path].content_types
        return
    assert house.routes()[method, path].content_types == [FORM]
    assert door.token, f"{path} takes forms without a token"
    page = ("GET", door.token) in house.routes()
    assert page or door.token in BY_SCRIPT, f"no page holds the token of {path}"
    assert door.cache == NO_STORE


def test_only_files_named_by_their_content_are_kept() -> None:
    kept = [path for (_, path), door in house.doors().items() if door.cache != NO_STORE]
    assert kept == ["/static/{name}"]


class Gone:
    """Something behind the service that fails whatever is asked."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("李示例 11010519491231002X")


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    assets.build()
    app, clock = house.app(), FakeClock()
    app.world = World(settings(), clock, FakeIds(clock), {"aws": Gone()})
    with Client(app) as made:
        yield made


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_when_everything_behind_is_gone_an_answer_is_still_ours(
    client: Client, method: str, path: str
) -> None:
    filled = path.replace("{category}", "news").replace("{key}", "k")
    filled = filled.replace("{name}", "none").replace("{switch}", "on")
    content = house.routes()[method, path].content_types[0]
    answer = client.http.request(method, filled, headers={"content-type": content}, body=b"x=1")
    seen = Seen(answer.status_code, dict(answer.headers), answer.body.decode(), filled)
    check(seen)
    assert not seen.headers["Content-Type"].startswith("application/json")
    for secret in ("Traceback", "RuntimeError", "李示例", "11010519491231002X"):
        assert secret not in seen.body
