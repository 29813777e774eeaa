"""What rings, and what shows: log events counted as metrics, alarms on them, one dashboard.

The product says what happened under one name per event (`core/logs`); a metric filter counts the
name, so that nothing in the code knows of metrics. Each alarm has a section in OPERATING.md.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from infra import wiring

Resources = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """A log event that people must learn of: who writes it, and what it means."""

    name: str
    functions: tuple[str, ...]
    meaning: str

    @property
    def alarm(self) -> str:
        """The alarm's name after the prefix."""
        return self.name.replace("_", "-")


EVENTS: Final = (
    Event(
        "wechat_not_whitelisted",
        ("api", "template-worker", "wechat-admin"),
        "WeChat refuses our address (40164).",
    ),
    Event("sms_needs_attention", ("api", "sms-worker"), "The SMS provider refuses all messages."),
    Event(
        "notify_needs_attention",
        ("sms-worker", "template-worker"),
        "Messages about cases are refused for a reason that no retry mends.",
    ),
    Event("relay_unreadable", ("relay", "reconcile"), "An outbox record cannot be read."),
    Event("chat_event_lost", ("api",), "An event of the official account was not kept."),
    Event("payout_damaged", ("payout-worker",), "A case cannot be paid as it stands."),
    Event(
        "payout_contradiction",
        ("payout-worker",),
        "The bank says both that it paid and that it did not; the case is held.",
    ),
    Event(
        "payout_paid_twice",
        ("api",),
        "Two people found out that a case was paid twice; the money is to be recovered.",
    ),
    Event("payout_waits", ("payout-worker",), "A batch of payments waits for something."),
    Event("cases_overdue", ("watch",), "Cases wait three times as long as their step takes."),
    Event("relay_late", ("reconcile",), "Events waited more than ten minutes for the topic."),
)
_STREAM_READERS: Final = ("relay", "document-cleaner")
_STREAM_MINUTES: Final = 15
_QUEUE_MINUTES: Final = 30
_MINUTE_MS: Final = 60_000


def resources(functions: Mapping[str, str]) -> Resources:
    """Return filters, alarms and dashboard for functions: logical id by name after the prefix."""
    made: Resources = {}
    for event in EVENTS:
        made |= _watched(event, {n: functions[n] for n in event.functions if n in functions})
    for name in _STREAM_READERS:
        made[f"{_logical(name)}Late"] = _stream_alarm(name)
    for name in _working():
        made[f"{_logical(name)}QueueLate"] = _queue_alarm(name)
    made["Dashboard"] = _dashboard([*functions])
    return made


def _watched(event: Event, functions: Mapping[str, str]) -> Resources:
    logical = _logical(event.alarm)
    made: Resources = {}
    for name, function in functions.items():
        made[f"{logical}In{function}"] = _filter(event, name, function)
    if made:
        alarm = _alarm(event.alarm, event.meaning, _NAMESPACE, event.name)
        made[f"{logical}Alarm"] = {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm}
    return made


_NAMESPACE: Final = {"Ref": "Prefix"}


def _filter(event: Event, name: str, function: str) -> Resources:
    return {
        "Type": "AWS::Logs::MetricFilter",
        # the group is made beside its function
        "DependsOn": [f"{function}Log"],
        "Properties": {
            "LogGroupName": {"Fn::Sub": f"/aws/lambda/${{Prefix}}-{name}"},
            "FilterPattern": f'{{ $.event = "{event.name}" }}',
            "MetricTransformations": [
                {"MetricNamespace": _NAMESPACE, "MetricName": event.name, "MetricValue": "1"}
            ],
        },
    }


def _stream_alarm(function: str) -> Resources:
    alarm = _alarm(
        f"{function}-stream-late",
        f"{function} is more than {_STREAM_MINUTES} minutes behind the stream.",
        "AWS/Lambda",
        "IteratorAge",
        {"FunctionName": _named(function)},
    )
    alarm |= {"Statistic": "Maximum", "Threshold": _STREAM_MINUTES * _MINUTE_MS}
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm}


def _queue_alarm(queue: str) -> Resources:
    alarm = _alarm(
        f"{queue}-queue-waits",
        f"Something waits in {queue} for more than {_QUEUE_MINUTES} minutes.",
        "AWS/SQS",
        "ApproximateAgeOfOldestMessage",
        {"QueueName": _named(queue)},
    )
    alarm |= {"Statistic": "Maximum", "Threshold": _QUEUE_MINUTES * 60}
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm}


def _alarm(
    name: str, meaning: str, namespace: Any, metric: str, dimensions: Resources | None = None
) -> Resources:
    """Ring at the first that is counted; whoever needs a threshold sets it."""
    return {
        "AlarmName": _named(name),
        "AlarmDescription": meaning,
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": key, "Value": value} for key, value in (dimensions or {}).items()],
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [{"Ref": "OpsTopicArn"}],
    }


def _dashboard(functions: Sequence[str]) -> Resources:
    """One page: the API, what fails, what waits, what was said in the logs."""
    lambdas = [
        ["AWS/Lambda", "Errors", "FunctionName", f"${{Prefix}}-{name}"] for name in functions
    ]
    slow = [
        ["AWS/Lambda", "Duration", "FunctionName", f"${{Prefix}}-{name}", {"stat": "p95"}]
        for name in functions
    ]
    age = "ApproximateAgeOfOldestMessage"
    waits = [["AWS/SQS", age, "QueueName", f"${{Prefix}}-{name}"] for name in _working()]
    seen = "ApproximateNumberOfMessagesVisible"
    dead = [
        ["AWS/SQS", seen, "QueueName", f"${{Prefix}}-{name}"]
        for name in wiring.names()
        if name not in _working()
    ]
    said = [["${Prefix}", event.name] for event in EVENTS]
    gateway = ["AWS/ApiGateway", "5XXError", "ApiName", "mutual-aid", "Stage", "api"]
    latency = ["AWS/ApiGateway", "Latency", "ApiName", "mutual-aid", "Stage", "api"]
    widgets = [
        _widget("API: errors, and how long answers take", [gateway, [*latency, {"stat": "p95"}]]),
        _widget("Errors of functions", lambdas),
        _widget("How long functions take (p95)", slow),
        _widget("How long queues wait (seconds)", waits),
        _widget("What failed until nobody tried again", dead),
        _widget("What the logs say", said),
    ]
    body = {"Fn::Sub": json.dumps({"widgets": widgets})}
    properties = {"DashboardName": {"Ref": "Prefix"}, "DashboardBody": body}
    return {"Type": "AWS::CloudWatch::Dashboard", "Properties": properties}


def _widget(title: str, metrics: Sequence[Sequence[Any]]) -> Resources:
    properties = {
        "title": title,
        "metrics": metrics,
        "region": "${AWS::Region}",
        "stat": "Sum",
        "period": 300,
    }
    return {"type": "metric", "width": 12, "height": 6, "properties": properties}


def _working() -> list[str]:
    return [queue.name for queue in wiring.QUEUES]


def _named(name: str) -> Resources:
    return {"Fn::Sub": f"${{Prefix}}-{name}"}


def _logical(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))
