"""Employees' pictures: asked for, sent, checked, then for ever part of a case.

member#<id>  document#<id>   waiting → clean | refused; nothing changes after that but
                             the case it belongs to
What belongs to no case carries `expires_at`; when it goes, its objects follow (the
stream's REMOVE records). Ownership is in the key: somebody else's picture is missing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.clock import Clock
from chalicelib.core.errors import Conflict, NotFound, Refused
from chalicelib.core.ids import Ids
from chalicelib.core.settings import Settings
from chalicelib.store import keys
from chalicelib.store.bucket import Bucket, Stored
from chalicelib.store.tables import Database, Item, Key, read_together
from chalicelib.store.transaction import Transaction

if TYPE_CHECKING:
    from chalicelib.store.aws import Aws
    from chalicelib.store.moments import Moments

TABLE = "cases"
TYPES = ("image/jpeg", "image/png", "image/webp")
LARGEST_BYTES = 10 * 1024 * 1024
FORM_SECONDS = 300
KEPT_DAYS = 2
WAITING, CLEAN, REFUSED = "waiting", "clean", "refused"

_HOUR = 3600
_KEPT_SECONDS = KEPT_DAYS * 24 * _HOUR
# uploads that a person may start in a window of so many seconds
_LIMITS = ((60, _HOUR), (120, _KEPT_SECONDS))
_PURPOSE = re.compile(r"[a-z][a-z0-9_.-]{0,39}")
_DOC_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

_WRONG_TYPE = "请选择 JPG、PNG 或 WebP 格式的照片。"
_WRONG_SIZE = "照片应不超过 10 MB，请重新拍照或换一张。"
_TOO_MANY = "上传次数过多，请稍后再试。"
_NOT_READY = "这张图片还不能使用，请等待检查完成，或删除后重新上传。"
_IN_A_CASE = "这张图片已随申请提交，不能删除。"


class StoredDocument(Item):
    """A picture, from the moment it was asked for."""

    table = TABLE
    purpose = UnicodeAttribute()
    state = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    reason = UnicodeAttribute(null=True)
    width = NumberAttribute(null=True)
    height = NumberAttribute(null=True)
    size = NumberAttribute(null=True)
    sha256 = UnicodeAttribute(null=True)
    key = UnicodeAttribute(null=True)
    version = UnicodeAttribute(null=True)
    thumbnail_key = UnicodeAttribute(null=True)
    thumbnail_version = UnicodeAttribute(null=True)
    uploaded_at = UTCDateTimeAttribute(null=True)
    case_number = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)


@dataclass(frozen=True, slots=True)
class Upload:
    """What a browser needs to send one picture: a form's address and its fields."""

    doc_id: str
    url: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Copy:
    """Our own copy of a picture, as the worker made it; sizes in pixels and bytes."""

    width: int
    height: int
    size: int
    sha256: str
    picture: Stored
    thumbnail: Stored


@dataclass(frozen=True, slots=True)
class Document:
    """A picture as pages need it; `reason` is a code, the sizes and keys are a clean one's."""

    doc_id: str
    member_id: str
    purpose: str
    state: str
    created_at: datetime
    reason: str = ""
    case_number: str = ""
    uploaded_at: datetime | None = None
    width: int = 0
    height: int = 0
    size: int = 0
    sha256: str = ""
    key: str = ""
    version: str = ""
    thumbnail: Stored | None = None


class DocumentsWorld(Protocol):
    """What documents need of the world."""

    @property
    def settings(self) -> Settings: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def ids(self) -> Ids: ...
    @property
    def aws(self) -> "Aws": ...
    @property
    def database(self) -> Database: ...
    @property
    def moments(self) -> "Moments": ...


class Documents:
    """The pictures of all employees."""

    def __init__(self, world: DocumentsWorld) -> None:
        self._world = world
        self._database = world.database

    @cached_property
    def bucket(self) -> Bucket:
        """Where the pictures themselves are."""
        return Bucket(self._world.aws.client("s3"), self._world.settings.documents_bucket)

    def begin(self, member_id: str, purpose: str, *, content_type: str, size: int) -> Upload:
        """Let an employee send one picture; raises Refused with what to do instead.

        `purpose` is the slot's name, chosen by the room that asks for the picture.
        """
        if not _PURPOSE.fullmatch(purpose):
            raise NotFound
        if content_type not in TYPES:
            raise Refused(errors={"document": _WRONG_TYPE})
        if not 0 < size <= LARGEST_BYTES:
            raise Refused(errors={"document": _WRONG_SIZE})
        doc_id = self._world.ids.token()
        self._reserve(member_id, doc_id, purpose)
        url, fields = self.bucket.form(
            keys.incoming_object(member_id, doc_id),
            content_type,
            at_most=LARGEST_BYTES,
            seconds=FORM_SECONDS,
        )
        return Upload(doc_id, url, fields)

    def get(self, member_id: str, doc_id: str) -> Document:
        """Return an employee's own picture; another's is NotFound like a missing one."""
        found = self.get_many(member_id, [doc_id])
        if not found:
            raise NotFound
        return found[0]

    def get_many(self, member_id: str, ids: Iterable[str]) -> list[Document]:
        """Return those of the pictures (at most 100) that are the employee's, in that order."""
        wanted = document_keys(member_id, ids)
        return self.among(read_together(self._database, wanted), wanted) if wanted else []

    def among(self, found: Mapping[Key, Item], wanted: Iterable[Key]) -> list[Document]:
        """Return the pictures among items that were read together, in the order wanted."""
        items = [item for key in wanted if isinstance(item := found.get(key), StoredDocument)]
        return [_document(item) for item in items if self._there(item)]

    def get_linked(self, member_id: str, doc_id: str, case_number: str) -> Document:
        """Return a picture of a case, for staff whose role and scope were checked before."""
        document = self.get(member_id, doc_id)
        if document.case_number != case_number:
            raise NotFound
        return document

    def pending(self, member_id: str) -> list[Document]:
        """Return the pictures that belong to no case yet, oldest first.

        A form shows them again: nothing sent is lost when a page is left or reloaded.
        """
        unlinked = StoredDocument.case_number.does_not_exist()
        prefix = StoredDocument.sk.startswith(keys.DOCUMENT_PREFIX)
        items = StoredDocument.query(keys.member(member_id), prefix, unlinked, consistent_read=True)
        there = [_document(item) for item in items if self._there(item)]
        return sorted(there, key=lambda document: document.created_at)

    def view_url(self, document: Document, *, thumbnail: bool = False) -> str:
        """Return an address that shows the picture for a minute; NotFound while unchecked."""
        if document.state != CLEAN or document.thumbnail is None:
            raise NotFound
        picture = Stored(document.key, document.version)
        return self.bucket.link(document.thumbnail if thumbnail else picture)

    def delete(self, member_id: str, doc_id: str) -> None:
        """Remove a picture that belongs to no case; one that is gone already is fine."""
        if not self.get_many(member_id, [doc_id]):
            return
        transaction = Transaction(self._database)
        item = StoredDocument(keys.member(member_id), keys.document(doc_id))
        unlinked = StoredDocument.case_number.does_not_exist()
        transaction.delete(item, unlinked, Refused(errors={"document": _IN_A_CASE}))
        transaction.commit()

    def link_in(
        self, transaction: Transaction, member_id: str, ids: Iterable[str], case_number: str
    ) -> None:
        """Add to a case's transaction that its pictures are clean and now belong to it.

        Those it has already may be named again. The error stands beside the picture:
        its field is "document-<id>".
        """
        now = self._now()
        unlinked = StoredDocument.case_number.does_not_exist()
        fresh = unlinked & (StoredDocument.expires_at > now)
        ours = StoredDocument.case_number == case_number
        usable = (StoredDocument.state == CLEAN) & (fresh | ours)
        linked: list[Action] = [
            StoredDocument.case_number.set(case_number),
            StoredDocument.expires_at.remove(),
        ]
        for doc_id in dict.fromkeys(ids):
            error = Refused(errors={f"document-{doc_id}": _NOT_READY})
            if not _DOC_ID.fullmatch(doc_id):
                raise error
            transaction.update(
                StoredDocument(keys.member(member_id), keys.document(doc_id)),
                linked,
                usable,
                error,
            )

    def keep_in(
        self,
        transaction: Transaction,
        member_id: str,
        ids: Iterable[str],
        case_number: str,
        until: int,
    ) -> None:
        """Add to a transaction that a draft holds pictures, as long as it lasts itself.

        They need not have been checked yet; `until` is in seconds of the epoch.
        """
        unlinked = StoredDocument.case_number.does_not_exist()
        for doc_id in dict.fromkeys(ids):
            transaction.update(
                StoredDocument(keys.member(member_id), keys.document(doc_id)),
                [
                    StoredDocument.case_number.set(case_number),
                    StoredDocument.expires_at.set(until),
                ],
                StoredDocument.pk.exists() & unlinked,
                Conflict(),
            )

    def let_go_in(
        self, transaction: Transaction, member_id: str, ids: Iterable[str], case_number: str
    ) -> None:
        """Add to a transaction that a draft holds these no more: as if just sent."""
        until = self._now() + _KEPT_SECONDS
        for doc_id in dict.fromkeys(ids):
            transaction.update(
                StoredDocument(keys.member(member_id), keys.document(doc_id)),
                [StoredDocument.case_number.remove(), StoredDocument.expires_at.set(until)],
                _held(case_number),
                Conflict(),
            )

    def drop_in(
        self, transaction: Transaction, member_id: str, ids: Iterable[str], case_number: str
    ) -> None:
        """Add to a transaction that pictures of a draft go with it; what has gone is fine."""
        for doc_id in dict.fromkeys(ids):
            item = StoredDocument(keys.member(member_id), keys.document(doc_id))
            gone = StoredDocument.pk.does_not_exist()
            transaction.delete(item, gone | _held(case_number), Conflict())

    def accept(self, member_id: str, doc_id: str, copy: Copy) -> None:
        """Note that a waiting picture is clean; raises Conflict when it waits no more."""
        self._settle(
            member_id,
            doc_id,
            {
                "state": CLEAN,
                "width": copy.width,
                "height": copy.height,
                "size": copy.size,
                "sha256": copy.sha256,
                "key": copy.picture.key,
                "version": copy.picture.version,
                "thumbnail_key": copy.thumbnail.key,
                "thumbnail_version": copy.thumbnail.version,
            },
        )

    def refuse(self, member_id: str, doc_id: str, reason: str) -> None:
        """Note why a waiting picture cannot be used; raises Conflict when it waits no more."""
        self._settle(member_id, doc_id, {"state": REFUSED, "reason": reason})

    def _reserve(self, member_id: str, doc_id: str, purpose: str) -> None:
        """Note the picture and count it, in one transaction."""
        now = self._now()
        transaction = Transaction(self._database)
        item = StoredDocument(
            keys.member(member_id),
            keys.document(doc_id),
            purpose=purpose,
            state=WAITING,
            created_at=self._world.clock.now(),
            expires_at=now + _KEPT_SECONDS,
        )
        transaction.put(item, StoredDocument.pk.does_not_exist())
        for count, seconds in _LIMITS:
            key = keys.moment("uploads", f"{member_id}:{seconds}:{now // seconds}")
            error = Refused(errors={"document": _TOO_MANY})
            self._world.moments.count_in(transaction, key, count, seconds, error)
        transaction.commit()

    def _settle(self, member_id: str, doc_id: str, values: Mapping[str, str | int]) -> None:
        transaction = Transaction(self._database)
        item = StoredDocument(keys.member(member_id), keys.document(doc_id))
        actions = [getattr(StoredDocument, name).set(value) for name, value in values.items()]
        actions.append(StoredDocument.uploaded_at.set(self._world.clock.now()))
        waits = (StoredDocument.state == WAITING) & (StoredDocument.expires_at > self._now())
        transaction.update(item, actions, waits, Conflict())
        transaction.commit()

    def _there(self, item: StoredDocument) -> bool:
        """DynamoDB removes days late what has expired."""
        return item.expires_at is None or item.expires_at > self._now()

    def _now(self) -> int:
        return int(self._world.clock.now().timestamp())


def document_keys(member_id: str, ids: Iterable[str]) -> list[Key]:
    """Return where an employee's pictures are; what is no id is left out."""
    return [
        (StoredDocument, keys.member(member_id), keys.document(doc_id))
        for doc_id in dict.fromkeys(ids)
        if _DOC_ID.fullmatch(doc_id)
    ]


def _held(case_number: str) -> Condition:
    """A picture of a draft expires; once it was submitted it never does."""
    ours = StoredDocument.case_number == case_number
    held: Condition = ours & StoredDocument.expires_at.exists()
    return held


def _document(item: StoredDocument) -> Document:
    clean = item.state == CLEAN
    return Document(
        doc_id=item.sk.removeprefix(keys.DOCUMENT_PREFIX),
        member_id=keys.name_in(item.pk),
        purpose=item.purpose,
        state=item.state,
        created_at=item.created_at,
        reason=item.reason or "",
        case_number=item.case_number or "",
        uploaded_at=item.uploaded_at,
        width=int(item.width or 0),
        height=int(item.height or 0),
        size=int(item.size or 0),
        sha256=item.sha256 or "",
        key=item.key or "",
        version=item.version or "",
        thumbnail=Stored(item.thumbnail_key, item.thumbnail_version) if clean else None,
    )
