"""What an employee has had of a calendar year: counters that cap and deductible are held against.

member#<id>  year#<year>   used, deducted, and one sealed `stay_<number>` for each case that
                           claims a stay of that year, until it is given up
Counters only rise, and only from the value that the statement was made with: of two approvals
at once the second must be made again. A page sees a person's stays without reading their cases.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.core.errors import AppError
from chalicelib.store import keys
from chalicelib.store.members import TABLE, profile_place
from chalicelib.store.tables import Database, Item, Key
from chalicelib.store.transaction import Transaction


class YearItem(Item):
    """One year of one employee; counters in 分. `stays` are sealed, by case number."""

    table = TABLE
    used = NumberAttribute(default=0)
    deducted = NumberAttribute(default=0)
    stays: Mapping[str, str] = {}

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> "YearItem":
        """Return the item with its stays, whose attributes carry numbers of cases."""
        item = super().from_raw_data(data)
        item.stays = {
            name.removeprefix(keys.YEAR_STAY_PREFIX): value["S"]
            for name, value in data.items()
            if name.startswith(keys.YEAR_STAY_PREFIX)
        }
        return item


def year_keys(member_id: str, years: Iterable[int]) -> list[Key]:
    """Return where an employee's years are."""
    return [(YearItem, keys.member(member_id), keys.year(year)) for year in sorted(set(years))]


def stay_place(member_id: str) -> str:
    """Return what the sealed days of an employee's stays are tied to."""
    return profile_place(member_id, "stay")


def note_stay_in(
    transaction: Transaction, member_id: str, year: int, number: str, sealed: str
) -> None:
    """Add to a transaction: a case claims a stay of that year."""
    change = {
        "UpdateExpression": "SET #stay = :sealed",
        "ExpressionAttributeValues": {":sealed": {"S": sealed}},
    }
    _stay_in(transaction, member_id, year, number, change)


def forget_stay_in(transaction: Transaction, member_id: str, year: int, number: str) -> None:
    """Add to a transaction: the case claims none of that year any more."""
    _stay_in(transaction, member_id, year, number, {"UpdateExpression": "REMOVE #stay"})


def raise_in(
    transaction: Transaction,
    member_id: str,
    year: int,
    *,
    seen: tuple[int, int],
    by: tuple[int, int],
    error: AppError,
) -> None:
    """Add to a transaction: used and deducted rise from what was `seen`, or `error`."""
    (used, deducted), (more_used, more_deducted) = seen, by
    transaction.update(
        YearItem(keys.member(member_id), keys.year(year)),
        [YearItem.used.set(used + more_used), YearItem.deducted.set(deducted + more_deducted)],
        _still(YearItem.used, used) & _still(YearItem.deducted, deducted),
        error,
    )


def _still(counter: NumberAttribute, seen: int) -> Condition:
    same = counter == seen
    return same if seen else ~counter.exists() | same


def _stay_in(
    transaction: Transaction, member_id: str, year: int, number: str, change: Mapping[str, Any]
) -> None:
    database: Database = transaction.database
    where = {"pk": {"S": keys.member(member_id)}, "sk": {"S": keys.year(year)}}
    transaction.raw(
        "Update",
        {
            "TableName": database.name(TABLE),
            "Key": where,
            "ExpressionAttributeNames": {"#stay": keys.year_stay(number)},
            **change,
        },
    )
