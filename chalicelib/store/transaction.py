"""One all-or-nothing write, in which each condition names the error that it means.

A conditional single write is not safe to retry: when its answer is lost, botocore
tries again and reports the failure of one's own success. A transaction carries a
client token, so the second try is answered like the first.
"""

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.errors import AppError, Conflict, Unavailable
from chalicelib.store.tables import Database, Item

_COLLISION = "TransactionConflict"
_TRIES = 3
_RETRY_LATER = {_COLLISION, "ThrottlingError", "ProvisionedThroughputExceeded"}


@dataclass
class Transaction:
    """Collects writes, then commits them together; at most 100."""

    database: Database
    _items: list[dict[str, Any]] = field(default_factory=list)
    _errors: list[AppError | None] = field(default_factory=list)

    def put(
        self, item: Item, condition: Condition | None = None, error: AppError | None = None
    ) -> None:
        """Write a whole item; `error` is raised when `condition` does not hold."""
        self._add("Put", item.get_save_kwargs_from_instance(condition=condition), error)

    def update(
        self,
        item: Item,
        actions: list[Action],
        condition: Condition | None = None,
        error: AppError | None = None,
    ) -> None:
        """Change some attributes of an item."""
        kwargs = item.get_update_kwargs_from_instance(actions=actions, condition=condition)
        self._add("Update", kwargs, error)

    def delete(
        self, item: Item, condition: Condition | None = None, error: AppError | None = None
    ) -> None:
        """Remove an item."""
        self._add("Delete", item.get_delete_kwargs_from_instance(condition=condition), error)

    def check(
        self,
        kind: type[Item],
        pk: str,
        sk: str,
        condition: Condition,
        error: AppError | None = None,
    ) -> None:
        """Demand something of an item that is not written."""
        kwargs = kind.get_operation_kwargs_from_class(pk, range_key=sk, condition=condition)
        self._add("ConditionCheck", kwargs, error)

    def raw(self, kind: str, kwargs: dict[str, Any], error: AppError | None = None) -> None:
        """Add a write in DynamoDB's own words (Put, Update, Delete, ConditionCheck)."""
        self._add(kind, kwargs, error)

    def commit(self) -> None:
        """Write everything or nothing.

        Raises the error of the first condition that failed, Conflict when it had no error of
        its own. Of two at the same moment DynamoDB cancels one before it looks at conditions:
        that one tries again, to hear what is true by then. Unavailable when that goes on.
        """
        for left in reversed(range(_TRIES)):
            try:
                self.database.client.transact_write_items(TransactItems=self._items)
            except ClientError as failure:
                if left and set(_reasons(failure)) - {"None"} == {_COLLISION}:
                    continue
                meaning = self._meaning(failure)
                if meaning is None:
                    raise
                raise meaning from failure
            return

    def __len__(self) -> int:
        return len(self._items)

    def _add(self, kind: str, kwargs: dict[str, Any], error: AppError | None) -> None:
        kwargs.pop("ReturnValues", None)
        self._items.append({kind: kwargs})
        self._errors.append(error)

    def _meaning(self, failure: ClientError) -> AppError | None:
        if failure.response["Error"]["Code"] == "TransactionInProgressException":
            return Unavailable()
        codes = _reasons(failure)
        if not codes:
            return None
        for code, error in zip(codes, self._errors, strict=True):
            if code == "ConditionalCheckFailed":
                return error or Conflict()
        if _RETRY_LATER.intersection(codes):
            return Unavailable()
        return None


def _reasons(failure: ClientError) -> list[str]:
    """Return why a transaction was cancelled, by item; nothing when it was not."""
    if failure.response["Error"]["Code"] != "TransactionCanceledException":
        return []
    reasons = failure.response.get("CancellationReasons", [])
    return [reason.get("Code", "None") for reason in reasons]
