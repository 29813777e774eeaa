"""The store of an import keeps one contract, in DynamoDB and in the fake of the unit tests."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.core.identity import DocType
from chalicelib.membership.roster import ImportReport, Store, import_roster
from chalicelib.membership.roster_rows import RowError
from chalicelib.store import digests
from chalicelib.store.roster import RosterEntry
from tests.fakes.cloud import Stage
from tests.fakes.people import LI, THIS_YEAR
from tests.fakes.roster_store import RosterInMemory
from tests.unit.roster_examples import GOOD, TODAY, other, row

ENTRY = RosterEntry(LI, (THIS_YEAR,), "a" * 64, "content-1")


@pytest.fixture(params=["dynamodb", "memory"])
def store(request: pytest.FixtureRequest, stage: Stage) -> Store:
    return stage.world.roster if request.param == "dynamodb" else RosterInMemory()


def test_nobody_is_known_at_first(store: Store) -> None:
    assert dict(store.find_many([])) == {}
    assert dict(store.find_many(["a" * 64])) == {}


def test_who_was_saved_is_found(store: Store) -> None:
    (outcome,) = store.save_roster([ENTRY])
    assert outcome.created
    state = store.find_many(["a" * 64, "b" * 64])
    assert set(state) == {"a" * 64}
    assert state["a" * 64].member_id == outcome.member_id
    assert state["a" * 64].content_digest == "content-1"


def test_saving_somebody_known_updates_them(store: Store) -> None:
    (first,) = store.save_roster([ENTRY])
    changed = replace(
        ENTRY,
        member=replace(LI, member_id=first.member_id, social_card=None),
        content_digest="content-2",
    )
    (again,) = store.save_roster([changed])
    assert (again.member_id, again.created) == (first.member_id, False)
    assert store.find_many(["a" * 64])["a" * 64].content_digest == "content-2"


def test_outcomes_come_in_the_order_of_the_batch(store: Store) -> None:
    entries = [replace(ENTRY, document_digest=f"{n:064d}") for n in range(25)]
    (known,) = store.save_roster([entries[3]])
    entries[3] = replace(entries[3], member=replace(LI, member_id=known.member_id))
    outcomes = store.save_roster(entries)
    assert [outcome.created for outcome in outcomes] == [n != 3 for n in range(25)]
    assert outcomes[3].member_id == known.member_id
    assert len({outcome.member_id for outcome in outcomes}) == 25


def importing(store: Store, stage: Stage) -> Callable[..., ImportReport]:
    def run(*rows: dict[str, object]) -> ImportReport:
        errors: list[RowError] = []
        return import_roster(
            enumerate(rows, start=2),  # type: ignore[arg-type]
            store,
            vault=stage.world.vault,
            today=TODAY,
            on_error=errors.append,
            on_progress=lambda _: None,
        )

    return run


def test_an_import_creates_then_changes_then_leaves_alone(store: Store, stage: Stage) -> None:
    run = importing(store, stage)
    old = row(保障开始="2025-01-01", 保障结束="2025-12-31")
    assert run(GOOD, old, other(0)) == ImportReport(rows=3, created=2)
    assert run(GOOD, old, other(0, 份数="2")) == ImportReport(rows=3, updated=1, unchanged=1)
    assert run(GOOD, old, other(0, 份数="2")) == ImportReport(rows=3, unchanged=2)


def test_what_an_import_wrote_can_be_read_in_the_clear(stage: Stage) -> None:
    run = importing(stage.world.roster, stage)
    run(GOOD, row(保障开始="2025-01-01", 保障结束="2025-12-31"))
    digest = digests.document(stage.world.vault, DocType.RESIDENT_ID, str(GOOD["证件号码"]))
    member_id = stage.world.roster.find_many([digest])[digest].member_id
    periods = stage.world.members.enrolments(member_id)
    assert [period.starts.year for period in periods] == [2026, 2025]
