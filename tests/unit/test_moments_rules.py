"""Short-lived items end at their second, whether DynamoDB removed them or not."""

from typing import Any

import pytest

from chalicelib.core.errors import Unavailable
from chalicelib.store.moments import Moments
from tests.fakes.time import FakeClock

KEY = "code#digest"


class OneItem:
    """A client whose table holds what a test puts there, and never deletes by itself."""

    def __init__(self) -> None:
        self.item: dict[str, Any] | None = None
        self.unprocessed: dict[str, Any] = {}

    def put_item(self, *, TableName: str, Item: dict[str, Any]) -> None:  # noqa: N803
        self.item = Item

    def get_item(self, **request: Any) -> dict[str, Any]:
        assert request["ConsistentRead"] is True
        return {"Item": self.item} if self.item else {}

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        assert all(request["ConsistentRead"] for request in RequestItems.values())
        found = [self.item] if self.item else []
        return {"Responses": {"t": found}, "UnprocessedKeys": self.unprocessed}


@pytest.fixture
def client() -> OneItem:
    return OneItem()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def moments(client: OneItem, clock: FakeClock) -> Moments:
    return Moments(client, "t", clock)


@pytest.mark.parametrize(("age", "there"), [(0, True), (299, True), (300, False), (90_000, False)])
def test_an_item_is_valid_until_its_second(
    moments: Moments, clock: FakeClock, *, age: int, there: bool
) -> None:
    moments.put(KEY, {"code": "x"}, 300)
    clock.forward(seconds=age)
    assert (moments.get(KEY) is not None) == there
    assert (KEY in moments.get_together([KEY])) == there


def test_values_come_back_as_text(moments: Moments) -> None:
    moments.put(KEY, {"code": "x", "tries": "3"}, 300)
    values = moments.get(KEY)
    assert values is not None
    assert {name: values[name] for name in ("code", "tries")} == {"code": "x", "tries": "3"}


def test_half_an_answer_is_no_answer(moments: Moments, client: OneItem) -> None:
    client.unprocessed = {"t": {"Keys": [Moments.key(KEY)]}}
    with pytest.raises(Unavailable):
        moments.get_together([KEY])
