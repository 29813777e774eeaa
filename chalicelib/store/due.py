"""What is to be looked at on a day: written with what falls due, so that nothing is searched for.

due#<day>  case#<number>   (cases)    the pictures of a case that is over
           member#<id>     (members)  an employee's messages, history and consents; one a month
"""

from datetime import date, datetime

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core import keeping
from chalicelib.store import keys
from chalicelib.store.tables import Item
from chalicelib.store.transaction import Transaction


class CaseDue(Item):
    """The pictures of a case fall due."""

    table = "cases"
    member_id = UnicodeAttribute()


class MemberDue(Item):
    """Something of an employee falls due; `until` names the last message that goes in any case."""

    table = "members"
    until = UnicodeAttribute(null=True)


def case_due_in(transaction: Transaction, number: str, member_id: str, day: date) -> None:
    """Add to a transaction: the pictures of a case go on that day."""
    transaction.put(CaseDue(keys.due(day.isoformat()), keys.case(number), member_id=member_id))


def member_due_in(transaction: Transaction, member_id: str, at: datetime, days: int) -> None:
    """Add to a transaction: what happened at a moment is kept for so many days.

    Everything of one month is one item.
    """
    month = keeping.due_month(at, days).isoformat()
    transaction.put(MemberDue(keys.due(month), keys.member(member_id)))


def leaver_due_in(transaction: Transaction, member_id: str, at: datetime) -> None:
    """Add to a transaction: all messages up to a moment go tomorrow."""
    day = keeping.due_day(at, 0).isoformat()
    until = keys.messages_until(at)
    transaction.put(MemberDue(keys.due(day), keys.member(member_id), until=until))
