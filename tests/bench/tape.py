"""A request's conversation with AWS, written down once so that it can be played without AWS."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from chalicelib.world import World
from tests.bench.walk import route_of
from tests.fakes.cloud import REGION, Stage

FORM = "application/x-www-form-urlencoded"
Answers = list[tuple[str, str]]


@dataclass(frozen=True)
class Tape:
    """What a request needs: the gateway's event, the time, the environment, answers in order."""

    name: str
    event: dict[str, Any]
    at: str
    env: dict[str, str]
    answers: Answers
    calls: list[tuple[str, dict[str, Any]]]
    """What the database was asked, for a client that asks the same with nobody around it."""


def record(app: Any, stage: Stage, name: str, event: dict[str, Any]) -> Tape:
    """Let the app answer a request, as a new container does, and write down what it heard."""
    answers: Answers = []
    calls: list[tuple[str, dict[str, Any]]] = []

    def heard(response_dict: Any, parsed_response: Any, event_name: str, **_: Any) -> None:
        # what was read before botocore's parser left it nothing
        read = {k: v for k, v in parsed_response.items() if k != "ResponseMetadata"}
        body = response_dict["body"].decode()
        name = event_name.rpartition(".")[2]
        answers.append((name, json.dumps(read) if body == "{}" else body))

    def asked(params: dict[str, Any], model: Any, **_: Any) -> None:
        calls.append((model.name, json.loads(json.dumps(params))))

    aws = stage.world.aws
    hooks = [(f"response-received.{service}", heard) for service in ("dynamodb", "kms")]
    for hook, note in (*hooks, ("provide-client-params.dynamodb", asked)):
        aws.client(hook.rpartition(".")[2]).meta.events.register(hook, note)
    before = app.world
    app.world = World(stage.world.settings, stage.clock, stage.ids, {"aws": aws})
    try:
        answer = app(event, None)
        env = {name.upper(): str(value) for name, value in asdict(app.world.settings).items()}
    finally:
        app.world = before
        for hook, note in (*hooks, ("provide-client-params.dynamodb", asked)):
            aws.client(hook.rpartition(".")[2]).meta.events.unregister(hook, note)
    assert answer["statusCode"] in (200, 303), (name, answer)
    at = stage.clock.now().isoformat()
    env |= {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    return Tape(name, event, at, env, answers, calls)


def event(method: str, url: str, cookies: dict[str, str], body: str = "") -> dict[str, Any]:
    """Return what API Gateway hands over."""
    path, _, query = url.partition("?")
    _, route = route_of(method, path)
    named = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route), path)
    jar = "; ".join(f"{name}={value}" for name, value in cookies.items())
    headers = {"accept": "text/html", "cookie": jar, "host": "mutual.test"}
    headers |= {"content-type": FORM} if method == "POST" else {}
    asked = dict(parse_qsl(query)) or None
    return {
        "resource": route,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": asked,
        "multiValueQueryStringParameters": asked and {k: [v] for k, v in asked.items()},
        "pathParameters": (named.groupdict() if named else None) or None,
        "stageVariables": None,
        "body": body or None,
        "isBase64Encoded": False,
        "requestContext": {
            "resourcePath": route,
            "httpMethod": method,
            "path": path,
            "requestId": "bench",
            "identity": {"sourceIp": "198.51.100.7"},
        },
    }


def save(tapes: list[Tape], path: Path) -> Path:
    """Write tapes to a file for another process."""
    path.write_text(json.dumps([asdict(tape) for tape in tapes]), "utf-8")
    return path
