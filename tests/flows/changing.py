"""Steps of a change request, for flow tests: pictures, forms, reviewers."""

from chalicelib.casework.case import Actor, Case, Reason
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.changes.kind import KIND
from chalicelib.store import keys
from chalicelib.store.bucket import Stored
from chalicelib.store.cases import LockItem
from chalicelib.store.documents import Copy
from chalicelib.store.members import MemberItem, MemberRecord
from tests.fakes.cloud import Stage
from tests.fakes.phone import Phone, Seen

FIRST = Actor(Role.FIRST_REVIEWER, "anna")
SECOND = Actor(Role.SECOND_REVIEWER, "bob")
BLURRED = (Reason("R08", "", "信息不正确"),)


def picture(stage: Stage, member_id: str, *, clean: bool = True) -> str:
    """A picture of an employee, checked unless told otherwise."""
    documents = stage.world.documents
    upload = documents.begin(member_id, "change", content_type="image/jpeg", size=1000)
    if clean:
        stored = Stored("documents/x.jpg", "1")
        documents.accept(member_id, upload.doc_id, Copy(800, 500, 1000, "0" * 64, stored, stored))
    return upload.doc_id


def fill(phone: Phone, pictures: list[str], /, **fields: str) -> dict[str, str | list[str]]:
    """A new form as typed."""
    return typed(phone.open("/changes/new"), "/changes", documents=pictures, **fields)


def typed(seen: Seen, path: str, /, **fields: str | list[str]) -> dict[str, str | list[str]]:
    """The form of a page with what is typed into it, and the consent ticked."""
    return {**seen.form(path), "agree": "1", **fields}


def ask(phone: Phone, stage: Stage, member_id: str, /, **fields: str) -> tuple[Seen, Case]:
    """Open a request; returns the page and the case."""
    seen = phone.post("/changes", fill(phone, [picture(stage, member_id)], **fields))
    assert seen.url == "/changes/done", seen.text
    return seen, newest(stage, member_id)


def newest(stage: Stage, member_id: str) -> Case:
    return cases(stage, member_id)[0]


def cases(stage: Stage, member_id: str) -> list[Case]:
    return Casework(stage.world).owned(member_id, KIND.name)


def record(stage: Stage, member_id: str) -> MemberRecord:
    """An employee as registered now."""
    item = MemberItem.get(keys.member(member_id), keys.PROFILE, consistent_read=True)
    return stage.world.members.open(item)


def locked(member_id: str) -> bool:
    """Whether an employee may not open another request."""
    return bool(list(LockItem.query(keys.open_case(KIND.name, member_id))))


def decide(
    stage: Stage, case: Case, action: str, actor: Actor, reasons: tuple[Reason, ...] = ()
) -> Case:
    """Let somebody of staff take a step."""
    register(KIND)
    step = Step(action, actor, stage.ids.token(), reasons=reasons)
    return Casework(stage.world).apply(case.number, step)


def reject(stage: Stage, case: Case, *reasons: Reason) -> Case:
    return decide(stage, case, "reject", FIRST, reasons or BLURRED)


def close(stage: Stage, case: Case) -> Case:
    decide(stage, case, "approve", FIRST)
    return decide(stage, case, "approve", SECOND)
