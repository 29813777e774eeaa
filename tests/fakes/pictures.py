"""Pictures that a phone might send, the bucket they go to, and S3's word that they came."""

import io
import json
import zlib
from typing import Any

from PIL import Image, ImageDraw

from tests.fakes.cloud import BUCKET, REGION, Stage

GPS = 0x8825
ORIENTATION = 0x0112


def open_bucket(stage: Stage) -> Any:
    """Create the bucket of pictures as the data stack does; returns its client."""
    s3 = stage.world.aws.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return s3


def drawing(width: int = 800, height: int = 500, mode: str = "RGB") -> Image.Image:
    """A card with a dark bar at its top, so that turning shows."""
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, width, height // 5), fill="black")
    for line in range(height // 4, height, max(height // 12, 2)):
        pen.line((width // 10, line, width - width // 10, line), fill="gray", width=3)
    return image.convert(mode)


def picture(kind: str = "JPEG", image: Image.Image | None = None, **options: Any) -> bytes:
    """The bytes of a picture file."""
    buffer = io.BytesIO()
    (image or drawing()).save(buffer, kind, **options)
    return buffer.getvalue()


def photo(orientation: int = 1) -> bytes:
    """A JPEG as cameras write it: with its place, its turn and a comment."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010F] = "SECRETCAMERA"
    exif[GPS] = {1: "N", 2: (24.0, 4.0, 7.0), 3: "E", 4: (108.0, 39.0, 58.0)}
    return picture(exif=exif.tobytes(), comment=b"SECRETCOMMENT")


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    check = zlib.crc32(kind + body).to_bytes(4, "big")
    return len(body).to_bytes(4, "big") + kind + body + check


def png_bomb(side: int) -> bytes:
    """A PNG of side × side black dots: true to its word, and tiny as a file."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    body = b"".join([*(packer.compress(row * 100) for _ in range(side // 100)), packer.flush()])
    size = side.to_bytes(4, "big")
    head = chunk(b"IHDR", size + size + bytes([1, 0, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def arrival(key: str) -> dict[str, Any]:
    """The SQS record of S3's event that an object arrived."""
    event = {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Post",
        "s3": {"bucket": {"name": BUCKET}, "object": {"key": key, "size": 1}},
    }
    return {"messageId": f"message-{key}", "body": json.dumps({"Records": [event]})}


def removed(pk: str, sk: str) -> dict[str, Any]:
    """The stream's record that DynamoDB removed an item."""
    return {"eventName": "REMOVE", "dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}}}}


def names(s3: Any, prefix: str = "") -> list[str]:
    """Return the keys of all versions that the bucket holds."""
    page = s3.list_object_versions(Bucket=BUCKET, Prefix=prefix)
    return sorted(found["Key"] for found in page.get("Versions", []))
