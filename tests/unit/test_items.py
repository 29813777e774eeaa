"""Items as they are read: each the same as PynamoDB's own reading, which does more for it."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from pynamodb.attributes import Attribute, UTCDateTimeAttribute
from pynamodb.models import Model

from chalicelib import store
from chalicelib.store.tables import Item

SAMPLES: dict[str, Any] = {
    "S": "北京",
    "N": "3",
    "BOOL": True,
    "SS": ["a", "b"],
    "L": [{"S": "a"}],
    "M": {"a": {"S": "b"}},
}
MOMENT = "2026-11-23T06:00:00.000000+0000"


def kinds(base: type[Item] = Item) -> Iterator[type[Item]]:
    for module in pkgutil.iter_modules(store.__path__, f"{store.__name__}."):
        importlib.import_module(module.name)
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def raw(kind: type[Item]) -> dict[str, Any]:
    def value(attribute: Attribute[Any]) -> Any:
        moment = isinstance(attribute, UTCDateTimeAttribute)
        return {attribute.attr_type: MOMENT if moment else SAMPLES[attribute.attr_type]}

    return {name: value(attribute) for name, attribute in kind.get_attributes().items()}


@pytest.mark.parametrize("kind", [*kinds()], ids=lambda kind: kind.__name__)
def test_an_item_is_read_as_pynamodb_reads_it(kind: type[Item]) -> None:
    whole = raw(kind)
    assert all(name == attribute.attr_name for name, attribute in kind.get_attributes().items())
    keys = {name: whole[name] for name in ("pk", "sk")}
    nothing: dict[str, Any] = {name: {"NULL": True} for name in whole}
    for answered in (whole, keys, nothing | keys, whole | {"of_a_later_version": {"S": "x"}}):
        theirs = Model.from_raw_data.__func__(kind, answered)  # type: ignore[attr-defined]
        ours = kind.from_raw_data(answered)
        assert type(ours) is kind
        assert ours.attribute_values == theirs.attribute_values
