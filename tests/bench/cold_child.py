"""One cold start in a process of its own: `bare` or `page`, on an unpacked package.

Run by tests/bench/cold.py with the package's folder and a tape; prints CPU and wall seconds from
before the first import to the end of the answer. AWS answers from the tape, so what is measured
is ours and botocore's work, without a network.
"""

import json
import os
import sys
import time
from pathlib import Path


def play(tape, client):
    """Let a client hear the answers of the tape instead of the network's."""
    from botocore.awsrequest import AWSResponse

    class Raw:
        def __init__(self, body):
            self._body = body

        def stream(self, **_):
            yield self._body

    def answer(request, **_):
        wanted = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        place = next(i for i, (name, _) in enumerate(tape["answers"]) if name == wanted)
        _, body = tape["answers"].pop(place)
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        return AWSResponse("https://aws.test", 200, headers, Raw(body.encode()))

    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register_first(f"before-send.{service}", answer)


def bare(tape):
    """What everything on AWS pays for: boto3, a DynamoDB client, one read."""
    import boto3

    client = boto3.client("dynamodb")
    name = next(name for name, _ in tape["answers"] if name == "BatchGetItem")
    tape["answers"] = [pair for pair in tape["answers"] if pair[0] == name]
    play(tape, client)
    client.batch_get_item(RequestItems={"t": {"Keys": [{"pk": {"S": "a"}, "sk": {"S": "b"}}]}})


def page(tape):
    """An employee's page, from the import of app.py to its HTML."""
    from app import app

    for service in ("dynamodb", "kms"):
        play(tape, app.world.aws.client(service))
    answer = app(tape["event"], None)
    if answer["statusCode"] != 200:
        sys.exit(f"the page answered {answer['statusCode']}")


def main():
    """Start cold once."""
    mode, package, path = sys.argv[1:]
    sys.path.insert(0, package)
    tape = json.loads(Path(path).read_text("utf-8"))
    os.environ.update(tape["env"])
    begun = time.process_time(), time.perf_counter()
    {"bare": bare, "page": page}[mode](tape)
    cpu, wall = time.process_time() - begun[0], time.perf_counter() - begun[1]
    print(json.dumps({"cpu": cpu, "wall": wall}))


main()
