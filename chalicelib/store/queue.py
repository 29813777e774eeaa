"""A queue, filled with small bodies that carry ids and nothing personal."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any


class Queue:
    """An SQS queue known by name."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def put(self, body: Mapping[str, Any]) -> None:
        """Send one message; raises botocore's errors when the queue does not answer."""
        text = json.dumps(body, ensure_ascii=False, sort_keys=True)
        self._client.send_message(QueueUrl=self._url, MessageBody=text)

    def hide(self, receipt_handle: str, after: timedelta) -> None:
        """Let a received message show itself again after a while (at most 12 hours)."""
        self._client.change_message_visibility(
            QueueUrl=self._url,
            ReceiptHandle=receipt_handle,
            VisibilityTimeout=int(after.total_seconds()),
        )

    @cached_property
    def _url(self) -> str:
        url: str = self._client.get_queue_url(QueueName=self._name)["QueueUrl"]
        return url
