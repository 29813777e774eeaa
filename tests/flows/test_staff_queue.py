"""What waits: queues by role and place, oldest first, and the next one for me."""

from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework
from chalicelib.staff import texts
from tests.fakes.cloud import Stage
from tests.fakes.desk import Send, Sit, case_form, path
from tests.fakes.phone import Seen
from tests.flows.test_round_trips import Counter


def numbers(seen: Seen) -> list[str]:
    rows = [e for e in seen.tree.iter() if e.get("class") == "st-number"]
    return ["".join(row.itertext()).removeprefix("PX") for row in rows]


def test_the_oldest_waits_on_top(sit: Sit, send: Send) -> None:
    cases = [send(f"100{n}") for n in range(3)]
    desk = sit("anna", Role.FIRST_REVIEWER)
    assert numbers(desk.open("/staff?state=first")) == [case.number for case in cases]


def test_a_queue_is_of_the_role_and_the_place(sit: Sit, send: Send, stage: Stage) -> None:
    here, there = send(), send("1002", "南宁市")
    both = sit("carl", Role.FIRST_REVIEWER, prefectures=("来宾市", "南宁市"))
    assert numbers(both.open("/staff?state=first")) == [here.number, there.number]
    assert numbers(both.open("/staff?state=first&prefecture=南宁市")) == [there.number]
    assert numbers(both.open("/staff?state=first&kind=change")) == []
    assert numbers(both.open("/staff?state=first&kind=parcel&prefecture=来宾市")) == [here.number]
    anna = sit("anna", Role.FIRST_REVIEWER)
    assert numbers(anna.open("/staff?state=first&prefecture=南宁市")) == []
    bob = sit("bob", Role.SECOND_REVIEWER)
    assert numbers(bob.open("/staff?state=first")) == []
    anna.decide(here.number, "approve")
    assert numbers(bob.open("/staff?state=second")) == [here.number]
    auditor = sit("dora", Role.AUDITOR)
    assert numbers(auditor.open("/staff?state=second")) == [here.number]


def test_a_queue_comes_in_pages_of_twenty(sit: Sit, send: Send) -> None:
    cases = [send(str(2000 + n)) for n in range(23)]
    desk = sit("anna", Role.FIRST_REVIEWER)
    first = desk.open("/staff?state=first")
    assert numbers(first) == [case.number for case in cases[:20]]
    href = next(e.get("href") for e in first.tree.iter() if e.text == "下一页")
    second = desk.open(href)
    assert numbers(second) == [case.number for case in cases[20:]]
    assert "下一页" not in second.text


def test_waiting_is_counted_and_coloured(sit: Sit, send: Send, stage: Stage) -> None:
    send()
    stage.clock.forward(days=7)
    desk = sit("anna", Role.FIRST_REVIEWER)
    seen = desk.open("/staff?state=first")
    assert "5 天 超期" in seen.text
    assert "st-age_late" in seen.body


def test_who_has_no_queue_is_told_so(sit: Sit) -> None:
    for account, role in (("ed", Role.EDITOR), ("adm", Role.ADMIN)):
        assert "没有待办队列" in sit(account, role).open("/staff").text


def test_a_list_is_two_round_trips_and_a_decision_three(sit: Sit, send: Send, stage: Stage) -> None:
    case = send()
    desk = sit("anna", Role.FIRST_REVIEWER)
    counter = Counter(stage)
    assert counter.of(lambda: desk.open("/staff?state=first")) == ["BatchGetItem", "Query"]
    asked = desk.press(desk.open(path(case)), path(case, "/confirm"), action="approve")
    sure = asked.form(path(case, "/decide"))
    assert sure.pop("then") == "next"
    calls = counter.of(lambda: desk.post(path(case, "/decide"), sure, follow=False))
    assert calls == ["BatchGetItem", "GetItem", "TransactWriteItems"]


# ---- the next one ----


def test_next_takes_the_oldest_that_is_free_and_allowed(sit: Sit, send: Send, stage: Stage) -> None:
    own, taken, mine, last = send("7"), send("8"), send("9"), send("10")
    Casework(stage.world).lease(taken.number, "carl")
    desk = sit("anna", Role.FIRST_REVIEWER, member_id="7")
    form = desk.open("/staff").form("/staff/next")
    seen = desk.post("/staff/next", form)
    assert seen.url == path(mine)
    assert "由您办理" in seen.text
    other = sit("bea", Role.FIRST_REVIEWER)
    assert other.post("/staff/next", other.open("/staff").form("/staff/next")).url == path(own)
    left = desk.post(path(mine, "/next"), case_form(seen))
    assert left.url == path(last)
    assert Casework(stage.world).lease(mine.number, "somebody"), "what was left is free again"
    done = desk.post(path(last, "/next"), case_form(left))
    assert done.url == "/staff?notice=nothing"
    assert texts.NOTICES["nothing"] in done.text


def test_next_never_offers_the_second_look_at_ones_own_first(sit: Sit, send: Send) -> None:
    case, later = send(), send("1002")
    desk = sit("anna", Role.FIRST_REVIEWER, Role.SECOND_REVIEWER)
    assert desk.decide(case.number, "approve").url == path(later)
    assert desk.decide(later.number, "approve").url == "/staff?notice=done"
    seen = desk.open(path(case))
    assert "复核须由其他人员办理" in seen.text
    assert 'name="action"' not in seen.body
    assert "须他人办理" in desk.open("/staff?state=second").text
