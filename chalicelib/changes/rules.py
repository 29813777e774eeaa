"""What a change may be (PRODUCT A15), without I/O or clock: values in, sentences out.

Values are plain text by field, in the one spelling that `core.identity` gives them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from chalicelib.changes import texts
from chalicelib.core import identity
from chalicelib.core.identity import DocType

FIELDS = {
    "name": "姓名",
    "doc_type": "证件类型",
    "doc_number": "证件号码",
    "birth_date": "出生日期",
    "sex": "性别",
    "insurance_type": "社保类型",
    "social_card": "社保卡号",
    "phone": "手机号码",
}
"""What may change, in the order of the form (A14)."""

PURPOSE = "change"
PICTURES = f"documents-{PURPOSE}"
"""The slot of 证件凭证 and its errors, as `web/documents.html` names them."""
PICTURES_AT_MOST = 6
_DOCUMENT = ("doc_type", "doc_number")
_IDENTIFYING = (*_DOCUMENT, "birth_date", "sex")

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """A field's value as registered, and as asked for."""

    old: str
    new: str


def changes(registered: Values, wanted: Values) -> dict[str, Change]:
    """Return what differs, in the order of the form."""
    return {
        field: Change(registered[field], wanted[field])
        for field in FIELDS
        if wanted[field] != registered[field]
    }


def problems(registered: Values, wanted: Values, today: date) -> dict[str, str]:
    """Return one sentence per field that stands in the way; empty when all is well.

    Only what the person touches is judged: a roster's own oddity stops nobody from
    changing a phone number.
    """
    changed = changes(registered, wanted)
    if not changed:
        return {"form": texts.NOTHING_CHANGED}
    document = any(field in changed for field in _DOCUMENT)
    if "doc_type" in changed and "doc_number" not in changed:
        return {"doc_number": texts.NUMBER_FOR_NEW_TYPE}
    if "name" in changed and document:
        return {"name": texts.NAME_AND_DOCUMENT, "doc_number": texts.NAME_AND_DOCUMENT}
    if document:
        wrong = identity.check(DocType(wanted["doc_type"]), wanted["doc_number"], today=today)
        if wrong:
            return {"doc_number": wrong}
    if not any(field in changed for field in _IDENTIFYING):
        return {}
    return disagreements(wanted)


def disagreements(values: Values) -> dict[str, str]:
    """Return where birth date or sex contradict a document number that contains them."""
    doc_type, number = DocType(values["doc_type"]), values["doc_number"]
    born, sex = identity.birth_date(doc_type, number), identity.sex(doc_type, number)
    errors = {}
    if born is not None and born.isoformat() != values["birth_date"]:
        errors["birth_date"] = texts.BIRTH_DIFFERS
    if sex is not None and sex.value != values["sex"]:
        errors["sex"] = texts.SEX_DIFFERS
    return errors


def untouched(pinned: Mapping[str, str], typed: Values, documents: Iterable[str]) -> dict[str, str]:
    """Return a sentence for each pinned target that the employee has left as it was.

    `pinned` maps targets ("field:phone", "document:<id>") to what the reviewer said. A
    field is touched when something was typed or chosen, a picture when it is gone.
    """
    kept = set(documents)
    errors = {}
    for target, reason in pinned.items():
        kind, _, name = target.partition(":")
        if kind == "field" and name in FIELDS and not typed.get(name):
            errors[name] = texts.TOUCH_FIELD.format(reason=reason)
        elif kind == "document" and name in kept:
            errors[f"document-{name}"] = texts.TOUCH_PICTURE.format(reason=reason)
    return errors


def moved_meanwhile(asked: Mapping[str, Change], registered: Values) -> list[str]:
    """Return the fields that somebody else gave a third value since the request was made."""
    return [
        field
        for field, change in asked.items()
        if registered[field] not in (change.old, change.new)
    ]
