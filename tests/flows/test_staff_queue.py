"""What waits: queues by role and place, oldest first, and the next one for me."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from chalicelib.casework.case import Case
from chalicelib.casework.machine import Role
from chalicelib.casework.records import case_item
from chalicelib.casework.service import Casework
from chalicelib.staff import texts
from chalicelib.store.cases import PAGE
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


# ---- however many wait ----

MANY = 1_500
"""Enough to be far more than a request may read; the real fifty thousand read as many."""


class Read:
    """Counts the items that DynamoDB looked at for an answer."""

    def __init__(self, stage: Stage) -> None:
        self.items = 0
        events = stage.world.aws.client("dynamodb").meta.events
        events.register("after-call.dynamodb.Query", self._note)

    def _note(self, parsed: Any, **_: Any) -> None:
        self.items += parsed["ScannedCount"]

    def of(self, action: Callable[[], Seen]) -> tuple[Seen, int]:
        self.items = 0
        seen = action()
        return seen, self.items


def fill(stage: Stage, kinds: Iterable[str], state: str, **facts: str) -> None:
    """Have cases of one prefecture wait, a second after one another."""
    began = stage.clock.now() - timedelta(days=2)
    items = []
    for place, kind in enumerate(kinds):
        at = began + timedelta(seconds=place)
        number = str(10**18 + place)
        case = Case(kind, number, "1001", "来宾市", state, 1, at, at, facts=facts)
        items.append({"PutRequest": {"Item": case_item(case).to_dynamodb_dict()}})
    client = stage.world.aws.client("dynamodb")
    for begin in range(0, len(items), 25):
        client.batch_write_item(RequestItems={"mutual-aid-local-cases": items[begin : begin + 25]})


def test_a_page_reads_what_it_shows(sit: Sit, stage: Stage) -> None:
    fill(stage, ["subsidy"] * MANY, "first_review")
    desk, read = sit("anna", Role.FIRST_REVIEWER), Read(stage)
    seen, items = read.of(lambda: desk.open("/staff?state=first_review"))
    assert (len(numbers(seen)), items) == (PAGE, PAGE)
    href = next(e.get("href") for e in seen.tree.iter() if e.text == "下一页")
    again, items = read.of(lambda: desk.open(href))
    assert (len(numbers(again)), items) == (PAGE, PAGE)
    assert not set(numbers(seen)) & set(numbers(again))


def test_a_rare_kind_is_looked_for_page_by_page(sit: Sit, stage: Stage) -> None:
    """Applications, and behind them one change."""
    fill(stage, [*["subsidy"] * 21 * PAGE, "change"], "first_review")
    desk, read = sit("anna", Role.FIRST_REVIEWER), Read(stage)
    seen, items = read.of(lambda: desk.open("/staff?state=first_review&kind=change"))
    assert numbers(seen) == []
    assert "继续查找" in seen.text
    assert items <= 10 * PAGE
    for _ in range(2):
        href = next(e.get("href") for e in seen.tree.iter() if e.text == "下一页")
        seen = desk.open(href)
    assert len(numbers(seen)) == 1
    assert "下一页" not in seen.text


def test_the_next_one_is_not_looked_for_for_ever(sit: Sit, stage: Stage) -> None:
    """Thousands wait for a second look, and the first was this person's own."""
    fill(stage, ["subsidy"] * MANY, "second_review", first_reviewer="bob")
    desk, read = sit("bob", Role.SECOND_REVIEWER), Read(stage)
    form = desk.open("/staff").form("/staff/next")
    seen, items = read.of(lambda: desk.post("/staff/next", form, follow=False))
    assert seen.headers["Location"] == "/staff?notice=nothing"
    assert items <= 10 * PAGE


def test_kinds_share_a_queue_and_its_tab(sit: Sit, stage: Stage, office: object) -> None:
    fill(stage, ["subsidy", "change"], "first_review")
    desk = sit("anna", Role.FIRST_REVIEWER)
    seen = desk.open("/staff")
    assert seen.text.count("待初核") >= 1
    tabs = [e for e in seen.tree.iter() if e.get("class") == "st-tab"]
    assert [tab.text for tab in tabs].count("待初核") == 2, "the parcel's own, and the shared one"
    shown = desk.open("/staff?state=first_review").text
    assert "住院医疗补助" in shown
    assert "个人信息变更" in shown


def test_finance_begins_where_the_desk_decides(sit: Sit, stage: Stage) -> None:
    fill(stage, ["subsidy"] * 3, "payable")
    desk = sit("fin", Role.FINANCE)
    assert numbers(desk.open("/staff")) == []
    assert len(numbers(desk.open("/staff?state=payable"))) == 3
    form = desk.open("/staff").form("/staff/next")
    seen = desk.post("/staff/next", form, follow=False)
    assert seen.headers["Location"] == "/staff?notice=nothing", (
        "what is paid in batches is not next"
    )
