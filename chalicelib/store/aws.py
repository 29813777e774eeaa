"""Clients for AWS: one session a container, short timeouts, made when first used."""

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from botocore.config import Config

MakeClient = Callable[..., Any]
"""What makes a client of a service with a configuration, as `boto3.session.Session.client`."""

# Retries stay below WeChat's five seconds together with one slow answer.
_NORMAL: Final[dict[str, float]] = {"connect_timeout": 1, "read_timeout": 2, "max_attempts": 3}
# Where an answer must leave whatever happens behind it: one try, then go on without.
_QUICK: Final[dict[str, float]] = {"connect_timeout": 0.5, "read_timeout": 1, "max_attempts": 1}
# Pictures travel through S3; only workers wait for it, pages sign addresses without a call.
_BULK: Final[dict[str, float]] = {"connect_timeout": 1, "read_timeout": 10, "max_attempts": 3}

# What botocore would put together anew for each call, from a dozen parts.
_USER_AGENT: Final = "mutual-aid Boto3"
# Calls whose answers are nothing but JSON, unless an attribute holds bytes.
_PLAIN: Final = (
    "GetItem",
    "BatchGetItem",
    "Query",
    "TransactWriteItems",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
)
_BYTES: Final = re.compile(rb'"BS?"\s*:')


class Aws:
    """Hands out low-level clients by service name."""

    def __init__(self, make_client: MakeClient | None = None) -> None:
        self._make_client = make_client
        self._clients: dict[tuple[str, bool], Any] = {}

    def client(self, service: str, *, quick: bool = False) -> Any:
        """Return the client of `service`; `quick` gives up after one try of a second."""
        key = (service, quick)
        if key not in self._clients:
            self._clients[key] = self._make(service, _limits(service, quick=quick))
        return self._clients[key]

    def _make(self, service: str, limits: dict[str, float]) -> Any:
        if self._make_client is None:
            import boto3

            session: Any = boto3.session.Session()
            self._make_client = session.client
        client = self._make_client(service, config=_config(service, limits))
        if service == "dynamodb":
            _lighten(client)
        return client


def _lighten(client: Any) -> None:
    for operation in _PLAIN:
        client.meta.events.register(f"before-parse.dynamodb.{operation}", read_plainly)
        model = client.meta.service_model.operation_model(operation)
        # Tables are named here, never by ARN: no use in looking through each request for one.
        model.operation_context_parameters.clear()


def read_plainly(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """Read an answer of DynamoDB as the JSON that it is.

    botocore tries ten kinds of value for each attribute, which took most of a call's time.
    Failures, answers that hold bytes and damaged ones (it asks again) are left to it.
    """
    body = response_dict["body"]
    if response_dict["status_code"] != HTTPStatus.OK or _BYTES.search(body):
        return
    try:
        customized_response_dict.update(json.loads(body or b"{}"))
    except ValueError:
        return
    response_dict["body"] = b"{}"


def _limits(service: str, *, quick: bool) -> dict[str, float]:
    if quick:
        return _QUICK
    return _BULK if service == "s3" else _NORMAL


def _config(service: str, limits: dict[str, float]) -> "Config":
    from botocore.config import Config

    return Config(
        connect_timeout=limits["connect_timeout"],
        read_timeout=limits["read_timeout"],
        retries={"mode": "standard", "total_max_attempts": int(limits["max_attempts"])},
        parameter_validation=False,
        user_agent=_USER_AGENT,
        # What we sign for browsers must name the region's own host, in the newest signature.
        signature_version="s3v4" if service == "s3" else None,
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
    )
