"""DynamoDB's answers, read as JSON, are what botocore would have read."""

import json
import zlib
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from chalicelib.store.aws import Aws

ITEM = {
    "pk": {"S": '引号 " 与 \\ 和 "B": 都是文字'},
    "n": {"N": "-1.50"},
    "yes": {"BOOL": True},
    "none": {"NULL": True},
    "set": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "list": {"L": [{"S": ""}, {"M": {"deep": {"L": []}}}]},
    "map": {"M": {}},
}
USED = {"TableName": "t", "CapacityUnits": 1.5}
ANSWERS: dict[str, dict[str, Any]] = {
    "get_item": {"Item": ITEM, "ConsumedCapacity": USED},
    "batch_get_item": {
        "Responses": {"t": [ITEM, ITEM]},
        "UnprocessedKeys": {"t": {"Keys": [{"pk": {"S": "x"}}], "ConsistentRead": True}},
        "ConsumedCapacity": [USED],
    },
    "query": {
        "Items": [ITEM],
        "Count": 1,
        "ScannedCount": 1,
        "LastEvaluatedKey": {"pk": {"S": "x"}},
    },
    "put_item": {},
    "update_item": {"Attributes": ITEM},
    "delete_item": {"Attributes": {}},
    "transact_write_items": {"ConsumedCapacity": [USED]},
}


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Any:
        yield self._body


def hears(client: Any, body: bytes, status: int = 200) -> Any:
    """Let a client hear this answer to everything, and no network."""
    headers = {"x-amzn-RequestId": "r1"}

    def answer(**_: Any) -> AWSResponse:
        return AWSResponse("https://aws.test", status, headers, _Raw(body))

    client.meta.events.register("before-send.dynamodb", answer)
    return client


def plain() -> Any:
    """A client as the house has it."""
    return Aws(session().client).client("dynamodb")


def stock() -> Any:
    """A client as boto3 makes it."""
    return session().client("dynamodb")


def session() -> Any:
    return boto3.session.Session("x", "x", region_name="cn-northwest-1")


@pytest.mark.parametrize("operation", ANSWERS)
def test_an_answer_is_what_botocore_reads(operation: str) -> None:
    body = json.dumps(ANSWERS[operation]).encode()
    seen = [said(hears(make(), body), operation) for make in (plain, stock)]
    assert seen[0] == seen[1]
    assert seen[0]["ResponseMetadata"]["RequestId"] == "r1"


def said(client: Any, operation: str) -> Any:
    params = {
        "TableName": "t",
        "Key": {},
        "Item": {},
        "RequestItems": {"t": {"Keys": [{}]}},
        "TransactItems": [{}],
    }
    shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
    wanted = {name: params[name] for name in shape.input_shape.required_members}
    return getattr(client, operation)(**wanted)


def test_the_short_way_is_taken() -> None:
    """botocore drops what its model does not know: what stays was not read by its parser."""
    body = b'{"Item": {}, "NotInTheModel": 1}'
    assert said(hears(plain(), body), "get_item")["NotInTheModel"] == 1
    assert "NotInTheModel" not in said(hears(stock(), body), "get_item")


@pytest.mark.parametrize("operation", ["batch_get_item", "transact_write_items"])
def test_a_request_goes_where_botocore_sends_it_and_is_not_searched(operation: str) -> None:
    sent = [sends(make(), operation) for make in (plain, stock)]
    assert sent[0] == sent[1]
    name = plain().meta.method_to_api_mapping[operation]
    looks_for = [
        len(make().meta.service_model.operation_model(name).operation_context_parameters)
        for make in (plain, stock)
    ]
    assert looks_for == [0, 1], "botocore no longer looks for ARNs, or does so another way"


def sends(client: Any, operation: str) -> str:
    urls: list[str] = []
    client.meta.events.register(
        "before-send.dynamodb", lambda request, **_: urls.append(request.url)
    )
    said(hears(client, b"{}"), operation)
    return urls[0]


@pytest.mark.parametrize("value", [{"B": "AAE="}, {"BS": ["AAE=", "Ag=="]}])
def test_bytes_are_bytes(value: dict[str, Any]) -> None:
    body = json.dumps({"Item": {"pk": {"S": "x"}, "raw": value}}).encode()
    seen = [said(hears(make(), body), "get_item") for make in (plain, stock)]
    assert seen[0] == seen[1]
    raw = seen[0]["Item"]["raw"]
    assert raw in ({"B": b"\0\1"}, {"BS": [b"\0\1", b"\2"]})


@pytest.mark.parametrize("make", [plain, stock])
def test_a_failure_is_botocores(make: Callable[[], Any]) -> None:
    """Reasons of a cancelled transaction come from its parser, as ever."""
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": ITEM}]
    kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
    body = json.dumps({"__type": kind, "CancellationReasons": reasons, "Message": "no"}).encode()
    with pytest.raises(ClientError) as caught:
        said(hears(make(), body, 400), "transact_write_items")
    assert caught.value.response["Error"]["Code"] == "TransactionCanceledException"
    assert caught.value.response["CancellationReasons"] == reasons


def test_a_damaged_answer_is_asked_for_again() -> None:
    """botocore compares the checksum that DynamoDB sends with every answer."""
    whole, answers = b'{"Item": {"pk": {"S": "x"}}}', []
    client = plain()

    def answer(**_: Any) -> AWSResponse:
        answers.append(whole if answers else whole[:20])
        headers = {"x-amz-crc32": str(zlib.crc32(whole))}
        return AWSResponse("https://aws.test", 200, headers, _Raw(answers[-1]))

    client.meta.events.register("before-send.dynamodb", answer)
    assert said(client, "get_item")["Item"] == {"pk": {"S": "x"}}
    assert len(answers) == 2


def test_who_asks_is_said_in_few_words() -> None:
    heard: list[bytes] = []
    client = hears(plain(), b"{}")
    client.meta.events.register(
        "before-send.dynamodb", lambda request, **_: heard.append(request.headers["User-Agent"])
    )
    said(client, "get_item")
    assert heard[0].startswith(b"mutual-aid Boto3")
