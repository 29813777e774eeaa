"""What is wrong with a draft, and what can be worked out from one that is half written.

Pure: texts as typed in, sentences by field out. The plan is that of the day of admission; as
long as nobody knows the day, that of today says which documents to get ready.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property

from chalicelib.core.days import read_day
from chalicelib.core.errors import Refused
from chalicelib.store.consents import BANK
from chalicelib.subsidy import draft_texts
from chalicelib.subsidy.draft import FIELDS, STEPS, Draft
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


class Judged:
    """A draft and what it is judged by; each part is worked out once, when it is asked for.

    `name` is the insured person's.
    """

    def __init__(self, draft: Draft, plans: Iterable[Plan], name: str, today: date) -> None:
        self.draft = draft
        self.name = name
        self.today = today
        self._plans = plans

    @cached_property
    def plan(self) -> Plan | None:
        """The plan of the admission that was typed, today's where none can be read."""
        return plan_for(self._plans, read_day(self._typed("admission")) or self.today)

    @cached_property
    def stay(self) -> tuple[Stay | None, Mapping[str, str]]:
        """The stay as typed, or what is wrong with it by field."""
        return self._tried({})

    @cached_property
    def estimable(self) -> tuple[Stay | None, Mapping[str, str]]:
        """The same, but a stay as soon as its amount can be known."""
        stay, wrong = self.stay
        missing = set(wrong) & {*_STAND_INS, *_DAYS}
        if stay is not None or not missing:
            return stay, wrong
        usable = {**_STAND_INS, **dict.fromkeys(_DAYS, self._typed("admission"))}
        return self._tried({name: usable[name] for name in missing})[0], wrong

    @cached_property
    def payee(self) -> tuple[Payee | None, Mapping[str, str]]:
        """The payee account as typed, or what is wrong with it by field.

        The holder is the insured person, whatever they were called when the draft was begun.
        """
        typed = {field: self._typed(field) for field in FIELDS["account"]}
        try:
            return parse(Payee, {**typed, "holder": self.name}, {"name": self.name}), {}
        except Refused as refused:
            return None, refused.errors

    def slots(self, step: str = "") -> tuple[Slot, ...]:
        """Return the picture slots of a step, or of all, in order.

        Before the way of settlement is chosen these are the ones that every way asks for.
        """
        if self.plan is None:
            return ()
        typed = self._typed("settlement")
        if typed in set(Settlement):
            return self.plan.checklist(Settlement(typed), step)
        everywhere = (slot for slot in self.plan.slots if slot.always)
        return tuple(slot for slot in everywhere if step in ("", slot.step))

    def problems(self, step: str = "") -> dict[str, str]:
        """Return what is wrong with one step, or with all in their order, by field.

        A picture slot's field is "documents-<purpose>". What only the database knows is asked
        at submission.
        """
        found: dict[str, str] = {}
        for each in STEPS if step == "" else (step,):
            found |= self._problems(each)
        return found

    def _problems(self, step: str) -> dict[str, str]:
        found: dict[str, str] = {}
        if step == "stay":
            found |= self.stay[1]
            if "admission" not in found and self.plan is None:
                found["admission"] = draft_texts.PLAN_MISSING
        elif step == "account":
            found |= self.payee[1]
        for slot in self.slots(step):
            if problem := slot.problem(len(self.draft.pictures.get(slot.purpose, ()))):
                found[f"documents-{slot.purpose}"] = problem
        if step == "account" and BANK not in self.draft.consents:
            found["agree"] = draft_texts.AGREE_BANK
        return found

    def _typed(self, field: str) -> str:
        return self.draft.fields.get(field, "")

    def _tried(self, stand_ins: Mapping[str, str]) -> tuple[Stay | None, Mapping[str, str]]:
        typed = {field: self._typed(field) for field in FIELDS["stay"]}
        try:
            return parse(Stay, {**typed, **stand_ins}, {"today": self.today}), {}
        except Refused as refused:
            return None, refused.errors


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
