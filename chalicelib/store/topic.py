"""The topic that tells of every event of a case; bodies carry ids, nothing personal."""

from typing import Any


class Topic:
    """Publishes to an SNS topic known by its ARN."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def publish(self, body: str) -> None:
        """Publish one message; raises botocore's errors when the topic does not answer."""
        self._client.publish(TopicArn=self._arn, Message=body)
