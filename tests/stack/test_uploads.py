"""Uploads on the deployed stage: the bucket refuses what the form does not fit, the worker
checks what comes, and what goes takes its objects along."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import pytest
import requests

from chalicelib.core.clock import SystemClock
from chalicelib.core.ids import SystemIds
from chalicelib.store import keys
from chalicelib.store.bucket import Bucket
from chalicelib.store.documents import LARGEST_BYTES, TYPES, WAITING, Document, Documents
from chalicelib.world import World
from tests.fakes import pictures
from tests.fakes.cloud import settings
from tests.stage import Running

pytestmark = pytest.mark.stack

TYPE = TYPES[0]
_SECONDS = 30


class CloudAws:
    """The operator's clients, in the place of a function's own."""

    def __init__(self, running: Running) -> None:
        self._cloud = running.cloud

    def client(self, service: str, *, quick: bool = False) -> Any:
        return self._cloud.client(service)


@pytest.fixture(scope="module")
def name(running: Running) -> str:
    found = running.cloud.client("s3").list_buckets()["Buckets"]
    return next(bucket["Name"] for bucket in found if "-documents-" in bucket["Name"])


@pytest.fixture(scope="module")
def bucket(running: Running, name: str) -> Bucket:
    return Bucket(running.cloud.client("s3"), name)


@pytest.fixture(scope="module")
def documents(running: Running, name: str) -> Documents:
    clock = SystemClock()
    overrides = {"aws": CloudAws(running)}
    return World(settings(documents_bucket=name), clock, SystemIds(clock), overrides).documents


def post(url: str, fields: Mapping[str, str], body: bytes, **changes: str) -> int:
    sent = {key: value for key, value in (dict(fields) | changes).items() if value}
    return requests.post(url, data=sent, files={"file": ("x", body)}, timeout=30).status_code


def eventually(documents: Documents, member: str, doc_id: str) -> Document:
    """Wait until the worker has settled a picture."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        found = documents.get(member, doc_id)
        if found.state != WAITING:
            return found
        time.sleep(0.2)
    raise AssertionError("nobody looked at the picture")


def incoming() -> str:
    return keys.incoming_object("stack", uuid4().hex)


def test_what_fits_the_form_is_taken(bucket: Bucket) -> None:
    key = incoming()
    url, fields = bucket.form(key, TYPE, at_most=1000, seconds=60)
    assert post(url, fields, b"x" * 1000) in (200, 201, 204)
    assert bucket.read(key, 1000) in (b"x" * 1000, None)  # the worker may have been first


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({}, 1001),
        ({}, 0),
        ({"key": "documents/forged.jpg"}, 10),
        ({"key": "incoming/somebody/else"}, 10),
        ({"Content-Type": "text/html"}, 10),
        ({"Content-Type": ""}, 10),
        ({"x-amz-signature": "0" * 64}, 10),
        ({"policy": ""}, 10),
        ({"acl": "public-read"}, 10),
    ],
)
def test_what_does_not_fit_the_form_is_refused(
    bucket: Bucket, changes: dict[str, str], size: int
) -> None:
    key = incoming()
    url, fields = bucket.form(key, TYPE, at_most=1000, seconds=60)
    assert post(url, fields, b"x" * size, **changes) in (400, 403)
    assert bucket.read(key, 10_000) is None
    assert bucket.read(changes.get("key", "none"), 10_000) is None


def test_a_form_that_is_too_old_is_refused(bucket: Bucket) -> None:
    key = incoming()
    url, fields = bucket.form(key, TYPE, at_most=1000, seconds=-60)
    assert post(url, fields, b"x") in (400, 403)
    assert bucket.read(key, 1000) is None


@pytest.mark.parametrize(
    ("body", "state", "reason"),
    [
        (pictures.photo(6), "clean", ""),
        (b"<html><script>alert(1)</script>", "refused", "not_a_picture"),
        (pictures.png_bomb(40_000), "refused", "too_many_pixels"),
    ],
)
def test_the_worker_settles_what_arrives(
    documents: Documents, body: bytes, state: str, reason: str
) -> None:
    member = uuid4().hex
    upload = documents.begin(member, "proof", content_type=TYPE, size=len(body))
    assert post(upload.url, upload.fields, body) in (200, 201, 204)
    found = eventually(documents, member, upload.doc_id)
    assert (found.state, found.reason) == (state, reason)
    assert documents.bucket.read(keys.incoming_object(member, upload.doc_id), LARGEST_BYTES) is None
    if state == "clean":
        seen = requests.get(documents.view_url(found), timeout=30)
        assert (seen.status_code, seen.headers["Content-Type"]) == (200, "image/jpeg")
        assert b"SECRET" not in seen.content
        unsigned = documents.view_url(found).partition("?")[0]
        assert requests.get(unsigned, timeout=30).status_code == 403


def test_a_deleted_picture_takes_its_objects_along(documents: Documents) -> None:
    member = uuid4().hex
    upload = documents.begin(member, "proof", content_type=TYPE, size=1)
    post(upload.url, upload.fields, pictures.photo())
    kept = eventually(documents, member, upload.doc_id)
    documents.delete(member, upload.doc_id)
    wait(lambda: documents.bucket.read(kept.key, LARGEST_BYTES) is None)


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.2)
