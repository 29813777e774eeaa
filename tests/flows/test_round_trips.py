"""Round trips are counted, never timed: home ≤ 2, any employee page ≤ 2, any submit ≤ 3."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.cloud import Stage
from tests.fakes.phone import Phone
from tests.flows.binding import ask_code, bind, typed


class Counter:
    """Sees every call that leaves through a client."""

    def __init__(self, stage: Stage) -> None:
        self.calls: list[str] = []
        for service in ("dynamodb", "kms"):
            client = stage.world.aws.client(service)
            client.meta.events.register_first(f"before-send.{service}.*", self._note)

    def _note(self, request: Any, **_: Any) -> None:
        self.calls.append(request.headers.get("X-Amz-Target", b"").decode().rpartition(".")[2])

    def of(self, action: Callable[[], Any]) -> list[str]:
        self.calls.clear()
        action()
        return list(self.calls)


@pytest.fixture
def counter(stage: Stage) -> Counter:
    return Counter(stage)


def test_pages(phone: Phone, stage: Stage, enrol: Callable[..., str], counter: Counter) -> None:
    enrol()
    bind(phone, stage)
    assert counter.of(lambda: phone.open("/")) == ["BatchGetItem"]
    assert counter.of(lambda: phone.open("/me")) == ["BatchGetItem"]
    assert counter.of(lambda: phone.open("/me/unbind")) == ["BatchGetItem"]
    assert counter.of(lambda: phone.open("/enrolments")) == ["BatchGetItem", "Query"]
    link = next(iter(re.findall(r'"(/enrolments/[^"]+)"', phone.open("/enrolments").body)))
    assert counter.of(lambda: phone.open(link)) == ["BatchGetItem", "Query"]
    assert counter.of(lambda: phone.open("/notices")) == ["Query", "BatchGetItem"]
    assert counter.of(lambda: phone.open("/policy")) == ["Query"]


def test_submits(phone: Phone, stage: Stage, enrol: Callable[..., str], counter: Counter) -> None:
    enrol()
    fields = typed(phone.open("/bind"))
    calls = counter.of(lambda: phone.post("/bind/code", fields))
    assert calls == ["BatchGetItem", "TransactWriteItems"]
    code = stage.sms.sent[-1].params[0]
    submit = counter.of(lambda: phone.post("/bind", fields | {"code": code}, follow=False))
    assert submit == ["BatchGetItem", "UpdateItem", "TransactWriteItems"]
    form = phone.open("/me/unbind").form("/me/unbind")
    assert counter.of(lambda: phone.post("/me/unbind", form, follow=False)) == [
        "BatchGetItem",
        "TransactWriteItems",
    ]


def test_wrong_name_number_or_phone_cost_the_same(
    phone: Phone, stage: Stage, enrol: Callable[..., str], counter: Counter
) -> None:
    enrol()
    costs = []
    for wrong in ({"name": "李四"}, {"doc_number": "440524188001010014"}, {"phone": "13800000002"}):
        stage.clock.forward(minutes=30)
        seen, code = ask_code(phone, stage, **wrong)
        fields = typed(seen, code=code, **wrong)
        costs.append(counter.of(lambda fields=fields: phone.post("/bind", fields)))
    assert costs == [["BatchGetItem", "UpdateItem"]] * 3
