"""The bucket of pictures: forms that fill it, links that show from it, and what workers do.

Phones send to it and read from it themselves; we only sign. The bucket is versioned:
an address that names a version shows the same bytes for ever, or nothing. It encrypts
by its own default, so that forms carry no key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

_MISSING = {"NoSuchKey", "NoSuchVersion", "404"}
_JPEG = "image/jpeg"
_LINK_SECONDS = 60


class TooLargeError(Exception):
    """An object is larger than its reader takes; nothing of it was read."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object of the bucket, for ever the same."""

    key: str
    version: str


class Bucket:
    """One S3 bucket with versions."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def form(
        self, key: str, content_type: str, *, at_most: int, seconds: int
    ) -> tuple[str, Mapping[str, str]]:
        """Return address and fields of a form that puts one object (presigned POST).

        S3 refuses another key or type, an empty or larger body, and a later hour.
        """
        answer: dict[str, Any] = self._client.generate_presigned_post(
            Bucket=self._name,
            Key=key,
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, at_most]],
            ExpiresIn=seconds,
        )
        return answer["url"], answer["fields"]

    def link(self, stored: Stored) -> str:
        """Return an address that shows a JPEG to whoever has it, for a minute."""
        wanted = {
            "Bucket": self._name,
            "Key": stored.key,
            "VersionId": stored.version,
            "ResponseContentType": _JPEG,
            "ResponseContentDisposition": 'inline; filename="picture.jpg"',
            "ResponseCacheControl": "private, no-store",
        }
        url: str = self._client.generate_presigned_url("get_object", wanted, _LINK_SECONDS)
        return url

    def read(self, key: str, at_most: int) -> bytes | None:
        """Return an object's bytes, None when there is none; raises TooLargeError unread."""
        try:
            answer = self._client.get_object(Bucket=self._name, Key=key)
        except ClientError as failure:
            if failure.response["Error"]["Code"] in _MISSING:
                return None
            raise
        with answer["Body"] as body:
            if answer["ContentLength"] > at_most:
                raise TooLargeError
            content: bytes = body.read()
        return content

    def put_jpeg(self, key: str, body: bytes) -> Stored:
        """Keep a picture and return its version."""
        answer = self._client.put_object(
            Bucket=self._name, Key=key, Body=body, ContentType=_JPEG, CacheControl="no-store"
        )
        return Stored(key, answer["VersionId"])

    def remove(self, stored: Stored) -> None:
        """Remove one version of an object for good."""
        self._client.delete_object(Bucket=self._name, Key=stored.key, VersionId=stored.version)

    def erase(self, prefix: str) -> None:
        """Remove all versions of all objects whose key begins so; nothing there is fine."""
        pages = self._client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=self._name, Prefix=prefix):
            for found in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                self.remove(Stored(found["Key"], found["VersionId"]))
