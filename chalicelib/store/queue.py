"""A queue seen from the side that fills it; bodies carry ids, nothing personal."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any


class Queue:
    """Puts small JSON bodies on an SQS queue known by name."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def put(self, body: Mapping[str, Any]) -> None:
        """Send one message; raises botocore's errors when the queue does not answer."""
        text = json.dumps(body, ensure_ascii=False, sort_keys=True)
        self._client.send_message(QueueUrl=self._url, MessageBody=text)

    @cached_property
    def _url(self) -> str:
        url: str = self._client.get_queue_url(QueueName=self._name)["QueueUrl"]
        return url
