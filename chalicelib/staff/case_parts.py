"""What stands on the page of a case, piece by piece: masked unless it was asked for."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from chalicelib.casework.kind import Ask, BillLine, Row
from chalicelib.core import masking
from chalicelib.core.money import yuan
from chalicelib.staff.decisions import ASK_PREFIX
from chalicelib.store.documents import CLEAN, Document

_MASKS: Mapping[str, Callable[[str], str]] = {
    "name": masking.name,
    "doc_number": masking.document,
    "birth_date": lambda value: "".join("*" if c.isdigit() else c for c in value),
    "phone": masking.phone,
    "social_card": masking.account,
    "holder": masking.name,
    "account": masking.account,
}


@dataclass(frozen=True, slots=True)
class Field:
    """A line of the panel; `target` is what a reason that points here carries, "" for none."""

    label: str
    new: str
    old: str
    previous: str
    changed: bool
    target: str
    wide: bool
    amount: bool


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Lines under one name; `sided` where old stands beside new."""

    name: str
    fields: tuple[Field, ...]
    sided: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the case."""

    label: str
    href: str
    thumb_href: str
    target: str
    ready: bool


@dataclass(frozen=True, slots=True)
class PictureGroup:
    """The pictures of one document; "" where the kind tells no documents apart."""

    name: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class BillRow:
    """A line of 计算说明."""

    label: str
    formula: str
    amount: str
    total: bool


@dataclass(frozen=True, slots=True)
class AskField:
    """A text that is given with an action; `field` is its name in the form."""

    name: str
    field: str
    label: str
    value: str
    hint: str


# What half the panel takes, in Latin letters.
_HALF = 36
_AMOUNT = re.compile(r"-?[0-9,]+\.[0-9]{2}")


def field_groups(rows: Iterable[Row], *, masked: bool) -> tuple[FieldGroup, ...]:
    """Return the lines of a panel, those of a group together."""
    groups = []
    for name, members in groupby(rows, key=attrgetter("group")):
        held = tuple(members)
        sided = any(row.old is not None for row in held)
        groups.append(FieldGroup(name, tuple(_field(row, masked=masked) for row in held), sided))
    return tuple(groups)


def maskable(rows: Iterable[Row]) -> bool:
    """Return whether anything of a panel is masked at first sight."""
    return any(row.field in _MASKS for row in rows)


def _field(row: Row, *, masked: bool) -> Field:
    show = _MASKS.get(row.field, str) if masked else str
    new = show(row.new)
    previous = show(row.previous) if row.previous is not None else ""
    return Field(
        label=row.label,
        new=new,
        old=show(row.old) if row.old is not None else "",
        previous=previous,
        changed=row.changed or bool(previous),
        target="" if row.fixed else f"field:{row.field}",
        wide=_width(row.label) + max(_width(new), _width(previous)) > _HALF,
        amount=_AMOUNT.fullmatch(new) is not None,
    )


def _width(text: str) -> int:
    """Return how wide a text is, in Latin letters."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def picture_groups(
    number: str, documents: Iterable[Document], labels: Mapping[str, str]
) -> tuple[PictureGroup, ...]:
    """Return the pictures by document, in the order of `labels`; others come last."""
    purposes = list(labels)
    held: dict[str, list[Document]] = {purpose: [] for purpose in purposes}
    for document in documents:
        held.setdefault(document.purpose if document.purpose in labels else "", []).append(document)
    groups = []
    for purpose, found in held.items():
        name = labels.get(purpose, "")
        pictures = tuple(
            _picture(number, document, _label(name, place, len(found)))
            for place, document in enumerate(found, start=1)
        )
        if pictures:
            groups.append(PictureGroup(name, pictures))
    return tuple(groups)


def _label(name: str, place: int, count: int) -> str:
    return f"{name or '图片'} {place}" if count > 1 or not name else name


def _picture(number: str, document: Document, label: str) -> Picture:
    href = f"/staff/cases/{number}/pictures/{document.doc_id}"
    return Picture(
        label=label,
        href=href,
        thumb_href=f"{href}?size=thumb",
        target=f"document:{document.doc_id}",
        ready=document.state == CLEAN,
    )


def bill_rows(lines: Iterable[BillLine]) -> tuple[BillRow, ...]:
    """Return the lines of an amount as text, in 元."""
    return tuple(
        BillRow(line.label, line.formula, yuan(line.amount_fen), line.total) for line in lines
    )


def ask_fields(asks: Iterable[Ask], action: str, typed: Mapping[str, str]) -> tuple[AskField, ...]:
    """Return what is asked for with an action, as it was typed where it was."""
    return tuple(
        AskField(
            name=ask.name,
            field=ASK_PREFIX + ask.name,
            label=ask.label,
            value=typed.get(ask.name, ask.value),
            hint=ask.hint,
        )
        for ask in asks
        if action in ask.actions
    )


def targets(
    groups: Iterable[FieldGroup], pictures: Iterable[PictureGroup]
) -> tuple[tuple[str, str], ...]:
    """Return what a reason may point at, with its name."""
    return (
        ("", "整个申请"),
        *((f.target, f.label) for group in groups for f in group.fields if f.target),
        *((picture.target, picture.label) for group in pictures for picture in group.pictures),
    )
