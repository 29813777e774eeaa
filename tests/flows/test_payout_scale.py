"""Ten thousand payments: what a slice costs, what a page reads, and what stays in memory."""

import io
import json
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.casework.records import case_item
from chalicelib.payout import export, imports, service, worker
from chalicelib.payout.models import PaymentState, ResultState
from chalicelib.payout.work import Budget
from chalicelib.store import keys
from chalicelib.store.payouts import (
    BatchItem,
    LeftItem,
    PaymentItem,
    ResultItem,
    payee_place,
)
from chalicelib.store.tables import Database, Item
from chalicelib.world import World
from tests.fakes.bank import written
from tests.fakes.cloud import Stage
from tests.fakes.fuse import Fuse
from tests.fakes.grant import payee
from tests.fakes.light import lighten
from tests.fakes.payroom import MAKER, PayRoom

MANY, FEW = 10_000, 500
MEGABYTE = 1 << 20
BATCH = "2124751876539813900"


@pytest.fixture
def room(stage: Stage) -> PayRoom:
    lighten()
    return PayRoom(stage)


def counted(room: PayRoom, act: Callable[[], object]) -> Counter[str]:
    """Return which calls an act makes, and how often."""
    fuse = Fuse()
    fuse.wire(room.world.aws, "dynamodb", "s3")
    with fuse.arm():
        act()
    return Counter(fuse.passed)


# ---- round trips ----


def test_a_payment_is_one_transaction_in_every_work(room: PayRoom) -> None:
    """What else a slice costs does not grow with its payments."""
    cost: dict[str, list[Counter[str]]] = {"gather": [], "release": [], "import": []}
    for payments in (2, 7):
        for _ in range(payments):
            room.grants.approved()
        number = service.build(room.world, MAKER, ["来宾市"], 100, room.op())
        cost["gather"].append(counted(room, room.work))
        cost["release"].append(counted(room, lambda n=number: room.release(n)))
        numbers = room.bank.take(room.export(number))
        report = room.bank.report(numbers)
        cost["import"].append(counted(room, lambda n=number, r=report: room.bring(n, r)))
    for work, (two, seven) in cost.items():
        assert seven - two == Counter({"TransactWriteItems": 5}), work
        assert sum(two.values()) <= 14 + 2, (work, two)


def test_pages_read_no_more_than_they_show(room: PayRoom) -> None:
    """First page of a batch: one query; any other: two; the list: one."""
    number = big_batch(room, payments=300, left=20)
    items: Counter[str] = Counter()

    def read(parsed: dict[str, Any], **_: Any) -> None:
        items["items"] += parsed.get("Count", 0)

    room.world.database.client.meta.events.register("after-call.dynamodb.Query", read)
    after, pages = "", 0
    seen: list[str] = []
    while pages == 0 or after:
        items.clear()
        calls = Counter[str]()
        shown = None

        def look(after: str = after) -> None:
            nonlocal shown
            shown = service.read(room.world, MAKER, number, after)

        calls = counted(room, look)
        assert shown is not None
        assert calls["Query"] == sum(calls.values()) <= (2 if after else 1)
        assert items["items"] <= 100
        seen += [payment.number for payment in shown.payments]
        after, pages = shown.more, pages + 1
    assert seen == sorted(seen)
    assert len(set(seen)) == 300
    calls = counted(room, lambda: service.listed(room.world, MAKER, None))
    assert calls == Counter({"Query": 1})


def big_batch(room: PayRoom, *, payments: int, left: int) -> str:
    room.grants.approved()
    number = room.gather()
    room.release(number)
    made = room.items(number)[0]
    for index in range(payments - 1):
        case = f"{2 * 10**18 + index}"
        copy = PaymentItem(
            made.pk,
            keys.payment(f"{case}01"),
            number=f"{case}01",
            **{n: getattr(made, n) for n in ("kind", "attempt", "amount_fen", "payee", "state")},
            case_number=case,
            gathered_at=made.gathered_at,
        )
        copy.save()
    for index in range(left):
        case = f"{2 * 10**18 + index}"
        now = room.stage.clock.now()
        LeftItem(made.pk, keys.left(case), case_number=case, code="busy", at=now).save()
    return number


# ---- memory ----


class Endless:
    """DynamoDB with a batch of any size that is made up as it is read, and keeps no writes."""

    def __init__(self, world: World, payments: int) -> None:
        self.world = world
        self.payments = payments
        self.meta = world.database.client.meta
        self.writes = 0
        self.sealed: dict[str, Any] = {}
        # made before memory is measured
        self.rows = [self.payment(index) for index in range(payments)]

    def batch(self) -> dict[str, Any]:
        counters = dict.fromkeys(
            ("gathered", "unknown", "paid", "paid_fen", "failed", "removed", "contradicted"), 0
        )
        now = self.world.clock.now()
        return BatchItem(
            keys.batch(BATCH),
            keys.BATCH,
            number=BATCH,
            owner=keys.BATCHES,
            state="exporting",
            version=5,
            prefectures={"来宾市"},
            created_at=now,
            changed_at=now,
            operation="op",
            maker="mia",
            wanted=MANY,
            most_fen=10**12,
            single_fen=10**9,
            payments=self.payments,
            total_fen=sum(100 + index % 900 for index in range(self.payments)),
            released=self.payments,
            downloads=0,
            **counters,
        ).serialize()

    def payment(self, index: int) -> dict[str, Any]:
        case = f"{2 * 10**18 + index}"
        number = f"{case}01"
        place = payee_place(BATCH, number)
        return PaymentItem(
            keys.batch(BATCH),
            keys.payment(number),
            number=number,
            kind="grant",
            case_number=case,
            attempt=1,
            amount_fen=100 + index % 900,
            payee=self.world.vault.seal(json.dumps(payee()), place=place),
            state=PaymentState.RELEASED.value,
            gathered_at=self.world.clock.now(),
        ).serialize()

    def case(self, index: int, template: Any) -> dict[str, Any]:
        case = f"{2 * 10**18 + index}"
        data = {"amount": 1, "payee": payee(), "payments": 1, "payment": f"{case}01"}
        return case_item(replace(template, number=case, state="paying", data=data)).serialize()

    def query(self, ExclusiveStartKey: int = 0, **_: Any) -> dict[str, Any]:  # noqa: N803
        page = {"Items": self.rows[ExclusiveStartKey : (end := ExclusiveStartKey + 500)]}
        return page | ({"LastEvaluatedKey": end} if end < self.payments else {})

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        ((table, wanted),) = RequestItems.items()
        found = [self.found(key["pk"]["S"], key["sk"]["S"]) for key in wanted["Keys"]]
        return {"Responses": {table: [item for item in found if item]}}

    def found(self, pk: str, sk: str) -> dict[str, Any] | None:
        if sk == keys.BATCH:
            return self.batch()
        if sk.startswith(keys.PAYMENT_PREFIX):
            return self.rows[int(sk.removeprefix(keys.PAYMENT_PREFIX)[:-2]) - 2 * 10**18]
        if sk == keys.CASE:
            return self.case(int(keys.name_in(pk)) - 2 * 10**18, self.sealed["case"])
        return None

    def transact_write_items(self, **_: Any) -> None:
        self.writes += 1


class Drain:
    """S3 that reads what it is sent and forgets it, and has one file to give."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.file = b""

    def put_object(self, Body: Any, **_: Any) -> dict[str, str]:  # noqa: N803
        self.sizes.append(sum(len(part) for part in iter(lambda: Body.read(1 << 16), b"")))
        return {"VersionId": "1"}

    def get_object(self, **_: Any) -> dict[str, Any]:
        return {"Body": io.BytesIO(self.file), "ContentLength": len(self.file)}


def endless(room: PayRoom, payments: int) -> tuple[World, Endless, Drain]:
    """Return a world on a batch that stands in no table."""
    template = room.grants.approved()
    client, drain = Endless(room.world, payments), Drain()
    client.sealed["case"] = template
    database = Database(client, "mutual-aid-local").use()
    aws = SimpleNamespace(client=lambda _service: drain)
    overrides = {**room.world.overrides, "database": database, "aws": aws}
    world = replace(room.world, overrides={**overrides, "vault": room.world.vault})
    return world, client, drain


def peak(act: Callable[[], object]) -> int:
    """Return how many bytes an act had at once."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture(autouse=True)
def _database_back() -> Iterator[None]:
    used = Item.database
    yield
    Item.database = used


def test_an_export_of_ten_thousand_stays_small(room: PayRoom) -> None:
    peaks = {}
    for payments in (FEW, MANY):
        world, client, drain = endless(room, payments)
        batch = BatchItem.from_raw_data(client.batch())
        budget = Budget.of(world.clock, payments=1, within=timedelta(seconds=40))

        def act(world: World = world, batch: Any = batch, budget: Budget = budget) -> None:
            assert export.export(world, batch, budget, "") is None

        peaks[payments] = peak(act)
        assert client.writes == 1
        assert len(drain.sizes) == 2
        assert max(drain.sizes) > payments * 100
    assert peaks[MANY] < peaks[FEW] + 3 * MEGABYTE, peaks


def test_a_result_file_of_ten_thousand_stays_small(room: PayRoom) -> None:
    peaks = {}
    for payments in (FEW, MANY):
        world, client, drain = endless(room, payments)
        drain.file = written(
            [
                (f"{2 * 10**18 + i}01", f"{(100 + i % 900) / 100:.2f}", "成功", "")
                for i in range(payments)
            ]
        )
        now = world.clock.now()
        file = ResultItem(
            keys.batch(BATCH),
            keys.result("id"),
            number=BATCH,
            state=ResultState.READING.value,
            account="mia",
            began_at=now,
            object_version="1",
            rows=payments - FEW,
            applied=0,
            unchanged=0,
            problems=0,
        )
        budget = Budget.of(world.clock, payments=FEW, within=timedelta(seconds=40))

        def act(world: World = world, file: Any = file, budget: Budget = budget) -> None:
            assert imports.read_result(world, file, budget, "") == "id"

        peaks[payments] = peak(act)
        # a transaction a payment, and a note a portion
        assert client.writes == FEW + -(-FEW // 40)
    # the file itself lies on disk; its payment numbers are compared in memory, 400 bytes each
    assert peaks[MANY] < peaks[FEW] + 6 * MEGABYTE, peaks


def test_a_message_is_a_slice(room: PayRoom) -> None:
    """No message takes more payments than fit before the function's end."""
    assert worker.PAYMENTS <= 200
    assert worker.ROWS <= 1000
    assert timedelta(seconds=300) < worker.LEASE < worker.STANDS
