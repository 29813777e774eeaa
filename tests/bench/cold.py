"""Cold start of an employee page beside bare boto3 with a DynamoDB client, both with bytecode.

Measured on the built package, unpacked as Lambda does it, by the base interpreter alone.
"""

import json
import statistics
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import boto3
from chalice.test import Client
from moto import mock_aws

from chalicelib.core.identity import DocType
from chalicelib.store import digests
from chalicelib.store.roster import RosterEntry
from chalicelib.world import World
from infra import package
from tests.bench.tape import Tape, record
from tests.fakes.cloud import REGION, Stage, make_stage
from tests.fakes.people import LI, THIS_YEAR
from tests.fakes.phone import Phone, Seen
from tests.flows.binding import bind

CHILD = Path(__file__).with_name("cold_child.py")
ROUNDS = 15
INSTALLED = Path(boto3.__file__).parents[1]
"""boto3 as pip installs it, with its bytecode: not the copy that the package makes small."""


def unpacked(folder: Path) -> Path:
    """Build the package and unpack what every function carries."""
    built = package.build()
    with zipfile.ZipFile(built.code.zip) as archive:
        archive.extractall(folder)
    return folder


def tape(path: str) -> Tape:
    """Write down an employee's request for a page, as a new container answers it."""
    from app import app

    with mock_aws():
        stage = make_stage()
        app.world = stage.world
        with Client(app) as client:
            phone = _employee(client, stage)
            fresh = World(stage.world.settings, stage.clock, stage.ids, {"aws": stage.world.aws})
            app.world = fresh
            answers = record(stage, lambda: _well(phone.open(path)))
        env = {k.upper(): str(v) for k, v in _settings(fresh).items()}
        jar = "; ".join(f"{name}={value}" for name, value in phone.cookies.items())
    # the page is as old as its cookie when it is played
    aws = {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    return Tape(event(path, jar), env | aws, answers)


def event(path: str, cookie: str) -> dict[str, object]:
    """Return what API Gateway hands over for a GET."""
    headers = {"accept": "text/html", "cookie": cookie, "host": "mutual.test"}
    return {
        "resource": path,
        "path": path,
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {
            "resourcePath": path,
            "httpMethod": "GET",
            "path": path,
            "requestId": "bench",
            "identity": {"sourceIp": "198.51.100.7"},
        },
    }


def starts(modes: Mapping[str, Path], folder: Path, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Return CPU seconds of cold starts, the modes taking turns."""
    seconds: dict[str, list[float]] = {name: [] for name in modes}
    for _ in range(rounds):
        for name, path in modes.items():
            mode = name.partition(" ")[0]
            place = INSTALLED if mode == "bare" else folder
            command = [_interpreter(), "-I", str(CHILD), mode, str(place), str(path)]
            run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            seconds[name].append(json.loads(run.stdout)["cpu"])
    return seconds


def median(values: list[float]) -> float:
    """Return the middle of some measurements, in milliseconds."""
    return statistics.median(values) * 1000


def _well(seen: Seen) -> None:
    assert seen.status == 200, seen.text


def _employee(client: Client, stage: Stage) -> Phone:
    digest = digests.document(stage.world.vault, DocType(LI.doc_type), LI.doc_number)
    stage.world.roster.save_roster([RosterEntry(LI, (THIS_YEAR,), digest, "content-1")])
    phone = Phone(client, stage, "openid-one")
    bind(phone, stage)
    return phone


def _settings(world: World) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(world.settings)


def _interpreter() -> str:
    return getattr(sys, "_base_executable", "") or sys.executable
