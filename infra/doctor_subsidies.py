"""The doctor's look at what applications hold: invoices, the days of stays, and a year's sums.

Which case holds what stands in the case in the clear, as digests and years. Amounts are opened
to be added up, where that is allowed: a year that says too little pays out above its cap.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from chalicelib.casework.case import Case
from chalicelib.casework.records import case_from
from chalicelib.store import keys
from chalicelib.store.cases import CaseItem
from chalicelib.store.drafts import DraftsItem, drafts_key
from chalicelib.store.tables import Database, Item, Key, read_together
from chalicelib.store.vault import Vault
from chalicelib.store.years import YearItem, year_keys
from chalicelib.subsidy import effects, record
from chalicelib.subsidy.kind import NAME
from chalicelib.subsidy.states import MACHINE

Words = tuple[str, str]
"""Where something is wrong, and what."""

_AT_ONCE = 30
_TRIES = 4
_NOT_GRANTED = frozenset({"draft", "first_review", "second_review", *effects.GIVEN_UP})


def locks(case: Case) -> tuple[str, ...]:
    """Return the partitions of the locks that an application holds; none of other kinds."""
    return (keys.invoice(case.data["invoice"]),) if _holds(case) else ()


def findings(database: Database, cases: Sequence[Case]) -> Iterator[Words]:
    """Compare the days that years know of, and what is listed as open, with the applications.

    A case that moved since it was read is read again together with its year.
    """
    claimed = iter([case for case in cases if case.kind == NAME])
    while some := list(islice(claimed, _AT_ONCE)):
        yield from _differing(database, some)


def years(database: Database, cases: Sequence[Case], vault: Vault) -> Iterator[Words]:
    """Compare what a year says was had of it with what was granted to the employee in it.

    A year that differs counts only where it and its applications stood still between two looks.
    """
    claimed: dict[Key, list[Case]] = {}
    for case in cases:
        if case.kind == NAME:
            claimed.setdefault(_year_key(case), []).append(case)
    keys_left = iter(claimed)
    while some := list(islice(keys_left, _AT_ONCE)):
        found = read_together(database, some)
        for key in some:
            if _had(found.get(key)) != _granted(vault, claimed[key]):
                yield from _still_differs(database, key, claimed[key], vault)


def _still_differs(
    database: Database, key: Key, cases: Sequence[Case], vault: Vault
) -> Iterator[Words]:
    numbers, before = {case.number for case in cases}, None
    for _try in range(_TRIES):
        found = read_together(
            database, [key, *((CaseItem, keys.case(n), keys.CASE) for n in numbers)]
        )
        year = found.get(key)
        now = [case_from(item) for item in found.values() if isinstance(item, CaseItem)]
        mine = [case for case in now if _year_key(case) == key]
        seen = _had(year), _granted(vault, mine), {case.number: case.version for case in now}
        if seen[0] == seen[1]:
            return
        if seen == before:
            (used, deducted), (granted, taken), _versions = seen
            words = f"year {keys.name_in(key[2])} says {used} used and {deducted} deducted, "
            words += f"the employee's approved applications {granted} and {taken}"
            yield max(numbers), words
            return
        before = seen
        numbers |= set(year.stays) if isinstance(year, YearItem) else set()


def _had(year: Item | None) -> tuple[int, int]:
    return (int(year.used), int(year.deducted)) if isinstance(year, YearItem) else (0, 0)


def _granted(vault: Vault, cases: Sequence[Case]) -> tuple[int, int]:
    made = [record.statement(vault, case) for case in cases if case.state not in _NOT_GRANTED]
    return sum(one.amount_fen for one in made), sum(one.deducted_fen for one in made)


def _differing(database: Database, cases: Sequence[Case]) -> Iterator[Words]:
    wanted: dict[str, Key] = {case.number: _year_key(case) for case in cases}
    again: list[Key] = [(CaseItem, keys.case(number), keys.CASE) for number in wanted]
    lists = [drafts_key(case.member_id) for case in cases]
    found = read_together(database, {*wanted.values(), *again, *lists})
    now = [case_from(item) for item in found.values() if isinstance(item, CaseItem)]
    for case in now:
        moved = _year_key(case) != wanted[case.number]
        year = found.get(wanted[case.number])
        known = isinstance(year, YearItem) and case.number in year.stays
        if not moved and known != _holds(case):
            yield case.number, "its stay and its year do not say the same"
        listed = found.get(drafts_key(case.member_id))
        cases_open = (listed.cases or ()) if isinstance(listed, DraftsItem) else ()
        if (case.number in cases_open) == MACHINE.states[case.state].closed:
            yield case.number, "whether it is open and the list of what is open do not say the same"


def _year_key(case: Case) -> Key:
    (key,) = year_keys(case.member_id, [int(case.data["year"]["year"])])
    return key


def _holds(case: Case) -> bool:
    return case.kind == NAME and case.state not in effects.GIVEN_UP
