"""A page's conversation with AWS, written down once so that it can be played without AWS."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.fakes.cloud import Stage


@dataclass(frozen=True)
class Tape:
    """What a request needs: the gateway's event, the environment, the answers in order."""

    event: dict[str, Any]
    env: dict[str, str]
    answers: list[tuple[str, str]]

    def save(self, path: Path) -> Path:
        """Write it to a file for another process."""
        path.write_text(json.dumps(asdict(self)), "utf-8")
        return path


def record(stage: Stage, action: Callable[[], object]) -> list[tuple[str, str]]:
    """Return the answers (operation, body) that AWS gave while something was done."""
    heard: list[tuple[str, str]] = []

    def note(response_dict: dict[str, Any], event_name: str, **_: Any) -> None:
        heard.append((event_name.rpartition(".")[2], response_dict["body"].decode()))

    for service in ("dynamodb", "kms"):
        events = stage.world.aws.client(service).meta.events
        events.register(f"response-received.{service}", note)
    action()
    return heard
