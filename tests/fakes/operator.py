"""An operator in this process: a stage's cloud on moto, and a screen that can be read."""

import io
import json
from dataclasses import dataclass
from typing import Any

import boto3
from rich.console import Console

from infra import wiring
from infra.session import Cloud
from infra.ui import Ui
from tests.fakes.cloud import REGION

TOPIC = "mutual-aid-local-events"
CHANNELS = ("inbox", "sms", "template")
TRIES = 2


@dataclass(frozen=True)
class _Settings:
    name: str = "local"
    prefix: str = "mutual-aid-local"


class MotoCloud(Cloud):
    """A stage inside this process."""

    def __init__(self) -> None:
        self.stage: Any = _Settings()
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(service, region_name=REGION)  # type: ignore[call-overload]
        return self._clients[service]

    def verify(self) -> str:
        return "arn:test"


class Screen(Ui):
    """Answers yes, and remembers what was shown."""

    def __init__(self) -> None:
        self.text = io.StringIO()
        super().__init__(yes=True, console=Console(file=self.text, width=200))

    @property
    def shown(self) -> str:
        return self.text.getvalue()


def create_queues(cloud: Cloud) -> None:
    """Create the topic, its queues and their dead-letter queues as the data stack does."""
    sqs, sns = cloud.client("sqs"), cloud.client("sns")
    topic = sns.create_topic(Name=TOPIC)["TopicArn"]
    for queue in wiring.QUEUES:
        name = queue.name
        dead = sqs.create_queue(QueueName=f"mutual-aid-local-{name}-dlq")["QueueUrl"]
        policy = {"deadLetterTargetArn": arn(cloud, dead), "maxReceiveCount": TRIES}
        attributes = {"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": "0"}
        url = sqs.create_queue(QueueName=f"mutual-aid-local-{name}", Attributes=attributes)[
            "QueueUrl"
        ]
        if queue.source == "events":
            sns.subscribe(
                TopicArn=topic,
                Protocol="sqs",
                Endpoint=arn(cloud, url),
                Attributes={"RawMessageDelivery": "true"},
            )
    sqs.create_queue(QueueName=f"mutual-aid-local-{wiring.UNREADABLE}")


def arn(cloud: Cloud, url: str) -> str:
    answer = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


def deliver(cloud: Cloud, name: str) -> list[dict[str, Any]]:
    """Receive what a queue shows, as Lambda hands it to a function."""
    url = cloud.client("sqs").get_queue_url(QueueName=f"mutual-aid-local-{name}")["QueueUrl"]
    messages = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [
        {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "eventSourceARN": arn(cloud, url),
        }
        for message in messages.get("Messages", [])
    ]


def settle(cloud: Cloud, name: str, records: list[dict[str, Any]], answer: dict[str, Any]) -> None:
    """Delete what a worker did not give back, as Lambda does."""
    url = cloud.client("sqs").get_queue_url(QueueName=f"mutual-aid-local-{name}")["QueueUrl"]
    failed = {entry["itemIdentifier"] for entry in answer["batchItemFailures"]}
    for record in records:
        if record["messageId"] not in failed:
            cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=record["receiptHandle"])
