"""A stage in moto: its tables and key, and a world on it with fakes at the edges."""

import base64
from dataclasses import dataclass
from typing import Any

import boto3

from chalicelib.core.settings import Settings
from chalicelib.store.aws import Aws
from chalicelib.store.tables import table_schema
from chalicelib.world import World
from tests.fakes import iam
from tests.fakes.sms import SmsRecorder
from tests.fakes.time import FakeClock, FakeIds
from tests.fakes.wechat import FakeWeChat

REGION = "cn-northwest-1"
BUCKET = "mutual-aid-local-documents"
TABLES = ("members", "office", "moments", "cases")
WECHAT_SECRET = {
    "app_secret": "test-app-secret",
    "token": "testcallbacktoken",
    "aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "previous_aes_key": "",
}


class FakeQueue:
    """A queue that keeps what was put on it; `failure` is raised instead, when set."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.failure: Exception | None = None

    def put(self, body: Any) -> None:
        if self.failure is not None:
            raise self.failure
        self.bodies.append(dict(body))


@dataclass
class Stage:
    """A world, and the fakes that tests look into."""

    world: World
    clock: FakeClock
    ids: FakeIds
    sms: SmsRecorder
    wechat: FakeWeChat
    chat_queue: FakeQueue


def settings(keyring: str = "1:AA==", **changes: str) -> Settings:
    """Return complete settings of a test stage."""
    values = {
        "stage": "local",
        "prefix": "mutual-aid-local",
        "base_url": "https://mutual.test",
        "keyring": keyring,
        "wechat_app_id": "wxtest",
        "wechat_secret_id": "mutual-aid-local/wechat",
        "wechat_api_url": "https://api.test",
        "wechat_open_url": "https://open.test",
        "wechat_case_template": "simCaseProgress000000000000000000000000000A",
        "sms_provider": "tencent",
        "sms_app_id": "1400000000",
        "sms_sign_name": "广西职工互助",
        "sms_code_template": "1000001",
        "sms_case_template": "1000005",
        "sms_secret_id": "mutual-aid-local/sms",
        "sms_region": "ap-guangzhou",
        "chat_queue": "mutual-aid-local-chat",
        "events_topic": "arn:aws-cn:sns:cn-northwest-1:123456789012:mutual-aid-local-events",
        "documents_bucket": BUCKET,
        "documents_origin": "https://pictures.test",
        "frame_ancestors": "'none'",
        "org_name": "广西职工保障互助协会",
        "org_contact": "南宁市示例路 1 号，电话 0771-0000000",
    }
    return Settings(**(values | changes))


def make_stage(**changes: str) -> Stage:
    """Create tables and key (inside `mock_aws`) and return a world on them, IAM enforced."""
    session = boto3.session.Session(
        aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION
    )
    iam.watch(session)
    aws = Aws(session.client)
    create_tables(aws.client("dynamodb"), "mutual-aid-local")
    clock = FakeClock()
    ids = FakeIds(clock)
    sms, wechat, queue = SmsRecorder(), FakeWeChat(), FakeQueue()
    overrides = {
        "aws": aws,
        "sms": sms,
        "wechat": wechat,
        "chat_queue": queue,
        "_secrets": {"mutual-aid-local/wechat": dict(WECHAT_SECRET)},
    }
    world = World(settings(make_keyring(aws.client("kms")), **changes), clock, ids, overrides)
    return Stage(world, clock, ids, sms, wechat, queue)


def create_tables(dynamodb: Any, prefix: str) -> None:
    """Create the tables as the data stack does."""
    for table in TABLES:
        schema = table_schema(table)
        indexes = [
            index | {"Projection": {"ProjectionType": "ALL"}}
            for index in schema.pop("GlobalSecondaryIndexes")
        ]
        extra = {"GlobalSecondaryIndexes": indexes} if indexes else {}
        dynamodb.create_table(
            TableName=f"{prefix}-{table}", BillingMode="PAY_PER_REQUEST", **schema, **extra
        )


def make_keyring(kms: Any, stage: str = "local") -> str:
    """Return a keyring with one wrapped data key."""
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    context = {"app": "mutual-aid", "stage": stage, "version": "1"}
    answer = kms.generate_data_key_without_plaintext(
        KeyId=key, KeySpec="AES_256", EncryptionContext=context
    )
    return "1:" + base64.b64encode(answer["CiphertextBlob"]).decode()
