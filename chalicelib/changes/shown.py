"""Particulars as they may be shown: words for codes, and masked where nobody needs more."""

from collections.abc import Callable, Mapping

from chalicelib.core import masking
from chalicelib.core.identity import DocType, InsuranceType, Sex

_WORDS: Mapping[str, Callable[[str], str]] = {
    "doc_type": lambda value: DocType(value).label,
    "sex": lambda value: Sex(value).label,
    "insurance_type": lambda value: InsuranceType(value).label,
}
_MASKS: Mapping[str, Callable[[str], str]] = {
    "name": masking.name,
    "doc_number": masking.document,
    "birth_date": lambda value: value[:4] + "-**-**",
    "social_card": masking.account,
    "phone": masking.phone,
}
UNKNOWN = "未登记"


def clear(field: str, value: str) -> str:
    """Return a value in full: for the reviewer who has to decide about it."""
    if not value:
        return UNKNOWN
    return _WORDS[field](value) if field in _WORDS else value


def masked(field: str, value: str) -> str:
    """Return a value as its owner sees it again, and anybody looking over a shoulder."""
    return _MASKS[field](value) if value and field in _MASKS else clear(field, value)
