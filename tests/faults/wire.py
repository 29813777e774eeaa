"""The wire with faults in it: every call is counted, and chosen ones go wrong once each.

Calls to AWS are met at botocore's `before-send`, below its retries, as in real life; with moto the
effect is had by calling its stub. Topic, queues and providers are in memory and say when they are
called, with what their clients would do about a fault.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

from chalicelib.core.errors import AppError
from chalicelib.store.aws import Aws


class Fault(StrEnum):
    """What goes wrong at a call, once."""

    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    LOST = "reply lost"
    REFUSED = "connection refused"
    THROTTLED = "throttled"
    BROKEN = "500 after the effect"

    @property
    def kills(self) -> bool:
        return self in (Fault.KILLED_BEFORE, Fault.KILLED_AFTER)

    @property
    def had(self) -> bool:
        """Whether the effect was had all the same."""
        return self in (Fault.KILLED_AFTER, Fault.LOST, Fault.BROKEN)


class Killed(BaseException):
    """The container is gone: no handler of ours may catch this."""


@dataclass
class Wire:
    """`passed` are the calls while it was armed; those in `plan` are still to meet a fault."""

    plan: dict[int, Fault] = field(default_factory=dict)
    fault: Fault = Fault.KILLED_BEFORE
    passed: list[str] = field(default_factory=list)
    armed: bool = False
    _answered: dict[str, tuple[int, Any, bytes]] = field(default_factory=dict)

    def lay(self, aws: Aws) -> None:
        """Meet all calls of all clients, also of those that are made later."""
        make = aws._make

        def made(service: str, limits: Any) -> Any:
            return self._meet(make(service, limits))

        for client in aws._clients.values():
            self._meet(client)
        aws._make = made  # type: ignore[method-assign]
        # retries need not wait here
        botocore.endpoint.time = SimpleNamespace(sleep=lambda _seconds: None, time=lambda: 0)

    def set(self, plan: Mapping[int, Fault]) -> None:
        self.plan = dict(plan)
        self.passed.clear()

    @contextmanager
    def arm(self) -> Any:
        self.armed = True
        try:
            yield
        finally:
            self.armed = False

    def burns(self, name: str) -> bool:
        """Count a call; tell whether it goes wrong, by `fault`."""
        if not self.armed:
            return False
        self.passed.append(name)
        fault = self.plan.pop(len(self.passed) - 1, None)
        self.fault = fault or self.fault
        return fault is not None

    def told(self, name: str, do: Callable[[], Any]) -> Any:
        """Call something in memory whose client tries again, as SNS's and SQS's do."""
        if not self.burns(name):
            return do()
        if self.fault is Fault.KILLED_BEFORE:
            raise Killed(name)
        if self.fault.had:
            do()
        if self.fault.kills:
            raise Killed(name)
        return do()

    def asked(
        self,
        name: str,
        do: Callable[[], Any],
        *,
        lost: AppError,
        refused: AppError,
        throttled: AppError,
    ) -> Any:
        """Call a provider whose client does not try again."""
        if not self.burns(name):
            return do()
        if self.fault.had:
            do()
        if self.fault.kills:
            raise Killed(name)
        errors = {Fault.REFUSED: refused, Fault.THROTTLED: throttled}
        raise errors.get(self.fault, lost)

    def _meet(self, client: Any) -> Any:
        # all handlers are asked, whatever the first says: moto's must not do it once more
        client.meta.events.unregister("before-send", botocore_stubber)
        client.meta.events.register_first("before-send.*.*", self._send)
        return client

    def _send(self, request: Any, event_name: str, **rest: Any) -> Any:
        _, service, operation = event_name.split(".")

        def do() -> AWSResponse:
            return self._effect(request, event_name=event_name, **rest)

        if not self.burns(f"{service}.{operation}"):
            return do()
        if self.fault is Fault.REFUSED:
            raise EndpointConnectionError(endpoint_url=operation)
        if self.fault is Fault.THROTTLED:
            return refusal(request, service, 400, "ThrottlingException")
        if self.fault.had:
            do()
        if self.fault is Fault.LOST:
            raise ReadTimeoutError(endpoint_url=operation)
        if self.fault is Fault.BROKEN:
            return refusal(request, service, 500, "InternalServerError")
        raise Killed(operation)

    def _effect(self, request: Any, **rest: Any) -> AWSResponse:
        """Let moto do it; a transaction with a known token is answered as before.

        AWS: "If the original TransactWriteItems call was successful, the subsequent
        TransactWriteItems calls with the same client token return successfully without making
        any changes" (DynamoDB API reference, TransactWriteItems, ClientRequestToken). moto does
        not look at the token.
        """
        token = _token(request)
        if token in self._answered:
            return answer(request, *self._answered[token])
        got = botocore_stubber(request=request, **rest)
        if token and got.status_code == 200:
            known = (got.status_code, dict(got.headers), got.content)
            self._answered[token] = known
            return answer(request, *known)
        return got


def _token(request: Any) -> str:
    body = request.body or b""
    if b"ClientRequestToken" not in (body if isinstance(body, bytes) else b""):
        return ""
    return str(json.loads(body).get("ClientRequestToken", ""))


def answer(request: Any, status: int, headers: Any, body: bytes) -> AWSResponse:
    return AWSResponse(request.url, status, headers, MockRawResponse(body))


def refusal(request: Any, service: str, status: int, code: str) -> AWSResponse:
    """Answer with an error, in the words of the service."""
    if service == "s3":
        status, code = (503, "SlowDown") if status == 400 else (500, "InternalError")
        body = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
        return answer(request, status, {"content-type": "application/xml"}, body.encode())
    body = json.dumps({"__type": f"com.amazonaws.{service}#{code}", "message": "no"})
    return answer(request, status, {"content-type": "application/x-amz-json-1.0"}, body.encode())
