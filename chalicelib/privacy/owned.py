"""All that an employee has of a kind: cases and unsubmitted drafts."""

from chalicelib.casework.case import Case
from chalicelib.casework.kind import Kind
from chalicelib.casework.records import case_from
from chalicelib.store.drafts import list_owned
from chalicelib.world import World


def owned(world: World, member_id: str, kind: Kind) -> tuple[list[Case], list[str]]:
    """Return the cases of a kind, and the numbers of its drafts, newest first."""
    cases, drafts = list[Case](), list[str]()
    before: str | None = None
    while before != "":
        page = list_owned(world.database, member_id, kind.name, before, world.clock.now())
        cases += [case_from(item) for item in page.cases]
        drafts += [str(draft.number) for draft in page.drafts]
        before = page.last
    return cases, drafts
