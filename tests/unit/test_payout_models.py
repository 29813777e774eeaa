"""A batch in words and numbers, and the message that asks for work on it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.casework.reasons import FAILURE_FIELDS
from chalicelib.payout import models, settle, worker
from chalicelib.payout.models import WORK, Batch, BatchState, LeftCode, PaymentState, Work
from chalicelib.store import keys
from chalicelib.subsidy.states import MACHINE
from tests.fakes.cloud import FakeQueue, settings

NOW = datetime(2026, 11, 23, tzinfo=UTC)
BATCH = Batch(
    number="1",
    state=BatchState.GATHERING,
    version=1,
    prefectures=("来宾市",),
    created_at=NOW,
    changed_at=NOW,
    maker="mia",
    releaser="",
    wanted=10,
    payments=8,
    total_fen=800,
    gathered=3,
    released=0,
    unknown=0,
    paid=0,
    paid_fen=0,
    failed=0,
    removed=2,
    contradicted=0,
    downloads=0,
    files={},
    exported_at=None,
    problem="",
)


@pytest.mark.parametrize(
    "states",
    [BatchState, PaymentState, LeftCode, models.ResultState, models.Dispute, models.Verdict],
)
def test_every_state_has_words_of_its_own(states: Any) -> None:
    labels = [state.label for state in states]
    assert all(labels)
    assert len(set(labels)) == len(labels)


def test_what_a_worker_brings_to_its_end_leads_somewhere() -> None:
    assert {*WORK.values(), Work.IMPORT} == set(Work)
    assert {state.value for state in WORK} == {"gathering", "releasing", "dissolving", "exporting"}


@pytest.mark.parametrize(
    ("state", "facts", "progress"),
    [
        (BatchState.GATHERING, {}, (8, 10)),
        (BatchState.RELEASING, {}, (5, 8)),
        (BatchState.DISSOLVING, {}, (2, 10)),
        (BatchState.EXPORTED, {"paid": 4, "failed": 1, "unknown": 3}, (5, 8)),
    ],
)
def test_progress_is_told_from_the_counters(
    state: BatchState, facts: dict[str, int], progress: tuple[int, int]
) -> None:
    batch = replace(BATCH, state=state, **facts)
    assert batch.progress == progress
    assert batch.open == batch.unknown


def test_every_failure_that_a_file_may_name_leads_somewhere() -> None:
    actions = {"fail" if fields else "bounce" for fields in FAILURE_FIELDS.values()}
    assert actions == {"fail", "bounce"}
    assert actions < set(MACHINE.actions)


def test_payment_numbers_are_never_used_twice() -> None:
    case = "1344168415351173120"
    numbers = [keys.payment_number(case, attempt) for attempt in (1, 2, 10, 99, 100, 101)]
    assert numbers[0] == f"{case}01"
    assert len(set(numbers)) == len(numbers)
    assert all(number.startswith(case) for number in numbers)


def test_sentences_say_what_to_do() -> None:
    words = [value for name, value in vars(settle).items() if name.isupper() and name[0] != "_"]
    sentences = [word for word in words if isinstance(word, str) and not word.isascii()]
    assert len(sentences) >= 7
    assert all(sentence.endswith("。") for sentence in sentences)


def test_a_message_carries_ids_and_nothing_else() -> None:
    queue = FakeQueue()
    world: Any = SimpleNamespace(settings=settings(), queue=lambda name: {PAYOUT: queue}[name])
    worker.ask(world, "77", Work.IMPORT, "token")
    worker.ask(world, "77", Work.GATHER)
    assert queue.bodies == [
        {"batch": "77", "work": "import", "result": "token"},
        {"batch": "77", "work": "gather"},
    ]


PAYOUT = "mutual-aid-local-payout"


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"batch": "1", "work": "dance"}'])
def test_a_record_nobody_can_read_fails_alone(body: str) -> None:
    queue: Any = SimpleNamespace(hide=lambda _handle, _after: None)
    world: Any = SimpleNamespace(settings=settings(), queue=lambda _name: queue)
    record = {"messageId": "m-1", "receiptHandle": "r", "body": body}
    answer = worker.handle([record], world)
    assert json.dumps(answer) == '{"batchItemFailures": [{"itemIdentifier": "m-1"}]}'
