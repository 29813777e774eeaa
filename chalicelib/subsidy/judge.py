"""What is wrong with a draft, and what can be worked out from one that is half written.

Pure: texts as typed in, sentences by field out. The plan is that of the day of admission; as
long as nobody knows the day, that of today says which documents to get ready.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from chalicelib.core.days import read_day
from chalicelib.core.errors import Refused
from chalicelib.subsidy import draft_texts
from chalicelib.subsidy.draft import BANK, FIELDS, STEPS, Draft
from chalicelib.subsidy.payee import Payee
from chalicelib.subsidy.plan import Plan, Settlement, Slot, plan_for
from chalicelib.subsidy.stay import Stay
from chalicelib.web.forms import parse

_ANY_TEXT = "——"
# what an amount does not depend on, and what stands in for it until it is typed
_STAND_INS = {
    "hospital": _ANY_TEXT,
    "department": _ANY_TEXT,
    "diagnosis": _ANY_TEXT,
    "settlement": Settlement.LOCAL_DIRECT.value,
    "invoice_code": "000000",
    "invoice_number": "000000",
    "invoice_check": "",
}
_DAYS = ("discharge", "settled")


def plan_of(draft: Draft, plans: Iterable[Plan], today: date) -> Plan | None:
    """Return the plan of the admission that was typed, today's where none can be read."""
    return plan_for(plans, read_day(draft.fields.get("admission", "")) or today)


def slots(draft: Draft, plans: Iterable[Plan], today: date, step: str = "") -> tuple[Slot, ...]:
    """Return the picture slots of a step, or of all, in order.

    Before the way of settlement is chosen these are the ones that every way asks for.
    """
    plan = plan_of(draft, plans, today)
    if plan is None:
        return ()
    chosen = _settlement(draft)
    if chosen is not None:
        return plan.checklist(chosen, step)
    everywhere = (slot for slot in plan.slots if set(slot.settlements) == set(Settlement))
    return tuple(slot for slot in everywhere if step in ("", slot.step))


def stay_of(draft: Draft, today: date) -> tuple[Stay | None, dict[str, str]]:
    """Return the stay as typed, or what is wrong with it by field."""
    typed = {name: draft.fields.get(name, "") for name in FIELDS["stay"]}
    return _tried(typed, today)


def estimable(draft: Draft, today: date) -> tuple[Stay | None, dict[str, str]]:
    """Return the same, but a stay as soon as its amount can be known."""
    stay, wrong = stay_of(draft, today)
    missing = set(wrong) & {*_STAND_INS, *_DAYS}
    if stay is not None or not missing:
        return stay, wrong
    typed = {name: draft.fields.get(name, "") for name in FIELDS["stay"]}
    usable = {**_STAND_INS, **dict.fromkeys(_DAYS, typed["admission"])}
    stand_ins = {name: usable[name] for name in missing}
    return _tried({**typed, **stand_ins}, today)[0], wrong


def payee_of(draft: Draft, name: str) -> tuple[Payee | None, dict[str, str]]:
    """Return the payee account as typed, or what is wrong with it by field.

    The holder is the insured person, whatever they were called when the draft was begun.
    """
    typed = {field: draft.fields.get(field, "") for field in FIELDS["account"]}
    try:
        return parse(Payee, {**typed, "holder": name}, {"name": name}), {}
    except Refused as refused:
        return None, dict(refused.errors)


def problems(
    draft: Draft, plans: tuple[Plan, ...], name: str, today: date, step: str = ""
) -> dict[str, str]:
    """Return what is wrong with one step, or with all in their order, by field.

    `name` is the insured person's. What only the database knows is asked at submission.
    """
    found: dict[str, str] = {}
    for each in STEPS if step == "" else (step,):
        found |= _step_problems(draft, plans, name, today, each)
    return found


def untouched(
    now: Mapping[str, str],
    before: Mapping[str, str],
    pinned: Mapping[str, str],
    *,
    pictures: Iterable[str],
    submitted: Iterable[str],
) -> dict[str, str]:
    """Return a sentence for each field or picture objected to that nobody did anything about.

    `pinned` maps targets ("field:total", "document:<id>") to what was said. A picture must go.
    A text may be right where it was the picture that was not: new pictures are an answer too.
    """
    kept, found = set(pictures), {}
    same_pictures = kept <= set(submitted)
    for target, reason in pinned.items():
        sort, _, name = target.partition(":")
        if sort == "document" and name in kept:
            found[f"document-{name}"] = draft_texts.TOUCH_PICTURE.format(reason=reason)
        elif sort == "field" and name in before and now[name] == before[name] and same_pictures:
            found[name] = draft_texts.TOUCH_FIELD.format(reason=reason)
    return found


def _step_problems(
    draft: Draft, plans: tuple[Plan, ...], name: str, today: date, step: str
) -> dict[str, str]:
    found: dict[str, str] = {}
    if step == "stay":
        found = stay_of(draft, today)[1]
        if "admission" not in found and plan_of(draft, plans, today) is None:
            found["admission"] = draft_texts.PLAN_MISSING
    elif step == "account":
        found = payee_of(draft, name)[1]
    found |= _document_problems(draft, slots(draft, plans, today, step))
    if step == "account" and BANK not in draft.consents:
        found["agree"] = draft_texts.AGREE_BANK
    return found


def _document_problems(draft: Draft, asked: Iterable[Slot]) -> dict[str, str]:
    found = {}
    for slot in asked:
        count = len(draft.pictures.get(slot.purpose, ()))
        problem = slot.problem(count)
        if problem:
            found[f"documents-{slot.purpose}"] = problem
    return found


def _settlement(draft: Draft) -> Settlement | None:
    typed = draft.fields.get("settlement", "")
    return Settlement(typed) if typed in set(Settlement) else None


def _tried(typed: Mapping[str, str], today: date) -> tuple[Stay | None, dict[str, str]]:
    try:
        return parse(Stay, typed, {"today": today}), {}
    except Refused as refused:
        return None, dict(refused.errors)
