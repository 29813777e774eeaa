"""Failures are sentences for people, each with its status and a next step."""

import inspect
import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from chalice.app import Request
from pynamodb.exceptions import QueryError

from chalicelib.core import errors
from chalicelib.core.errors import AppError, Broken, NotFound, Refused, Unavailable
from chalicelib.web.errors import FAILSAFE, known, unknown
from chalicelib.web.visit import Visit
from chalicelib.world import World
from tests.fakes.cloud import settings
from tests.fakes.time import FakeClock, FakeIds

KINDS = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, AppError)
]
CHINESE = re.compile(r"[\u4e00-\u9fff].*。$")
EXPECTED = {
    "Refused": 422,
    "NotFound": 404,
    "NotAllowed": 403,
    "Conflict": 409,
    "Unavailable": 503,
    "Broken": 500,
}


def visit(accept: str = "text/html", **changes: Any) -> Visit:
    event = {
        "headers": {"accept": accept},
        "requestContext": {"httpMethod": "GET", "resourcePath": "/x", "path": "/x"},
        "multiValueQueryStringParameters": None,
        "pathParameters": {},
        "body": None,
        "isBase64Encoded": False,
        "stageVariables": None,
    }
    clock = FakeClock()
    return Visit(World(settings(**changes), clock, FakeIds(clock)), Request(event))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_has_a_sentence(kind: type[AppError]) -> None:
    assert CHINESE.search(kind().message)
    assert kind("另一句。").message == "另一句。"


def test_a_refusal_names_its_fields() -> None:
    both = Refused(errors={"name": "请输入姓名。", "phone": "请输入手机号码。"})
    assert both.message == "请输入姓名。"
    assert set(both.errors) == {"name", "phone"}
    assert Refused("整张表的问题。").errors == {"form": "整张表的问题。"}


@pytest.mark.parametrize("kind", [k for k in KINDS if k is not AppError], ids=lambda k: k.__name__)
def test_every_kind_has_a_page_and_a_json(kind: type[AppError]) -> None:
    page = known(visit(), kind())
    assert page.status_code == EXPECTED[kind.__name__]
    assert kind().message in page.body
    answer = known(visit("application/json"), kind())
    body = json.loads(answer.body)
    assert (answer.status_code, body["ok"]) == (EXPECTED[kind.__name__], False)
    assert body["errors"] == {"form": kind().message}


def test_a_kind_of_a_kind_is_answered_like_its_base() -> None:
    class Gone(NotFound):
        """Something more special."""

    assert known(visit(), Gone()).status_code == 404


@pytest.mark.parametrize(
    ("surprise", "kind"),
    [
        (
            ClientError({"Error": {"Code": "ThrottlingException", "Message": "x"}}, "Query"),
            Unavailable,
        ),
        (ConnectTimeoutError(endpoint_url="x"), Unavailable),
        (QueryError("x"), Unavailable),
        (KeyError("李示例"), Broken),
        (RuntimeError("11010519491231002X"), Broken),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_surprise_says_nothing_of_itself(surprise: Exception, kind: type[AppError]) -> None:
    answer = unknown(visit(), surprise)
    assert answer.status_code == EXPECTED[kind.__name__]
    assert kind().message in answer.body
    for secret in ("李示例", "11010519491231002X", "Throttling", "Traceback"):
        assert secret not in answer.body


def test_when_even_the_error_page_fails_the_last_page_comes() -> None:
    nameless = visit(org_name=_Explodes())
    answer = known(nameless, NotFound())
    assert (answer.status_code, answer.body) == (404, FAILSAFE)


class _Explodes:
    def __html__(self) -> str:
        raise RuntimeError("no organisation")


def test_the_last_page_needs_nothing() -> None:
    assert "{{" not in FAILSAFE
    assert "{%" not in FAILSAFE
    assert not re.search(r"(src|href)=\"(?!/\")", FAILSAFE)
