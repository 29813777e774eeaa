"""The plans that hold, from the book that was published."""

from functools import lru_cache

from pydantic import TypeAdapter

from chalicelib.store.plans import BookItem
from chalicelib.subsidy.plan import Plan

# Kept by content: one book is read over and over, and another one means that it was extended.
_BOOKS_KEPT = 2


def plans(item: BookItem | None) -> tuple[Plan, ...]:
    """Return all published revisions; none before the first was published.

    Parsed once per container and book.
    """
    return _parsed(item.plans) if item is not None else ()


def by_version(item: BookItem | None, version: str) -> Plan | None:
    """Return the revision that a statement names, None when it was never published."""
    return next((plan for plan in plans(item) if plan.version == version), None)


@lru_cache(maxsize=_BOOKS_KEPT)
def _parsed(text: str) -> tuple[Plan, ...]:
    return TypeAdapter(tuple[Plan, ...]).validate_json(text)
