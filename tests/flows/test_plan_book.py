"""The book of plans: each revision once, all of them in one read, nothing half done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.errors import Conflict, Refused
from chalicelib.store import keys
from chalicelib.store.plans import BookItem, PlanBook, book_key, digest
from chalicelib.store.tables import read_together
from chalicelib.subsidy import book
from chalicelib.subsidy.plan import Plan
from tests.fakes.cloud import Stage
from tests.unit.subsidy_examples import DEMO, plan

EARLIER = Path(__file__).with_name("published_book.json")


def add(stage: Stage, new: Plan, *, seen: int | None = None) -> None:
    plans = PlanBook(stage.world.database)
    plans.publish(
        new.version,
        new.model_dump(mode="json"),
        seen=plans.read()[0] if seen is None else seen,
        account="arn:test",
        at=stage.clock.now(),
    )


def stored(stage: Stage) -> BookItem | None:
    PlanBook(stage.world.database)
    item = read_together(stage.world.database, [book_key()]).get(book_key())
    return item if isinstance(item, BookItem) else None


def between(stage: Stage, act: Callable[[], object]) -> None:
    """Let somebody act after the next read of the book."""
    events = stage.world.aws.client("dynamodb").meta.events
    acts = [act]

    def seen(**_: Any) -> None:
        for pending in acts[:]:
            acts.clear()
            pending()

    events.register("after-call.dynamodb.BatchGetItem", seen)


def test_before_the_first_there_is_none(stage: Stage) -> None:
    assert PlanBook(stage.world.database).read() == (0, ())
    assert book.plans(stored(stage)) == ()
    assert book.by_version(stored(stage), DEMO.version) is None


def test_the_book_gives_back_what_was_published(stage: Stage) -> None:
    second = plan(revision=2, cap_per_claim="1,234.56")
    add(stage, DEMO)
    add(stage, second)
    number, dumps = PlanBook(stage.world.database).read()
    assert (number, len(dumps)) == (2, 2)
    assert book.plans(stored(stage)) == (DEMO, second)
    assert book.by_version(stored(stage), "demo-2026.1") == DEMO
    assert book.by_version(stored(stage), "demo-2026.3") is None


def test_a_book_is_parsed_once(stage: Stage) -> None:
    add(stage, DEMO)
    assert book.plans(stored(stage)) is book.plans(stored(stage))


def test_a_revision_says_who_published_it_and_when(stage: Stage) -> None:
    add(stage, DEMO)
    (revision,) = PlanBook(stage.world.database).revisions()
    assert (revision.account, revision.at) == ("arn:test", stage.clock.now())
    assert revision.version == "demo-2026.1"
    assert revision.digest == digest(DEMO.model_dump(mode="json"))
    assert Plan.model_validate(revision.plan) == DEMO


def test_a_revision_is_never_written_twice(stage: Stage) -> None:
    add(stage, DEMO)
    before = stored(stage)
    with pytest.raises(Refused, match="该修订已发布"):
        add(stage, plan(cap_per_claim="1.00"))
    assert before is not None
    after = stored(stage)
    assert after is not None
    assert after.plans == before.plans


def test_of_two_who_read_the_same_book_one_writes(stage: Stage) -> None:
    add(stage, DEMO)
    with pytest.raises(Conflict):
        add(stage, plan(revision=2), seen=0)
    between(stage, lambda: add(stage, plan(revision=3), seen=1))
    with pytest.raises(Conflict):
        add(stage, plan(revision=2), seen=1)
    assert [one.version for one in book.plans(stored(stage))] == ["demo-2026.1", "demo-2026.3"]
    assert len(PlanBook(stage.world.database).revisions()) == 2


def test_a_book_of_an_earlier_release_is_still_read(stage: Stage) -> None:
    published = EARLIER.read_text("utf-8")
    PlanBook(stage.world.database)
    BookItem(keys.PLANS, keys.BOOK, number=1, plans=published).save()
    (old,) = book.plans(stored(stage))
    assert old.version == "demo-2026.1"
    before, now = json.loads(published)[0], old.model_dump(mode="json")
    assert {name: now[name] for name in before} == before


def test_a_full_book_is_said_before_the_table_refuses(stage: Stage) -> None:
    PlanBook(stage.world.database)
    BookItem(keys.PLANS, keys.BOOK, number=9, plans='["' + "长" * 126_000 + '"]').save()
    with pytest.raises(Refused, match="方案库已满"):
        add(stage, DEMO)
    assert PlanBook(stage.world.database).revisions() == []
