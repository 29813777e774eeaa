"""Steps of a subsidy application, for flow tests: drafts, pictures, reviewers, payments."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.casework.case import Actor, Case, Reason
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.store import keys
from chalicelib.store.bucket import Stored
from chalicelib.store.documents import Copy
from chalicelib.store.members import MemberItem
from chalicelib.store.plans import PlanBook
from chalicelib.store.tables import Item, Key, read_together
from chalicelib.store.years import YearItem
from chalicelib.subsidy import drafts, record, service
from chalicelib.subsidy.drafts import Draft, Typed
from chalicelib.subsidy.kind import KIND
from chalicelib.subsidy.plan import Plan
from chalicelib.web.visit import Member
from chalicelib.world import World
from tests.fakes.cloud import Stage
from tests.fakes.people import LI
from tests.unit.subsidy_examples import DEMO, TYPED

FIRST = Actor(Role.FIRST_REVIEWER, "anna")
SECOND = Actor(Role.SECOND_REVIEWER, "bob")
SENIOR = replace(SECOND, senior=True)
FINANCE = Actor(Role.FINANCE, "fay")
RELEASER = Actor(Role.FINANCE, "rex")
SYSTEM = Actor(Role.SYSTEM, "bank")
BLURRED = (Reason("R08", "", ""),)
ACCOUNT = {
    "holder": LI.name,
    "bank": "中国工商银行",
    "branch": "忻城县支行",
    "account": "6225 8814 1420 7430",
}
SLOTS = ("identity", "admission_record", "discharge_record", "invoice", "settlement_sheet")
CARD = "bank_card"


@dataclass
class Asking:
    """A request as rooms see it: who asks, and what the door had read."""

    world: World
    person: Member
    found: dict[Key, Item] = field(default_factory=dict)


def publish(stage: Stage, plan: Plan = DEMO) -> None:
    """Let a plan hold."""
    plans = PlanBook(stage.world.database)
    seen, _ = plans.read()
    dump = plan.model_dump(mode="json")
    plans.publish(plan.version, dump, seen=seen, account="editor", at=stage.clock.now())


def member(stage: Stage, member_id: str) -> Member:
    """An employee as a page has them."""
    profile = MemberItem.get(keys.member(member_id), keys.PROFILE, consistent_read=True)
    binding: Any = None
    return Member(binding, profile, stage.world.members.open(profile))


def asking(stage: Stage, member_id: str, number: str = "") -> Any:
    """A request about an application, in the place of `web.visit.Visit`."""
    wanted = drafts.also({"number": number}, member_id)
    found = read_together(stage.world.database, wanted)
    return Asking(stage.world, member(stage, member_id), found)


def picture(stage: Stage, member_id: str, purpose: str, *, clean: bool = True) -> str:
    """A picture of an employee, checked unless told otherwise."""
    documents = stage.world.documents
    stage.clock.forward(minutes=2)  # uploads are limited by the hour
    upload = documents.begin(member_id, purpose, content_type="image/jpeg", size=1000)
    if clean:
        check(stage, member_id, upload.doc_id)
    return upload.doc_id


def check(stage: Stage, member_id: str, doc_id: str) -> None:
    """Find a picture to be one."""
    stored = Stored("documents/x.jpg", "1")
    stage.world.documents.accept(member_id, doc_id, Copy(800, 500, 1000, "0" * 64, stored, stored))


def begin(stage: Stage, member_id: str) -> str:
    """Begin an application; returns its number."""
    stage.clock.forward(seconds=1)
    operation = stage.ids.token()
    return drafts.begin(stage.world, member(stage, member_id), agreed=True, operation=operation)


def save(
    stage: Stage,
    member_id: str,
    number: str,
    step: str,
    fields: Mapping[str, str] | None = None,
    documents: Mapping[str, list[str]] | None = None,
) -> Draft:
    """Save a step as its page would."""
    visit = asking(stage, member_id, number)
    draft = drafts.read(visit, number)
    typed = Typed(fields or {}, documents or {}, str(draft.version))
    return drafts.save(visit, draft, step, typed)


def write(stage: Stage, member_id: str, number: str = "", **typed: str) -> str:
    """Write a whole application that can be submitted; returns its number."""
    number = number or begin(stage, member_id)
    pictures = {slot: [picture(stage, member_id, slot)] for slot in (*SLOTS, CARD)}
    identity = {"identity": pictures["identity"]}
    save(stage, member_id, number, "identity", {}, identity)
    of_stay = {slot: pictures[slot] for slot in SLOTS[1:]}
    stay = {**TYPED, "invoice_number": number[-10:]}
    save(stage, member_id, number, "stay", {**stay, **typed}, of_stay)
    account = {**ACCOUNT, **typed, "agree": "1"}
    save(stage, member_id, number, "account", account, {CARD: pictures[CARD]})
    return number


def send(stage: Stage, member_id: str, number: str, operation: str = "") -> Case:
    """Submit a draft."""
    visit = asking(stage, member_id, number)
    return service.submit_once(visit, number, operation or stage.ids.token())


def claim(stage: Stage, member_id: str, **typed: str) -> Case:
    """Write and submit an application."""
    return send(stage, member_id, write(stage, member_id, **typed))


def take(
    stage: Stage,
    case: Case,
    action: str,
    actor: Actor,
    reasons: tuple[Reason, ...] = (),
    data: Mapping[str, Any] | None = None,
) -> Case:
    """Let somebody take a step."""
    register(KIND)
    step = Step(action, actor, stage.ids.token(), reasons=reasons, data=data)
    return Casework(stage.world).apply(case.number, step)


def reject(stage: Stage, case: Case, *reasons: Reason) -> Case:
    return take(stage, case, "reject", FIRST, reasons or BLURRED)


def approve(stage: Stage, case: Case, actor: Actor, **asked: str) -> Case:
    """Approve as the desk does: settle the amount, then take the step."""
    assert KIND.settle is not None
    now = Casework(stage.world).read(case.number)
    statement = record.statement(stage.world.vault, now)
    typed = {"amount": f"{statement.amount_fen / 100:.2f}", "amount_reason": "", **asked}
    settled = KIND.settle(stage.world, now, actor, "approve", typed)
    return take(stage, now, "approve", actor, data=settled.data if settled else None)


def payable(stage: Stage, case: Case, **asked: str) -> Case:
    """Approve twice."""
    return approve(stage, approve(stage, case, FIRST, **asked), SENIOR, **asked)


def failed(stage: Stage, case: Case, code: str = "F02") -> Case:
    """Bring a case that is payable to where its payment has failed."""
    take(stage, case, "batch", FINANCE)
    take(stage, case, "release", RELEASER)
    return take(stage, case, "fail", SYSTEM, (Reason(code, "", ""),))


def year(stage: Stage, member_id: str, number: int = 2026) -> YearItem | None:
    """What an employee has had of a year."""
    key = (YearItem, keys.member(member_id), keys.year(number))
    item = read_together(stage.world.database, [key]).get(key)
    return item if isinstance(item, YearItem) else None
