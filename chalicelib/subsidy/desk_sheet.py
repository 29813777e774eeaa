"""What staff read of an application: its rows, its checks, its bill. Nothing is decided here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from chalicelib.casework.case import Case
from chalicelib.casework.kind import BillLine, Check, Row
from chalicelib.core.identity import DocType, normalise_name
from chalicelib.core.money import yuan
from chalicelib.store.documents import CLEAN
from chalicelib.store.members import Enrolment, MemberRecord
from chalicelib.subsidy import checks, desk_texts, page_texts, record, texts
from chalicelib.subsidy.benefit import Line, Statement
from chalicelib.subsidy.checks import Facts
from chalicelib.subsidy.evidence import Evidence
from chalicelib.subsidy.kind import PREFIX
from chalicelib.subsidy.payee import FIELDS as ACCOUNT_FIELDS
from chalicelib.subsidy.payee import Payee
from chalicelib.subsidy.plan import Plan
from chalicelib.subsidy.record import Attempt, Lowered
from chalicelib.subsidy.stay import AMOUNTS, FIELDS, PAYMENTS, Stay

REVIEWS = ("first_review", "second_review")
_CHECK = "account_check"
_PAID = frozenset(PAYMENTS.values())


@dataclass(frozen=True, slots=True)
class Held:
    """A case in the clear, with whose it is and the plan that its amount is made by."""

    case: Case
    person: MemberRecord
    tried: list[Attempt]
    payees: list[Payee]
    statement: Statement
    lowered: Lowered | None
    plan: Plan | None

    @property
    def stay(self) -> Stay:
        """The stay that counts."""
        return self.tried[-1].stay

    @property
    def in_review(self) -> bool:
        """Whether stay and amount are still to be decided."""
        return self.case.state in REVIEWS

    @property
    def repaired(self) -> bool:
        """Whether another account is to be decided about, and nothing else."""
        return self.case.state == _CHECK and len(self.payees) > 1


@dataclass(frozen=True, slots=True)
class Known:
    """What was looked up beside the case; `live` is the amount as it would be now."""

    evidence: Evidence
    periods: list[Enrolment]
    live: Statement | None


def rows(held: Held) -> Iterator[Row]:
    """Yield the person, the stay, its costs and the account; first what is to be decided."""
    if held.repaired:
        yield from _account_rows(held)
    yield from _person(held.person)
    yield from _stay_rows(held)
    if not held.repaired:
        yield from _account_rows(held)


def _person(member: MemberRecord) -> Iterator[Row]:
    shown = (
        ("name", desk_texts.NAME, member.name),
        ("doc_number", DocType(member.doc_type).label, member.doc_number),
        ("phone", desk_texts.PHONE, member.phone),
        ("unit", desk_texts.UNIT, member.unit_name),
    )
    for field, label, value in shown:
        yield Row(field, label, value, group=desk_texts.PERSON, fixed=True)


def _stay_rows(held: Held) -> Iterator[Row]:
    before = held.tried[-2].stay if len(held.tried) > 1 and held.in_review else None
    words = [name for name in FIELDS if name not in AMOUNTS]
    for names, group in ((words, desk_texts.STAY), (AMOUNTS, desk_texts.COSTS)):
        for name in names:
            now = _said(held.stay, name)
            then = _said(before, name) if before else now
            previous = then if then != now else None
            fixed = held.repaired
            yield Row(name, FIELDS[name], now, previous=previous, group=group, fixed=fixed)


def _said(stay: Stay, name: str) -> str:
    value = getattr(stay, name)
    if name in AMOUNTS:
        return yuan(value)
    return str(getattr(value, "label", value))


def _account_rows(held: Held) -> Iterator[Row]:
    """Yield the account; after a repair the one before stands beside it, to be compared."""
    now = held.payees[-1]
    before = held.payees[-2] if len(held.payees) > 1 else now
    for name, label in ACCOUNT_FIELDS.items():
        new, then = getattr(now, name), getattr(before, name)
        yield Row(
            name,
            label,
            new,
            old=then if held.repaired else None,
            changed=held.repaired and then != new,
            previous=then if then != new and held.in_review else None,
            group=desk_texts.ACCOUNT,
        )


def check_list(held: Held, known: Known) -> Iterator[Check]:
    """Yield the employee's checks with what only staff may know, and those for staff alone.

    Where an account is to be decided about, those of the account.
    """
    facts = _facts(held, known)
    if held.repaired:
        yield checks.account(facts)
    elif held.plan is not None:
        yield from checks.run(held.plan, held.stay, facts, known.live or held.statement)
    yield from _account_checks(held)
    gone = len(held.case.documents) - sum(
        document.state == CLEAN for document in known.evidence.documents
    )
    missing = desk_texts.PICTURES_GONE.format(count=gone) if gone else ""
    yield Check(desk_texts.PICTURES, not gone, missing)
    yield from _warnings(held, known.live)


def _facts(held: Held, known: Known) -> Facts:
    """Return the facts; unlike the employee, staff read which case an invoice belongs to."""
    lock = known.evidence.invoice
    taken = lock is not None and lock.number != held.case.number
    return replace(
        known.evidence.facts(record.claimed_on(held.case), known.periods),
        invoice_used_by=PREFIX + lock.number if lock and taken else "",
    )


def _account_checks(held: Held) -> Iterator[Check]:
    """C4: the name may have changed since the account was given."""
    payee = held.payees[-1]
    same = payee.holder == normalise_name(held.person.name)
    yield Check(desk_texts.HOLDER, same, "" if same else desk_texts.HOLDER_DIFFERS)
    if payee.doubt:
        yield Check(desk_texts.DOUBT, passed=None, evidence=desk_texts.DOUBT_EVIDENCE)


def _warnings(held: Held, live: Statement | None) -> Iterator[Check]:
    if live is None or held.plan is None:
        return
    before, now = computed(held.statement), live.amount_fen
    if before != now:
        moved = desk_texts.MOVED_EVIDENCE.format(before=yuan(before), now=yuan(now))
        yield Check(desk_texts.MOVED, passed=None, evidence=moved)
    if held.plan.needs_senior(now):
        above = yuan(held.plan.senior_review_above)
        senior = desk_texts.SENIOR_EVIDENCE.format(above=above)
        yield Check(desk_texts.SENIOR, passed=None, evidence=senior)
    if len(held.tried) > 1:
        yield Check(desk_texts.RESENT, passed=None, evidence=_resent(held))


def computed(statement: Statement) -> int:
    """Return what a statement came to before a reviewer lowered it, in 分."""
    return sum(line.amount_fen for line in statement.lines if line.label != texts.LOWERED)


def _resent(held: Held) -> str:
    names = labels(held.plan)
    before = record.pictures_of(held.tried[:-1])
    fresh = {
        names.get(purpose, purpose): len(set(ids) - before)
        for purpose, ids in held.tried[-1].pictures.items()
    }
    parts = [
        desk_texts.RESENT_PART.format(label=label, count=count)
        for label, count in fresh.items()
        if count
    ]
    if not parts:
        return desk_texts.RESENT_SAME
    return desk_texts.RESENT_NEW.format(labels="、".join(parts))


def labels(plan: Plan | None) -> dict[str, str]:
    """Return what each document is called, by its purpose."""
    return {slot.purpose: slot.label for slot in plan.slots} if plan else {}


def bill(statement: Statement) -> Iterator[BillLine]:
    """Yield two sums: down to the base, and from the tiers to the amount."""
    paid = [line for line in statement.basis if line.label in _PAID]
    rest = [line for line in statement.basis[1:] if line.label not in _PAID]
    yield from _lines([statement.basis[0], *paid])
    if paid:
        yield BillLine(page_texts.BILL_OWN, "", statement.own_fen, total=True)
    yield from _lines(rest)
    if rest:
        yield BillLine(page_texts.BILL_BASE, "", statement.base_fen, total=True)
    yield from _lines(statement.lines)
    yield BillLine(page_texts.BILL_AMOUNT, "", statement.amount_fen, total=True)


def bill_note(statement: Statement) -> str:
    """Return by which plan a statement was made."""
    text = desk_texts.EXAMPLE if statement.example else desk_texts.NOT_EXAMPLE
    return text.format(version=statement.plan_version)


def _lines(lines: Iterable[Line]) -> Iterator[BillLine]:
    return (BillLine(line.label, line.formula, line.amount_fen) for line in lines)
