"""What the change pages show: words, masked values, links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.casework.case import Case, Event
from chalicelib.casework.kind import kind_of
from chalicelib.casework.service import Casework
from chalicelib.casework.timeline import TimelineRow, timeline
from chalicelib.changes import rules, shown, texts
from chalicelib.changes.attempts import Attempt
from chalicelib.changes.kind import KIND, href
from chalicelib.changes.rules import Values
from chalicelib.core.clock import beijing_second
from chalicelib.core.identity import DocType, InsuranceType, Sex
from chalicelib.documents.views import DocumentItem
from chalicelib.store.cases import PAGE
from chalicelib.web.result import Action

_TONES = {
    "first_review": "wait",
    "second_review": "wait",
    "draft": "alert",
    "closed": "good",
    "deleted": "over",
}
_OPTIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "doc_type": tuple((kind.value, kind.label) for kind in DocType),
    "sex": tuple((sex.value, sex.label) for sex in Sex),
    "insurance_type": tuple((kind.value, kind.label) for kind in InsuranceType),
}
_HELP: Mapping[str, Mapping[str, str]] = {
    "name": {"autocomplete": "off", "maxlength": "60"},
    "doc_number": {
        "autocomplete": "off",
        "autocapitalize": "characters",
        "spellcheck": "false",
        "maxlength": "40",
    },
    "birth_date": {"inputmode": "numeric", "autocomplete": "off", "maxlength": "20"},
    "social_card": {"autocomplete": "off", "autocapitalize": "characters", "maxlength": "40"},
    "phone": {"inputmode": "numeric", "autocomplete": "off", "maxlength": "20"},
}
_PLACEHOLDERS = {"birth_date": "如 1970-03-05"}
_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Card:
    """One request in the list."""

    number: str
    state: str
    tone: str
    created_at: str
    remark: str
    links: tuple[Action, ...]
    kind: str = KIND.label


@dataclass(frozen=True, slots=True)
class ListView:
    """「个人信息变更」: an employee's requests, newest first."""

    cards: tuple[Card, ...]
    may_open: bool
    more_href: str | None
    title: str = "个人信息变更"


def list_view(cases: Sequence[Case], remarks: Mapping[str, str]) -> ListView:
    """Return the list; `remarks` are what reviewers said, by number of the case."""
    states = KIND.machine.states
    cards = tuple(
        Card(
            number=KIND.prefix + case.number,
            state=states[case.state].label,
            tone=_TONES[case.state],
            created_at=beijing_second(case.created_at),
            remark=remarks.get(case.number, ""),
            links=_links(case),
        )
        for case in cases
        if case.state != "deleted"
    )
    full = len(cases) == PAGE
    return ListView(
        cards,
        may_open=all(states[case.state].closed for case in cases),
        more_href=f"/changes?before={cases[-1].number}" if full else None,
    )


def _links(case: Case) -> tuple[Action, ...]:
    here = f"/changes/{case.number}"
    if case.state == "draft":
        return (Action("删除", f"{here}/delete"), Action("修改", href(case), "primary"))
    return (Action("审核进度", here),)


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field: what was typed, what is registered, and its options when it is a choice."""

    name: str
    label: str
    value: str
    note: str
    placeholder: str = texts.KEEP
    options: tuple[tuple[str, str], ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    echo: bool = False


@dataclass(frozen=True, slots=True)
class FormView:
    """「变更申请填单」, new or sent back."""

    action: str
    unit: str
    fields: tuple[FieldView, ...]
    documents: tuple[DocumentItem, ...]
    errors: Mapping[str, str]
    version: str = ""
    agreed: bool = False
    agree_text: str = texts.AGREE
    note: str = texts.FORM_NOTE
    picture_hint: str = texts.PICTURE_HINT
    pictures_at_most: int = rules.PICTURES_AT_MOST
    title: str = "变更申请填单"

    @property
    def order(self) -> tuple[str, ...]:
        """The fields as they stand on the page, for the list of errors."""
        pictures = (f"document-{item.doc_id}" for item in self.documents)
        return (*rules.FIELDS, rules.PICTURES, *pictures, "agree")


def field_views(
    registered: Values, base: Values, typed: Mapping[str, str] | None, pinned: Mapping[str, str]
) -> tuple[FieldView, ...]:
    """Return the fields; `base` is what stays where nothing is typed.

    A choice that the reviewer objected to comes without an answer, so that it must be
    given again; text fields start empty anyway.
    """
    return tuple(_field(name, registered, base, typed, pinned) for name in rules.FIELDS)


def _field(
    name: str,
    registered: Values,
    base: Values,
    typed: Mapping[str, str] | None,
    pinned: Mapping[str, str],
) -> FieldView:
    label, options = rules.FIELDS[name], _OPTIONS.get(name, ())
    asked = base[name] != registered[name]
    said = texts.NOW_ASKED if asked else texts.NOW
    note = said.format(value=shown.masked(name, base[name]))
    value = (typed or {}).get(name, "")[:_LENGTH]
    objected = f"field:{name}" in pinned
    if not options:
        return FieldView(
            name,
            label,
            value,
            note,
            placeholder=texts.TYPE_AGAIN if objected else _PLACEHOLDERS.get(name, texts.KEEP),
            hints=_HELP[name],
            echo=name in ("doc_number", "phone"),
        )
    known = value if value in dict(options) else ""
    if objected:
        return FieldView(name, label, known, note, options=(("", texts.CHOOSE_AGAIN), *options))
    return FieldView(name, label, known or base[name], "", options=options)


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A field of a request, old and new, masked."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A request with its progress."""

    number: str
    state: str
    tone: str
    sentence: str
    created_at: str
    rows: tuple[ChangedRow, ...]
    documents: tuple[DocumentItem, ...]
    timeline: tuple[TimelineRow, ...]
    actions: tuple[Action, ...]
    title: str = "变更申请进度"


def case_view(
    casework: Casework,
    case: Case,
    history: Sequence[Event],
    attempt: Attempt,
    documents: Sequence[DocumentItem],
) -> CaseView:
    """Return the page of a request."""
    rows = tuple(
        ChangedRow(
            rules.FIELDS[name], shown.masked(name, change.old), shown.masked(name, change.new)
        )
        for name, change in attempt.changes.items()
    )
    draft = _links(case) if case.state == "draft" else ()
    return CaseView(
        number=KIND.prefix + case.number,
        state=KIND.machine.states[case.state].label,
        tone=_TONES[case.state],
        sentence=texts.STATE_SENTENCES[case.state],
        created_at=beijing_second(case.created_at),
        rows=rows,
        documents=tuple(documents),
        timeline=timeline(kind_of(case.kind), history, casework.open_note),
        actions=(*reversed(draft), Action("返回", "/changes")),
    )


@dataclass(frozen=True, slots=True)
class DeleteView:
    """The question before a draft is deleted."""

    number: str
    action: str
    back: str
    title: str = "删除变更申请"
    consequences: tuple[str, ...] = texts.DELETE_CONSEQUENCES


def delete_view(case: Case) -> DeleteView:
    """Return the question about one request."""
    here = f"/changes/{case.number}"
    return DeleteView(KIND.prefix + case.number, f"{here}/delete", here)
