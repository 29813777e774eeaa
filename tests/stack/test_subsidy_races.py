"""Two at once on invoices, years and drafts, on the stage's own tables.

Racers and laps are those of `test_races`: in every other lap both have read before either writes.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.casework.case import Actor, Case, Reason
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.core.errors import AppError, Conflict, Refused
from chalicelib.store import keys
from chalicelib.store.documents import CLEAN, StoredDocument
from chalicelib.store.plans import PlanBook
from chalicelib.store.tables import Item, Key, read_together
from chalicelib.store.uses import InvoiceItem, invoice_digest
from chalicelib.store.years import YearItem
from chalicelib.subsidy import drafts, record, service
from chalicelib.subsidy.draft import Typed
from chalicelib.subsidy.kind import KIND
from chalicelib.web.visit import Member
from chalicelib.world import World
from tests import figures
from tests.stack.deployed import hire, member
from tests.stack.test_races import Act, Track, one_won, somebody
from tests.stage import Running
from tests.unit.subsidy_examples import TYPED, plan

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("cases")]

LAPS = 16
YEAR = 2024
# a year that no other test of the stage has anything to do with
RACE = plan(
    id="race",
    effective_from="2024-01-01",
    effective_to="2024-12-31",
    cap_per_claim="5,000.00",
    cap_per_year="8,000.00",
    slots=[
        {
            "step": "stay",
            "purpose": "invoice",
            "label": "票据",
            "hint": "清楚",
            "sample": "invoice",
        }
    ],
)
STAY = {**TYPED, "admission": "2024-03-01", "discharge": "2024-03-09", "settled": "2024-03-09"}
ANNA, BOB = Actor(Role.FIRST_REVIEWER, "anna"), Actor(Role.SECOND_REVIEWER, "bob", senior=True)


@dataclass
class Asking:
    """A request as rooms see it."""

    world: World
    person: Member
    found: dict[Key, Item] = field(default_factory=dict)


@pytest.fixture(scope="module")
def track(running: Running) -> Iterator[Track]:
    with ThreadPoolExecutor(2) as pool:
        made = Track(running, pool)
        register(KIND)
        publish(made.world)
        yield made


@pytest.fixture
def employee(track: Track) -> str:
    return hire(track.world, somebody(phone=""))[0]


def publish(world: World) -> None:
    plans = PlanBook(world.database)
    for _ in range(5):
        seen, known = plans.read()
        if any(dump["id"] == RACE.id for dump in known):
            return
        try:
            dump, now = RACE.model_dump(mode="json"), world.clock.now()
            plans.publish(RACE.version, dump, seen=seen, account="test", at=now)
        except Conflict:
            continue


def asking(world: World, member_id: str, number: str = "") -> Any:
    found = read_together(world.database, drafts.also({"number": number}, member_id))
    return Asking(world, member(world, member_id), found)


def picture(world: World, member_id: str) -> str:
    document = StoredDocument(keys.member(member_id), keys.document(uuid4().hex))
    document.purpose, document.state = "invoice", CLEAN
    document.created_at = world.clock.now()
    document.width, document.height, document.size, document.sha256 = 800, 500, 1000, "0" * 64
    document.key = document.thumbnail_key = "documents/none.jpg"
    document.version = document.thumbnail_version = "1"
    document.expires_at = int(world.clock.now().timestamp()) + 3600
    document.save()
    return document.sk.removeprefix(keys.DOCUMENT_PREFIX)


def begun(track: Track, member_id: str) -> str:
    someone = member(track.world, member_id)
    return drafts.begin(track.world, someone, agreed=True, operation=uuid4().hex)


def save(world: World, member_id: str, number: str, step: str, **typed: Any) -> None:
    visit = asking(world, member_id, number)
    draft = drafts.read(visit, number)
    documents = {"invoice": typed.pop("pictures")} if "pictures" in typed else {}
    drafts.save(visit, draft, step, Typed(typed, documents, str(draft.version)))


def written(track: Track, member_id: str, invoice: str) -> str:
    """Write an application that can be submitted."""
    world, number = track.world, begun(track, member_id)
    stay = {**STAY, "invoice_number": invoice}
    save(world, member_id, number, "stay", **stay, pictures=[picture(world, member_id)])
    account = {"bank": "中国工商银行", "branch": "忻城县支行", "account": "6225881414207430"}
    save(world, member_id, number, "account", **account, agree="1")
    return number


def submitting(member_id: str, number: str, operation: str = "") -> Act:
    """Return what the button of the last page does."""
    operation = operation or uuid4().hex
    return lambda world: service.submit_once(asking(world, member_id, number), number, operation)


def approving(case: Case, actor: Actor) -> Act:
    """Return what a reviewer's button does: make the amount anew, and decide by it."""

    def act(world: World) -> Case:
        assert KIND.settle is not None
        stay = record.latest(world.vault, case).stay
        key = (YearItem, keys.member(case.member_id), keys.year(stay.year))
        found = read_together(world.database, [key]).get(key)
        used = int(found.used or 0) if isinstance(found, YearItem) else 0
        left = min(RACE.cap_per_claim, RACE.cap_per_year - used)
        typed = {"amount": f"{left / 100:.2f}", "amount_reason": "按剩余额度核定"}
        settled = KIND.settle(world, case, actor, "approve", typed)
        step = Step("approve", actor, uuid4().hex, data=settled.data if settled else None)
        return Casework(world).advance(case, step, version=case.version)

    return act


def held(world: World, invoice: str) -> list[str]:
    digest = invoice_digest(world.vault, STAY["invoice_code"], invoice)
    return [i.number for i in InvoiceItem.query(keys.invoice(digest), consistent_read=True)]


def given_up(track: Track, case: Case) -> None:
    step = Step("refuse", ANNA, uuid4().hex, reasons=(Reason("R05", "", ""),))
    track.casework.apply(case.number, step)


@pytest.mark.parametrize("people", [1, 2])
def test_one_invoice_in_two_applications_at_once(track: Track, people: int) -> None:
    everybody = hire(track.world, *(somebody(phone="") for _ in range(people)))
    winners = set()
    for lap in range(LAPS):
        invoice = f"{uuid4().int % 10**10:010d}"
        pair = [(who, written(track, who, invoice)) for who in (everybody[0], everybody[-1])]
        outcomes = track.race(lap, *(submitting(who, number) for who, number in pair))
        won = one_won(outcomes)
        told = next(o for o in outcomes if isinstance(o, AppError))
        assert isinstance(told, Refused)
        assert set(told.errors) == {"invoice_number"}
        assert held(track.world, invoice) == [won.number]
        lost = next(pair[i] for i in range(2) if outcomes[i] is told)
        assert drafts.read(asking(track.world, *lost), lost[1]).fields["hospital"]
        service.delete(asking(track.world, *lost), lost[1], uuid4().hex)
        given_up(track, won)
        assert held(track.world, invoice) == []
        winners.add(outcomes.index(won))
    assert winners == {0, 1}, "both sides were first at times"


def test_the_same_form_twice_is_one_application(track: Track, employee: str) -> None:
    for lap in range(LAPS):
        number = written(track, employee, f"{uuid4().int % 10**10:010d}")
        act = submitting(employee, number, uuid4().hex)
        first, second = track.race(lap, act, act)
        assert isinstance(first, Case), first
        assert isinstance(second, Case), second
        assert (first.number, second.number) == (number, number)
        assert track.whole(number).version == 1
        given_up(track, first)


def test_two_second_approvals_of_one_person_at_once(track: Track) -> None:
    for lap in range(LAPS):
        (employee,) = hire(track.world, somebody(phone=""))
        cases = []
        for _ in range(2):
            number = written(track, employee, f"{uuid4().int % 10**10:010d}")
            submitted = submitting(employee, number)(track.world)
            cases.append(approving(submitted, ANNA)(track.world))
        outcomes = track.race(lap, *(approving(case, BOB) for case in cases))
        late = [o for o in outcomes if isinstance(o, AppError)]
        if lap % 2:
            one_won(outcomes)
        for case in cases:
            now = track.casework.read(case.number)
            if now.state == "second_review":
                assert late
                approving(now, BOB)(track.world)
        done = [track.whole(case.number) for case in cases]
        assert [case.state for case in done] == ["payable", "payable"]
        amounts = [record.statement(track.world.vault, case).amount_fen for case in done]
        assert sorted(amounts) == [300_000, 500_000]
        year = YearItem.get(keys.member(employee), keys.year(YEAR), consistent_read=True)
        assert year.used == RACE.cap_per_year
        assert year.deducted == RACE.deductible_per_year


def test_taking_back_against_the_first_review(track: Track, employee: str) -> None:
    ends = set()
    for lap in range(LAPS):
        number = written(track, employee, f"{uuid4().int % 10**10:010d}")
        case = submitting(employee, number)(track.world)

        def withdraw(world: World, number: str = number) -> Case:
            return service.withdraw(asking(world, employee, number), number, uuid4().hex)

        won = one_won(track.race(lap, withdraw, approving(case, ANNA)))
        now = track.whole(number)
        assert (now.version, now.head) == (2, won.head)
        ends.add(now.state)
        if now.state == "draft":
            service.delete(asking(track.world, employee, number), number, uuid4().hex)
    assert ends == {"draft", "second_review"}, "both sides were first at times"


def test_taking_back_against_the_lease(track: Track, employee: str) -> None:
    """Who begins to work on a case and who takes it back: one of both, never both."""
    ends = set()
    for lap in range(20):
        number = written(track, employee, f"{uuid4().int % 10**10:010d}")
        submitting(employee, number)(track.world)

        def withdraw(world: World, number: str = number) -> Case:
            return service.withdraw(asking(world, employee, number), number, uuid4().hex)

        def claim(world: World, number: str = number) -> bool:
            return Casework(world).lease(number, "anna")

        back, leased = track.race(lap, withdraw, claim)
        now = track.whole(number)
        if isinstance(back, AppError):
            assert isinstance(back, Refused | Conflict), back
            assert leased is True
            assert now.state == "first_review"
            given_up(track, now)
        else:
            # a lease on what was taken back keeps nobody from anything
            assert now.state == "draft"
            service.delete(asking(track.world, employee, number), number, uuid4().hex)
        ends.add(now.state)
    figures.note("races: withdraw against claim, rounds", 20)
    assert ends == {"draft", "first_review"}, "both sides were first at times"


def test_two_pages_save_one_draft(track: Track, employee: str) -> None:
    number = begun(track, employee)
    for lap in range(LAPS):
        visit = asking(track.world, employee, number)
        draft = drafts.read(visit, number)

        def saving(text: str, old: drafts.Draft = draft) -> Act:
            typed = Typed({"department": text}, {}, str(old.version))
            return lambda world: drafts.save(asking(world, employee, number), old, "stay", typed)

        won = one_won(track.race(lap, saving(f"甲{lap}"), saving(f"乙{lap}")))
        now = drafts.read(asking(track.world, employee, number), number)
        assert (now.version, now.fields) == (draft.version + 1, won.fields)


def test_the_last_free_draft_is_begun_once(track: Track, employee: str) -> None:
    kept = [begun(track, employee) for _ in range(drafts.AT_MOST - 1)]
    for lap in range(LAPS):
        someone = member(track.world, employee)

        def begin(world: World, who: Member = someone) -> str:
            return drafts.begin(world, who, agreed=True, operation=uuid4().hex)

        won = one_won(track.race(lap, begin, begin))
        service.delete(asking(track.world, employee, won), won, uuid4().hex)
    assert len(kept) == drafts.AT_MOST - 1
