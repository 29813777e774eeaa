"""What a request holds: each attempt's old and new values and pictures, sealed.

A request that comes back and is sent again keeps what was asked for before, so that the
reviewer sees what became of the objection.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chalicelib.casework.case import Case
from chalicelib.casework.service import data_place
from chalicelib.changes.rules import FIELDS, Change, Values
from chalicelib.store.members import MemberRecord
from chalicelib.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Attempt:
    """One submission: changed fields only, and all its pictures."""

    changes: Mapping[str, Change]
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LookUps:
    """Digests of the employee's identity document: as registered, and as asked for."""

    now: str
    new: str


def look_ups(case: Case) -> LookUps:
    """Return the digests of the latest attempt."""
    return LookUps(str(case.data["document"]), str(case.data["new_document"]))


def with_attempt(
    vault: Vault, number: str, data: Mapping[str, Any], attempt: Attempt, documents: LookUps
) -> dict[str, Any]:
    """Return a case's data with one attempt more."""
    sealed = list(data.get("attempts", ()))
    body = {
        "changes": {name: [change.old, change.new] for name, change in attempt.changes.items()},
        "documents": attempt.documents,
    }
    place = _place(number, len(sealed))
    sealed.append(vault.seal(json.dumps(body, ensure_ascii=False), place=place))
    return {"attempts": sealed, "document": documents.now, "new_document": documents.new}


def read(vault: Vault, case: Case) -> list[Attempt]:
    """Return the attempts of a case, oldest first."""
    return [
        _attempt(json.loads(vault.open(sealed, place=_place(case.number, index))))
        for index, sealed in enumerate(case.data["attempts"])
    ]


def values_of(record: MemberRecord) -> dict[str, str]:
    """Return an employee's particulars by field of the form."""
    return {
        "name": record.name,
        "doc_type": record.doc_type,
        "doc_number": record.doc_number,
        "birth_date": record.birth_date.isoformat(),
        "sex": record.sex,
        "insurance_type": record.insurance_type,
        "social_card": record.social_card or "",
        "phone": record.phone,
    }


def asked_for(registered: Values, attempt: Attempt) -> dict[str, str]:
    """Return the particulars as an attempt would have them."""
    return {**registered, **{name: change.new for name, change in attempt.changes.items()}}


def fields_of(values: Values) -> dict[str, Any]:
    """Return values as fields of a `MemberRecord`."""
    fields: dict[str, Any] = {name: values[name] for name in FIELDS}
    born = date.fromisoformat(values["birth_date"])
    return fields | {"birth_date": born, "social_card": values["social_card"] or None}


def _place(number: str, index: int) -> str:
    return data_place(number, f"attempt-{index}")


def _attempt(body: Mapping[str, Any]) -> Attempt:
    asked = {name: Change(old, new) for name, (old, new) in body["changes"].items()}
    return Attempt(asked, tuple(body["documents"]))
