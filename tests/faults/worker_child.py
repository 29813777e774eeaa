"""Run as a program: the picture worker over a folder of files, in a process of its own.

Prints one JSON object: what became of each file, and the most memory that was ever used.
"""

import json
import sys
from pathlib import Path

from moto import mock_aws

from chalicelib.documents.worker import handle
from chalicelib.store import keys
from tests.fakes import pictures
from tests.fakes.cloud import BUCKET, Stage, make_stage
from tests.memory import peak_mb

MEMBER = "1001"


def verdict(stage: Stage, body: bytes) -> list[str]:
    """Send a file as a picture and return what the worker made of it."""
    upload = stage.world.documents.begin(MEMBER, "proof", content_type="image/jpeg", size=1)
    key = keys.incoming_object(MEMBER, upload.doc_id)
    stage.world.aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
    answer = handle([pictures.arrival(key)], stage.world)
    found = stage.world.documents.get(MEMBER, upload.doc_id)
    return [
        found.state,
        found.reason,
        *(record["itemIdentifier"] for record in answer["batchItemFailures"]),
    ]


def main() -> None:
    with mock_aws():
        stage = make_stage()
        s3 = pictures.open_bucket(stage)
        files = sorted(Path(sys.argv[1]).iterdir())
        verdicts = {path.name: verdict(stage, path.read_bytes()) for path in files}
        left = pictures.names(s3, "incoming/")
    report = {"verdicts": verdicts, "left": left, "memory": peak_mb()}
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main()
