"""Once a day somebody looks whether cases were forgotten."""

import logging

import pytest

from chalicelib.casework import watch
from tests.fakes.cloud import Stage
from tests.fakes.desk import Send
from tests.flows.test_round_trips import Counter


def test_what_waits_three_times_as_long_is_said(
    stage: Stage, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    send(), send("1002", "南宁市"), send("1003", "南宁市")
    assert watch.overdue(stage.world) == {}
    stage.clock.forward(days=10)
    send("1004", "柳州市")
    with caplog.at_level(logging.WARNING):
        assert watch.overdue(stage.world) == {"first": 2}
    assert [(r.message, r.state, r.count) for r in caplog.records] == [
        ("cases_overdue", "first", 2)
    ]


def test_it_reads_one_line_of_each_queue(stage: Stage, send: Send) -> None:
    for number in range(3):
        send(str(1000 + number))
    calls = Counter(stage).of(lambda: watch.overdue(stage.world))
    assert set(calls) == {"Query"}
    states = {s.name for k in watch.kinds() for s in k.machine.states.values() if s.queued}
    assert len(calls) == 14 * len(states)
