"""Whatever one person's applications go through, the year has had what was approved, no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from chalicelib.casework.case import Case, Reason
from chalicelib.casework.kind import register
from chalicelib.casework.service import Casework
from chalicelib.core.errors import Conflict, Refused
from chalicelib.core.identity import DocType
from chalicelib.core.money import yuan
from chalicelib.store import digests, keys
from chalicelib.store.roster import RosterEntry
from chalicelib.store.uses import InvoiceItem
from chalicelib.subsidy import record, service
from chalicelib.subsidy.benefit import Year, estimate
from chalicelib.subsidy.draft import Typed
from chalicelib.subsidy.kind import KIND, NAME
from tests.fakes.cloud import Stage, make_stage
from tests.fakes.people import LI, THIS_YEAR
from tests.flows import claiming
from tests.flows.claiming import FINANCE, FIRST, RELEASER, SENIOR, SYSTEM, TYPED, asking
from tests.unit.subsidy_examples import plan

ONE_SLOT = {"purpose": "invoice", "label": "票据", "hint": "清楚", "sample": "invoice"}
TIGHT = plan(
    effective_from="2025-01-01",
    cap_per_claim="4,000.00",
    cap_per_year="9,000.00",
    slots=[{**ONE_SLOT, "step": "stay"}],
)
WHY = (Reason("R05", "", ""),)
DECIDED = {"payable", "batched", "paying", "account_repair", "account_check", "closed"}
GIVEN_UP = {"deleted", "refused"}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with mock_aws():
        made = make_stage()
        register(KIND)
        claiming.publish(made, TIGHT)
        yield made


class Walk:
    """One person, and what may happen to their applications."""

    def __init__(self, stage: Stage, dice: Random) -> None:
        self.stage, self.dice = stage, dice
        number = f"E{dice.randrange(10**8):08d}"
        someone = RosterEntry(
            LI,
            (THIS_YEAR,),
            digests.document(stage.world.vault, DocType("passport"), number),
            stage.ids.token(),
        )
        self.member_id = stage.world.roster.save_roster([someone])[0].member_id
        self.casework = Casework(stage.world)
        self.settled: dict[str, dict[str, object]] = {}

    def cases(self, *states: str) -> list[Case]:
        owned = self.casework.owned(self.member_id, NAME)
        return [case for case in owned if case.state in states]

    def step(self) -> None:
        moves: list[tuple[Callable[[Case], object], tuple[str, ...]]] = [
            (self.withdraw, ("first_review",)),
            (self.reject, ("first_review", "second_review")),
            (self.refuse, ("first_review", "second_review")),
            (self.resubmit, ("draft",)),
            (self.delete, ("draft",)),
            (self.approve, ("first_review", "second_review")),
            (self.approve, ("first_review", "second_review")),
            (self.approve, ("second_review",)),
            (self.look, ("second_review",)),
            (self.decide_late, ("second_review",)),
            (self.pay, ("payable",)),
            (self.repair, ("account_repair",)),
        ]
        move, states = self.dice.choice(moves)
        found = self.cases(*states)
        if not found or self.dice.random() < 0.2:
            self.claim()
        else:
            move(self.dice.choice(found))

    def claim(self) -> None:
        if len(self.casework.owned(self.member_id, NAME)) < 8:
            number = claiming.begin(self.stage, self.member_id)
            self.write(number)
            account = {**claiming.ACCOUNT, "agree": "1"}
            claiming.save(self.stage, self.member_id, number, "account", account)
            claiming.send(self.stage, self.member_id, number)

    def write(self, number: str) -> None:
        day = f"{self.dice.choice((2025, 2026, 2026))}-0{self.dice.randint(1, 9)}-11"
        stay = {
            **TYPED,
            "admission": day,
            "discharge": day,
            "settled": day,
            "total": yuan(self.dice.choice([1, 50_000, 100_000, 500_000, 2_000_000])),
            "invoice_number": f"{number[-8:]}{self.dice.randint(0, 1)}",
        }
        photo = claiming.picture(self.stage, self.member_id, "invoice")
        self.stage.clock.forward(minutes=30)
        claiming.save(self.stage, self.member_id, number, "stay", stay, {"invoice": [photo]})

    def withdraw(self, case: Case) -> None:
        try:
            service.withdraw(
                asking(self.stage, self.member_id, case.number), case.number, self.stage.ids.token()
            )
        except Refused:
            assert "first_reviewer" in case.facts

    def reject(self, case: Case) -> None:
        actor = FIRST if case.state == "first_review" else SENIOR
        claiming.take(self.stage, case, "reject", actor, WHY)

    def refuse(self, case: Case) -> None:
        actor = FIRST if case.state == "first_review" else SENIOR
        claiming.take(self.stage, case, "refuse", actor, WHY)

    def resubmit(self, case: Case) -> None:
        if self.dice.random() < 0.7:
            self.write(case.number)
        claiming.send(self.stage, self.member_id, case.number)

    def delete(self, case: Case) -> None:
        visit = asking(self.stage, self.member_id, case.number)
        service.delete(visit, case.number, self.stage.ids.token())

    def approve(self, case: Case) -> None:
        actor = FIRST if case.state == "first_review" else SENIOR
        whole = self.amount(case)
        if not whole:
            return
        lower = self.dice.choice([whole, whole, max(1, whole // 2)])
        reason = "核减目录外药品"
        claiming.approve(self.stage, case, actor, amount=yuan(lower), amount_reason=reason)

    def amount(self, case: Case) -> int:
        """What the case would get now."""
        stay = record.latest(self.stage.world.vault, case).stay
        item = claiming.year(self.stage, self.member_id, stay.year)
        year = record.year(case)
        used, deducted = (item.used or 0, item.deducted or 0) if item else (0, 0)
        now = Year(int(used), int(deducted), year.shares)
        return estimate(TIGHT, stay, now).amount_fen

    def look(self, case: Case) -> None:
        """Settle an amount, and decide by it later."""
        assert KIND.settle is not None
        if whole := self.amount(case):
            typed = {"amount": yuan(whole), "amount_reason": ""}
            settled = KIND.settle(self.stage.world, case, SENIOR, "approve", typed)
            self.settled[f"{case.number}.{case.version}"] = dict(settled.data) if settled else {}

    def decide_late(self, case: Case) -> None:
        data = self.settled.get(f"{case.number}.{case.version}")
        if data is None:
            return
        then = data["year"]
        assert isinstance(then, dict)
        item = claiming.year(self.stage, self.member_id, then["year"])
        assert item is not None
        moved = (item.used or 0, item.deducted or 0) != (then["used"], then["deducted"])
        try:
            claiming.take(self.stage, case, "approve", SENIOR, data=data)
        except Conflict:
            assert moved
        else:
            assert not moved

    def pay(self, case: Case) -> None:
        claiming.take(self.stage, case, "batch", FINANCE)
        claiming.take(self.stage, case, "release", RELEASER)
        end = self.dice.choice(["paid", "fail", "bounce"])
        failure = (Reason("F01", "", ""),) if end == "fail" else ()
        claiming.take(self.stage, case, end, SYSTEM, failure)

    def repair(self, case: Case) -> None:
        typed = Typed({"account": f"{self.dice.randrange(10**15):016d}"}, {}, str(case.version))
        visit = asking(self.stage, self.member_id, case.number)
        mended = service.repair(visit, case, typed, self.stage.ids.token())
        claiming.take(self.stage, mended, "confirm_account", FINANCE)

    def right(self) -> None:
        """Assert what is true whatever happened."""
        cases = self.casework.owned(self.member_id, NAME)
        for number in (2025, 2026):
            of_year = [case for case in cases if case.data["year"]["year"] == number]
            decided = [
                record.statement(self.stage.world.vault, case)
                for case in of_year
                if case.state in DECIDED
            ]
            item = claiming.year(self.stage, self.member_id, number)
            used, deducted = (int(item.used or 0), int(item.deducted or 0)) if item else (0, 0)
            assert used == sum(statement.amount_fen for statement in decided)
            assert deducted == sum(statement.deducted_fen for statement in decided)
            assert used <= TIGHT.cap_per_year
            assert deducted <= TIGHT.deductible_per_year
            held = {case.number for case in of_year if case.state not in GIVEN_UP}
            assert set(item.stays if item else ()) == held
        for case in cases:
            lock = list(InvoiceItem.query(keys.invoice(case.data["invoice"])))
            expected = [] if case.state in GIVEN_UP else [case.number]
            assert [item.number for item in lock] == expected


@settings(max_examples=3, phases=[Phase.generate])
@given(st.integers(0, 10**9))
def test_a_random_walk(stage: Stage, seed: int) -> None:
    walk = Walk(stage, Random(seed))
    for _ in range(5):
        for _ in range(6):
            walk.step()
        walk.right()
