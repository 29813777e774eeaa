"""IAM as deployed: each function may do its work, and nothing else."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.stage import Running

pytestmark = pytest.mark.stack

PREFIX = "mutual-aid-local"
# What the payout worker drops.
NO_BATCH = json.dumps({"batch": "1", "work": "gather"})
Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def acting_as(running: Running) -> Callable[[str], Client]:
    """Clients with exactly the policies of a function's role.

    A user with the same documents stands in for the role, which only Lambda may assume.
    """
    iam = running.cloud.client("iam")
    made: dict[str, Client] = {}

    def act(function: str) -> Client:
        if function not in made:
            made[function] = _clients(running, iam, function)
        return made[function]

    return act


def _clients(running: Running, iam: Any, function: str) -> Client:
    """Clients of a user with the documents of a function's role."""
    role = running.cloud.client("lambda").get_function(FunctionName=f"{PREFIX}-{function}")
    role_name = role["Configuration"]["Role"].rsplit("/", 1)[-1]
    user = f"as-{function}-{uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    for policy in iam.list_role_policies(RoleName=role_name)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role_name, PolicyName=policy)["PolicyDocument"]
        iam.put_user_policy(UserName=user, PolicyName=policy, PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    session = boto3.session.Session(
        key["AccessKeyId"], key["SecretAccessKey"], region_name="cn-northwest-1"
    )
    endpoint = running.place.ports.cloud_url
    return lambda service: session.client(service, endpoint_url=endpoint)  # type: ignore[call-overload]


def refused(call: Callable[[], Any]) -> bool:
    try:
        call()
    except ClientError as error:
        if "AccessDenied" in error.response["Error"]["Code"]:
            return True
        raise
    return False


def key(pk: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": pk}, "sk": {"S": "none"}}


@pytest.mark.parametrize(
    ("function", "table", "allowed"),
    [
        ("api", "members", True),
        ("api", "office", True),
        ("api", "moments", True),
        ("chat-worker", "members", True),
        ("chat-worker", "office", False),
        ("wechat-admin", "moments", True),
        ("wechat-admin", "members", False),
        ("wechat-admin", "office", False),
        ("api", "cases", True),
        ("sms-worker", "cases", True),
        ("relay", "cases", False),
        ("relay", "members", False),
        ("document-worker", "members", False),
        ("payout-worker", "cases", False),  # by batches and queries only
        ("payout-worker", "members", False),
        ("payout-worker", "office", False),
        ("payout-worker", "moments", False),
    ],
)
def test_tables_are_read_by_those_who_need_them(
    acting_as: Callable[[str], Client], *, function: str, table: str, allowed: bool
):
    client = acting_as(function)("dynamodb")
    name = f"{PREFIX}-{table}"
    assert refused(lambda: client.get_item(TableName=name, Key=key("nobody"))) is not allowed


@pytest.mark.parametrize("function", ["api", "chat-worker", "wechat-admin"])
def test_nobody_scans_or_drops_a_table(acting_as: Callable[[str], Client], function: str):
    client = acting_as(function)("dynamodb")
    assert refused(lambda: client.scan(TableName=f"{PREFIX}-members"))
    assert refused(lambda: client.delete_table(TableName=f"{PREFIX}-members"))


@pytest.mark.parametrize(
    ("function", "secret", "allowed"),
    [
        ("api", "wechat", True),
        ("api", "sms", True),
        ("wechat-admin", "wechat", True),
        ("wechat-admin", "sms", False),
        ("chat-worker", "sms", False),
    ],
)
def test_secrets_are_read_where_they_are_used(
    acting_as: Callable[[str], Client], *, function: str, secret: str, allowed: bool
):
    client = acting_as(function)("secretsmanager")
    name = f"{PREFIX}/{secret}"
    assert refused(lambda: client.get_secret_value(SecretId=name)) is not allowed


def test_the_data_key_opens_only_with_its_context(
    running: Running, acting_as: Callable[[str], Client]
):
    found = running.cloud.client("dynamodb").get_item(
        TableName=f"{PREFIX}-members", Key={"pk": {"S": "keyring"}, "sk": {"S": "1"}}
    )
    blob = found["Item"]["wrapped"]["B"]
    kms = acting_as("api")("kms")
    context = {"app": "mutual-aid", "stage": "local", "version": "1"}
    assert len(kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"]) == 32
    with pytest.raises(ClientError):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={**context, "stage": "prod"})
    assert refused(lambda: kms.generate_data_key(KeyId=f"alias/{PREFIX}", KeySpec="AES_256"))


def test_the_queue_is_filled_by_the_callback_and_emptied_by_the_worker(
    running: Running, acting_as: Callable[[str], Client]
):
    url = running.cloud.client("sqs").get_queue_url(QueueName=f"{PREFIX}-chat")["QueueUrl"]
    api, worker = acting_as("api")("sqs"), acting_as("chat-worker")("sqs")
    assert refused(lambda: api.receive_message(QueueUrl=url))
    assert refused(lambda: worker.send_message(QueueUrl=url, MessageBody="x"))
    assert refused(lambda: worker.purge_queue(QueueUrl=url))


@pytest.mark.parametrize("channel", ["inbox", "sms", "template"])
def test_a_channel_sees_its_own_queue_only(
    running: Running, acting_as: Callable[[str], Client], channel: str
):
    sqs = running.cloud.client("sqs")
    worker = acting_as(f"{channel}-worker")("sqs")
    for name in ("inbox", "sms", "template", "documents"):
        url = sqs.get_queue_url(QueueName=f"{PREFIX}-{name}")["QueueUrl"]
        attributes = lambda url=url: worker.get_queue_attributes(QueueUrl=url)  # noqa: E731
        assert refused(attributes) is (name != channel)


@pytest.fixture(scope="module")
def bucket(running: Running) -> str:
    api = running.cloud.client("lambda").get_function(FunctionName=f"{PREFIX}-api")
    return str(api["Configuration"]["Environment"]["Variables"]["DOCUMENTS_BUCKET"])


def test_pictures_come_in_at_one_place_and_are_shown_from_another(
    bucket: str, acting_as: Callable[[str], Client]
):
    api, worker = acting_as("api")("s3"), acting_as("document-worker")("s3")
    assert refused(lambda: api.put_object(Bucket=bucket, Key="documents/x.jpg", Body=b"x"))
    assert refused(lambda: api.get_object(Bucket=bucket, Key="incoming/x"))
    assert refused(lambda: api.list_objects_v2(Bucket=bucket))
    assert refused(lambda: worker.put_object(Bucket=bucket, Key="incoming/x", Body=b"x"))
    assert refused(
        lambda: acting_as("sms-worker")("s3").get_object(Bucket=bucket, Key="documents/x")
    )


def test_payments_are_asked_for_by_the_api_and_the_clock(
    running: Running, acting_as: Callable[[str], Client]
):
    url = running.cloud.client("sqs").get_queue_url(QueueName=f"{PREFIX}-payout")["QueueUrl"]
    for function in ("api", "reconcile"):
        sqs = acting_as(function)("sqs")
        assert refused(lambda sqs=sqs: sqs.receive_message(QueueUrl=url))
        assert not refused(lambda sqs=sqs: sqs.send_message(QueueUrl=url, MessageBody=NO_BATCH))
    for function in ("chat-worker", "document-worker", "sms-worker", "relay"):
        sqs = acting_as(function)("sqs")
        assert refused(lambda sqs=sqs: sqs.send_message(QueueUrl=url, MessageBody="x"))


def test_files_of_payments_are_made_by_the_worker_and_taken_through_the_api(
    running: Running, bucket: str, acting_as: Callable[[str], Client]
):
    mine = running.cloud.client("s3")
    version = mine.put_object(Bucket=bucket, Key="payouts/try/x", Body=b"x")["VersionId"]
    mine.put_object(Bucket=bucket, Key="results/try/x", Body=b"x")
    api, worker = acting_as("api")("s3"), acting_as("payout-worker")("s3")
    assert not refused(
        lambda: api.get_object(Bucket=bucket, Key="payouts/try/x", VersionId=version)
    )
    assert refused(lambda: api.put_object(Bucket=bucket, Key="payouts/try/x", Body=b"x"))
    assert not refused(lambda: api.put_object(Bucket=bucket, Key="results/try/y", Body=b"x"))
    for key in ("results/try/x", "documents/x", "incoming/x"):
        assert refused(lambda key=key: worker.put_object(Bucket=bucket, Key=key, Body=b"x"))
    for key in ("documents/x", "incoming/x", "payouts/try/x"):
        assert refused(lambda key=key: worker.get_object(Bucket=bucket, Key=key))
    assert refused(lambda: worker.list_objects_v2(Bucket=bucket))
    for function in ("document-worker", "sms-worker"):
        other = acting_as(function)("s3")
        for key in ("payouts/try/x", "results/try/x"):
            assert refused(lambda s3=other, key=key: s3.get_object(Bucket=bucket, Key=key))


def test_packages_are_for_the_operator(acting_as: Callable[[str], Client]):
    assert refused(acting_as("api")("s3").list_buckets)
