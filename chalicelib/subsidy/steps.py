"""The steps of one draft, put together: its forms, the amount below them, the last look."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlunsplit

from chalicelib.casework.kind import Check
from chalicelib.core.clock import BEIJING, beijing_date
from chalicelib.core.money import yuan
from chalicelib.documents.views import DocumentItem, items
from chalicelib.subsidy import drafts, forms, judge, record, service
from chalicelib.subsidy import page_texts as texts
from chalicelib.subsidy import preview as previews
from chalicelib.subsidy import texts as subsidy_texts
from chalicelib.subsidy.draft import BANK, FIELDS, STEPS, Draft
from chalicelib.subsidy.estimates import EstimateView, bill_view, check_rows
from chalicelib.subsidy.forms import StepMark, StepView
from chalicelib.subsidy.plan import Plan
from chalicelib.subsidy.preview import Preview
from chalicelib.web.visit import Visit

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


def opened_view(visit: Visit, draft: Draft, step: str) -> StepView:
    """Return a step as somebody comes to it: with a reviewer's objections, or all that is wrong.

    Who comes from the last page comes to mend.
    """
    checked = "check" in visit.query
    errors = step_errors(visit, draft, step) if checked else pinned(visit, draft, step)
    return step_view(visit, draft, step, errors, saved_text(draft) if draft.stored else "")


def step_view(visit: Visit, draft: Draft, step: str, errors: Errors, saved: str = "") -> StepView:
    """Return the form of a step as the draft has it."""
    plan, seen = plan_of(visit, draft), preview(visit, draft)
    settlement = draft.fields.get("settlement", "")
    slots = forms.slots_of(plan, step) if plan else ()
    view = StepView(
        title=texts.STEP_TITLES[step],
        action=f"/subsidies/{draft.number}/{step}",
        version=str(draft.version),
        steps=marks(visit, draft, step),
        saved=saved,
        errors=errors,
        slots=forms.slot_views(slots, settlement, pictures(draft, seen)),
        estimate=_below(visit, step, draft, seen),
        back_text=texts.BACK if step in _BACK else "",
    )
    if step == "stay":
        today = beijing_date(visit.world.clock.now())
        groups = forms.stay_groups(draft.fields, today)
        return replace(view, groups=groups, settlement=forms.settlement_field(draft.fields))
    if step == "account":
        return replace(
            view,
            groups=forms.account_groups(visit.person.record.name, draft.fields),
            agree_text=texts.CONSENT_BANK,
            agreed=BANK in draft.consents,
            next_text=texts.TO_REVIEW,
        )
    return view


def kept(visit: Visit, draft: Draft, step: str) -> dict[str, object]:
    """Return what the script shows after a saving."""
    from chalicelib.web.render import environment

    seen = preview(visit, draft)
    below = _below(visit, step, draft, seen)
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


def step_errors(visit: Visit, draft: Draft, step: str) -> dict[str, str]:
    """Return what is wrong with one step, what a reviewer objected to first."""
    return {**pinned(visit, draft, step), **drafts.errors(visit, draft, step)}


def all_errors(visit: Visit, draft: Draft) -> dict[str, str]:
    """Return what is wrong with a draft, in the order of its steps."""
    found: dict[str, str] = {}
    for step in ("", *STEPS):
        found |= pinned(visit, draft, step)
        found |= drafts.errors(visit, draft, step) if step else {}
    return found


def pinned(visit: Visit, draft: Draft, step: str) -> dict[str, str]:
    """Return what a reviewer objected to on a step and nobody has mended ("": on none)."""
    case = draft.case
    if case is None or not case.reasons:
        return {}
    said = service.pinned_reasons(visit.world, case)
    if step == "":
        return {"form": said[""]} if "" in said else {}
    vault, plan = visit.world.vault, plan_of(visit, draft)
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


def marks(visit: Visit, draft: Draft, step: str) -> tuple[StepMark, ...]:
    """Return the bar of steps: a step that nobody has touched is neither good nor wrong."""
    known: dict[str, bool] = {}
    for name in STEPS:
        wrong = bool(drafts.errors(visit, draft, name))
        if not wrong or _touched(visit, draft, name):
            known[name] = wrong
    return forms.marks(draft.number, step, known)


def _touched(visit: Visit, draft: Draft, step: str) -> bool:
    plan = plan_of(visit, draft)
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


def _below(visit: Visit, step: str, draft: Draft, seen: Preview) -> EstimateView:
    """Return what stands below the fields of a step."""
    if step == "stay":
        return estimate_view(seen)
    if step != "account":
        return EstimateView()
    payee = judge.payee_of(draft, visit.person.record.name)[0]
    found = [check for check in seen.checks if check.label == subsidy_texts.ACCOUNT]
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


def plan_of(visit: Visit, draft: Draft) -> Plan | None:
    """Return the plan that a draft falls under, as far as that is known."""
    today = beijing_date(visit.world.clock.now())
    return judge.plan_of(draft, drafts.plans_of(visit), today)


def preview(visit: Visit, draft: Draft) -> Preview:
    """Return what a draft comes to as it stands."""
    return previews.preview(visit.world, visit.person, draft, drafts.plans_of(visit))
