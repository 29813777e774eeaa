"""The forms that fill the bucket, and the links that show from it, taken apart."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from chalicelib.store.aws import Aws
from chalicelib.store.bucket import Bucket, Stored

NAME = "a-bucket"
KEY = "incoming/1001/abc"
TYPE = "image/png"


def bucket(region: str = "cn-northwest-1", token: str | None = None) -> Bucket:
    session = boto3.session.Session("test", "test", token, region_name=region)
    return Bucket(Aws(session.client).client("s3"), NAME)


def form(made: Bucket) -> tuple[str, dict[str, str], dict[str, Any]]:
    url, fields = made.form(KEY, TYPE, at_most=1000, seconds=300)
    return url, dict(fields), json.loads(base64.b64decode(fields["policy"]))


def test_a_form_fits_one_object_of_one_type_and_a_bounded_size_for_five_minutes() -> None:
    _, fields, policy = form(bucket())
    signed = {name: fields[name] for name in fields if name.startswith("x-amz-")}
    signature = signed.pop("x-amz-signature")
    assert len(signature) == 64
    expected = [
        {"Content-Type": TYPE},
        ["content-length-range", 1, 1000],
        {"bucket": NAME},
        {"key": KEY},
        *({name: value} for name, value in signed.items()),
    ]
    assert sorted(map(str, policy["conditions"])) == sorted(map(str, expected))
    assert signed["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    assert signed["x-amz-credential"].endswith("/cn-northwest-1/s3/aws4_request")
    assert (fields["key"], fields["Content-Type"]) == (KEY, TYPE)
    left = datetime.fromisoformat(policy["expiration"]) - datetime.now(UTC)
    assert timedelta(seconds=280) < left <= timedelta(seconds=300)


def test_a_functions_session_is_part_of_what_is_signed() -> None:
    _, fields, policy = form(bucket(token="session"))
    assert {"x-amz-security-token": "session"} in policy["conditions"]
    assert fields["x-amz-security-token"] == "session"


@pytest.mark.parametrize("region", ["cn-northwest-1", "cn-north-1", "ap-southeast-1", "us-east-1"])
def test_every_address_names_the_regions_own_host(region: str) -> None:
    made = bucket(region)
    for address in (form(made)[0], made.link(Stored("documents/x.jpg", "v1"))):
        assert address.startswith(f"https://{NAME}.s3.{region}.")
        assert urlsplit(address).netloc.endswith(".cn") == region.startswith("cn-")


def test_a_link_shows_one_version_as_a_picture_for_a_minute() -> None:
    address = urlsplit(bucket().link(Stored("documents/abc/0123.jpg", "version-1")))
    query = {name: value for name, (value,) in parse_qs(address.query).items()}
    assert address.path == "/documents/abc/0123.jpg"
    assert query["versionId"] == "version-1"
    assert query["X-Amz-Expires"] == "60"
    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert query["response-content-type"] == "image/jpeg"
    assert query["response-content-disposition"] == 'inline; filename="picture.jpg"'
    assert query["response-cache-control"] == "private, no-store"
