"""What a step does beside the case: invoice, account, the days of the stay, and the year's count.

An invoice and a stay belong to a case from its first submission until it is deleted or refused;
a case that is paid keeps them for ever. The year is counted where the second review approves:
from there every path leads to payment (decision 0033).
"""

from chalicelib.casework.case import Case, Event
from chalicelib.core.errors import Conflict, Refused
from chalicelib.store import uses, years
from chalicelib.store.transaction import Transaction
from chalicelib.subsidy import draft_texts, evidence, record
from chalicelib.world import World

GIVEN_UP = ("deleted", "refused")
"""States in which an application holds nothing any more."""


def add(
    world: World, transaction: Transaction, before: Case | None, after: Case, event: Event
) -> None:
    """Add a step's effects to its transaction (`casework.kind.Effects`)."""
    if event.action == "submit":
        world.documents.link_in(transaction, after.member_id, after.documents, after.number)
        _claim_invoice(transaction, before, after)
        _claim_days(world, transaction, before, after)
    if event.action in ("submit", "repair"):
        _claim_account(transaction, before, after)
    if event.action == "approve" and after.state == "payable":
        _count(world, transaction, after)
    if after.state in GIVEN_UP:
        _give_up(transaction, after)


def _claim_invoice(transaction: Transaction, before: Case | None, after: Case) -> None:
    new = after.data["invoice"]
    taken = draft_texts.INVOICE_TAKEN.format(where=draft_texts.OTHER_CASE)
    error = Refused(errors={"invoice_number": taken})
    uses.take_invoice_in(
        transaction, new, number=after.number, member_id=after.member_id, error=error
    )
    if before is not None and before.data["invoice"] != new:
        uses.free_invoice_in(transaction, before.data["invoice"], after.number)


def _claim_days(world: World, transaction: Transaction, before: Case | None, after: Case) -> None:
    stay = record.latest(world.vault, after).stay
    days = evidence.sealed_days(world.vault, after.member_id, stay)
    years.note_stay_in(transaction, after.member_id, stay.year, after.number, days)
    if before is not None and _year(before) != stay.year:
        years.forget_stay_in(transaction, after.member_id, _year(before), after.number)


def _claim_account(transaction: Transaction, before: Case | None, after: Case) -> None:
    old, new = before.data["account"] if before else "", after.data["account"]
    if old == new:
        return
    who = {"number": after.number, "member_id": after.member_id}
    uses.use_account_in(transaction, new, **who)
    if old:
        uses.leave_account_in(transaction, old, **who)


def _count(world: World, transaction: Transaction, after: Case) -> None:
    """Raise what the person has had, if it still is what the statement was made with."""
    statement, then = record.statement(world.vault, after), record.year(after)
    years.raise_in(
        transaction,
        after.member_id,
        _year(after),
        seen=(then.used, then.deducted),
        by=(statement.amount_fen, statement.deducted_fen),
        error=Conflict(draft_texts.YEAR_MOVED),
    )


def _give_up(transaction: Transaction, case: Case) -> None:
    uses.free_invoice_in(transaction, case.data["invoice"], case.number)
    uses.leave_account_in(
        transaction, case.data["account"], number=case.number, member_id=case.member_id
    )
    years.forget_stay_in(transaction, case.member_id, _year(case), case.number)


def _year(case: Case) -> int:
    return int(case.data["year"]["year"])
