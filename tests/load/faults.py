"""microburst between the functions and the cloud: answers that are errors, late, lost or none.

The functions reach the cloud through it as through a proxy, so that what they sign stays true.
Of all their calls a share meets a fault: two in five are throttled, one is a 500 before anything
happened, one is done but its answer breaks off, one finds the connection reset.
"""

import json
import socket
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from infra.local.children import Child, listening
from tests.stage import Running

_THROTTLED = {
    "dynamodb": ("ThrottlingException", 400),
    "kms": ("ThrottlingException", 400),
    "secretsmanager": ("ThrottlingException", 400),
    "s3": ("SlowDown", 503),
    "sqs": ("ThrottlingException", 400),
    "sns": ("Throttling", 400),
}
_BROKEN = {
    "dynamodb": "InternalServerError",
    "kms": "KMSInternalException",
    "secretsmanager": "InternalServiceError",
    "s3": "InternalError",
    "sqs": "InternalFailure",
    "sns": "InternalError",
}


class Weather:
    """What happens to calls on their way; fair until told otherwise."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/_microburst"

    def turn(self, share: float) -> None:
        """Let a share of all calls meet a fault from now on."""
        self._ask("rules", "POST", _rules(share) if share else [])

    def fired(self) -> dict[str, int]:
        """Return how many calls to each service met a fault."""
        said = json.loads(self._ask("stats", "GET"))["by_service"]
        return {str(one["service"]): int(one["faulted"]) for one in said if one["faulted"]}

    def calls(self) -> int:
        """Return how many calls passed."""
        return int(json.loads(self._ask("stats", "GET"))["requests"]["total"])

    def _ask(self, path: str, method: str, body: Any = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(
            f"{self._url}/{path}", data=data, headers=headers, method=method
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return bytes(answer.read())


@contextmanager
def weather(running: Running) -> Iterator[Weather]:
    """Put microburst in the way of all functions of a stage that is ours alone."""
    port = _free_port()
    place = running.place
    child = Child(
        "microburst",
        "tests.load.microburst_child",
        log=place.folder / "log" / "microburst.log",
        env={"BURST_PORT": str(port), "BURST_UPSTREAM": place.ports.cloud_url},
    )
    try:
        child.wait_ready(lambda: listening(port))
        _lead(running, f"http://127.0.0.1:{port}")
        yield Weather(f"http://127.0.0.1:{port}")
    finally:
        child.stop()


def _lead(running: Running, proxy: str) -> None:
    """Tell each function that the cloud is behind a proxy; the providers are not."""
    client = running.cloud.client("lambda")
    phone = running.place.ports.phone
    direct = f"localhost,localhost:{phone}"

    def lead(found: dict[str, Any]) -> None:
        known = {
            # the providers by a name, which NO_PROXY can tell from the cloud's number; the SMS
            # provider's SDK looks for the name together with its port
            name: text.replace(f"127.0.0.1:{phone}", f"localhost:{phone}")
            for name, text in found["Environment"]["Variables"].items()
        }
        client.update_function_configuration(
            FunctionName=found["FunctionName"],
            Environment={"Variables": {**known, "HTTP_PROXY": proxy, "NO_PROXY": direct}},
        )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lead, client.list_functions()["Functions"]))


def _rules(share: float) -> list[dict[str, Any]]:
    """Return rules for microburst; the first that fits wins, so later ones are a little rarer."""
    rules: list[dict[str, Any]] = [
        {"probability": share / 5, "reset": True},
        {"probability": share / 5, "response": {"abort_bytes": 0}},
    ]
    for service, (code, status) in _THROTTLED.items():
        throttled = {"code": code, "status": status}
        broken = {"code": _BROKEN[service], "status": 500}
        rules += [
            {"service": service, "probability": 2 * share / 5, "error": throttled},
            {"service": service, "probability": share / 5, "error": broken},
        ]
    return rules


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
