"""Round trips of an application are counted: a page two, a submission three, however old the file."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.casework.kind import register
from chalicelib.store import keys, years
from chalicelib.subsidy import drafts, evidence, service
from chalicelib.subsidy.draft import Typed
from chalicelib.subsidy.kind import KIND
from chalicelib.subsidy.preview import preview
from chalicelib.subsidy.stay import Stay
from tests.fakes.cloud import Stage
from tests.fakes.phone import Phone
from tests.flows import claiming
from tests.flows.claiming import TYPED, asking

SESSION = "BatchGetItem"
"""The session's own trip, which brings the draft, the case and the plans."""


class Counter:
    """Sees every call that leaves for the database."""

    def __init__(self, stage: Stage) -> None:
        self.calls: list[str] = []
        events = stage.world.aws.client("dynamodb").meta.events
        events.register_first("before-send.dynamodb.*", self._note)

    def _note(self, request: Any, **_: Any) -> None:
        self.calls.append(request.headers["X-Amz-Target"].decode().rpartition(".")[2])

    def of(self, action: Callable[[], Any]) -> list[str]:
        self.calls.clear()
        action()
        return list(self.calls)


@pytest.fixture
def counter(stage: Stage) -> Counter:
    return Counter(stage)


@pytest.fixture
def li(stage: Stage, enrol: Callable[..., str]) -> str:
    """An employee, and a plan."""
    register(KIND)
    claiming.publish(stage)
    return enrol()


def stays_before(stage: Stage, member_id: str, count: int) -> None:
    """Let an employee have claimed many stays of the year."""
    stay = Stay.model_validate(TYPED)
    sealed = evidence.sealed_days(stage.world.vault, member_id, stay)
    item = {"pk": {"S": keys.member(member_id)}, "sk": {"S": keys.year(2026)}}
    numbers = [stage.ids.number() for _ in range(count)]
    item |= {keys.year_stay(number): {"S": sealed} for number in numbers}
    database = stage.world.database
    database.client.put_item(TableName=database.name(years.TABLE), Item=item)


def test_a_draft_is_begun_saved_and_submitted(stage: Stage, li: str, counter: Counter) -> None:
    someone, world = claiming.member(stage, li), stage.world
    begun = counter.of(lambda: drafts.begin(world, someone, agreed=True, operation="form"))
    assert begun == ["Query", "TransactWriteItems"]
    number = claiming.write(stage, li)
    new = claiming.picture(stage, li, "diagnosis")
    visit = asking(stage, li, number)
    draft = drafts.read(visit, number)

    def keep(fields: dict[str, str], documents: dict[str, list[str]]) -> list[str]:
        visit = asking(stage, li, number)
        draft = drafts.read(visit, number)
        typed = Typed(fields, documents, str(draft.version))
        return counter.of(lambda: drafts.save(visit, draft, "stay", typed))

    assert keep({"department": "呼吸内科"}, {}) == ["TransactWriteItems"]
    assert keep({}, {"diagnosis": [new]}) == ["BatchGetItem", "TransactWriteItems"]
    assert counter.of(lambda: drafts.read(visit, number)) == []
    assert counter.of(lambda: preview(world, drafts.judged(visit, draft))) == [SESSION]
    visit = asking(stage, li, number)
    submitted = counter.of(lambda: service.submit_once(visit, number, "submit"))
    assert submitted == ["BatchGetItem", "TransactWriteItems"]


def test_a_case_that_came_back(stage: Stage, li: str, counter: Counter) -> None:
    case = claiming.reject(stage, claiming.claim(stage, li))
    visit = asking(stage, li, case.number)
    assert counter.of(lambda: drafts.read(visit, case.number)) == []
    claiming.save(stage, li, case.number, "stay", {"department": "呼吸内科"})
    visit = asking(stage, li, case.number)
    assert counter.of(lambda: drafts.read(visit, case.number)) == []
    submitted = counter.of(lambda: service.submit_once(visit, case.number, "submit"))
    assert submitted == ["BatchGetItem", "TransactWriteItems"]
    visit = asking(stage, li, case.number)
    taken = counter.of(lambda: service.withdraw(visit, case.number, "withdraw"))
    assert taken == ["TransactWriteItems"]
    visit = asking(stage, li, case.number)
    untouched = counter.of(lambda: service.submit_once(visit, case.number, "again"))
    assert untouched == ["BatchGetItem", "TransactWriteItems"]
    failed = claiming.failed(stage, claiming.payable(stage, case))
    visit = asking(stage, li, case.number)
    typed = Typed({"account": "6227007200120897790"}, {}, str(failed.version))
    mended = counter.of(lambda: service.repair(visit, failed, typed, "repair"))
    assert mended == ["TransactWriteItems"]


def test_two_hundred_old_cases_cost_nothing(stage: Stage, li: str, counter: Counter) -> None:
    stays_before(stage, li, 200)
    case = claiming.claim(stage, li)
    someone = claiming.member(stage, li)
    calls = counter.of(lambda: service.own_story(stage.world, someone, case.number))
    assert calls == ["Query"]
    assert counter.of(lambda: service.listed(stage.world, someone, None)) == ["Query"]
    subject = evidence.Subject(li, case.number, Stay.model_validate(TYPED))
    read: list[evidence.Evidence] = []
    assert counter.of(lambda: read.append(evidence.read(stage.world, subject))) == [SESSION]
    assert len(read[0].others) == 200
    assert keys.year(2026) in {item.sk for item in read[0].years}


def test_every_page_costs_two_and_every_form_three(
    phone: Phone, stage: Stage, me: str, counter: Counter
) -> None:
    claiming.publish(stage)
    stays_before(stage, me, 200)
    case = claiming.claim(stage, me)
    phone.open("/subsidies")

    def page(path: str) -> int:
        calls = counter.of(lambda: phone.open(path, follow=False))
        assert len(calls) <= 2, (path, calls)
        return len(calls)

    def form(path: str, **typed: str) -> int:
        sent = {**phone.open(path_of_page(path)).form(path), **typed}
        calls = counter.of(lambda: phone.post(path, sent, follow=False))
        assert len(calls) <= 3, (path, calls)
        return len(calls)

    assert page("/subsidies") == 2
    assert page("/subsidies/new") == 1
    assert page(f"/subsidies/{case.number}") == 2
    assert page(f"/subsidies/{case.number}/submitted") == 1
    assert form("/subsidies/new", agree="1") == 3
    number = claiming.write(stage, me)
    here = f"/subsidies/{number}"
    for step in ("identity", "stay", "account", "review"):
        assert page(f"{here}/{step}") == 2
    assert page(f"{here}/delete") == 1
    assert form(f"{here}/submit") == 3
    assert form(f"{here}/withdraw") == 2
    assert form(f"{here}/delete") == 2
    claiming.reject(stage, case)
    for step in ("identity", "stay", "account", "review"):
        assert page(f"/subsidies/{case.number}/{step}") == 2
    assert form(f"/subsidies/{case.number}/submit") == 3
    done = claiming.failed(stage, claiming.payable(stage, case))
    assert page(f"/subsidies/{done.number}/repair") <= 2
    assert form(f"/subsidies/{done.number}/repair", account="6227007200120897790") == 2
    assert page(f"/subsidies/{done.number}") == 2


def path_of_page(form: str) -> str:
    """Return the page on which a form stands."""
    return form.replace("/submit", "/review")
