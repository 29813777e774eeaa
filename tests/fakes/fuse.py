"""Faults at the wire: every call to AWS passes here, and one of them goes wrong.

`before` fails before anything happened, `after` when it was done and its answer got lost,
`killed` ends the container right behind the call.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from chalicelib.store.aws import Aws

MODES = ("before", "after", "killed")


class Killed(BaseException):
    """The container is gone: no handler of ours may catch this."""


@dataclass
class Fuse:
    """Counts the calls made while it is armed; burns once, at the one it was set for."""

    passed: list[str] = field(default_factory=list)
    burns_at: int | None = None
    mode: str = "before"
    armed: bool = False
    burnt: bool = False

    @contextmanager
    def arm(self) -> Iterator[None]:
        self.armed = True
        try:
            yield
        finally:
            self.armed = False

    def call(self, name: str, do: Callable[[], Any]) -> Any:
        """Make one call, unless it is the one that fails."""
        if not self.armed:
            return do()
        self.passed.append(name)
        burns = not self.burnt and len(self.passed) - 1 == self.burns_at
        self.burnt |= burns
        if burns and self.mode == "before":
            raise ConnectionClosedError(endpoint_url=name)
        answer = do()
        if burns and self.mode == "after":
            raise ReadTimeoutError(endpoint_url=name)
        if burns:
            raise Killed(name)
        return answer

    def wire(self, aws: Aws, *services: str) -> None:
        """Let every operation of these clients pass here, paginators included."""
        for service in services:
            client = aws.client(service)
            client._make_api_call = self._wrapped(client._make_api_call)

    def _wrapped(self, call: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
        def wrapped(operation: str, params: Any) -> Any:
            return self.call(operation, lambda: call(operation, params))

        return wrapped
