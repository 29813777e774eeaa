"""What a form of a step does: keep everything, then go on, back, or say what is wrong."""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.core.errors import Conflict, Refused
from chalicelib.store.consents import BANK
from chalicelib.subsidy import drafts, forms, service, steps
from chalicelib.subsidy import page_texts as texts
from chalicelib.subsidy.draft import FIELDS, Draft, Typed
from chalicelib.subsidy.judge import Judged
from chalicelib.web.answers import Answer, Page, SeeOther, as_json
from chalicelib.web.visit import Visit

_STALE_STATUS = 409


def keep(visit: Visit, number: str, step: str) -> Answer:
    """Keep a step as it was typed; a page goes on only when the step is good."""
    draft = drafts.read(visit, number)
    try:
        draft = drafts.save(visit, draft, step, _typed(visit, draft, step))
    except Conflict as stale:
        if visit.wants_json:
            # with the version of now, the page can tell its own lost answer from a stranger's
            version = {"version": str(draft.version), "errors": {"form": stale.message}}
            return as_json(version, _STALE_STATUS)
        raise Refused(texts.KEPT_ELSEWHERE) from stale
    judged = drafts.judged(visit, draft)
    if visit.wants_json:
        return as_json(steps.kept(visit.world, judged, step))
    go = visit.form.get("go", "")
    errors = {} if go else steps.step_errors(visit.world, judged, step)
    if errors:
        return _page(visit, judged, step, errors)
    return SeeOther(steps.after(number, step, go))


def again(visit: Visit, number: str, step: str, errors: Mapping[str, str]) -> Page:
    """Show a form that was not kept, as it was typed."""
    draft = drafts.read(visit, number)
    return _page(visit, drafts.judged(visit, _as_typed(visit, draft, step)), step, errors)


def submit(visit: Visit, number: str, operation: str) -> None:
    """Send an application as it was shown; raises Refused with what is to be mended."""
    if service.repeated(visit, number, operation) is not None:
        return
    draft = drafts.read(visit, number)
    if visit.form.get("version") != str(draft.version):
        raise Refused(texts.REVIEW_STALE)
    service.submit(visit, draft, operation)


def _page(visit: Visit, judged: Judged, step: str, errors: Mapping[str, str]) -> Page:
    return Page("subsidy/step.html", steps.step_view(visit.world, judged, step, errors), status=422)


def _typed(visit: Visit, draft: Draft, step: str) -> Typed:
    fields = {name: visit.form[name] for name in (*FIELDS[step], "agree") if name in visit.form}
    if step == "account":
        fields["holder"] = visit.person.record.name
    return Typed(fields, _sent(visit, draft, step), visit.form.get("version", ""))


def _sent(visit: Visit, draft: Draft, step: str) -> dict[str, tuple[str, ...]]:
    """Return the pictures under each purpose of the step: the draft sorts out which is which."""
    ids, plan = visit.every("documents"), drafts.judged(visit, draft).plan
    return {slot.purpose: ids for slot in forms.slots_of(plan, step)} if plan else {}


def _as_typed(visit: Visit, draft: Draft, step: str) -> Draft:
    typed = _typed(visit, draft, step).fields
    fields = {**draft.fields, **{name: typed[name] for name in FIELDS[step] if name in typed}}
    if step != "account":
        return replace(draft, fields=fields)
    agreed = {BANK} if typed.get("agree") == "1" else set()
    return replace(draft, fields=fields, consents=(draft.consents - {BANK}) | agreed)
