"""Forms as pydantic models whose errors are sentences for people."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from chalicelib.core.errors import Refused

F = TypeVar("F", bound=BaseModel)


def refuse(sentence: str | None) -> None:
    """Stop pydantic at a field with the sentence to show; None is all well."""
    if sentence is not None:
        raise ValueError(sentence)


def parse(model: type[F], fields: Mapping[str, Any], context: Mapping[str, Any]) -> F:
    """Build a form from its fields; raises Refused with one sentence per bad field.

    Models give every field a default, raise ValueError with the sentence to show, and
    ignore fields they do not know.
    """
    try:
        return model.model_validate(dict(fields), context=dict(context))
    except ValidationError as problem:
        errors: dict[str, str] = {}
        for detail in problem.errors(include_url=False, include_input=False):
            field = str(detail["loc"][0]) if detail["loc"] else "form"
            cause = (detail.get("ctx") or {}).get("error")
            errors.setdefault(field, str(cause) if cause else "请检查此项内容。")
        # the input must not travel with the exception into a log
        raise Refused(errors=errors) from None
