"""Lines for CloudWatch: named fields only, nothing of a person, never a word of an error."""

import ast
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core import logs
from tests.architecture import house

PRIVATE = ["13800000001", "11010519491231002X", "110105491231002", "6222021234567890123"]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """A logger of ours, as a function would have it; the root logger is put back."""
    root, stream = logging.getLogger(), io.StringIO()
    kept, level = [*root.handlers], root.level
    try:
        logs.configure({"AWS_LAMBDA_FUNCTION_NAME": "f"}, stream)
        yield stream
    finally:
        root.handlers[:] = kept
        root.setLevel(level)
        for ours in ("chalicelib", "mutual_aid"):
            logging.getLogger(ours).setLevel(logging.NOTSET)


def written(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


log = logging.getLogger("chalicelib.test")


def test_extra_fields_and_context_are_written(lines: io.StringIO) -> None:
    with logs.about(request_id="req-1"), logs.about(number="1344168415351173120", seq=2):
        log.info("sent", extra={"channel": "sms", "attempt": 1, "code": "Ok"})
    log.warning("relay_late", extra={"count": 3})
    first, second = written(lines)
    assert first.pop("time").endswith("+00:00")
    assert first == {
        "level": "INFO",
        "logger": "chalicelib.test",
        "event": "sent",
        "request_id": "req-1",
        "number": "1344168415351173120",
        "seq": 2,
        "channel": "sms",
        "attempt": 1,
        "code": "Ok",
    }
    assert "request_id" not in second


@pytest.mark.parametrize("value", PRIVATE)
def test_numbers_of_a_person_are_blanked(lines: io.StringIO, value: str) -> None:
    log.error("about %s", value, extra={"code": f"no.{value}"})
    assert value not in lines.getvalue()


def test_what_has_no_name_and_what_an_error_says_stay_out(lines: io.StringIO) -> None:
    log.error("x", extra={"member": "李示例", "openid": "oABC"})
    try:
        int("李示例")
    except ValueError:
        log.exception("failed")
    assert "李" not in str(written(lines))
    assert "oABC" not in str(written(lines))
    failure = written(lines)[1]
    assert failure["error"] == "ValueError"
    assert failure["at"][-1].startswith("test_logs.py:")


def test_a_long_text_is_cut_and_stays_one_line(lines: io.StringIO) -> None:
    log.error("a\nb%s", "c" * 999)
    (line,) = written(lines)
    assert len(line["event"]) == 200
    assert lines.getvalue().count("\n") == 1


def test_others_are_heard_from_warning_on(lines: io.StringIO) -> None:
    logging.getLogger("botocore").info("a url with a token")
    logging.getLogger("botocore").warning("hm")
    assert [line["event"] for line in written(lines)] == ["hm"]


def test_outside_of_lambda_logging_stays_as_it_is() -> None:
    before = [*logging.getLogger().handlers]
    logs.configure({})
    assert logging.getLogger().handlers == before


def test_every_field_that_the_product_logs_has_a_name() -> None:
    found = {
        key.value
        for source in house.product()
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg == "extra" and isinstance(keyword.value, ast.Dict)
        for key in keyword.value.keys
        if isinstance(key, ast.Constant)
    }
    assert found <= set(logs.FIELDS)
