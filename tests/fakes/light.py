"""moto's tables, with a cheaper way back from a transaction that fails.

moto copies every item of a table before each transaction. Here only what a transaction reads is
copied, as it is read: the way back leads to the objects as they were.
"""

import copy
from collections import defaultdict
from typing import Any

from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.table import Table

from tests.fakes.cloud import REGION


class LightTable(Table):
    """A table whose items are replaced and never changed."""

    def get_item(self, hash_key: Any, range_key: Any = None, projection: Any = None) -> Any:
        item = super().get_item(hash_key, range_key)
        if item is not None:
            item = self.items[hash_key][range_key] = copy.deepcopy(item)
        return item.project(projection) if item and projection else item

    def __deepcopy__(self, _memo: Any) -> "LightTable":
        clone = copy.copy(self)
        clone.items = defaultdict(dict, {pk: dict(items) for pk, items in self.items.items()})
        return clone


def lighten(account: str = "123456789012") -> None:
    """Let the tables that exist be light from now on (inside `mock_aws`)."""
    backend: DynamoDBBackend = dynamodb_backends[account][REGION]
    for table in backend.tables.values():
        table.__class__ = LightTable
