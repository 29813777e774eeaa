"""统计: counted once by the stream, shown to those whose prefectures they are."""

import json

import pytest

from chalicelib.casework.case import Actor, Case, Reason
from chalicelib.casework.machine import Role
from chalicelib.casework.records import outbox_item
from chalicelib.casework.service import Casework, Step
from chalicelib.statistics import worker
from chalicelib.store.counters import EVERYWHERE, Where
from tests.fakes.cloud import Stage
from tests.fakes.desk import Send, Sit
from tests.flows.test_round_trips import Counter

MONTH = "2026-11"


def messages(stage: Stage, case: Case) -> list[dict[str, str]]:
    """Return what the queue holds of a case: one message for each step."""
    found, history = Casework(stage.world).story(case.number)
    bodies = [outbox_item(found, event).body for event in history]
    return [{"messageId": str(seq), "body": body} for seq, body in enumerate(bodies)]


def counted(stage: Stage, place: str) -> dict[str, int]:
    where = Where("parcel", MONTH, place)
    return dict(stage.world.counters.read([where])[where])


def rejected(stage: Stage, case: Case) -> None:
    actor = Actor(Role.FIRST_REVIEWER, "anna")
    step = Step("reject", actor, stage.ids.token(), reasons=[Reason("R08")])
    Casework(stage.world).apply(case.number, step)


def test_what_comes_twice_counts_once(stage: Stage, send: Send) -> None:
    case = send()
    rejected(stage, case)
    told = messages(stage, case)
    assert worker.handle([*told, *reversed(told)], stage.world) == {"batchItemFailures": []}
    here = counted(stage, "来宾市")
    assert here == {
        "step:new:submit": 1,
        "step:first:reject": 1,
        "reason:R08": 1,
        "hours:first:1": 1,
    }
    assert counted(stage, EVERYWHERE) == here
    assert counted(stage, "南宁市") == {}


def test_a_bad_message_stands_in_nobodys_way(stage: Stage, send: Send) -> None:
    odd = json.dumps({"number": "404"})
    records = [{"messageId": "odd", "body": odd}, *messages(stage, send())]
    assert worker.handle(records, stage.world) == {"batchItemFailures": [{"itemIdentifier": "odd"}]}
    assert counted(stage, EVERYWHERE) == {"step:new:submit": 1}


def test_the_page_shows_the_persons_prefectures_only(stage: Stage, sit: Sit, send: Send) -> None:
    for case in (send(), send("1002", "南宁市"), send("1003", "南宁市")):
        worker.handle(messages(stage, case), stage.world)
    one = sit("dora", Role.AUDITOR).open("/staff/statistics?kind=parcel")
    assert "未提交 → 提交" in one.text
    assert "南宁市" not in one.text
    both = sit("emil", Role.ADMIN, prefectures=("来宾市", "南宁市"))
    seen = both.open("/staff/statistics?kind=parcel")
    assert "南宁市" in seen.text
    narrowed = both.open("/staff/statistics?kind=parcel&prefecture=来宾市").text
    assert narrowed.count("南宁市") == 1, "the choice alone"


def test_the_file_says_the_same(stage: Stage, sit: Sit, send: Send) -> None:
    worker.handle(messages(stage, send()), stage.world)
    seen = sit("dora", Role.AUDITOR).open("/staff/statistics/csv?kind=parcel")
    assert seen.headers["Content-Type"].startswith("text/csv")
    assert "办理量,未提交 → 提交,0,0,0,0,0,1,1" in seen.body


def test_nothing_yet_is_said(sit: Sit) -> None:
    assert "这段时间没有申请" in sit("dora", Role.AUDITOR).open("/staff/statistics").text


@pytest.mark.parametrize("query", ["kind=nothing", "prefecture=上海市", "kind=&prefecture="])
def test_odd_wishes_show_something(sit: Sit, query: str) -> None:
    assert sit("dora", Role.AUDITOR).open(f"/staff/statistics?{query}").status == 200


def test_six_months_of_all_prefectures_are_one_read(stage: Stage, sit: Sit) -> None:
    every = tuple(f"{name}市" for name in "甲乙丙丁戊己庚辛壬癸子丑寅卯")
    dora = sit("dora", Role.AUDITOR, prefectures=every)
    calls = Counter(stage).of(lambda: dora.open("/staff/statistics"))
    assert calls == ["BatchGetItem", "BatchGetItem"], "the session, and the counters"
