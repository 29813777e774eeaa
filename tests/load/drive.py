"""Many people at once on a running stage, and what came of it: figures, nothing lost or doubled."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from chalicelib.casework.machine import Role
from tests.load import truth as truths
from tests.load.browser import Browser, Tally
from tests.load.employees import Employee, populate
from tests.load.faults import Weather
from tests.load.staff import Cashiers, Clerk, Reviewer
from tests.load.town import Town
from tests.load.truth import Truth
from tests.stack.deployed import world_of
from tests.stage import Running

WARM = 8
"""So many containers stand ready: the local cloud unpacks the whole package for each new one, and
where two cores do that for fifty people in one second nobody is served for minutes."""
GAP_SECONDS = 0.8
"""After so long the next person comes."""
REST_SECONDS = 60
SETTLE_SECONDS = 90


@dataclass
class Report:
    """What a run found out; times in milliseconds, delays in seconds."""

    people: str
    seconds: float
    tally: Tally
    truth: Truth
    troubles: list[str]
    faults: Counter[str]
    calls: int
    town: Town
    look: Callable[[], Truth]
    """Look at everything again."""

    @property
    def well(self) -> bool:
        """Whether something was done, and nothing of it lost, doubled or wrong."""
        return bool(self.truth.steps) and not self.truth.bad

    def rows(self) -> dict[str, str]:
        """Return the report as the rows of a table."""
        tally, truth = self.tally, self.truth
        pages, forms = tally.of("GET"), tally.of("POST")
        failed, count = tally.failures.total(), max(tally.requests, 1)
        return {
            "people": self.people,
            "requests": f"{tally.requests:,}, {tally.requests / self.seconds:.1f}/s",
            "cases ended": f"{truth.ended} of {truth.cases}, {truth.ended / self.seconds:.2f}/s",
            "answers 5xx or none": f"{failed} ({failed / count:.2%}), all sent again",
            "unexpected": str(len(self.troubles)),
            "refused with a sentence": str(tally.refusals.total()),
            "pages p50 / p95": f"{share(pages, 0.5):.0f} / {share(pages, 0.95):.0f} ms",
            "forms p50 / p95": f"{share(forms, 0.5):.0f} / {share(forms, 0.95):.0f} ms",
            "step to SMS p50 / p95": (
                f"{share(truth.delays, 0.5):.1f} / {share(truth.delays, 0.95):.1f} s"
            ),
            "SMS held back, one to a number in half a minute": str(truth.held),
            "forms with an accident": str(tally.accidents.total()),
            "calls to the cloud with a fault": f"{self.faults.total():,} of {self.calls:,}",
            "steps / news / payments": f"{truth.steps} / {truth.news} / {truth.payments}",
            "lost": str(len(truth.lost)),
            "doubled": str(len(truth.doubled)),
            "wrong histories": str(len(truth.wrong)),
            "doctor": str(len(truth.findings)),
        }

    def details(self) -> list[str]:
        """Return what a table has no room for."""
        return [
            f"accidents: {dict(self.tally.accidents)}; faults: {dict(self.faults)}",
            f"failures: {dict(self.tally.failures.most_common(8))}",
            f"refusals: {dict(self.tally.refusals.most_common(8))}",
            *(f"! {line}" for line in [*self.troubles[:12], *self.truth.bad[:20]]),
        ]


def drive(
    running: Running,
    *,
    employees: int,
    staff: int,
    seconds: float,
    place: str = "来宾市",
    share: float = 0.0,
    weather: Weather | None = None,
) -> Report:
    """Let people work for a while, wait until all is told, and look at everything.

    `share` of the forms meet an accident, and of the calls a fault, if there is a `weather`.
    """
    town = Town(running, world_of(running), place, share)
    people = populate(town, employees)
    desks = _desks(town, staff)
    _warm(town, min(WARM, employees))
    before = weather.calls() if weather else 0
    if weather:
        weather.turn(share)
    began = time.monotonic()
    town.until = began + seconds
    watcher = threading.Thread(target=town.mail.watch, daemon=True)
    offices = _threads(town, desks, lambda: not town.closed.is_set())
    phones = _threads(town, people, lambda: town.open)
    watcher.start()
    for thread in (*offices, *phones):
        thread.start()
        time.sleep(GAP_SECONDS)
    for thread in phones:
        thread.join()
    _until(lambda: truths.resting(town, people), REST_SECONDS)
    took = time.monotonic() - began
    town.closed.set()
    for thread in offices:
        thread.join()
    calls = weather.calls() - before if weather else 0
    if weather:
        weather.turn(0)
    _until(lambda: truths.told(town, people), SETTLE_SECONDS)
    time.sleep(3)  # for whatever comes twice
    town.mail.over.set()
    watcher.join()
    town.mail.look()
    look = partial(truths.look, town, people, whole=place == "来宾市")
    return Report(
        people=f"{employees} employees, {staff} staff, {seconds:.0f} s",
        seconds=took,
        tally=town.tally,
        truth=look(),
        troubles=town.troubles,
        faults=Counter(weather.fired() if weather else {}),
        calls=calls,
        town=town,
        look=look,
    )


def _warm(town: Town, count: int) -> None:
    """Let the first containers start, unmeasured."""
    visitor = Browser(town.running.url, Tally())
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(lambda _: visitor.open("/staff/login"), range(count)))


def _desks(town: Town, staff: int) -> list[Clerk]:
    """Two people of finance; the others review, by turns first and second."""
    roles = (Role.FIRST_REVIEWER, Role.SECOND_REVIEWER)
    return [
        Cashiers(town, 100),
        *(Reviewer(town, index, roles[index % 2]) for index in range(staff - 2)),
    ]


def _threads(
    town: Town, people: Sequence[Employee | Clerk], goes_on: Callable[[], bool]
) -> list[threading.Thread]:
    lives = [town.life(one.once, goes_on) for one in people]
    return [threading.Thread(target=life, daemon=True) for life in lives]


def _until(ready: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not ready():
        time.sleep(1)


def share(values: list[float], part: float) -> float:
    """Return the value below which that part of all lies; 0 of nothing."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else 0.0
