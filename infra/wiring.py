"""What lies between functions: queues with their dead letters, and what fills them.

Every queue is made alike, so that none lacks a dead-letter queue, an alarm or encryption.
Its consumer is the function in app.py that names it.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

Resources = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue `${Prefix}-<name>`; `consumer_seconds` is the timeout of its function."""

    name: str
    logical: str
    source: Literal["code", "events", "uploads"]
    consumer_seconds: int = 30
    tries: int = 5


QUEUES: Final = (
    Queue("chat", "Chat", "code"),
    Queue("inbox", "Inbox", "events"),
    # Workers let a record sleep after each failure, at last five minutes: sixty take 4.7 hours.
    Queue("sms", "Sms", "events", tries=60),
    Queue("template", "Template", "events", tries=60),
    Queue("stats", "Stats", "events"),
    # A work that stands still is asked for again by the clock, long before its message returns.
    Queue("payout", "Payout", "code", consumer_seconds=300),
    # Decoding a picture that kills the worker must not be tried often.
    Queue("documents", "Uploads", "uploads", consumer_seconds=60, tries=3),
)
# Outbox records that nobody can read: put there by the relay, looked at by a person.
UNREADABLE: Final = "relay-failed"

_TWO_WEEKS: Final = 14 * 86_400
_FOUR_DAYS: Final = 4 * 86_400


def queues() -> Resources:
    """Return the queues of the data stack with everything that belongs to them."""
    resources: Resources = {}
    for queue in QUEUES:
        dead = f"{queue.logical}Dlq"
        resources[dead] = _resting(f"{queue.name}-dlq")
        resources[queue.logical] = _working(queue, dead)
        resources[f"{dead}Alarm"] = _alarm(dead, f"{queue.name}-dlq")
        resources |= _fed(queue)
    resources["RelayFailed"] = _resting(UNREADABLE)
    resources["RelayFailedAlarm"] = _alarm("RelayFailed", UNREADABLE)
    return resources


def names() -> list[str]:
    """Return the names, without prefix, of all queues, each followed by its dead letters."""
    working = [name for queue in QUEUES for name in (queue.name, f"{queue.name}-dlq")]
    return [*working, UNREADABLE]


def _working(queue: Queue, dead: str) -> Resources:
    properties = {
        **_common(queue.name),
        # Six times the consumer's timeout, as AWS asks for partial batches.
        "VisibilityTimeout": 6 * queue.consumer_seconds,
        "MessageRetentionPeriod": _FOUR_DAYS,
        "ReceiveMessageWaitTimeSeconds": 20,
        "RedrivePolicy": {
            "deadLetterTargetArn": {"Fn::GetAtt": [dead, "Arn"]},
            "maxReceiveCount": queue.tries,
        },
    }
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def _resting(name: str) -> Resources:
    properties = {**_common(name), "MessageRetentionPeriod": _TWO_WEEKS}
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def _common(name: str) -> Resources:
    return {"QueueName": {"Fn::Sub": f"${{Prefix}}-{name}"}, "SqsManagedSseEnabled": True}


def _alarm(logical: str, name: str) -> Resources:
    properties = {
        "AlarmName": {"Fn::Sub": f"${{Prefix}}-{name}"},
        "AlarmDescription": f"Messages wait in {name}: they failed until nobody tried again.",
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": [logical, "QueueName"]}}],
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [{"Ref": "Ops"}],
        "OKActions": [{"Ref": "Ops"}],
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}


def _fed(queue: Queue) -> Resources:
    """Let SNS or S3 fill a queue; our own functions need no queue policy."""
    if queue.source == "events":
        subscription = {
            "TopicArn": {"Ref": "Events"},
            "Protocol": "sqs",
            "Endpoint": {"Fn::GetAtt": [queue.logical, "Arn"]},
            "RawMessageDelivery": True,
        }
        return {
            f"{queue.logical}Policy": _policy(queue, "sns.amazonaws.com", {"Ref": "Events"}),
            f"{queue.logical}Feed": {
                "Type": "AWS::SNS::Subscription",
                "Properties": subscription,
            },
        }
    if queue.source == "uploads":
        # By name: the bucket needs this policy to exist before it may name the queue.
        bucket = "arn:${AWS::Partition}:s3:::${Prefix}-documents-${AWS::AccountId}-${AWS::Region}"
        return {f"{queue.logical}Policy": _policy(queue, "s3.amazonaws.com", {"Fn::Sub": bucket})}
    return {}


def _policy(queue: Queue, service: str, source: Resources) -> Resources:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": [queue.logical, "Arn"]},
        "Condition": {
            "ArnEquals": {"aws:SourceArn": source},
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        },
    }
    return {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{"Ref": queue.logical}],
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        },
    }
