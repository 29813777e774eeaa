"""One process on an unpacked package, where AWS answers from a tape: `bare`, `page` or `warm`.

Run by tests/bench with the package's folder and a file of tapes. `bare` and `page` print CPU and
wall seconds of a cold start, from before the first import to the end of the answer; `warm` prints
the CPU of each request, again and again, beside what Chalice and botocore take alone. Answers come
in the place of the network's, below botocore: what is measured is ours and the libraries' work.
"""

import json
import os
import statistics
import sys
import time
from datetime import datetime
from pathlib import Path

ROUNDS = 100


def play(tape, client):
    """Let a client hear the answers of the tape instead of the network's."""
    from botocore.awsrequest import AWSResponse

    class Raw:
        def __init__(self, body):
            self._body = body

        def stream(self, **_):
            yield self._body

    def answer(request, **_):
        wanted = request.headers["X-Amz-Target"]
        wanted = wanted.decode() if isinstance(wanted, bytes) else wanted
        wanted = wanted.rpartition(".")[2]
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


class Clock:
    """The time when the tape was recorded: cookies and forms are as old as they were."""

    def __init__(self, at):
        self._at = datetime.fromisoformat(at)

    def now(self):
        return self._at


def page(tape):
    """An employee's page, from the import of app.py to its HTML."""
    from app import app

    app.world.clock = Clock(tape["at"])
    for service in ("dynamodb", "kms"):
        play(tape, app.world.aws.client(service))
    answer = app(tape["event"], None)
    if answer["statusCode"] not in (200, 303):
        sys.exit(f"{tape['name']} answered {answer['statusCode']}")
    return answer


def warm(tape):
    """A request of a container that has answered it before, beside its parts, in milliseconds."""
    from botocore import xform_name
    from chalice.app import Chalice, Response

    from app import app

    app.world = type(app.world).from_env()
    answers = list(tape["answers"])
    answer, event = page(tape), tape["event"]
    client = app.world.aws.client("dynamodb")
    empty = Chalice(app_name="empty")
    made = Response(answer["body"], {"Content-Type": "text/html"}, answer["statusCode"])
    form = {"content_types": ["application/x-www-form-urlencoded"]}
    empty.route(event["resource"], methods=[event["httpMethod"]], **form)(lambda **_: made)

    def ask():
        for operation, params in tape["calls"]:
            getattr(client, xform_name(operation))(**params)

    parts = {
        "page": lambda: app(event, None),
        "dispatch": lambda: empty(event, None),
        "client": ask,
    }
    taken = {name: [] for name in parts}
    for _ in range(ROUNDS):
        for name, act in parts.items():
            tape["answers"][:] = answers
            begun = time.process_time()
            act()
            taken[name].append(time.process_time() - begun)
    return {name: statistics.median(all_) * 1000 for name, all_ in taken.items()} | {
        "name": tape["name"],
        "least": 1000 * (min(taken["page"]) - min(taken["dispatch"])),
        "calls": [operation for operation, _ in tape["calls"]],
    }


def main():
    """Start cold once, or measure what is warm."""
    mode, package, path = sys.argv[1:]
    sys.path.insert(0, package)
    tapes = json.loads(Path(path).read_text("utf-8"))
    os.environ.update(tapes[0]["env"])
    if mode == "warm":
        print(json.dumps([warm(tape) for tape in tapes]))
        return
    begun = time.process_time(), time.perf_counter()
    {"bare": bare, "page": page}[mode](tapes[0])
    cpu, wall = time.process_time() - begun[0], time.perf_counter() - begun[1]
    print(json.dumps({"cpu": cpu, "wall": wall}))


main()
