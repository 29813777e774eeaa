"""What staff see of an application, and what becomes of the amount when they approve it.

The bill is the one that the employee sees. Before a decision the amount is computed again
beside it, from the year as it is now: a reviewer approves that, or less.
"""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.casework.case import Actor, Case
from chalicelib.casework.kind import Ask, Panel, Payable, Settled
from chalicelib.core.errors import Broken, NotFound, Refused
from chalicelib.core.money import parse_yuan, yuan
from chalicelib.store import keys
from chalicelib.store.members import MemberItem
from chalicelib.store.plans import BookItem, book_key
from chalicelib.store.tables import Item, Key, read_together
from chalicelib.store.years import YearItem, year_keys
from chalicelib.subsidy import benefit, book, desk_sheet, desk_texts, evidence, record
from chalicelib.subsidy.benefit import Statement
from chalicelib.subsidy.desk_sheet import REVIEWS, Held, Known
from chalicelib.subsidy.evidence import Evidence, Subject
from chalicelib.subsidy.fields import read_words
from chalicelib.subsidy.plan import Plan
from chalicelib.subsidy.record import Lowered
from chalicelib.world import World

APPROVE = "approve"
_SECOND = "second_review"


def panel(world: World, case: Case) -> Panel:
    """Return the panel of an application (`casework.kind.Kind.panel`); two round trips."""
    tried, payees = record.attempts(world.vault, case), record.payees(world.vault, case)
    account, stay = payees[-1].account, tried[-1].stay
    subject = Subject(case.member_id, case.number, stay, account, case.documents)
    profile: Key = (MemberItem, keys.member(case.member_id), keys.PROFILE)
    found = evidence.read(world, subject, [profile, book_key()])
    person = found.also.get(profile)
    if not isinstance(person, MemberItem):
        raise NotFound
    held = Held(
        case=case,
        person=world.members.open(person),
        tried=tried,
        payees=payees,
        statement=record.statement(world.vault, case),
        lowered=record.lowered(world.vault, case),
        plan=_plan(found.also.get(book_key()), case),
    )
    live = _live(held, found)
    known = Known(found, world.members.enrolments(case.member_id), live)
    return Panel(
        rows=tuple(desk_sheet.rows(held)),
        checks=tuple(desk_sheet.check_list(held, known)),
        bill=tuple(desk_sheet.bill(held.statement)),
        bill_note=desk_sheet.bill_note(held.statement),
        asks=_asks(held, live) if live else (),
        documents=found.documents,
        pictures=desk_sheet.labels(held.plan),
    )


def settle(
    world: World, case: Case, actor: Actor, action: str, asked: Mapping[str, str]
) -> Settled | None:
    """Return what an approved application will hold (`casework.kind.Kind.settle`).

    Of the amount computed now, with a reason less and never more. Raises Refused beside
    the field that is wrong, and for an amount that only a senior may approve.
    """
    if action != APPROVE or case.state not in REVIEWS:
        return None
    stay = record.latest(world.vault, case).stay
    (year_key,) = year_keys(case.member_id, [stay.year])
    found = read_together(world.database, [year_key, book_key()])
    plan = _plan(found.get(book_key()), case)
    if plan is None:
        raise Broken
    years = tuple(item for item in found.values() if isinstance(item, YearItem))
    known = Evidence(Subject(case.member_id, case.number, stay), years)
    priced = evidence.priced(plan, stay, known, record.year(case).shares)
    less = _less(priced.statement, asked)
    if less is not None:
        lowered = benefit.lower(priced.statement, less.amount_fen, less.reason)
        priced = replace(priced, statement=lowered)
    amount = priced.statement.amount_fen
    if case.state == _SECOND and plan.needs_senior(amount) and not actor.senior:
        raise Refused(desk_texts.NOT_SENIOR.format(above=yuan(plan.senior_review_above)))
    return Settled(
        record.settled(world.vault, case.number, case.data, priced, less),
        tuple(desk_sheet.bill(priced.statement)),
        desk_sheet.bill_note(priced.statement),
    )


def payable(world: World, case: Case) -> Payable:
    """Return what an approved application is paid, and where (`casework.kind.Kind.payable`)."""
    payee = record.payees(world.vault, case)[-1]
    return Payable(
        amount_fen=record.statement(world.vault, case).amount_fen,
        holder=payee.holder,
        bank=payee.bank,
        branch=payee.branch,
        account=payee.account,
    )


def _plan(item: Item | None, case: Case) -> Plan | None:
    return book.by_version(item if isinstance(item, BookItem) else None, case.data["plan"])


def _live(held: Held, found: Evidence) -> Statement | None:
    """Return the amount as it would be now; None once it is decided."""
    if held.plan is None or not held.in_review:
        return None
    shares = record.year(held.case).shares
    return evidence.priced(held.plan, held.stay, found, shares).statement


def _less(computed: Statement, asked: Mapping[str, str]) -> Lowered | None:
    """Return what the amount is lowered to, None when it is not; raises Refused."""
    whole = computed.amount_fen
    if not whole:
        raise Refused(errors={"amount": desk_texts.NOTHING_TO_PAY})
    try:
        amount = parse_yuan(asked.get("amount", ""))
    except ValueError as error:
        raise Refused(errors={"amount": str(error)}) from None
    if not amount:
        raise Refused(errors={"amount": desk_texts.AMOUNT_ZERO})
    if amount > whole:
        raise Refused(errors={"amount": desk_texts.AMOUNT_ABOVE.format(amount=yuan(whole))})
    if amount == whole:
        return None
    missing = desk_texts.AMOUNT_BELOW.format(amount=yuan(whole))
    try:
        reason = read_words(
            asked.get("amount_reason", ""),
            missing=missing,
            least=2,
            most=desk_texts.REASON_LONGEST,
        )
    except ValueError as error:
        raise Refused(errors={"amount_reason": str(error)}) from None
    return Lowered(amount, reason)


def _asks(held: Held, live: Statement) -> tuple[Ask, ...]:
    """Ask for the amount as it is now, or as the first review lowered it."""
    less = held.lowered
    lower = less is not None and less.amount_fen < live.amount_fen
    amount = less.amount_fen if less and lower else live.amount_fen
    hint = desk_texts.AMOUNT_HINT.format(amount=yuan(live.amount_fen))
    reason = less.reason if less and lower else ""
    return (
        Ask("amount", desk_texts.AMOUNT, yuan(amount), (APPROVE,), hint),
        Ask("amount_reason", desk_texts.REASON, reason, (APPROVE,), desk_texts.REASON_HINT),
    )
