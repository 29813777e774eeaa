"""Every statement of every function on the local cloud: it allows its calls, and it alone."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.session import Cloud
from tests import figures
from tests.stage import Running

pytestmark = pytest.mark.stack

PREFIX = "mutual-aid-local"
NOBODY = {"pk": {"S": "nobody"}, "sk": {"S": "none"}}
HOLDS_NEVER = {"ConditionExpression": "attribute_exists(nothing)"}
RECEIPT = "AQEB"
FUNCTIONS = 14
DENIED = ("AccessDenied", "AuthorizationError")
# What asks for an action on a resource, and does nothing. Logs and streams are asked for by Lambda
# itself, under other names here than on AWS: tests/security/test_least_privilege.py has them.
PROBES: dict[str, Callable[["Place", str], Any]] = {
    "dynamodb:GetItem": lambda p, r: p.tables.get_item(TableName=table(r), Key=NOBODY),
    "dynamodb:BatchGetItem": lambda p, r: p.tables.batch_get_item(
        RequestItems={table(r): {"Keys": [NOBODY]}}
    ),
    "dynamodb:Query": lambda p, r: p.tables.query(**query(r)),
    "dynamodb:PutItem": lambda p, r: p.tables.put_item(
        TableName=table(r), Item=NOBODY, **HOLDS_NEVER
    ),
    "dynamodb:UpdateItem": lambda p, r: p.tables.update_item(
        TableName=table(r), Key=NOBODY, UpdateExpression="REMOVE nothing", **HOLDS_NEVER
    ),
    "dynamodb:DeleteItem": lambda p, r: p.tables.delete_item(
        TableName=table(r), Key=NOBODY, **HOLDS_NEVER
    ),
    "dynamodb:ConditionCheckItem": lambda p, r: p.tables.transact_write_items(
        TransactItems=[{"ConditionCheck": {"TableName": table(r), "Key": NOBODY, **HOLDS_NEVER}}]
    ),
    "sqs:SendMessage": lambda p, r: p.queues.send_message(
        QueueUrl=p.url(r), MessageBody="x", DelaySeconds=10_000
    ),
    "sqs:GetQueueUrl": lambda p, r: p.queues.get_queue_url(QueueName=r.rpartition(":")[2]),
    "sqs:ReceiveMessage": lambda p, r: p.queues.receive_message(
        QueueUrl=p.url(r), MaxNumberOfMessages=99
    ),
    "sqs:DeleteMessage": lambda p, r: p.queues.delete_message(
        QueueUrl=p.url(r), ReceiptHandle=RECEIPT
    ),
    "sqs:GetQueueAttributes": lambda p, r: p.queues.get_queue_attributes(QueueUrl=p.url(r)),
    "sqs:ChangeMessageVisibility": lambda p, r: p.queues.change_message_visibility(
        QueueUrl=p.url(r), ReceiptHandle=RECEIPT, VisibilityTimeout=0
    ),
    "s3:PutObject": lambda p, r: p.bucket.put_object(**thing(r), Body=b"x"),
    "s3:GetObject": lambda p, r: p.bucket.get_object(**thing(r)),
    "s3:GetObjectVersion": lambda p, r: p.bucket.get_object(**thing(r), VersionId="none"),
    "s3:DeleteObjectVersion": lambda p, r: p.bucket.delete_object(**thing(r), VersionId="none"),
    "s3:ListBucket": lambda p, r: p.bucket.list_objects_v2(Bucket=thing(r)["Bucket"]),
    "s3:ListBucketVersions": lambda p, r: p.bucket.list_object_versions(Bucket=thing(r)["Bucket"]),
    "kms:Decrypt": lambda p, _r: p.act("kms").decrypt(
        CiphertextBlob=p.ring,
        EncryptionContext={"app": "mutual-aid", "stage": "local", "version": "1"},
    ),
    "secretsmanager:GetSecretValue": lambda p, r: p.act("secretsmanager").get_secret_value(
        SecretId=r
    ),
    "sns:Publish": lambda p, r: p.act("sns").publish(
        TopicArn=r, Message="x", MessageStructure="json"
    ),
}


def table(arn: str) -> str:
    return arn.partition("table/")[2].partition("/")[0]


def query(arn: str) -> dict[str, Any]:
    index = arn.partition("/index/")[2]
    names = {"queue": "queue", "owner": "owner", "outbox": "waiting", "": "pk"}
    asked = {
        "TableName": table(arn),
        "KeyConditionExpression": "#key = :key",
        "ExpressionAttributeNames": {"#key": names[index]},
        "ExpressionAttributeValues": {":key": {"S": "nobody"}},
    }
    return asked | ({"IndexName": index} if index else {})


def thing(arn: str) -> dict[str, str]:
    bucket, _, key = arn.rpartition(":::")[2].partition("/")
    return {"Bucket": bucket, "Key": key.replace("*", "try/none") or "none"}


@dataclass
class Place:
    """A function's clients, and what only the operator can look up for its calls."""

    cloud: Cloud
    act: Callable[[str], Any]

    def __post_init__(self) -> None:
        self.tables, self.queues, self.bucket = map(self.act, ("dynamodb", "sqs", "s3"))

    def url(self, arn: str) -> str:
        name = arn.rpartition(":")[2]
        return str(self.cloud.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])

    @cached_property
    def ring(self) -> bytes:
        key = {"pk": {"S": "keyring"}, "sk": {"S": "1"}}
        found = self.cloud.client("dynamodb").get_item(TableName=f"{PREFIX}-members", Key=key)
        wrapped: bytes = found["Item"]["wrapped"]["B"]
        return wrapped


class Stand:
    """A user in the place of a role, which only Lambda may assume, with as much as we like."""

    def __init__(self, running: Running, function: str) -> None:
        self._iam = running.cloud.client("iam")
        role = running.cloud.client("lambda").get_function(FunctionName=function)
        name = role["Configuration"]["Role"].rpartition("/")[2]
        (policy,) = self._iam.list_role_policies(RoleName=name)["PolicyNames"]
        found = self._iam.get_role_policy(RoleName=name, PolicyName=policy)
        self.statements: list[dict[str, Any]] = found["PolicyDocument"]["Statement"]
        self._user = f"stand-{uuid4().hex[:12]}"
        self._iam.create_user(UserName=self._user)
        key = self._iam.create_access_key(UserName=self._user)["AccessKey"]
        session = boto3.session.Session(
            key["AccessKeyId"], key["SecretAccessKey"], region_name="cn-northwest-1"
        )
        settings = {
            "endpoint_url": running.place.ports.cloud_url,
            "config": Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        }
        self.place = Place(running.cloud, lambda service: session.client(service, **settings))

    def may(self, *statements: dict[str, Any]) -> None:
        document = {"Version": "2012-10-17", "Statement": statements}
        self._iam.put_user_policy(
            UserName=self._user, PolicyName="one", PolicyDocument=json.dumps(document)
        )

    def refused(self, action: str, resource: str) -> bool:
        """Whether IAM refuses; whatever else a call is told comes after IAM."""
        try:
            PROBES[action](self.place, resource)
        except ClientError as error:
            return error.response["Error"]["Code"].startswith(DENIED)
        return False


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def calls(statement: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a statement allows of that; an index can only be queried."""
    for action in listed(statement["Action"]):
        for resource in listed(statement["Resource"]):
            if action not in PROBES:
                continue
            if "/index/" not in resource or action == "dynamodb:Query":
                yield action, resource


def test_without_any_one_statement_its_calls_are_refused(running: Running) -> None:
    functions = running.cloud.client("lambda").list_functions()["Functions"]
    names = [one["FunctionName"] for one in functions if one["FunctionName"].startswith(PREFIX)]
    assert len(names) == FUNCTIONS
    wrong = []
    for name in names:
        stand = Stand(running, name)
        stand.may(*stand.statements)
        every = [call for statement in stand.statements for call in calls(statement)]
        wrong += [f"{name} may not {call}" for call in every if stand.refused(*call)]
        for statement in stand.statements:
            own = [*calls(statement)]
            if not own:
                continue
            stand.may(*(one for one in stand.statements if one is not statement))
            refused = [call for call in own if stand.refused(*call)]
            if not refused:
                wrong.append(f"{name} does not need {statement['Sid']}")
            figures.note("IAM statements removed on the local cloud", 1)
            figures.note("IAM calls refused for it", len(refused))
    assert not wrong, "\n".join(wrong)
