"""Behind the bucket: each picture that arrived becomes a clean copy, or gets a reason.

Every step may happen twice or in another order: the item's state decides once, copies
are named by their content, and whoever comes too late removes what only they made.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import unquote_plus

from chalicelib.core.errors import Conflict
from chalicelib.documents.header import Reason, Unfit
from chalicelib.documents.pictures import Picture, clean
from chalicelib.store import keys
from chalicelib.store.bucket import TooLargeError
from chalicelib.store.documents import LARGEST_BYTES, WAITING, Copy, Documents

log = logging.getLogger(__name__)

Name = tuple[str, str]
"""Member id and document id."""


class WorkerWorld(Protocol):
    """What the worker touches."""

    @property
    def documents(self) -> Documents: ...


def handle(records: Sequence[Mapping[str, Any]], world: WorkerWorld) -> dict[str, Any]:
    """Handle SQS records of S3 events; failed ones return to the queue alone."""
    failed = []
    for record in records:
        try:
            for name in arrivals(str(record.get("body", ""))):
                _receive(world.documents, name)
        except Exception as error:  # noqa: BLE001 - one bad record must not take others along
            # the class only: messages of a library may quote what it read
            log.warning("document_record_failed", extra={"error": type(error).__name__})
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def handle_removed(records: Sequence[Mapping[str, Any]], world: WorkerWorld) -> None:
    """Handle the table's stream: where a picture's item went, its objects follow.

    Raises what S3 raises, so that the batch comes again; erasing twice is erasing once.
    """
    for record in records:
        name = removal(record)
        if name is not None:
            _erase(world.documents, name)


def arrivals(text: str) -> Iterator[Name]:
    """Yield whose pictures an S3 event tells of; S3's test message tells of none.

    Raises ValueError or KeyError for a body that is no S3 event.
    """
    body = json.loads(text)
    if body.get("Event") == "s3:TestEvent":
        return
    for record in body["Records"]:
        name = keys.incoming_parts(unquote_plus(record["s3"]["object"]["key"]))
        if name is not None:
            yield name


def removal(record: Mapping[str, Any]) -> Name | None:
    """Return whose picture a stream record says was removed, None when it says another thing."""
    key = record.get("dynamodb", {}).get("Keys", {})
    pk, sk = (key.get(part, {}).get("S", "") for part in ("pk", "sk"))
    if record.get("eventName") != "REMOVE" or not sk.startswith(keys.DOCUMENT_PREFIX):
        return None
    return keys.name_in(pk), sk.removeprefix(keys.DOCUMENT_PREFIX)


def _receive(documents: Documents, name: Name) -> None:
    """Read, check and settle one picture; then what the phone sent is gone."""
    found = documents.get_many(name[0], [name[1]])
    if found and found[0].state == WAITING:
        _settle(documents, name)
    documents.bucket.erase(keys.incoming_object(*name))


def _settle(documents: Documents, name: Name) -> None:
    try:
        raw = documents.bucket.read(keys.incoming_object(*name), LARGEST_BYTES)
        if raw is None:
            return
        picture = clean(raw)
    except TooLargeError:
        _refuse(documents, name, Reason.TOO_LARGE)
    except Unfit as unfit:
        _refuse(documents, name, unfit.reason)
    else:
        _keep(documents, name, picture)


def _refuse(documents: Documents, name: Name, reason: Reason) -> None:
    log.info("document_refused", extra={"reason": reason.value})
    try:
        documents.refuse(*name, reason)
    except Conflict:
        log.info("document_settled_before")


def _keep(documents: Documents, name: Name, picture: Picture) -> None:
    bucket, doc_id, sha256 = documents.bucket, name[1], picture.sha256
    jpeg = bucket.put_jpeg(keys.document_object(doc_id, sha256), picture.jpeg)
    small_key = keys.document_object(doc_id, sha256, thumbnail=True)
    small = bucket.put_jpeg(small_key, picture.thumbnail)
    size = len(picture.jpeg)
    try:
        documents.accept(*name, Copy(picture.width, picture.height, size, sha256, jpeg, small))
    except Conflict:
        # another delivery was first, or the person deleted it: only our copies go
        log.info("document_settled_before")
        for stored in (jpeg, small):
            bucket.remove(stored)


def _erase(documents: Documents, name: Name) -> None:
    documents.bucket.erase(keys.incoming_object(*name))
    documents.bucket.erase(keys.document_objects(name[1]))
