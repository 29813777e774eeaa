"""Many people at once on a running stage, and what came of it: figures, nothing lost or doubled."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from chalicelib.casework import chain
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework
from infra import doctor
from tests.load.people import Reviewer, Town, populate
from tests.stack.deployed import world_of
from tests.stage import Running

START_SECONDS = 8
"""Over so long employees come, so that not everybody asks for a code in one second."""
SETTLE_SECONDS = 300


@dataclass
class Report:
    """What a run found out; times in milliseconds, delays in seconds."""

    employees: int
    staff: int
    share: float
    seconds: float
    requests: int
    failures: Counter[str]
    accidents: dict[str, int]
    times: list[float]
    delays: list[float]
    opened: int
    ended: int
    lost: list[str]
    doubled: list[str]
    troubles: list[str]
    findings: list[str]
    slowest: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return the report as people read it."""
        failed = sum(self.failures.values())
        return [
            (
                f"employees {self.employees}, staff {self.staff}, accidents {self.share:.0%}"
                f" of forms ({sum(self.accidents.values())}: {self.accidents or 'none'})"
            ),
            (
                f"{self.seconds:.0f} s, {self.requests} requests,"
                f" {self.requests / self.seconds:.1f} a second; failed {failed}"
                f" ({failed / max(self.requests, 1):.2%}) {dict(self.failures) or ''}"
            ),
            f"page: p50 {share(self.times, 0.5):.0f} ms, p95 {share(self.times, 0.95):.0f} ms",
            (
                f"cases opened {self.opened}, decided {self.ended},"
                f" {self.ended / self.seconds * 60:.1f} a minute"
            ),
            (
                f"decision to SMS: p50 {share(self.delays, 0.5):.1f} s,"
                f" p95 {share(self.delays, 0.95):.1f} s"
            ),
            f"lost {len(self.lost)}, doubled {len(self.doubled)}, doctor {len(self.findings)}",
            *self.slowest,
            *(f"! {trouble}" for trouble in self.troubles[:10]),
            *(f"! {finding}" for finding in [*self.lost, *self.doubled, *self.findings][:10]),
        ]


def drive(
    running: Running, *, employees: int, staff: int, seconds: float, share: float = 0.0
) -> Report:
    """Let people work for a while, wait until all is told, and look at everything."""
    began = time.monotonic()
    town = Town(running, world_of(running), share, began + seconds)
    people = populate(town, employees)
    roles = [Role.FIRST_REVIEWER, Role.SECOND_REVIEWER]
    desks = [Reviewer(town, index, roles[index % 2]) for index in range(staff)]
    watcher = threading.Thread(target=town.guarded(town.mail.watch))
    offices = [threading.Thread(target=town.guarded(one.live)) for one in desks]
    phones = [threading.Thread(target=town.guarded(one.live)) for one in people]
    watcher.start()
    began = time.monotonic()
    town.until = began + seconds
    for thread in offices:
        thread.start()
    for thread in phones:
        thread.start()
        time.sleep(START_SECONDS / max(len(phones), 1))
    for thread in phones:
        thread.join()
    took = time.monotonic() - began
    town.done.set()
    for thread in offices:
        thread.join()
    _settled(town)
    town.mail.over.set()
    watcher.join()
    return _report(town, employees, staff, took)


def _settled(town: Town) -> None:
    """Wait until everybody who must hear has heard, and a moment for whatever comes twice."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        if all(town.mail.about(number) for number in list(town.ended)):
            break
        time.sleep(0.5)
    time.sleep(3)
    town.mail.look()


def _report(town: Town, employees: int, staff: int, took: float) -> Report:
    lost, doubled = _compared(town)
    doctor.know_kinds(town.running.cloud)
    _, found = doctor.examine(town.world.database.use(), town.world.clock.now())
    known = set(town.opened)
    tally = town.tally
    worst = sorted(tally.times, key=lambda route: -share(tally.times[route], 0.95))[:5]
    return Report(
        employees=employees,
        staff=staff,
        share=town.share,
        seconds=took,
        requests=tally.requests,
        failures=Counter(tally.failures),
        accidents=tally.accidents,
        times=[one for times in tally.times.values() for one in times],
        delays=[
            min(town.mail.about(n)) - t.pressed_at
            for n, t in town.ended.items()
            if town.mail.about(n)
        ],
        opened=len(town.opened),
        ended=len(town.ended),
        lost=lost,
        doubled=doubled,
        troubles=town.troubles,
        findings=[f"{one.where}: {one.what}" for one in found if one.where in known],
        slowest=[
            f"  {route}: {len(tally.times[route])}, p50 {share(tally.times[route], 0.5):.0f} ms,"
            f" p95 {share(tally.times[route], 0.95):.0f} ms"
            for route in worst
        ],
    )


def _compared(town: Town) -> tuple[list[str], list[str]]:
    """Hold what people saw against the cases as they stand and the SMS that went out."""
    lost, doubled = [], []
    casework = Casework(town.world)
    for number in town.opened:
        case, history = casework.story(number)
        actions = Counter(event.action for event in history)
        if chain.broken_at(history) is not None or case.version != len(history):
            lost.append(f"{number}: its history is broken")
        if any(count > 1 for count in actions.values() if count) and actions["approve"] != 2:
            doubled.append(f"{number}: {dict(actions)}")
        told = town.ended.get(number)
        if told and case.state not in (told.state, "deleted"):
            lost.append(f"{number}: pressed {told.state}, it is {case.state}")
        sms = len(town.mail.about(number))
        if told and not sms:
            lost.append(f"{number}: nobody was told")
        if sms > 1:
            doubled.append(f"{number}: told {sms} times")
    for member_id in {casework.read(number).member_id for number in town.opened}:
        owned = {case.number for case in casework.owned(member_id, "change")}
        doubled += [f"{number}: opened twice" for number in owned - set(town.opened)]
    return lost, doubled


def share(values: list[float], part: float) -> float:
    """Return the value below which that part of all lies; 0 of nothing."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else 0.0
