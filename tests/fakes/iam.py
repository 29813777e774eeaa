"""IAM in front of moto: who asks is read from the stack, what they may from their policy.

A call inside of a function's code is judged by that function's file in `.chalice`, as AWS would,
leading keys included; the tests' own calls are nobody's. All calls that were allowed are kept:
what no story ever asks for need not be allowed.
"""

import atexit
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

POLICIES = Path(__file__).parents[2] / ".chalice"
KEEP_IN = "IAM_CALLS"
"""Environment: the folder where a process leaves the calls that it saw."""
NAMES = {
    "AWS::Partition": "aws-cn",
    "AWS::Region": "cn-northwest-1",
    "AWS::AccountId": "123456789012",
    "Prefix": "mutual-aid-local",
    "Stage": "local",
    "DocumentsBucket": "mutual-aid-local-documents",
}
# Where a function begins; `worker` of the notices serves three.
ENTRANCES = {
    ("app", "every_answer_is_ours"): "api_handler",
    ("chalicelib.chat.worker", "handle"): "chat_worker",
    ("chalicelib.chat.worker", "handle_admin"): "wechat_admin",
    ("chalicelib.notify.relay", "handle"): "relay",
    ("chalicelib.notify.relay", "reconcile"): "reconcile",
    ("chalicelib.notify.worker", "handle"): "{channel}_worker",
    ("chalicelib.payout.worker", "handle"): "payout_worker",
    ("chalicelib.payout.worker", "run"): "payout_worker",
    ("chalicelib.payout.worker", "reconcile"): "reconcile",
    ("chalicelib.statistics.worker", "handle"): "stats_worker",
    ("chalicelib.documents.worker", "handle"): "document_worker",
    ("chalicelib.documents.worker", "handle_removed"): "document_cleaner",
    ("chalicelib.privacy.retention", "run"): "retention",
    ("chalicelib.casework.watch", "overdue"): "watch",
}
STORIES = ("tests.flows.", "tests.security.", "tests.unit.")
_WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
_OF_TRANSACTIONS = {**_WRITES, "ConditionCheck": "ConditionCheckItem", "Get": "GetItem"}
_OF_S3 = {"HeadObject": "GetObject", "ListObjectVersions": "ListBucketVersions"}


class Forbidden(BaseException):
    """AWS would refuse; no handler of ours may catch this."""


class Call(NamedTuple):
    """One permission that a call needs; `key` is the partition key of a write."""

    action: str
    resource: str
    key: str = ""


@dataclass(frozen=True)
class Statement:
    """What a policy allows; no keys: any."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    keys: tuple[str, ...] = ()

    def allows(self, call: Call) -> bool:
        """Whether it is enough for a call."""
        return (
            call.action in self.actions
            and any(fnmatchcase(call.resource, one) for one in self.resources)
            and (not self.keys or any(fnmatchcase(call.key, one) for one in self.keys))
        )


Policy = tuple[Statement, ...]
SEEN: set[tuple[str, Call]] = set()


@cache
def policies() -> Mapping[str, Policy]:
    """Return what each function may, by its name in app.py."""
    files = sorted(POLICIES.glob("policy-*.json"))
    return {
        path.stem.removeprefix("policy-"): tuple(_statements(json.loads(path.read_text("utf-8"))))
        for path in files
    }


def allowed(policy: Policy, call: Call) -> bool:
    """Whether any statement of a policy allows a call."""
    return any(statement.allows(call) for statement in policy)


def _statements(document: Any) -> Iterator[Statement]:
    for found in document["Statement"]:
        raw = found["Fn::If"][1] if "Fn::If" in found else found
        keys = raw.get("Condition", {}).get("ForAllValues:StringLike", {})
        yield Statement(
            raw["Sid"],
            tuple(_listed(raw["Action"])),
            tuple(_text(one) for one in _listed(raw["Resource"])),
            tuple(keys.get("dynamodb:LeadingKeys", ())),
        )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """Return a resource as text; one with a random part by the name of its parameter."""
    if isinstance(value, str):
        return value
    text = str(value.get("Ref") or value["Fn::Sub"])
    for name, known in NAMES.items():
        text = text.replace(f"${{{name}}}", known)
    return text


# ---- what is asked for ----


def watch(session: Any) -> None:
    """Judge every call of every client that a session makes from now on."""
    session.events.register("provide-client-params", _asked)
    session.events.register("before-sign.s3.PutObject", _signed)
    session.events.register("after-call.s3.GetObject", _missed)


def _asked(params: Mapping[str, Any], model: Any, **_: Any) -> None:
    function = _who()
    # botocore looks for a form's host as if it made the bucket
    if function and model.name != "CreateBucket":
        for call in _calls(model.service_model.service_name, model.name, params):
            judge(function, call)


def _signed(request: Any, **_: Any) -> None:
    """A form that we sign is sent by a browser, with our permission."""
    fields = request.context.get("s3-presign-post-fields")
    function = _who()
    if fields and function:
        bucket = request.context["s3_redirect"]["bucket"]
        judge(function, Call("s3:PutObject", f"arn:aws-cn:s3:::{bucket}/{fields['key']}"))


def _missed(http_response: Any, context: Mapping[str, Any], **_: Any) -> None:
    """Only who may list a bucket is told that an object is not there."""
    function = _who()
    if function and http_response.status_code == 404:
        judge(function, Call("s3:ListBucket", f"arn:aws-cn:s3:::{NAMES['DocumentsBucket']}"))


def judge(function: str, call: Call) -> None:
    """Refuse what a function may not; remember what it does."""
    if not allowed(policies()[function], call):
        raise Forbidden(f"{function} may not {call.action} on {call.resource} {call.key}")
    SEEN.add((function, call))


def _who() -> str:
    """Return the function in whose code we are, "" in a test's own."""
    frame = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        name = ENTRANCES.get((module, frame.f_code.co_name))
        if name:
            return name.format(channel=frame.f_locals.get("channel"))
        if module.startswith(STORIES):
            return ""  # a test that breaks in
        frame = frame.f_back  # type: ignore[assignment]
    return ""


def _calls(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[Call]:
    if service == "dynamodb":
        yield from _of_tables(operation, params)
    elif service == "s3":
        bucket = f"arn:aws-cn:s3:::{params['Bucket']}"
        version = "Version" if "VersionId" in params else ""
        name = _OF_S3.get(operation, operation) + version
        yield Call(f"s3:{name}", f"{bucket}/{params['Key']}" if "Key" in params else bucket)
    elif service == "sqs":
        queue = params.get("QueueName") or params["QueueUrl"].rpartition("/")[2]
        yield Call(f"sqs:{operation}", _text({"Fn::Sub": _arn("sqs", queue)}))
    elif service == "kms":
        yield Call(f"kms:{operation}", "KeyArn")
    elif service == "sns":
        yield Call(f"sns:{operation}", "EventsTopicArn")
    else:
        secret = params["SecretId"].rpartition("/")[2].capitalize()
        yield Call(f"{service}:{operation}", f"{secret}SecretArn")


def _of_tables(operation: str, params: Mapping[str, Any]) -> Iterator[Call]:
    if "TransactItems" in params:
        for one in params["TransactItems"]:
            ((kind, inner),) = one.items()
            yield _of_item(_OF_TRANSACTIONS[kind], inner)
    elif "RequestItems" in params:
        for table in params["RequestItems"]:
            yield Call(f"dynamodb:{operation}", _table(table))
    else:
        yield _of_item(operation, params)


def _of_item(operation: str, params: Mapping[str, Any]) -> Call:
    key = (params.get("Key") or params.get("Item") or {}).get("pk", {}).get("S", "")
    index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
    return Call(f"dynamodb:{operation}", _table(params["TableName"]) + index, key)


def _table(name: str) -> str:
    return _text({"Fn::Sub": _arn("dynamodb", f"table/{name}")})


def _arn(service: str, rest: str) -> str:
    return f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}"


@atexit.register
def _keep() -> None:
    if folder := os.environ.get(KEEP_IN):
        text = json.dumps(sorted([function, *call] for function, call in SEEN))
        Path(folder, f"{os.getpid()}.json").write_text(text, "utf-8")
