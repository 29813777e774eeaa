"""A picture's way on moto: asked for, sent, checked, linked, shown, removed."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from chalicelib.core.errors import NotFound, Refused
from chalicelib.documents.worker import handle, handle_removed
from chalicelib.store import keys
from chalicelib.store.documents import KEPT_DAYS, Copy, Document, Documents, Upload
from chalicelib.world import World
from tests.fakes import pictures
from tests.fakes.cloud import BUCKET, REGION, Stage

ME, OTHER = "1001", "2002"


@pytest.fixture
def s3(stage: Stage) -> Any:
    return pictures.open_bucket(stage)


@pytest.fixture
def documents(stage: Stage, s3: Any) -> Documents:
    return stage.world.documents


def begin(documents: Documents, member: str = ME, purpose: str = "proof") -> Upload:
    return documents.begin(member, purpose, content_type="image/jpeg", size=1000)


def send(stage: Stage, upload: Upload, body: bytes, member: str = ME) -> dict[str, Any]:
    """Put the bytes where the form would, and wake the worker as S3 would."""
    key = keys.incoming_object(member, upload.doc_id)
    assert upload.fields["key"] == key
    stage.world.aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
    return handle([pictures.arrival(key)], stage.world)


@pytest.fixture
def clean(stage: Stage, documents: Documents) -> Document:
    upload = begin(documents)
    assert send(stage, upload, pictures.photo()) == {"batchItemFailures": []}
    return documents.get(ME, upload.doc_id)


def link(stage: Stage, documents: Documents, ids: list[str], case: str, member: str = ME) -> None:
    transaction = stage.world.transaction()
    documents.link_in(transaction, member, ids, case)
    transaction.commit()


def test_a_picture_is_sent_checked_linked_and_seen(
    stage: Stage, documents: Documents, s3: Any, clean: Document
) -> None:
    assert (clean.state, clean.width, clean.height) == ("clean", 800, 500)
    assert pictures.names(s3, "incoming/") == []
    assert pictures.names(s3) == sorted(
        [clean.key, keys.document_object(clean.doc_id, clean.sha256, thumbnail=True)]
    )
    link(stage, documents, [clean.doc_id], "77")
    stage.clock.forward(days=400)
    linked = documents.get(ME, clean.doc_id)
    assert linked.case_number == "77"
    assert documents.pending(ME) == []
    body = s3.get_object(Bucket=BUCKET, Key=linked.key, VersionId=linked.version)["Body"].read()
    assert Image.open(io.BytesIO(body)).size == (800, 500)
    assert b"SECRET" not in body
    for thumbnail, size in ((False, "jpg"), (True, "thumb.jpg")):
        url = documents.view_url(linked, thumbnail=thumbnail)
        assert url.startswith(f"https://{BUCKET}.s3.{REGION}.")
        assert f"{linked.sha256}.{size}?" in url
        assert ("versionId=" in url, "X-Amz-Expires=60" in url) == (True, True)


def test_somebody_elses_picture_is_missing(
    stage: Stage, documents: Documents, clean: Document
) -> None:
    assert documents.get_many(OTHER, [clean.doc_id]) == []
    for doc_id in (clean.doc_id, "none", "../x", "", "x" * 3000):
        with pytest.raises(NotFound):
            documents.get(OTHER, doc_id)
    documents.delete(OTHER, clean.doc_id)
    assert documents.get(ME, clean.doc_id) == clean
    with pytest.raises(Refused) as refused:
        link(stage, documents, [clean.doc_id], "77", OTHER)
    assert list(refused.value.errors) == [f"document-{clean.doc_id}"]


def test_a_case_takes_only_clean_pictures_that_no_other_case_has(
    stage: Stage, documents: Documents, clean: Document
) -> None:
    waiting = begin(documents)
    for doc_id in (waiting.doc_id, "missing", "../x"):
        with pytest.raises(Refused, match="不能使用"):
            link(stage, documents, [clean.doc_id, doc_id], "77")
    assert documents.get(ME, clean.doc_id).case_number == ""
    link(stage, documents, [clean.doc_id, clean.doc_id], "77")
    link(stage, documents, [clean.doc_id], "77")
    with pytest.raises(Refused):
        link(stage, documents, [clean.doc_id], "78")
    with pytest.raises(NotFound):
        documents.get_linked(ME, clean.doc_id, "78")
    assert documents.get_linked(ME, clean.doc_id, "77").case_number == "77"


def test_a_linked_picture_stays(stage: Stage, documents: Documents, clean: Document) -> None:
    link(stage, documents, [clean.doc_id], "77")
    with pytest.raises(Refused, match="不能删除"):
        documents.delete(ME, clean.doc_id)


def test_a_deleted_picture_takes_its_objects_along(
    stage: Stage, documents: Documents, s3: Any, clean: Document
) -> None:
    documents.delete(ME, clean.doc_id)
    documents.delete(ME, clean.doc_id)
    record = pictures.removed(keys.member(ME), keys.document(clean.doc_id))
    for _twice in range(2):
        handle_removed([record], stage.world)
    assert pictures.names(s3) == []


def test_other_records_of_the_stream_remove_nothing(stage: Stage, s3: Any, clean: Document) -> None:
    gone = pictures.removed(keys.member(ME), keys.document(clean.doc_id))
    for record in (
        gone | {"eventName": "MODIFY"},
        pictures.removed(keys.member(ME), "profile"),
        {"eventName": "REMOVE"},
        {},
    ):
        handle_removed([record], stage.world)
    assert len(pictures.names(s3)) == 2


def test_an_unlinked_picture_expires(stage: Stage, documents: Documents, clean: Document) -> None:
    stage.clock.forward(days=KEPT_DAYS)
    assert documents.pending(ME) == []
    with pytest.raises(NotFound):
        documents.get(ME, clean.doc_id)
    with pytest.raises(Refused):
        link(stage, documents, [clean.doc_id], "77")


def test_pending_pictures_come_in_the_order_they_were_added(
    stage: Stage, documents: Documents
) -> None:
    ids = []
    for purpose in ("back", "front", "proof"):
        stage.clock.forward(seconds=1)
        ids.append(begin(documents, purpose=purpose).doc_id)
    begin(documents, OTHER)
    assert [document.doc_id for document in documents.pending(ME)] == ids
    assert [document.doc_id for document in documents.get_many(ME, reversed(ids))] == ids[::-1]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"<html><script>alert(1)</script>", "not_a_picture"),
        (b"PK\x03\x04 zip", "not_a_picture"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "heic"),
        (pictures.photo()[:3000], "damaged"),
        (pictures.photo() + b"\0" * 10 * 1024 * 1024, "too_large"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_reason(
    stage: Stage, documents: Documents, s3: Any, body: bytes, reason: str
) -> None:
    upload = begin(documents)
    assert send(stage, upload, body) == {"batchItemFailures": []}
    refused = documents.get(ME, upload.doc_id)
    assert (refused.state, refused.reason, refused.key) == ("refused", reason, "")
    assert pictures.names(s3) == []
    with pytest.raises(NotFound):
        documents.view_url(refused)
    with pytest.raises(Refused):
        link(stage, documents, [upload.doc_id], "77")


def test_twice_is_once(stage: Stage, documents: Documents, s3: Any, clean: Document) -> None:
    key = keys.incoming_object(ME, clean.doc_id)
    handle([pictures.arrival(key), pictures.arrival(key)], stage.world)
    assert documents.get(ME, clean.doc_id) == clean
    # the form is good for five minutes: a second picture sent with it changes nothing
    s3.put_object(Bucket=BUCKET, Key=key, Body=pictures.picture("PNG"))
    handle([pictures.arrival(key)], stage.world)
    assert documents.get(ME, clean.doc_id) == clean
    assert pictures.names(s3, "incoming/") == []
    assert len(pictures.names(s3)) == 2


def test_a_picture_that_was_deleted_meanwhile_leaves_nothing(
    stage: Stage, documents: Documents, s3: Any
) -> None:
    upload = begin(documents)
    documents.delete(ME, upload.doc_id)
    send(stage, upload, pictures.photo())
    assert pictures.names(s3) == []


class Hasty(Documents):
    """Documents to which something happens while the worker is busy with a picture."""

    meanwhile: Callable[[], object]

    def accept(self, member_id: str, doc_id: str, copy: Copy) -> None:
        self.meanwhile()
        super().accept(member_id, doc_id, copy)

    def refuse(self, member_id: str, doc_id: str, reason: str) -> None:
        self.meanwhile()
        super().refuse(member_id, doc_id, reason)


@pytest.mark.parametrize("body", [pictures.photo(), b"nothing like it"])
def test_a_picture_deleted_while_it_is_read_leaves_nothing(
    stage: Stage, documents: Documents, s3: Any, body: bytes
) -> None:
    upload = begin(documents)
    hasty = Hasty(stage.world)
    hasty.meanwhile = lambda: documents.delete(ME, upload.doc_id)
    key = keys.incoming_object(ME, upload.doc_id)
    s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    world = World(stage.world.settings, stage.clock, stage.ids, {"documents": hasty})
    assert handle([pictures.arrival(key)], world) == {"batchItemFailures": []}
    assert documents.pending(ME) == []
    assert pictures.names(s3) == []


def test_two_workers_on_one_picture_leave_one_copy(
    stage: Stage, documents: Documents, s3: Any
) -> None:
    upload = begin(documents)
    key = keys.incoming_object(ME, upload.doc_id)
    s3.put_object(Bucket=BUCKET, Key=key, Body=pictures.photo())
    hasty = Hasty(stage.world)
    hasty.meanwhile = lambda: handle([pictures.arrival(key)], stage.world)
    world = World(stage.world.settings, stage.clock, stage.ids, {"documents": hasty})
    assert handle([pictures.arrival(key)], world) == {"batchItemFailures": []}
    kept = documents.get(ME, upload.doc_id)
    assert kept.state == "clean"
    assert len(pictures.names(s3)) == 2
    assert s3.head_object(Bucket=BUCKET, Key=kept.key)["VersionId"] == kept.version


def test_a_message_that_is_no_event_comes_back_alone(stage: Stage, documents: Documents) -> None:
    upload = begin(documents)
    key = keys.incoming_object(ME, upload.doc_id)
    stage.world.aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=pictures.photo())
    records = [
        {"messageId": "1", "body": "nonsense"},
        {"messageId": "2", "body": "{}"},
        {"messageId": "3", "body": '{"Service":"Amazon S3","Event":"s3:TestEvent"}'},
        pictures.arrival("documents/somewhere/else.jpg"),
        pictures.arrival(key),
    ]
    answer = handle(records, stage.world)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]}
    assert documents.get(ME, upload.doc_id).state == "clean"


def test_when_the_bucket_is_gone_the_message_comes_back(
    stage: Stage, documents: Documents, s3: Any
) -> None:
    upload = begin(documents)
    key = keys.incoming_object(ME, upload.doc_id)
    s3.delete_bucket(Bucket=BUCKET)
    record = pictures.arrival(key)
    answer = handle([record], stage.world)
    assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
    assert documents.get(ME, upload.doc_id).state == "waiting"


def test_uploads_are_limited_for_each_employee_and_window(
    stage: Stage, documents: Documents
) -> None:
    for hour in range(2):
        stage.clock.forward(hours=hour)
        for _ in range(60):
            begin(documents)
        with pytest.raises(Refused, match="稍后"):
            begin(documents)
    begin(documents, OTHER)
    stage.clock.forward(hours=2)
    with pytest.raises(Refused, match="稍后"):
        begin(documents)
    stage.clock.forward(days=2)
    begin(documents)


@pytest.mark.parametrize(
    ("content_type", "size", "purpose"),
    [
        ("text/html", 10, "proof"),
        ("image/svg+xml", 10, "proof"),
        ("", 10, "proof"),
        ("image/jpeg", 0, "proof"),
        ("image/jpeg", 10 * 1024 * 1024 + 1, "proof"),
        ("image/jpeg", 10, "../proof"),
        ("image/jpeg", 10, ""),
    ],
)
def test_only_pictures_of_a_sensible_size_may_be_sent(
    documents: Documents, content_type: str, size: int, purpose: str
) -> None:
    with pytest.raises((Refused, NotFound)):
        documents.begin(ME, purpose, content_type=content_type, size=size)
    assert documents.pending(ME) == []
