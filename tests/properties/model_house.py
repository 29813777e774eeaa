"""What employees and reviewers do in the model: the whole house."""

from collections.abc import Callable
from random import Random
from typing import Any

from chalicelib.casework.case import Actor, Case, Reason
from chalicelib.casework.kind import kind_of
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Step
from chalicelib.changes import service as changes
from chalicelib.changes.service import Submission
from chalicelib.core.errors import Refused
from chalicelib.core.money import yuan
from chalicelib.staff import decisions
from chalicelib.subsidy import record, service
from chalicelib.subsidy.benefit import Year, estimate
from chalicelib.subsidy.draft import Typed
from chalicelib.web.staff import StaffPerson
from tests.flows import changing, claiming
from tests.properties.model_book import GIVEN_UP, OVER, TABLES, Entry
from tests.properties.model_ground import LEASE_SECONDS, PLAN, POSTAL, SENIOR_ABOVE
from tests.properties.model_platform import Platform


class House(Platform):
    """Everybody at once."""

    # ---- employees ----

    def ask_change(self, owner: str, how: str, dice: Random) -> None:
        self.stage.clock.forward(minutes=20)
        someone = claiming.member(self.stage, owner)
        sent = Submission(self._card(), [changing.picture(self.stage, owner)], self.op())
        free = not [
            n
            for n in self.book.of("change")
            if self.book.cases[n].owner == owner and self.book.cases[n].state not in OVER
        ]
        came = self.press(lambda: changes.submit(self.world, someone, sent), how, dice)
        if isinstance(came, Case):
            self.book.cases[came.number] = Entry("change", owner)
        self.hold(came, "change", as_expected=free)

    def ask_change_again(self, number: str, how: str, dice: Random) -> None:
        one, case = self.book.cases[number], self.casework.read(number)
        stale = dice.random() < 0.1
        fields = {**self._card(), "version": str(one.version - stale)}
        sent = Submission(fields, case.documents, self.op())
        someone = claiming.member(self.stage, one.owner)
        came = self.press(lambda: changes.resubmit(self.world, someone, number, sent), how, dice)
        self.hold(came, "again", as_expected=one.state == "draft" and not stale)

    def drop(self, number: str, how: str, dice: Random) -> None:
        """Delete what came back."""
        one, operation = self.book.cases[number], self.op()
        expected = one.state == "draft"

        def act() -> None:
            if one.kind == "change":
                person = claiming.member(self.stage, one.owner)
                changes.delete(self.world, person, number, operation)
            else:
                visit = claiming.asking(self.stage, one.owner, number)
                service.delete(visit, number, operation)

        self.hold(self.press(act, how, dice), "delete", one, as_expected=expected)

    def claim(self, owner: str, invoice: str, how: str, dice: Random) -> None:
        """Write and submit an application; one that is refused is thrown away."""
        number = claiming.begin(self.stage, owner)
        year = self._stay(owner, number, invoice, dice)
        account = {**claiming.ACCOUNT, "agree": "1"}
        claiming.save(self.stage, owner, number, "account", account)
        came = self._send(owner, number, how, dice)
        if isinstance(came, Case):
            self.book.cases[number] = Entry("subsidy", owner, invoice=invoice, year=year)
        else:
            visit = claiming.asking(self.stage, owner, number)
            service.delete(visit, number, self.op())
        self.hold(came, "claim", as_expected=not self._taken(invoice, number))

    def claim_again(self, number: str, invoice: str, how: str, dice: Random) -> None:
        one = self.book.cases[number]
        expected = one.state == "draft" and not self._taken(invoice, number)
        year = self._stay(one.owner, number, invoice, dice) if one.state == "draft" else 0
        came = self._send(one.owner, number, how, dice)
        if expected:
            one.invoice, one.year = invoice, year
        self.hold(came, "claim again", as_expected=expected)

    def withdraw(self, number: str, how: str, dice: Random) -> None:
        one, operation = self.book.cases[number], self.op()
        leased = self.book.leased(number, self.now())
        expected = one.state == "first_review" and "first_reviewer" not in one.facts and not leased

        def act() -> Case:
            visit = claiming.asking(self.stage, one.owner, number)
            return service.withdraw(visit, number, operation)

        self.hold(self.press(act, how, dice), "withdraw", one, as_expected=expected)

    def repair(self, number: str, how: str, dice: Random) -> None:
        one, operation = self.book.cases[number], self.op()
        account = f"{dice.randrange(10**15):016d}"
        version = str(self.casework.read(number).version - (dice.random() < 0.1))
        expected = one.state == "account_repair" and version == str(one.version)
        typed = Typed({"account": account}, {}, version)

        def act() -> Case:
            visit = claiming.asking(self.stage, one.owner, number)
            return service.repair(visit, service.own_case(visit, number), typed, operation)

        self.hold(self.press(act, how, dice), "repair", one, as_expected=expected)

    def meddle(self, number: str, action: str) -> None:
        """Let another employee take an employee's step."""
        owner = self.book.cases[number].owner
        other = next(one for one in self.members if one != owner)
        visit = claiming.asking(self.stage, other, number)

        def act() -> Any:
            if self.book.cases[number].kind == "change":
                return changes.delete(self.world, visit.person, number, self.op())
            if action == "repair":
                case = service.own_case(visit, number)
                return service.repair(visit, case, Typed({}, {}, "1"), self.op())
            return getattr(service, action)(visit, number, self.op())

        self.hold(self.press(act, "once", Random(0)), "another's", action, as_expected=False)

    def _stay(self, owner: str, number: str, invoice: str, dice: Random) -> int:
        year = dice.choice((2025, 2026, 2026))
        day = f"{year}-0{dice.randint(1, 9)}-11"
        stay = {
            **claiming.TYPED,
            "admission": day,
            "discharge": day,
            "settled": day,
            "total": yuan(dice.choice([1, 50_000, 100_000, 500_000, 1_200_000, 2_000_000])),
            "invoice_number": invoice,
        }
        photo = claiming.picture(self.stage, owner, "invoice")
        self.stage.clock.forward(minutes=30)
        claiming.save(self.stage, owner, number, "stay", stay, {"invoice": [photo]})
        return year

    def _send(self, owner: str, number: str, how: str, dice: Random) -> Any:
        operation = self.op()
        act = lambda: claiming.send(self.stage, owner, number, operation)  # noqa: E731
        return self.press(act, how, dice)

    def _taken(self, invoice: str, number: str) -> bool:
        others = [n for n in self.book.of("subsidy") if n != number]
        live = [
            one for one in map(self.book.cases.get, others) if one and one.state not in GIVEN_UP
        ]
        return any(one.invoice == invoice for one in live)

    def _card(self) -> dict[str, str]:
        self.cards += 1
        return {"social_card": str(self.cards), "agree": "1"}

    # ---- staff ----

    def decide(self, who: StaffPerson, number: str, action: str, how: str, dice: Random) -> None:
        """Press a reviewer's button, sometimes on a page that is out of date."""
        one = self.book.cases[number]
        stale, reasons = dice.random() < 0.08, dice.random() < 0.92
        fields = {"action": action, "version": str(one.version - stale)}
        if reasons:
            fields["code_1"] = "R08"
        amount = self._amount(number, action, dice)
        fields |= {"ask_amount": yuan(amount[1]), "ask_amount_reason": "核减目录外药品"}
        edge = self.book.edge(number, action)
        expected = (
            self.book.allows(who, number, action, self.now())
            and edge is not None
            and not stale
            and (reasons or not edge.why)
            and self._payable(who, one, action, amount)
        )
        operation = self.op()

        def act() -> Case:
            return decisions.take(self.world, who, number, fields, operation)

        came = self.press(act, how, dice)
        if isinstance(came, Case) and came.state == "payable" and action == "approve":
            one.approved = amount[1]
            one.deducted = record.statement(self.world.vault, came).deducted_fen
        if isinstance(came, Case):  # what was refused may be right on another day
            self.pressed.append((number, act))
        self.hold(came, who.account, action, one, amount, as_expected=expected)

    def press_again(self, number: str, act: Callable[[], Any]) -> None:
        """Send an old form once more: nothing may change."""
        before = self.book.cases[number].version
        self.press(act, "once", Random(0))
        self.check()
        assert self.book.cases[number].version == before, "an old form did something"

    def look(self, who: StaffPerson, number: str) -> None:
        """Take the lease, as opening a case to work on it does."""
        now = self.now()
        free = not self.book.busy(number, who.account, now)
        assert self.casework.lease(number, who.account) == free
        if free:
            self.book.leases[number] = (who.account, int(now) + LEASE_SECONDS)

    def leave(self, who: StaffPerson, number: str) -> None:
        self.casework.release(number, who.account)
        if self.book.leases.get(number, ("", 0))[0] == who.account:
            del self.book.leases[number]

    def wrong_buttons(self, number: str) -> None:
        """Try every action that the state does not have, as whoever it belongs to elsewhere."""
        one = self.book.cases[number]
        actions = {action for _, action in TABLES[one.kind]}
        for action in sorted(actions):
            if (one.state, action) in TABLES[one.kind]:
                continue
            step = Step(action, self._actor(one, action), self.op(), reasons=(Reason("R08"),))
            try:
                self.casework.apply(number, step)
            except Refused:
                self.book.refused.add((one.kind, one.state, action))
            else:
                raise AssertionError(f"{action} in {one.state}")
        self.check()

    def wrong_beginnings(self) -> None:
        """Try to open a case by anything but a submission."""
        for kind, table in TABLES.items():
            for action in sorted({action for _, action in table} - {"submit"}):
                step = Step(action, self._actor(Entry(kind, self.members[0]), action), self.op())
                try:
                    self.casework.open(kind_of(kind), self.members[0], POSTAL, step)
                except Refused:
                    self.book.refused.add((kind, "new", action))
                else:
                    raise AssertionError(f"opened by {action}")

    def wrong_people(self, number: str, who: StaffPerson) -> None:
        """Try each action of a state as somebody who may not take it, past the desk."""
        one = self.book.cases[number]
        for state, action in list(TABLES[one.kind]):
            edge = TABLES[one.kind][state, action]
            if state != one.state or edge.role in ("employee", "system"):
                continue
            if self.book.allows(who, number, action, self.now()) or POSTAL not in who.prefectures:
                continue
            role = Role(edge.role) if edge.role in who.roles else min(who.roles)
            actor = Actor(role, who.account, who.member_id)
            step = Step(action, actor, self.op(), reasons=(Reason("R08"),))
            came = self.press(lambda step=step: self.casework.apply(number, step), "once", Random())
            self.hold(came, who.account, action, as_expected=False)

    def _actor(self, one: Entry, action: str) -> Actor:
        roles = [edge.role for (_, name), edge in TABLES[one.kind].items() if name == action]
        role = Role(roles[0])
        return Actor(role, one.owner if role is Role.EMPLOYEE else "zoe")

    def worth(self, number: str) -> int:
        """Return what the rules grant for a claim in review, in 分."""
        return self._amount(number, "approve", Random(0))[0]

    def _amount(self, number: str, action: str, dice: Random) -> tuple[int, int]:
        """Return what the rules grant now, and what a reviewer types."""
        one = self.book.cases[number]
        if one.kind != "subsidy" or action != "approve" or not one.state.endswith("_review"):
            return 0, 0
        case = self.casework.read(number)
        stay = record.latest(self.world.vault, case).stay
        used, deducted = self.book.used(one.owner, stay.year)
        year = Year(used, deducted, record.year(case).shares)
        whole = estimate(PLAN, stay, year).amount_fen
        return whole, dice.choice([whole, whole, whole, max(1, whole // 2), whole + 1])

    def _payable(self, who: StaffPerson, one: Entry, action: str, amount: tuple[int, int]) -> bool:
        whole, typed = amount
        if one.kind != "subsidy" or action != "approve":
            return True
        senior = Role.SENIOR_REVIEWER in who.roles
        enough = one.state == "first_review" or typed <= SENIOR_ABOVE or senior
        return 0 < typed <= whole and enough
