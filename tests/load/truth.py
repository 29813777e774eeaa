"""What people saw, held against what is there: nothing lost, nothing doubled.

Every history must be one that the second book allows (tests/properties/model_book.py). What was
confirmed to somebody is in it once; each piece of news went out once as a message and once as an
SMS; and the bank paid each closed case once, what was approved.
"""

from collections import Counter
from dataclasses import dataclass, field

from chalicelib.casework import chain
from chalicelib.casework.case import Case, Event
from chalicelib.casework.service import Casework
from chalicelib.store.messages import Messages
from chalicelib.subsidy import record
from infra import doctor
from infra.local.bank.counter import Ledger, Outcome
from infra.local.sms import GAP_SECONDS
from tests.load.employees import Employee
from tests.load.town import Town
from tests.properties.model_book import Book, Entry

RESTING = {"draft", "deleted", "refused", "closed", "account_repair"}


@dataclass
class Truth:
    """What was found; each finding is a line that says where."""

    cases: int = 0
    ended: int = 0
    steps: int = 0
    news: int = 0
    payments: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """Cases of which somebody was told."""
    delays: list[float] = field(default_factory=list)
    """Seconds from a step to the SMS that tells of it."""
    held: int = 0
    """How many SMS had to wait because the number had just got one: theirs are not in `delays`."""

    @property
    def bad(self) -> list[str]:
        """Everything that must not be."""
        return [*self.lost, *self.doubled, *self.wrong, *self.findings]


def cases_of(town: Town, people: list[Employee]) -> list[Case]:
    casework = Casework(town.world)
    return [
        case
        for one in people
        for kind in ("change", "subsidy")
        for case in casework.owned(one.member_id, kind)
    ]


def resting(town: Town, people: list[Employee]) -> bool:
    """Tell whether nothing waits for staff any more."""
    return all(case.state in RESTING for case in cases_of(town, people))


def told(town: Town, people: list[Employee]) -> bool:
    """Tell whether everybody has heard of everything."""
    casework, book = Casework(town.world), Book()
    for case in cases_of(town, people):
        entry = _followed(book, case, casework.story(case.number)[1])
        if len(town.mail.about(case.number)) < len(entry.news):
            return False
    return True


def look(town: Town, people: list[Employee], *, whole: bool) -> Truth:
    """Look at everything; `whole` when the stage is ours alone and the doctor may see all of it."""
    truth, book, casework = Truth(), Book(), Casework(town.world)
    done: Counter[tuple[str, str]] = Counter()
    news: Counter[str] = Counter()
    paid = _paid(town)
    found = cases_of(town, people)
    for case in found:
        _, history = casework.story(case.number)
        try:
            entry = _followed(book, case, history)
            assert chain.broken_at(history) is None, "its history is broken"
            assert (case.version, case.state) == (entry.version, entry.state)
        except AssertionError as error:
            truth.wrong.append(f"{case.number}: {error}")
            continue
        done.update((event.actor, event.action) for event in history)
        news[case.member_id] += len(entry.news)
        truth.steps += len(history)
        _sms(truth, town, case, entry, history)
        money(truth, town, case, paid.get(case.number, []))
    _acts(truth, town, done)
    for one in people:
        _messages(truth, town, one.member_id, news[one.member_id])
    truth.cases, truth.news = len(found), sum(news.values())
    truth.ended = sum(case.state in ("closed", "refused", "deleted") for case in found)
    ours = {case.number for case in found}
    doctor.know_kinds(town.running.cloud)
    _, said = doctor.examine(town.world.database.use(), town.world.clock.now())
    truth.findings = [f"{one.where}: {one.what}" for one in said if whole or one.where in ours]
    return truth


def _followed(book: Book, case: Case, history: list[Event]) -> Entry:
    entry = book.cases[case.number] = Entry(case.kind, case.member_id)
    book.follow(case.number, history)
    return entry


def _acts(truth: Truth, town: Town, done: Counter[tuple[str, str]]) -> None:
    """A confirmed act is there; none is there that nobody pressed."""
    people = {who for who, _ in town.pressed}
    for (who, action), count in (town.confirmed - done).items():
        if " " not in action and action not in ("build", "export", "import"):
            truth.lost.append(f"{who}: {action} was confirmed {count} times more than it is there")
    for (who, action), count in (done - town.pressed).items():
        # what the platform does in somebody's name is one act for a whole batch
        if who in people and action not in ("batch", "unbatch", "release"):
            truth.doubled.append(f"{who}: {action} is there {count} times more than it was pressed")


def _sms(truth: Truth, town: Town, case: Case, entry: Entry, history: list[Event]) -> None:
    sent = town.mail.about(case.number)
    at = [event.at.timestamp() for event in history if event.seq in entry.news]
    for early, late in zip(at, sent, strict=False):
        if town.mail.busy(late, early - GAP_SECONDS):
            truth.held += 1
        else:
            truth.delays.append(late["at"] - early)
    if sent:
        truth.told.append(case.number)
    if len(sent) < len(at):
        truth.lost.append(f"{case.number}: {len(at)} pieces of news, {len(sent)} SMS")
    if len(sent) > len(at):
        truth.doubled.append(f"{case.number}: {len(at)} pieces of news, {len(sent)} SMS")


def _messages(truth: Truth, town: Town, member_id: str, news: int) -> None:
    found = Messages(town.world.database).latest(member_id, 500)
    count = sum("/changes/" in one.href or "/subsidies/" in one.href for one in found)
    if count != news:
        many = truth.lost if count < news else truth.doubled
        many.append(f"{member_id}: {news} pieces of news, {count} messages")


def money(truth: Truth, town: Town, case: Case, paid: list[int]) -> None:
    """A closed subsidy was paid once, what was approved; nothing else was paid."""
    truth.payments += len(paid)
    owed = []
    if case.kind == "subsidy" and case.state == "closed":
        owed = [record.statement(town.world.vault, case).amount_fen]
    if len(paid) > len(owed):
        truth.doubled.append(f"{case.number}: the bank paid {paid}, owed is {owed}")
    elif paid != owed:
        truth.lost.append(f"{case.number}: the bank paid {paid}, owed is {owed}")


def _paid(town: Town) -> dict[str, list[int]]:
    """Return what the bank paid, by case: a payment's number is the case's and two digits."""
    path = town.running.place.folder / "sim" / "bank" / "ledger.json"
    found: dict[str, list[int]] = {}
    if path.exists():
        for number, fate in Ledger.model_validate_json(path.read_text()).fates.items():
            if fate.outcome is Outcome.PAID:
                found.setdefault(number[:-2], []).append(fate.amount_fen)
    return found
