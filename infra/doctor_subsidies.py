"""The doctor's look at what applications hold: their invoices, and the days of their stays.

Nothing is decrypted: which case holds what stands in the case in the clear, as digests and years.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from chalicelib.casework.case import Case
from chalicelib.casework.records import case_from
from chalicelib.store import keys
from chalicelib.store.cases import CaseItem
from chalicelib.store.tables import Database, Key, read_together
from chalicelib.store.years import YearItem, year_keys
from chalicelib.subsidy import effects
from chalicelib.subsidy.kind import NAME

Words = tuple[str, str]
"""Where something is wrong, and what."""

_AT_ONCE = 40


def locks(case: Case) -> tuple[str, ...]:
    """Return the partitions of the locks that an application holds; none of other kinds."""
    return (keys.invoice(case.data["invoice"]),) if _holds(case) else ()


def findings(database: Database, cases: Sequence[Case]) -> Iterator[Words]:
    """Compare the days that years know of with the applications that claim them.

    A case that moved since it was read is read again together with its year.
    """
    claimed = iter([case for case in cases if case.kind == NAME])
    while some := list(islice(claimed, _AT_ONCE)):
        for number in _differing(database, some):
            yield number, "its stay and its year do not say the same"


def _differing(database: Database, cases: Sequence[Case]) -> list[str]:
    wanted: dict[str, Key] = {case.number: _year_key(case) for case in cases}
    again: list[Key] = [(CaseItem, keys.case(number), keys.CASE) for number in wanted]
    found = read_together(database, {*wanted.values(), *again})
    now = [case_from(item) for item in found.values() if isinstance(item, CaseItem)]
    wrong = []
    for case in now:
        moved = _year_key(case) != wanted[case.number]
        year = found.get(wanted[case.number])
        known = isinstance(year, YearItem) and case.number in year.stays
        if not moved and known != _holds(case):
            wrong.append(case.number)
    return wrong


def _year_key(case: Case) -> Key:
    (key,) = year_keys(case.member_id, [int(case.data["year"]["year"])])
    return key


def _holds(case: Case) -> bool:
    return case.kind == NAME and case.state not in effects.GIVEN_UP
