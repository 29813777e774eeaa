"""Short-lived items: codes, sign-in states, de-duplication, rate limits, tokens.

DynamoDB deletes expired items days late, so every read compares `expires_at` itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.core.clock import Clock
from chalicelib.core.errors import AppError, Unavailable
from chalicelib.store import keys
from chalicelib.store.transaction import Transaction

TABLE = "moments"


class Moments:
    """The moments table, seen as what it is used for."""

    def __init__(self, client: Any, table_name: str, clock: Clock) -> None:
        self._client = client
        self._table = table_name
        self._clock = clock

    def put(self, key: str, values: Mapping[str, str], ttl_seconds: int) -> None:
        """Store or replace text values under a key."""
        self._client.put_item(TableName=self._table, Item=self._item(key, values, ttl_seconds))

    def put_once(self, key: str, ttl_seconds: int) -> bool:
        """Claim a key; False when it was claimed before and has not expired."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=self._item(key, {}, ttl_seconds),
                ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
                ExpressionAttributeValues={":now": {"N": str(self._now())}},
            )
        except ClientError as failure:
            if failure.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def get(self, key: str) -> dict[str, str] | None:
        """Return the values under a key while they are valid."""
        answer = self._client.get_item(
            TableName=self._table, Key=self.key(key), ConsistentRead=True
        )
        return self._valid(answer.get("Item"))

    def take(self, key: str, by: str, name: str, value: str) -> dict[str, str] | None:
        """Return the values under a key while `name` holds `value`, to one taker only.

        The same taker gets them again: an answer may get lost.
        """
        return self._updated(
            key,
            "SET taken_by = :by",
            "#name = :value AND (attribute_not_exists(taken_by) OR taken_by = :by)",
            {":by": {"S": by}, ":value": {"S": value}},
            ExpressionAttributeNames={"#name": name},
        )

    def delete(self, key: str) -> None:
        """Remove a key; nothing happens when it is not there."""
        self._client.delete_item(TableName=self._table, Key=self.key(key))

    def count_try(self, key: str, at_most: int) -> dict[str, str] | None:
        """Count one more try on a valid key *before* anything is compared.

        Returns its values, or None when it is missing, expired or used up.
        """
        return self._updated(
            key,
            "ADD tries :one",
            "(attribute_not_exists(tries) OR tries < :max)",
            {":one": {"N": "1"}, ":max": {"N": str(at_most)}},
        )

    def get_together(self, names: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return the valid values under several keys in one round trip (at most 100)."""
        request = {"Keys": [self.key(name) for name in names], "ConsistentRead": True}
        answer = self._client.batch_get_item(RequestItems={self._table: request})
        if answer.get("UnprocessedKeys"):
            raise Unavailable
        valid = {item["pk"]["S"]: self._valid(item) for item in answer["Responses"][self._table]}
        return {name: values for name, values in valid.items() if values is not None}

    def swap_in(
        self,
        transaction: Transaction,
        key: str,
        values: Mapping[str, str],
        ttl_seconds: int,
        *,
        old: Mapping[str, str] | None,
        error: AppError,
    ) -> None:
        """Add a put to a transaction that holds only while the key is as it was read."""
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": self._item(key, values, ttl_seconds),
        }
        if old is None:
            put["ConditionExpression"] = "attribute_not_exists(pk) OR expires_at <= :now"
            put["ExpressionAttributeValues"] = {":now": {"N": str(self._now())}}
        else:
            name = next(iter(values))
            put["ConditionExpression"] = "#name = :old"
            put["ExpressionAttributeNames"] = {"#name": name}
            put["ExpressionAttributeValues"] = {":old": {"S": old[name]}}
        transaction.raw("Put", put, error)

    def put_in(
        self, transaction: Transaction, key: str, values: Mapping[str, str], ttl_seconds: int
    ) -> None:
        """Add a put to a transaction."""
        item = self._item(key, values, ttl_seconds)
        transaction.raw("Put", {"TableName": self._table, "Item": item})

    def count_in(
        self,
        transaction: Transaction,
        key: str,
        at_most: int,
        ttl_seconds: int,
        error: AppError,
    ) -> None:
        """Add to a transaction that one more of `at_most` is counted under a key.

        The key names its window of time; a new window starts at nothing.
        """
        transaction.raw(
            "Update",
            {
                "TableName": self._table,
                "Key": self.key(key),
                "UpdateExpression": "ADD tries :one SET expires_at = :end",
                "ConditionExpression": "attribute_not_exists(tries) OR tries < :max",
                "ExpressionAttributeValues": {
                    ":one": {"N": "1"},
                    ":max": {"N": str(at_most)},
                    ":end": {"N": str(self._now() + ttl_seconds)},
                },
            },
            error,
        )

    def consume_in(
        self, transaction: Transaction, key: str, name: str, value: str, error: AppError
    ) -> None:
        """Add the removal of a key to a transaction, if it still holds `value`."""
        transaction.raw(
            "Delete",
            {
                "TableName": self._table,
                "Key": self.key(key),
                "ConditionExpression": "#name = :value",
                "ExpressionAttributeNames": {"#name": name},
                "ExpressionAttributeValues": {":value": {"S": value}},
            },
            error,
        )

    @staticmethod
    def key(key: str) -> dict[str, dict[str, str]]:
        """Return the primary key of a moment in DynamoDB's words."""
        return {"pk": {"S": key}, "sk": {"S": keys.MOMENT}}

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

    def _updated(
        self, key: str, change: str, condition: str, values: dict[str, Any], **names: Any
    ) -> dict[str, str] | None:
        """Change a valid key; None when it is missing, expired or otherwise than demanded."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=self.key(key),
                UpdateExpression=change,
                ConditionExpression=f"expires_at > :now AND {condition}",
                ExpressionAttributeValues={":now": {"N": str(self._now())}, **values},
                ReturnValues="ALL_NEW",
                **names,
            )
        except ClientError as failure:
            if failure.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return None
            raise
        return self._valid(answer["Attributes"])

    def _item(self, key: str, values: Mapping[str, str], ttl_seconds: int) -> dict[str, Any]:
        texts = {name: {"S": value} for name, value in values.items()}
        return self.key(key) | texts | {"expires_at": {"N": str(self._now() + ttl_seconds)}}

    def _valid(self, item: dict[str, Any] | None) -> dict[str, str] | None:
        if item is None or int(item["expires_at"]["N"]) <= self._now():
            return None
        return {name: next(iter(value.values())) for name, value in item.items()}
