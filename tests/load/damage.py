"""What somebody could lose, double or alter behind the back of a load: the comparison must see it.

Each damage is done while it is looked at, and undone.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

from chalicelib.casework.service import Casework
from chalicelib.store import keys
from chalicelib.store.messages import Messages
from tests.load.town import Town

Item = dict[str, Any]
Damage = Callable[[Town, str], AbstractContextManager[None]]
"""Done to a town and one of its cases, of which somebody was told."""


@contextmanager
def _sms_lost(town: Town, number: str) -> Iterator[None]:
    name = _sms(town, number)
    kept = town.mail.seen.pop(name)
    yield
    town.mail.seen[name] = kept


@contextmanager
def _sms_twice(town: Town, number: str) -> Iterator[None]:
    town.mail.seen["again"] = town.mail.seen[_sms(town, number)]
    yield
    del town.mail.seen["again"]


@contextmanager
def _act_lost(town: Town, number: str) -> Iterator[None]:
    del number
    act = next(iter(town.confirmed))
    town.confirmed[act] += 1
    yield
    town.confirmed[act] -= 1


@contextmanager
def _act_twice(town: Town, number: str) -> Iterator[None]:
    submitted = (Casework(town.world).story(number)[0].member_id, "submit")
    kept, town.pressed[submitted] = town.pressed[submitted], 0
    yield
    town.pressed[submitted] = kept


@contextmanager
def _message_lost(town: Town, number: str) -> Iterator[None]:
    with _item(town, "members", *_message(town, number)):
        yield


@contextmanager
def _message_twice(town: Town, number: str) -> Iterator[None]:
    pk, sk = _message(town, number)
    with _item(town, "members", pk, sk, lambda item: item | {"sk": {"S": f"{sk}~"}}):
        yield


@contextmanager
def _event_lost(town: Town, number: str) -> Iterator[None]:
    with _item(town, "cases", keys.case(number), keys.event(1)):
        yield


@contextmanager
def _event_altered(town: Town, number: str) -> Iterator[None]:
    def other(item: Item) -> Item:
        return item | {"body": {"S": json.dumps(json.loads(item["body"]["S"]) | {"actor": "x"})}}

    with _item(town, "cases", keys.case(number), keys.event(1), other):
        yield


def _refused(item: Item) -> Item:
    return item | {"state": {"S": "refused"}}


@contextmanager
def _case_altered(town: Town, number: str) -> Iterator[None]:
    with _item(town, "cases", keys.case(number), keys.CASE, _refused):
        yield


DAMAGES: Final[tuple[tuple[str, Damage], ...]] = (
    ("lost", _sms_lost),
    ("doubled", _sms_twice),
    ("lost", _act_lost),
    ("doubled", _act_twice),
    ("lost", _message_lost),
    ("doubled", _message_twice),
    ("wrong", _event_lost),
    ("wrong", _event_altered),
    ("wrong", _case_altered),
)
"""In which book of the comparison each must stand."""


def _sms(town: Town, number: str) -> str:
    told = town.mail.about(number)[-1]
    return next(name for name, one in town.mail.seen.items() if one is told)


def _message(town: Town, number: str) -> tuple[str, str]:
    member_id = Casework(town.world).story(number)[0].member_id
    told = Messages(town.world.database).latest(member_id, 50)
    name = next(one.name for one in told if number in one.href)
    return keys.member(member_id), keys.message(name)


@contextmanager
def _item(
    town: Town, table: str, pk: str, sk: str, change: Callable[[Item], Item] | None = None
) -> Iterator[None]:
    """Change an item, or put a copy of it at another sort key; without a change it is gone."""
    dynamodb, name = town.world.database.client, town.world.database.name(table)
    kept = dynamodb.get_item(TableName=name, Key={"pk": {"S": pk}, "sk": {"S": sk}})["Item"]
    changed = change(kept) if change else None
    if changed:
        dynamodb.put_item(TableName=name, Item=changed)
    else:
        dynamodb.delete_item(TableName=name, Key=_key(kept))
    yield
    if changed and _key(changed) != _key(kept):
        dynamodb.delete_item(TableName=name, Key=_key(changed))
    dynamodb.put_item(TableName=name, Item=kept)


def _key(item: Item) -> Item:
    return {name: item[name] for name in ("pk", "sk")}
