"""The ground of the model: a stage with everybody in it, and what must be true of it.

Every act is tried as it is, twice, or with the process killed somewhere in it and the same form
sent again; what the book said beforehand must be what comes of it.
"""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from chalicelib.casework import chain
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework
from chalicelib.changes.kind import KIND as CHANGE_KIND
from chalicelib.core.errors import AppError
from chalicelib.core.identity import DocType
from chalicelib.payout import worker
from chalicelib.store import digests, keys
from chalicelib.store.cases import LockItem
from chalicelib.store.deliveries import Channel, State
from chalicelib.store.messages import MessageItem
from chalicelib.store.payouts import HoldItem
from chalicelib.store.roster import RosterEntry
from chalicelib.store.uses import InvoiceItem
from chalicelib.subsidy.kind import KIND as SUBSIDY_KIND
from chalicelib.web.staff import StaffPerson
from tests.fakes.bank import Bank
from tests.fakes.cloud import REGION, Stage
from tests.fakes.light import lighten
from tests.fakes.payroom import QUEUE, PayRoom
from tests.fakes.people import LI, THIS_YEAR
from tests.fakes.pictures import open_bucket
from tests.fakes.pipes import Killed, Pipes, SleepyQueue
from tests.flows import claiming
from tests.flows.test_store_members import bind, identity_of
from tests.properties.model_book import GIVEN_UP, OVER, Book, Entry
from tests.unit.subsidy_examples import plan

LEASE_SECONDS = 15 * 60
SENIOR_ABOVE = 300_000
PLAN = plan(
    effective_from="2025-01-01",
    cap_per_claim="4,000.00",
    cap_per_year="9,000.00",
    senior_review_above="3,000.00",
    slots=[
        {"purpose": "invoice", "label": "票据", "hint": "清楚", "sample": "invoice", "step": "stay"}
    ],
)
POSTAL = "来宾市"
WAYS = ("once", "once", "once", "twice", "killed", "killed")


class Ground(PayRoom):
    """A stage with everybody in it; `truth` is what the bank did with each payment number."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.pipes = Pipes(stage)
        self.queue = SleepyQueue()
        queues = {**stage.world.overrides["_queues"], QUEUE: self.queue}
        stage.world = replace(stage.world, overrides={**stage.world.overrides, "_queues": queues})
        self.s3 = open_bucket(stage)
        self.bank = Bank()
        register(CHANGE_KIND)
        register(SUBSIDY_KIND)
        claiming.publish(stage, PLAN)
        lighten()
        self.tables = dynamodb_backends["123456789012"][REGION].tables
        self.casework = Casework(stage.world)
        self.book = Book()
        self.members = [self._employee(index) for index in range(3)]
        self.staff = {one.account: one for one in self._staff()}
        self.truth: dict[str, tuple[str, str]] = {}
        self.batches: list[str] = []
        self.lied: set[str] = set()
        self.doubted: set[str] = set()
        self.pressed: list[tuple[str, Callable[[], Any]]] = []
        self.kills = 0
        self.cards = 10**8

    # ---- people ----

    def _employee(self, index: int) -> str:
        paper = {"doc_type": "passport", "doc_number": f"E0000000{index}"}
        someone = replace(LI, phone=f"1380000000{index}", **paper)
        digest = digests.document(self.world.vault, DocType("passport"), paper["doc_number"])
        entry = RosterEntry(someone, (THIS_YEAR,), digest, f"content-{index}")
        member_id = self.world.roster.save_roster([entry])[0].member_id
        bind(self.stage, identity_of(self.stage, member_id), f"openid-{index}", f"b{index}")
        return member_id

    def _staff(self) -> list[StaffPerson]:
        first, second = Role.FIRST_REVIEWER, Role.SECOND_REVIEWER
        senior, finance = Role.SENIOR_REVIEWER, Role.FINANCE

        def one(account: str, *roles: Role, place: str = POSTAL, member: str = "") -> StaffPerson:
            return StaffPerson(account, account, frozenset(roles), frozenset([place]), member)

        return [
            one("anna", first),
            one("dora", first, second, senior, finance),
            one("bob", second, senior),
            one("beth", second),
            one("fay", finance),
            one("rex", finance),
            one("gus", finance),
            one("olga", first, second, finance, member=self.members[1]),
            one("nora", first, second, senior, finance, place="南宁市"),
        ]

    def now(self) -> float:
        return self.stage.clock.now().timestamp()

    def press(self, act: Callable[[], Any], how: str, dice: Random) -> Any:
        """Do what a form does; a killed process means the same form again."""
        if how == "killed":
            self._killed(act, dice.randrange(12))
        try:
            came = act()
        except AppError as refusal:
            return refusal
        if how == "twice":
            act()
        return came

    def _killed(self, act: Callable[[], Any], after: int) -> bool:
        """Run until the process is killed at one of its calls; tells whether it was."""
        fuse = self.pipes.fuse
        fuse.burns_at = len(fuse.passed) + after
        try:
            act()
        except Killed:
            self.kills += 1
            return True
        except AppError:
            return False
        finally:
            fuse.burns_at = None
        return False

    def hold(self, came: Any, *about: Any, as_expected: bool) -> None:
        """Assert that an act came out as the book said, and take in what it did."""
        assert as_expected != isinstance(came, AppError), (as_expected, came, *about)
        self.check()

    # ---- what must be true ----

    def check(self) -> None:
        """Take in what happened; assert what is true after every step."""
        touched = set()
        for number, one in self.book.cases.items():
            if self._version(number) == one.version:
                continue
            case, history = self.casework.story(number)
            self.book.follow(number, history[one.version :])
            assert chain.broken_at(history) is None
            last = history[-1]
            assert (case.version, case.state, case.head) == (one.version, one.state, last.hash)
            assert dict(case.facts) == one.facts
            assert chain.data_digest(case.data, case.documents) == last.data_digest
            touched.add(one.owner)
        for owner in touched:
            self._holds(owner)
        for number in self.book.of("subsidy"):
            paid = self.bank_paid(number, self.truth)
            assert paid in ([], [self.book.cases[number].approved])

    def _holds(self, owner: str) -> None:
        """Assert an employee's year counters, invoices and open requests."""
        for year in (2025, 2026):
            item = claiming.year(self.stage, owner, year)
            had = (int(item.used or 0), int(item.deducted or 0)) if item else (0, 0)
            assert had == self.book.used(owner, year)
            assert had[0] <= PLAN.cap_per_year
        mine = [(n, one) for n, one in self.book.cases.items() if one.owner == owner]
        busy = [n for n, one in mine if one.kind == "change" and one.state not in OVER]
        found = [lock.number for lock in LockItem.query(keys.open_case("change", owner))]
        assert found == busy
        for number, one in mine:
            if one.kind == "subsidy":
                digest = self.casework.read(number).data["invoice"]
                held = [item.number for item in InvoiceItem.query(keys.invoice(digest))]
                live = one.state not in GIVEN_UP
                assert held == [number] if live else number not in held

    def _version(self, number: str) -> int:
        """Look into moto's table: an invariant that is asked ten thousand times must be cheap."""
        rows = self.tables["mutual-aid-local-cases"].items
        row = next(items for pk, items in rows.items() if _text(pk) == keys.case(number))
        item = next(item for sk, item in row.items() if _text(sk) == keys.CASE)
        return int(item.attrs["version"].value)

    def finish(self) -> None:
        """Let the platform come to rest; then nothing is lost, nothing doubled, nothing wrong."""
        self.stage.clock.forward(minutes=20)
        worker.reconcile(self.world)
        self.work()
        self.check()
        self.pipes.relay()
        self.pipes.drain()
        assert self.pipes.stream() == []
        self.stage.clock.forward(minutes=30)
        lies = {where for where, what in self.examined() if "also said" in what}
        others = [
            found
            for found in self.examined()
            if "also said" not in found[1] and not self._excused(*found)
        ]
        assert others == []
        assert lies <= self.lied
        for number, one in self.book.cases.items():
            self._told(number, one)
        for owner in self.members:
            self._holds(owner)
            mine = [one for one in self.book.cases.values() if one.owner == owner]
            inbox = MessageItem.count(
                keys.member(owner), MessageItem.sk.startswith(keys.message(""))
            )
            assert inbox == sum(len(one.news) for one in mine)

    def _told(self, number: str, one: Entry) -> None:
        sms = [sent.reference for sent in self.stage.sms.sent]
        templates = [sent["reference"] for sent in self.stage.wechat.templates]
        for seq in range(1, one.version + 1):
            ledger, reference = self.world.deliveries.of_event(number, seq), f"{number}-{seq}"
            assert bool(ledger) == (seq in one.news)
            for channel, found in ((Channel.SMS, sms), (Channel.TEMPLATE, templates)):
                times = found.count(reference)
                if seq not in one.news:
                    assert times == 0
                elif ledger[channel].state is State.UNKNOWN:
                    assert times <= 1
                    assert channel.value in self.doubted
                else:
                    assert times == 1, (channel, ledger[channel])

    def _excused(self, where: str, what: str) -> bool:
        """Tell whether a finding is what it should be: a person is asked to look."""
        if "nobody knows whether" in what:
            return any(f", {channel}:" in what for channel in self.doubted)
        return "needs a person" in what and bool(self.lied)

    def held(self, number: str) -> bool:
        return bool([*HoldItem.query(keys.hold(number))])


def _text(key: Any) -> str:
    return str(getattr(key, "value", key))
