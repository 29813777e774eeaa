"""The three steps as forms: what was typed, what is asked for, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from chalicelib.core import masking
from chalicelib.core.days import read_day
from chalicelib.documents.views import DocumentItem
from chalicelib.subsidy import page_texts as texts
from chalicelib.subsidy import payee, stay
from chalicelib.subsidy.estimates import EstimateView
from chalicelib.subsidy.plan import Level, Plan, Settlement, Slot

Values = Mapping[str, str]

ACCOUNT_FIELDS = ("bank", "branch", "account")
_REQUIRED_AMOUNTS = ("total", "pooled")
_OPTIONAL = ("invoice_check",)
_OPTIONS = {
    "level": tuple((level.value, level.label) for level in Level),
    "settlement": tuple((way.value, way.label) for way in Settlement),
}
_CODE = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
_HINTS: Mapping[str, Mapping[str, str]] = {
    "hospital": {"autocomplete": "off", "maxlength": "80"},
    "department": {"autocomplete": "off", "maxlength": "60"},
    "diagnosis": {"autocomplete": "off", "maxlength": "160"},
    "invoice_code": {**_CODE, "maxlength": "30"},
    "invoice_number": {**_CODE, "maxlength": "30"},
    "invoice_check": {**_CODE, "maxlength": "20"},
    "bank": {"autocomplete": "off", "maxlength": "60"},
    "branch": {"autocomplete": "off", "maxlength": "100"},
    "account": {"inputmode": "numeric", "autocomplete": "off", "maxlength": "50"},
}


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field; `sort` is text, date, money or fixed, a choice is one with options."""

    name: str
    label: str
    value: str
    sort: str = "text"
    placeholder: str = ""
    note: str = ""
    options: tuple[tuple[str, str], ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    echo: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class GroupView:
    """Fields that belong together."""

    title: str
    fields: tuple[FieldView, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class SlotView:
    """A place for the pictures of one document; hidden where the stay does not need it."""

    purpose: str
    label: str
    hint: str
    sample: str
    most: int
    items: tuple[DocumentItem, ...]
    settlements: tuple[str, ...]
    hidden: bool


class StepMark(NamedTuple):
    """A step in the bar: state is done, now, wrong or open."""

    label: str
    href: str
    state: str
    word: str = ""


@dataclass(frozen=True, slots=True)
class StepView:
    """One of the three steps."""

    title: str
    action: str
    version: str
    steps: tuple[StepMark, ...]
    saved: str
    errors: Mapping[str, str]
    groups: tuple[GroupView, ...] = ()
    settlement: FieldView | None = None
    slots: tuple[SlotView, ...] = ()
    estimate: EstimateView = field(default_factory=EstimateView)
    agree_text: str = ""
    agreed: bool = False
    next_text: str = texts.NEXT
    back_text: str = texts.BACK
    unsent: str = texts.UNSENT
    keep_text: str = texts.KEEP
    slots_button: str = texts.SLOTS_BUTTON
    settlement_title: str = texts.SETTLEMENT_TITLE
    settlement_note: str = texts.SETTLEMENT_NOTE

    @property
    def listed(self) -> dict[str, str]:
        """What is wrong, for the list above the form."""
        return {name: named(name, said) for name, said in self.errors.items()}

    @property
    def order(self) -> tuple[str, ...]:
        """The fields as they stand on the page, for the list of errors."""
        names = [each.name for group in self.groups for each in group.fields]
        if self.settlement is not None:
            names.append(self.settlement.name)
        for slot in self.slots:
            names.append(slot_name(slot.purpose))
            names += [f"document-{item.doc_id}" for item in slot.items]
        return (*names, "agree")


def named(name: str, sentence: str) -> str:
    """Return a sentence for a list, where no field stands beside it: 「入院日期：请按…」."""
    label = {**stay.FIELDS, **payee.FIELDS}.get(name, "")
    if not label or label in sentence:
        return sentence
    return texts.NAMED.format(label=label, sentence=sentence)


def slot_name(purpose: str) -> str:
    """Return where errors of a slot stand, as `web/documents.html` names it."""
    return f"documents-{purpose}"


def stay_groups(typed: Values, today: date) -> tuple[GroupView, ...]:
    """Return the fields of step ②, as they were typed."""
    return tuple(
        GroupView(
            title,
            tuple(_stay_field(name, typed.get(name, ""), today) for name in names),
            texts.GROUP_NOTES.get(title, ""),
        )
        for title, names in texts.GROUPS
    )


def settlement_field(typed: Values) -> FieldView:
    """Return the choice that decides which documents are asked for."""
    chosen = _choice("settlement", typed.get("settlement", ""))
    return replace(chosen, label=texts.SETTLEMENT_LABEL)


def _stay_field(name: str, value: str, today: date) -> FieldView:
    label = stay.FIELDS[name]
    if name in _OPTIONS:
        return _choice(name, value)
    if name in stay.AMOUNTS:
        required = name in _REQUIRED_AMOUNTS
        return FieldView(name, label, value, "money", required=required)
    if name in stay.DAYS:
        hints = {"min": stay.FIRST_DAY.isoformat(), "max": today.isoformat()}
        # a picker shows nothing of what is no date; then the text itself can be mended
        odd = bool(value) and not _is_iso(value)
        sort = "text" if odd else "date"
        return FieldView(name, label, value, sort, hints={} if odd else hints)
    return FieldView(
        name,
        label,
        value,
        placeholder=texts.PLACEHOLDERS[name],
        hints=_HINTS[name],
        required=name not in _OPTIONAL,
    )


def _is_iso(value: str) -> bool:
    day = read_day(value)
    return day is not None and day.isoformat() == value


def _choice(name: str, value: str) -> FieldView:
    options = (("", texts.CHOOSE_ONE), *_OPTIONS[name])
    known = value if value in dict(options) else ""
    return FieldView(name, stay.FIELDS[name], known, options=options)


def account_groups(holder: str, typed: Values) -> tuple[GroupView, ...]:
    """Return the fields of step ③; the holder is the insured person and cannot be typed."""
    fields = (_account_field(name, typed.get(name, "")) for name in ACCOUNT_FIELDS)
    return (GroupView("", (_fixed("holder", holder), *fields), texts.HOLDER_NOTE),)


def repair_fields(before: Values, typed: Values, open_to: Sequence[str]) -> tuple[FieldView, ...]:
    """Return the account after a payment failed: only what is `open_to` mending can be typed."""
    fields = [_fixed("holder", before["holder"])]
    for name in ACCOUNT_FIELDS:
        if name not in open_to:
            fields.append(_fixed(name, before[name]))
            continue
        old = masking.account(before[name]) if name == "account" else before[name]
        note = texts.NOW.format(value=old)
        fields.append(replace(_account_field(name, typed.get(name, "")), note=note))
    return tuple(fields)


def _fixed(name: str, value: str) -> FieldView:
    mask = {"holder": masking.name, "account": masking.account}.get(name, str)
    return FieldView(name, payee.FIELDS[name], mask(value), "fixed")


def _account_field(name: str, value: str) -> FieldView:
    return FieldView(
        name,
        payee.FIELDS[name],
        value,
        placeholder=texts.PLACEHOLDERS[name],
        note=texts.BRANCH_NOTE if name == "branch" else "",
        hints=_HINTS[name],
        echo=name == "account",
    )


def slot_views(
    slots: Sequence[Slot],
    settlement: str,
    kept: Mapping[str, tuple[DocumentItem, ...]],
) -> tuple[SlotView, ...]:
    """Return the places for pictures of one step; `kept` are those there, by purpose."""
    return tuple(
        SlotView(
            purpose=slot.purpose,
            label=slot.label,
            hint=slot.hint if slot.required else texts.OPTIONAL.format(hint=slot.hint),
            sample=slot.sample,
            most=slot.at_most,
            items=kept.get(slot.purpose, ()),
            settlements=tuple(way.value for way in slot.settlements),
            hidden=not _asked(slot, settlement),
        )
        for slot in slots
    )


def _asked(slot: Slot, settlement: str) -> bool:
    """Whether a document is asked for; before the choice, what every stay needs."""
    if settlement in set(Settlement):
        return settlement in slot.settlements
    return slot.always


def slots_of(plan: Plan, step: str) -> tuple[Slot, ...]:
    """Return all slots of a step, whatever the settlement."""
    return tuple(slot for slot in plan.slots if slot.step == step)


def marks(number: str, step: str, wrong: Mapping[str, bool]) -> tuple[StepMark, ...]:
    """Return the bar of steps; `wrong` says of the steps that are known whether they are."""
    here = f"/subsidies/{number}"
    bar = [
        _mark(name, f"{here}/{name}", now=name == step, wrong=wrong.get(name))
        for name in texts.STEP_LABELS
    ]
    return (
        *bar,
        StepMark(texts.REVIEW_LABEL, f"{here}/review", "now" if step == "review" else "open"),
    )


def _mark(name: str, href: str, *, now: bool, wrong: bool | None) -> StepMark:
    state = "now" if now else {None: "open", True: "wrong", False: "done"}[wrong]
    return StepMark(texts.STEP_LABELS[name], "" if now else href, state, texts.STEP_WORDS[state])
