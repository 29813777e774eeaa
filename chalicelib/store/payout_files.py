"""Files to and from the bank, in the bucket: written once, taken by a link of a minute."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from botocore.exceptions import ClientError

from chalicelib.store.bucket import Bucket, Stored, TooLargeError

LARGEST_BYTES: Final = 20 * 1024 * 1024
FORM_SECONDS: Final = 300
_LINK_SECONDS: Final = 60
_PART_BYTES: Final = 1024 * 1024
_ANY_TYPE: Final = "application/octet-stream"
_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class PayoutFiles:
    """The part of the documents bucket that only finance uses."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name
        self._bucket = Bucket(client, name)

    def put(self, key: str, path: Path) -> Stored:
        """Keep a file and return its version; it is sent as it is read."""
        with path.open("rb") as body:
            answer = self._client.put_object(
                Bucket=self._name,
                Key=key,
                Body=body,
                ContentType=_TYPES[path.suffix.removeprefix(".")],
                CacheControl="no-store",
            )
        return Stored(key, answer["VersionId"])

    def link(self, stored: Stored, name: str) -> str:
        """Return an address that saves a file under a name, for a minute."""
        wanted = {
            "Bucket": self._name,
            "Key": stored.key,
            "VersionId": stored.version,
            "ResponseContentDisposition": f'attachment; filename="{name}"',
            "ResponseCacheControl": "private, no-store",
        }
        url: str = self._client.generate_presigned_url("get_object", wanted, _LINK_SECONDS)
        return url

    def form(self, key: str) -> tuple[str, Mapping[str, str]]:
        """Return address and fields of a form that puts a file from the bank."""
        return self._bucket.form(key, _ANY_TYPE, at_most=LARGEST_BYTES, seconds=FORM_SECONDS)

    def arrived(self, key: str) -> str:
        """Return the version of a file that was sent, "" when there is none."""
        try:
            answer = self._client.head_object(Bucket=self._name, Key=key)
        except ClientError as failure:
            # without the right to list, a missing object is forbidden
            if failure.response["Error"]["Code"] in {"403", "404"}:
                return ""
            raise
        version: str = answer["VersionId"]
        return version

    @contextmanager
    def opened(self, stored: Stored) -> Iterator[BinaryIO]:
        """Yield a file of the bucket, on disk where it is large; raises TooLargeError."""
        answer = self._client.get_object(
            Bucket=self._name, Key=stored.key, VersionId=stored.version
        )
        with answer["Body"] as body, tempfile.TemporaryFile() as file:
            if answer["ContentLength"] > LARGEST_BYTES:
                raise TooLargeError
            shutil.copyfileobj(body, file, _PART_BYTES)
            file.seek(0)
            yield file

    def remove(self, stored: Stored) -> None:
        """Remove a version for good."""
        self._bucket.remove(stored)
