"""What a draft comes to while it is written: amount, checks, deadline (PRODUCT C1, C5, C8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chalicelib.casework.kind import Check
from chalicelib.core.days import read_day
from chalicelib.store.documents import Document
from chalicelib.subsidy import checks, draft_texts, evidence, record, texts
from chalicelib.subsidy.benefit import Statement
from chalicelib.subsidy.draft import Draft
from chalicelib.subsidy.evidence import Evidence, Subject, shares_of
from chalicelib.subsidy.judge import Judged
from chalicelib.subsidy.plan import Base, Plan
from chalicelib.subsidy.stay import read_invoice
from chalicelib.world import World

_INVOICE = ("invoice_code", "invoice_number")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draft comes to as it stands; parts are missing until they can be known.

    `errors` holds what is wrong with texts that were typed. `documents` are the draft's
    pictures, which the same trip brought.
    """

    plan: Plan | None = None
    statement: Statement | None = None
    checks: tuple[Check, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    documents: tuple[Document, ...] = ()


def preview(world: World, judged: Judged, step: str = "") -> Preview:
    """Return what a draft comes to; one round trip, and no content of it is an error.

    Of a step it is what its page shows: the pictures, on ③ with the check of the account, on ②
    with amount and checks, as on the last page ("").
    """
    draft, plan = judged.draft, judged.plan
    whole = step in ("", "stay")
    stay, wrong = judged.estimable
    payee, unpayable = judged.payee
    found = evidence.read(
        world,
        Subject(
            draft.member_id,
            draft.number,
            stay if whole else None,
            invoice=_invoice(draft, wrong) if whole else None,
            account=payee.account if payee and step != "identity" else "",
            documents=draft.documents,
        ),
    )
    errors = _errors(draft, {**wrong, **unpayable}, plan, found)
    seen = Preview(plan, errors=errors, documents=found.documents)
    if plan is None or stay is None or step == "identity":
        return seen
    claimed = record.claimed_on(draft.case) if draft.case else judged.today
    facts = found.facts(claimed, draft.periods)
    if not whole:
        return replace(seen, checks=(checks.account(facts),) if payee else ())
    statement = evidence.priced(plan, stay, found, shares_of(draft.periods, stay)).statement
    ran = checks.run(plan, stay, facts, statement)
    unknown = _unknown(plan, wrong, payable=payee is not None)
    known = tuple(check for check in ran if check.label not in unknown)
    return replace(seen, statement=statement, checks=known)


def _invoice(draft: Draft, wrong: Mapping[str, str]) -> tuple[str, str]:
    """Return the invoice as soon as it can be one, whatever else is missing."""
    if set(_INVOICE) & set(wrong):
        return "", ""
    code, number = (read_invoice(draft.fields.get(name, "")) for name in _INVOICE)
    return code, number


def _errors(
    draft: Draft, wrong: Mapping[str, str], plan: Plan | None, found: Evidence
) -> dict[str, str]:
    """Return what to say beside texts that were typed; nothing beside empty ones."""
    errors = {name: said for name, said in wrong.items() if draft.fields.get(name, "").strip()}
    if plan is None and read_day(draft.fields.get("admission", "")):
        errors.setdefault("admission", draft_texts.PLAN_MISSING)
    if found.invoice_used_by:
        errors["invoice_number"] = draft_texts.INVOICE_TAKEN.format(where=found.invoice_used_by)
    return errors


def _unknown(plan: Plan, wrong: Mapping[str, str], *, payable: bool) -> set[str]:
    """Return the checks that nobody can make yet, for what is still missing."""
    base = {Base.DISCHARGE: "discharge", Base.SETTLEMENT: "settled"}[plan.deadline.base]
    unknown = set()
    if base in wrong:
        unknown.add(texts.DEADLINE)
    if "discharge" in wrong:
        unknown.add(texts.OVERLAP)
    if set(_INVOICE) & set(wrong):
        unknown.add(texts.INVOICE)
    if not payable:
        unknown.add(texts.ACCOUNT)
    return unknown
