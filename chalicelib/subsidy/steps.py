"""The steps of one draft, put together: its forms, the amount below them, the last look."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlunsplit

from chalicelib.casework.kind import Check
from chalicelib.core.clock import BEIJING
from chalicelib.core.money import yuan
from chalicelib.documents.views import DocumentItem, items
from chalicelib.store.consents import BANK
from chalicelib.subsidy import forms, judge, record, service
from chalicelib.subsidy import page_texts as texts
from chalicelib.subsidy.draft import FIELDS, STEPS, Draft
from chalicelib.subsidy.estimates import EstimateView, bill_view, check_rows
from chalicelib.subsidy.forms import StepMark, StepView
from chalicelib.subsidy.judge import Judged
from chalicelib.subsidy.plan import Plan
from chalicelib.subsidy.preview import Preview, preview
from chalicelib.web.visit import Visit
from chalicelib.world import World

_NEXT = {"identity": "stay", "stay": "account", "account": "review"}
_BACK = {"stay": "identity", "account": "stay"}
Errors = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fragment:
    """The amount alone, for the script."""

    estimate: EstimateView


def after(number: str, step: str, go: str) -> str:
    """Return where a step leads: on, back, to the same form again, or out."""
    here = f"/subsidies/{number}"
    if go == "back" and step in _BACK:
        return f"{here}/{_BACK[step]}"
    if go == "slots":
        return urlunsplit(("", "", f"{here}/{step}", "", "settlement"))
    return "/subsidies" if go == "keep" else f"{here}/{_NEXT[step]}"


def touched_step(draft: Draft) -> str:
    """Return the step on which to go on: the furthest that has anything on it."""
    typed = [name for name, text in draft.fields.items() if text and name != "holder"]
    for step in ("account", "stay"):
        if set(FIELDS[step]) & set(typed):
            return step
    return "stay" if draft.pictures else "identity"


def opened_view(visit: Visit, judged: Judged, step: str) -> StepView:
    """Return a step as somebody comes to it: with a reviewer's objections, or all that is wrong.

    Who comes from the last page comes to mend.
    """
    world = visit.world
    errors = (step_errors if "check" in visit.query else pinned)(world, judged, step)
    saved = saved_text(judged.draft) if judged.draft.stored else ""
    return step_view(world, judged, step, errors, saved)


def step_view(world: World, judged: Judged, step: str, errors: Errors, saved: str = "") -> StepView:
    """Return the form of a step as the draft has it."""
    draft, plan, seen = judged.draft, judged.plan, preview(world, judged, step)
    settlement = draft.fields.get("settlement", "")
    slots = forms.slots_of(plan, step) if plan else ()
    view = StepView(
        title=texts.STEP_TITLES[step],
        action=f"/subsidies/{draft.number}/{step}",
        version=str(draft.version),
        steps=marks(judged, step),
        saved=saved,
        errors=errors,
        slots=forms.slot_views(slots, settlement, pictures(draft, seen)),
        estimate=_below(judged, step, seen),
        back_text=texts.BACK if step in _BACK else "",
    )
    if step == "stay":
        groups = forms.stay_groups(draft.fields, judged.today)
        return replace(view, groups=groups, settlement=forms.settlement_field(draft.fields))
    if step == "account":
        return replace(
            view,
            groups=forms.account_groups(judged.name, draft.fields),
            agree_text=texts.CONSENT_BANK,
            agreed=BANK in draft.consents,
            next_text=texts.TO_REVIEW,
        )
    return view


def kept(world: World, judged: Judged, step: str) -> dict[str, object]:
    """Return what the script shows after a saving."""
    from chalicelib.web.render import environment

    draft, seen = judged.draft, preview(world, judged, step)
    below = _below(judged, step, seen)
    template = environment().get_template("subsidy/estimate.html")
    return {
        "version": str(draft.version),
        "saved": saved_text(draft),
        "html": template.render(page=Fragment(below)),
        "say": below.say,
        "errors": {name: said for name, said in seen.errors.items() if name in FIELDS[step]},
    }


def saved_text(draft: Draft) -> str:
    """Return when a draft was kept, in 北京时间."""
    time = draft.updated_at.astimezone(BEIJING).strftime("%H:%M")
    return texts.SAVED.format(time=time)


def step_errors(world: World, judged: Judged, step: str) -> dict[str, str]:
    """Return what is wrong with one step, what a reviewer objected to first."""
    return {**pinned(world, judged, step), **judged.problems(step)}


def all_errors(world: World, judged: Judged) -> dict[str, str]:
    """Return what is wrong with a draft, in the order of its steps."""
    found: dict[str, str] = {}
    for step in ("", *STEPS):
        found |= pinned(world, judged, step)
        found |= judged.problems(step) if step else {}
    return found


def pinned(world: World, judged: Judged, step: str) -> dict[str, str]:
    """Return what a reviewer objected to on a step and nobody has mended ("": on none)."""
    draft, case = judged.draft, judged.draft.case
    if case is None or not case.reasons:
        return {}
    said = service.pinned_reasons(world, case)
    if step == "":
        return {"form": said[""]} if "" in said else {}
    vault, plan = world.vault, judged.plan
    latest, account = record.latest(vault, case), record.payees(vault, case)[-1]
    before = {**latest.stay.model_dump(mode="json"), **account.model_dump(mode="json")}
    found = judge.untouched(
        {**before, **draft.fields},
        before,
        said,
        pictures=draft.documents,
        submitted=case.documents,
    )
    return {name: text for name, text in found.items() if step_of(draft, plan, name) == step}


def marks(judged: Judged, step: str) -> tuple[StepMark, ...]:
    """Return the bar of steps: a step that nobody has touched is neither good nor wrong."""
    known: dict[str, bool] = {}
    for name in STEPS:
        wrong = bool(judged.problems(name))
        if not wrong or _touched(judged, name):
            known[name] = wrong
    return forms.marks(judged.draft.number, step, known)


def _touched(judged: Judged, step: str) -> bool:
    draft, plan = judged.draft, judged.plan
    purposes = {slot.purpose for slot in forms.slots_of(plan, step)} if plan else set()
    typed = (draft.fields.get(name) for name in FIELDS[step] if name != "holder")
    return any(typed) or bool(purposes & set(draft.pictures))


def pictures(draft: Draft, seen: Preview) -> dict[str, tuple[DocumentItem, ...]]:
    """Return the pictures that a draft still has, by purpose."""
    there = {document.doc_id: document for document in seen.documents}
    return {
        purpose: items(there[doc_id] for doc_id in ids if doc_id in there)
        for purpose, ids in draft.pictures.items()
    }


def estimate_view(seen: Preview) -> EstimateView:
    """Return what a draft comes to, or what is still missing to know it."""
    if seen.statement is None or seen.plan is None:
        return EstimateView(text=texts.ESTIMATE_WAIT)
    note = texts.BILL_NOTE.format(plan=seen.plan.name)
    say = texts.ESTIMATE_SAY.format(amount=yuan(seen.statement.amount_fen))
    warned = sum(check.passed is not True for check in seen.checks)
    return EstimateView(
        bill=bill_view(seen.statement, total=texts.BILL_ESTIMATE, note=note),
        checks=check_rows(seen.checks),
        say=say + (texts.ESTIMATE_WARN.format(count=warned) if warned else ""),
    )


def _below(judged: Judged, step: str, seen: Preview) -> EstimateView:
    """Return what stands below the fields of a step."""
    if step == "stay":
        return estimate_view(seen)
    if step != "account":
        return EstimateView()
    payee, _ = judged.payee
    found = [*seen.checks]
    if payee is not None and payee.doubt:
        found.append(Check(texts.ACCOUNT_DOUBT, passed=None, evidence=payee.doubt))
    said = "".join(check.evidence for check in found if check.passed is not True)
    return EstimateView(checks=check_rows(found), say=said)


def step_of(draft: Draft, plan: Plan | None, name: str) -> str:
    """Return the step that a field, slot or picture stands on, "" for none."""
    if name == "agree":
        return "account"
    slots = {slot.purpose: slot.step for slot in plan.slots} if plan else {}
    purpose = name.removeprefix("documents-")
    if name.startswith("document-"):
        doc_id = name.removeprefix("document-")
        purpose = next((p for p, ids in draft.pictures.items() if doc_id in ids), "")
    if purpose in slots:
        return slots[purpose]
    return next((step for step in STEPS if name in FIELDS[step]), "")
