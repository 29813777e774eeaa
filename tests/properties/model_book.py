"""What must be true of cases, written down a second time: a table, and a dict for each case.

Nothing here looks into the product's tables of states. `Book.follow` reads what happened to a
case and holds it against this one; `Book.allows` says beforehand what a button will do.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from chalicelib.casework.case import Event
from chalicelib.web.staff import StaffPerson

EMPLOYEE, FIRST, SECOND = "employee", "first_reviewer", "second_reviewer"
FINANCE, SYSTEM = "finance", "system"
_BOTH = (FIRST, SECOND)


@dataclass(frozen=True)
class Edge:
    """Where a step leads, who takes it, what is noted of them, and who else it must not be."""

    to: str
    role: str
    notes: str = ""
    others: tuple[str, ...] = ()
    why: bool = False


_REVIEW = {
    ("new", "submit"): Edge("first_review", EMPLOYEE),
    ("draft", "submit"): Edge("first_review", EMPLOYEE),
    ("draft", "delete"): Edge("deleted", EMPLOYEE),
    ("first_review", "approve"): Edge("second_review", FIRST, FIRST),
    ("first_review", "reject"): Edge("draft", FIRST, why=True),
    ("second_review", "reject"): Edge("draft", SECOND, "", (FIRST,), why=True),
    ("second_review", "send_back"): Edge("first_review", SECOND, "", (FIRST,), why=True),
}
CHANGE = {**_REVIEW, ("second_review", "approve"): Edge("closed", SECOND, SECOND, (FIRST,))}
SUBSIDY = {
    **_REVIEW,
    ("first_review", "withdraw"): Edge("draft", EMPLOYEE),
    ("first_review", "refuse"): Edge("refused", FIRST, why=True),
    ("second_review", "refuse"): Edge("refused", SECOND, "", (FIRST,), why=True),
    ("second_review", "approve"): Edge("payable", SECOND, SECOND, (FIRST,)),
    ("payable", "batch"): Edge("batched", FINANCE, "batch_maker", _BOTH),
    ("batched", "unbatch"): Edge("payable", FINANCE),
    ("batched", "release"): Edge(
        "paying", FINANCE, "releaser", (*_BOTH, "batch_maker", "account_checker")
    ),
    ("paying", "paid"): Edge("closed", SYSTEM),
    ("paying", "bounce"): Edge("payable", SYSTEM),
    ("paying", "fail"): Edge("account_repair", SYSTEM),
    ("account_repair", "repair"): Edge("account_check", EMPLOYEE),
    ("account_check", "confirm_account"): Edge("payable", FINANCE, "account_checker", _BOTH),
    ("account_check", "reject_account"): Edge("account_repair", FINANCE, why=True),
    **{
        (state, "verify"): Edge(state, FINANCE, "", _BOTH)
        for state in (
            *("payable", "batched", "paying", "account_repair", "account_check", "closed"),
        )
    },
    **{
        (state, "verify_paid"): Edge("closed", FINANCE, "", _BOTH)
        for state in ("payable", "account_repair", "account_check")
    },
    ("closed", "verify_twice"): Edge("closed", FINANCE, "", _BOTH),
    ("closed", "verify_unpaid"): Edge("account_repair", FINANCE, "", _BOTH),
    ("closed", "verify_unpaid_other"): Edge("payable", FINANCE, "", _BOTH),
}
FOUND_OUT = {(state, action) for state, action in SUBSIDY if action.startswith("verify")}
"""What two people say of a payment after the bank said both; the tour goes there, chance hardly."""
ELSEWHERE = {"batch", "unbatch", "release", *(action for _, action in FOUND_OUT)}
"""What is no button of the desk."""
TABLES = {"change": CHANGE, "subsidy": SUBSIDY}
TOLD = {
    "change": {("reject", "draft"), ("approve", "closed")},
    "subsidy": {
        ("reject", "draft"),
        ("refuse", "refused"),
        ("fail", "account_repair"),
        ("reject_account", "account_repair"),
        ("paid", "closed"),
        ("verify_paid", "closed"),
        ("verify_unpaid", "account_repair"),
    },
}
"""Steps that are news to the employee, by where they lead."""
GIVEN_UP = {"deleted", "refused"}
DECIDED = {"payable", "batched", "paying", "account_repair", "account_check", "closed"}
OVER = {*GIVEN_UP, "closed"}


@dataclass
class Entry:
    """One case as it must be; amounts in 分, `year` is that of the stay."""

    kind: str
    owner: str
    state: str = "new"
    version: int = 0
    facts: dict[str, str] = field(default_factory=dict)
    invoice: str = ""
    year: int = 0
    approved: int = 0
    deducted: int = 0
    news: set[int] = field(default_factory=set)
    """Sequence numbers of the steps that the employee must hear of."""


class Book:
    """All cases, who has a lease on which until when, and which edges were tried."""

    def __init__(self) -> None:
        self.cases: dict[str, Entry] = {}
        self.leases: dict[str, tuple[str, float]] = {}
        self.operations: set[str] = set()
        self.gone: set[tuple[str, str, str]] = set()
        self.refused: set[tuple[str, str, str]] = set()

    def of(self, kind: str, *states: str) -> list[str]:
        found = self.cases.items()
        return [n for n, one in found if one.kind == kind and (not states or one.state in states)]

    def edge(self, number: str, action: str) -> Edge | None:
        one = self.cases[number]
        return TABLES[one.kind].get((one.state, action))

    def busy(self, number: str, who: str, now: float) -> bool:
        holder, until = self.leases.get(number, ("", 0.0))
        return holder not in ("", who) and until > now

    def leased(self, number: str, now: float) -> bool:
        return self.leases.get(number, ("", 0.0))[1] > now

    def allows(self, who: StaffPerson, number: str, action: str, now: float) -> bool:
        """Return whether a member of staff may take an action; the amount is looked at apart."""
        one, edge = self.cases[number], self.edge(number, action)
        return (
            edge is not None
            and edge.role in who.roles
            and "来宾市" in who.prefectures
            and who.member_id != one.owner
            and all(one.facts.get(fact) != who.account for fact in edge.others)
            and not self.busy(number, who.account, now)
        )

    def follow(self, number: str, events: Iterable[Event]) -> None:
        """Take in what happened to a case since, step by step; every step must be one of ours."""
        one = self.cases[number]
        for event in events:
            edge = TABLES[one.kind].get((one.state, event.action))
            assert edge is not None, f"{one.kind}: {event.action} in {one.state}"
            assert event.from_state == one.state
            assert event.to_state == edge.to
            assert event.seq == one.version + 1
            assert event.role == edge.role
            assert all(one.facts.get(fact) != event.actor for fact in edge.others), "four eyes"
            assert event.role != EMPLOYEE or event.actor == one.owner
            assert bool(event.reasons) or not edge.why
            assert event.operation not in self.operations, "one form, two steps"
            self.operations.add(event.operation)
            self.gone.add((one.kind, one.state, event.action))
            if edge.role in (*_BOTH, FINANCE) and event.action not in ELSEWHERE:
                self.leases.pop(number, None)
            if edge.notes:
                one.facts[edge.notes] = event.actor
            if (event.action, edge.to) in TOLD[one.kind]:
                one.news.add(event.seq)
            one.state, one.version = edge.to, event.seq

    def used(self, owner: str, year: int) -> tuple[int, int]:
        """Return what an employee was granted of a year, and what was deducted, in 分."""
        mine = [
            one
            for one in self.cases.values()
            if (one.kind, one.owner, one.year) == ("subsidy", owner, year) and one.state in DECIDED
        ]
        return sum(one.approved for one in mine), sum(one.deducted for one in mine)
