"""What an employee does with an application: submit, take back, delete, mend, look at."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.casework import reasons
from chalicelib.casework.case import Actor, Case, Event
from chalicelib.casework.machine import Go, Refusal, Role
from chalicelib.casework.reasons import FAILURE_FIELDS
from chalicelib.casework.records import case_from
from chalicelib.casework.service import Casework, Step
from chalicelib.core.clock import beijing_date
from chalicelib.core.errors import Conflict, NotFound, Refused
from chalicelib.store import keys
from chalicelib.store.cases import CaseItem, LeaseItem
from chalicelib.store.consents import BANK, HEALTH, agreed_in
from chalicelib.store.documents import CLEAN
from chalicelib.store.drafts import list_owned
from chalicelib.store.transaction import Transaction
from chalicelib.subsidy import draft_texts, drafts, evidence, judge, record
from chalicelib.subsidy.draft import Draft, Typed, opened
from chalicelib.subsidy.evidence import Evidence, Subject
from chalicelib.subsidy.kind import KIND, NAME
from chalicelib.subsidy.payee import Payee
from chalicelib.subsidy.plan import Plan
from chalicelib.subsidy.record import Attempt
from chalicelib.subsidy.stay import Stay
from chalicelib.web.forms import parse
from chalicelib.web.visit import Member, Visit
from chalicelib.world import World

_REPAIRABLE = ("bank", "branch", "account")
# what the bank calls wrong must change; an account it could not pay to today may be good again
_WRONG = {"F02", "F03"}
_NUMBER_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Listing:
    """An employee's drafts and cases, newest first; `more` is where the next page begins."""

    rows: tuple[Draft | Case, ...]
    more: str


@dataclass(frozen=True, slots=True)
class _Ready:
    """A draft in which everything that can be known without asking is right."""

    draft: Draft
    plan: Plan
    stay: Stay
    payee: Payee
    pictures: Mapping[str, tuple[str, ...]]

    @property
    def documents(self) -> tuple[str, ...]:
        return tuple(doc_id for ids in self.pictures.values() for doc_id in ids)


def repeated(visit: Visit, number: str, operation: str) -> Case | None:
    """Return the case that this very form has submitted before, None the first time."""
    case = _case_of(visit, number)
    return case if case is not None and operation in case.operations else None


def submit_once(visit: Visit, number: str, operation: str) -> Case:
    """Submit an employee's own draft; the same form twice is the same success."""
    case = repeated(visit, number, operation)
    return case or submit(visit, drafts.read(visit, number), operation)


def submit(visit: Visit, draft: Draft, operation: str, *, bank_agreed: bool = False) -> Case:
    """Submit a draft, or a case that came back; raises Refused with the fields to mend.

    Two round trips: what only the database knows, and everything that a submission changes.
    """
    world = visit.world
    newly_agreed = bank_agreed and BANK not in draft.consents
    agreed = replace(draft, consents=draft.consents | ({BANK} if bank_agreed else set()))
    ready = _ready(visit, agreed)
    number, member_id = draft.number, draft.member_id
    subject = Subject(member_id, number, ready.stay, documents=ready.documents)
    found = evidence.read(world, subject)
    _refuse_if_used_or_unchecked(found, ready.documents)

    def writes(transaction: Transaction, _case: Case, _event: Event) -> None:
        drafts.remove_in(transaction, draft)
        unused = [i for i in drafts.unsubmitted(world, draft) if i not in ready.documents]
        world.documents.let_go_in(transaction, member_id, unused, number)
        withdrawn = Refused(errors={"form": draft_texts.HEALTH_WITHDRAWN})
        agreed_in(transaction, member_id, HEALTH, withdrawn)
        if newly_agreed:
            drafts.note_consent_in(world, transaction, member_id, BANK, given=True)
        else:
            withdrawn = Refused(errors={"agree": draft_texts.BANK_WITHDRAWN})
            agreed_in(transaction, member_id, BANK, withdrawn)

    step = Step(
        "submit",
        Actor(Role.EMPLOYEE, member_id),
        operation,
        changed=_changed(world, ready),
        data=_data(world, ready, found),
        documents=ready.documents,
        writes=writes,
    )
    casework = Casework(world)
    if draft.case is not None:
        return casework.advance(draft.case, step, version=draft.case.version)
    return casework.open(KIND, member_id, visit.person.record.prefecture, step, number=number)


def withdraw(visit: Visit, number: str, operation: str) -> Case:
    """Take an application back before anybody has begun to review it; it is a draft again."""
    case = own_case(visit, number)
    if operation in case.operations:
        return case
    _refuse_unless_open_to("withdraw", case)
    begun = Refused(Refusal.IN_REVIEW.value)
    if "first_reviewer" in case.facts:
        raise begun
    now = int(visit.world.clock.now().timestamp())

    def unleased(transaction: Transaction, _case: Case, _event: Event) -> None:
        free = ~LeaseItem.pk.exists() | (LeaseItem.until <= now)
        transaction.check(LeaseItem, keys.case(number), keys.LEASE, free, begun)

    actor = Actor(Role.EMPLOYEE, case.member_id)
    step = Step("withdraw", actor, operation, writes=unleased)
    return Casework(visit.world).advance(case, step, version=case.version)


def delete(visit: Visit, number: str, operation: str) -> None:
    """Delete a draft, or a case that came back; one that is gone already is fine."""
    case = _case_of(visit, number)
    if case is not None and operation in case.operations:
        return
    draft = drafts.read(visit, number)
    if draft.case is None:
        drafts.delete(visit, draft, operation)
        return
    world = visit.world

    def writes(transaction: Transaction, _case: Case, _event: Event) -> None:
        drafts.remove_in(transaction, draft)
        new = drafts.unsubmitted(world, draft)
        world.documents.drop_in(transaction, draft.member_id, new, number)

    step = Step("delete", Actor(Role.EMPLOYEE, draft.member_id), operation, writes=writes)
    Casework(world).advance(draft.case, step, version=draft.case.version)


def repairable(case: Case) -> tuple[str, ...]:
    """Return which fields of the account the employee may mend after a failed payment.

    All three where finance, not the bank, sent the account back.
    """
    fields = [FAILURE_FIELDS.get(reason.code, _REPAIRABLE) for reason in case.reasons]
    allowed = {name for each in fields for name in each}
    return tuple(name for name in _REPAIRABLE if name in allowed)


def repair(visit: Visit, case: Case, typed: Typed, operation: str) -> Case:
    """Give a case another account to pay to; nothing else can be changed (PRODUCT C4)."""
    if operation in case.operations:
        return case
    _refuse_unless_open_to("repair", case)
    if typed.version != str(case.version):
        raise Conflict(draft_texts.REPAIR_STALE)
    world, name = visit.world, visit.person.record.name
    before = record.payees(world.vault, case)[-1].model_dump()
    mended = {field: typed.fields[field] for field in repairable(case) if field in typed.fields}
    payee = parse(Payee, {**before, **mended, "holder": name}, {"name": name})
    changed = [field for field, value in payee.model_dump().items() if value != before[field]]
    if not changed and any(reason.code in _WRONG for reason in case.reasons):
        raise Refused(errors={repairable(case)[-1]: draft_texts.ACCOUNT_UNCHANGED})
    data = record.with_payee(world.vault, case.number, case.data, payee)
    actor = Actor(Role.EMPLOYEE, case.member_id)
    step = Step("repair", actor, operation, changed=changed, data=data)
    return Casework(world).advance(case, step, version=case.version)


def listed(world: World, member: Member, before: str | None) -> Listing:
    """Return a page of what an employee has begun and submitted, newest first; one query."""
    older = _known_shape(before) if before else None
    now = world.clock.now()
    owned = list_owned(world.database, member.record.member_id, NAME, older, now)
    cases: dict[str, Draft | Case] = {item.number: case_from(item) for item in owned.cases}
    written = {draft.number: draft for draft in (opened(world, i, None) for i in owned.drafts)}
    rows = {**written, **cases}  # for a moment the index may still have both
    newest_first = sorted(rows, key=int, reverse=True)
    return Listing(tuple(rows[number] for number in newest_first), owned.last)


def own_case(visit: Visit, number: str) -> Case:
    """Return an employee's own case; anything else is NotFound."""
    case = _case_of(visit, number)
    if case is None:
        raise NotFound
    return case


def own_story(world: World, member: Member, number: str) -> tuple[Case, list[Event]]:
    """Return an employee's own case with its events; anything else is NotFound."""
    case, history = Casework(world).story(_known_shape(number))
    if case.kind != NAME or case.member_id != member.record.member_id:
        raise NotFound
    return case, history


def pinned_reasons(world: World, case: Case) -> dict[str, str]:
    """Return what was objected to, by target; "" holds what has none."""
    casework = Casework(world)
    said: dict[str, list[str]] = {}
    for reason in case.reasons:
        note = casework.open_note(case.number, reason.note)
        said.setdefault(reason.target, []).append(reasons.sentence(reason.code, note))
    return {target: "；".join(sentences) for target, sentences in said.items()}


def _ready(visit: Visit, draft: Draft) -> _Ready:
    """Return the draft as it can be submitted, or raise Refused with all that is wrong."""
    judged = drafts.judged(visit, draft)
    plan, (stay, _), (payee, _) = judged.plan, judged.stay, judged.payee
    if plan is None or stay is None or payee is None:
        raise Refused(errors=judged.problems())
    asked = judged.slots()
    pictures = {slot.purpose: draft.pictures.get(slot.purpose, ()) for slot in asked}
    ready = _Ready(draft, plan, stay, payee, {p: ids for p, ids in pictures.items() if ids})
    wrong = {**_untouched(visit.world, ready), **judged.problems()}
    if wrong:
        raise Refused(errors=wrong)
    return ready


def _untouched(world: World, ready: _Ready) -> dict[str, str]:
    case = ready.draft.case
    if case is None or not case.reasons:
        return {}
    return judge.untouched(
        _texts(ready.stay, ready.payee),
        _submitted_texts(world, case),
        pinned_reasons(world, case),
        pictures=ready.documents,
        submitted=case.documents,
    )


def _refuse_if_used_or_unchecked(found: Evidence, wanted: tuple[str, ...]) -> None:
    errors = {}
    if found.invoice_used_by:
        errors["invoice_number"] = draft_texts.INVOICE_TAKEN.format(where=found.invoice_used_by)
    clean = {document.doc_id for document in found.documents if document.state == CLEAN}
    errors |= {f"document-{i}": draft_texts.PICTURE_CHECKING for i in wanted if i not in clean}
    if errors:
        raise Refused(errors=errors)


def _data(world: World, ready: _Ready, found: Evidence) -> dict[str, Any]:
    draft, case = ready.draft, ready.draft.case
    shares = evidence.shares_of(draft.periods, ready.stay)
    priced = evidence.priced(ready.plan, ready.stay, found, shares)
    today = beijing_date(world.clock.now())
    before = case.data if case is not None else {"claimed_on": today.isoformat()}
    attempt = Attempt(ready.stay, ready.pictures, draft.periods)
    return record.submitted(world.vault, draft.number, before, attempt, ready.payee, priced)


def _changed(world: World, ready: _Ready) -> tuple[str, ...]:
    """Return the fields that a case which came back is sent again with another value of."""
    case = ready.draft.case
    if case is None:
        return ()
    now, before = _texts(ready.stay, ready.payee), _submitted_texts(world, case)
    return tuple(name for name, text in now.items() if text != before[name])


def _submitted_texts(world: World, case: Case) -> dict[str, str]:
    vault = world.vault
    return _texts(record.latest(vault, case).stay, record.payees(vault, case)[-1])


def _texts(stay: Stay, payee: Payee) -> dict[str, str]:
    return {**stay.model_dump(mode="json"), **payee.model_dump(mode="json")}


def _case_of(visit: Visit, number: str) -> Case | None:
    """Return an employee's own case as the door had it read; other people's are not there."""
    key = (CaseItem, keys.case(_known_shape(number)), keys.CASE)
    item = visit.found.get(key)
    if not isinstance(item, CaseItem):
        return None
    case = case_from(item)
    own = case.kind == NAME and case.member_id == visit.person.record.member_id
    return case if own else None


def _refuse_unless_open_to(action: str, case: Case) -> None:
    """Say what is true of the case before anything about the form."""
    rule = KIND.machine.rule(case.state, action)
    if not isinstance(rule, Go):
        raise Refused(rule.refusal.value)


def _known_shape(number: str) -> str:
    if not (number.isascii() and number.isdecimal() and len(number) <= _NUMBER_DIGITS):
        raise NotFound
    return number
