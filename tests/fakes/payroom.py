"""Finance at work: people, a worker behind its queue, and a bank."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from chalicelib.casework.machine import Role
from chalicelib.payout import imports, service, worker
from chalicelib.payout.models import BatchState
from chalicelib.store import keys
from chalicelib.store.payouts import BatchItem, PaymentItem, Payouts
from chalicelib.store.plans import PlanBook
from chalicelib.web.staff import StaffPerson
from chalicelib.world import World
from infra import doctor
from infra.plan import load
from tests.fakes.bank import Bank, fen
from tests.fakes.cloud import BUCKET, Stage
from tests.fakes.grant import Grants
from tests.fakes.pictures import open_bucket
from tests.fakes.pipes import SleepyQueue

PLAN = load(Path("infra/plans/demo-2026.toml"))
PLACE = "来宾市"
QUEUE = "mutual-aid-local-payout"


def person(account: str, *places: str, member: str = "") -> StaffPerson:
    roles = frozenset([Role.FINANCE])
    return StaffPerson(account, account, roles, frozenset(places or (PLACE,)), member)


MAKER, RELEASER = person("mia"), person("rita")


class PayRoom:
    """The payout room of a stage; `ask` the worker by draining its queue."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.queue = SleepyQueue()
        overrides = {**stage.world.overrides, "_queues": {QUEUE: self.queue}}
        stage.world = replace(stage.world, overrides=overrides)
        self.s3 = open_bucket(stage)
        self.bank = Bank()
        self.grants = Grants(stage)
        dump = PLAN.model_dump(mode="json")
        book = PlanBook(stage.world.database)
        book.publish(PLAN.version, dump, seen=0, account="ops", at=stage.clock.now())

    @property
    def world(self) -> World:
        return self.stage.world

    @property
    def store(self) -> Payouts:
        return Payouts(self.world.database)

    def work(self, rounds: int = 1000) -> int:
        """Let the worker have messages until there are none; returns how many there were."""
        for done in range(rounds):
            if not self.queue.bodies:
                return done
            body = self.queue.bodies.pop(0)
            self.stage.clock.forward(seconds=1)
            worker.run(self.world, body)
        raise AssertionError(f"still asked for: {self.queue.bodies}")

    def gather(self, count: int = 100, who: StaffPerson = MAKER) -> str:
        made = service.build(self.world, who, sorted(who.prefectures), count, self.op())
        self.work()
        return made

    def release(self, number: str, who: StaffPerson = RELEASER) -> None:
        service.release(self.world, who, number, self.batch(number).version, self.op())
        self.work()

    def export(self, number: str, who: StaffPerson = MAKER) -> bytes:
        """Export a batch, and hand its file to the bank."""
        service.export(self.world, who, number, self.batch(number).version, self.op())
        self.work()
        return self.file(number)

    def file(self, number: str, ext: str = "csv") -> bytes:
        file = service.read(self.world, MAKER, number).batch.files[ext]
        answer = self.s3.get_object(Bucket=BUCKET, Key=file.key, VersionId=file.version)
        return answer["Body"].read()

    def bring(self, number: str, body: bytes, who: StaffPerson = MAKER) -> str:
        """Send a result file and let it be read; returns its id."""
        upload = service.begin_result(self.world, who, number)
        key = keys.result_object(number, upload.result_id)
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        service.import_result(self.world, who, number, upload.result_id)
        self.work()
        return upload.result_id

    def pay(self, number: str) -> str:
        """Let a batch go all the way from 待放行 through the bank and back."""
        self.release(number)
        numbers = self.bank.take(self.export(number))
        return self.bring(number, self.bank.report(numbers))

    def settled(self, number: str) -> None:
        """Look whether a batch is done, as the end of an import does."""
        imports.settled(self.world, number)

    def bank_paid(self, case_number: str, truth: dict[str, tuple[str, str]]) -> list[int]:
        """Return what the owner of a case got, where the bank says what it did elsewhere."""
        return [
            fen(order.amount)
            for number, order in self.bank.orders.items()
            if number.startswith(case_number) and truth[number][0] == "paid"
        ]

    def batch(self, number: str) -> BatchItem:
        found = self.store.batch(number)
        assert found is not None
        return found

    def state(self, number: str) -> BatchState:
        return BatchState(self.batch(number).state)

    def payments(self, number: str) -> dict[str, str]:
        """Return the states of a batch's payments by case."""
        return {item.case_number: item.state for item in self.store.payments(number)}

    def items(self, number: str) -> list[PaymentItem]:
        return [*self.store.payments(number)]

    def examined(self) -> list[tuple[str, str]]:
        found = doctor.examine(self.world.database, self.stage.clock.now())[1]
        return [(one.where, one.what) for one in found]

    def op(self) -> str:
        return self.stage.ids.token()


def wiped(stage: Stage) -> Any:
    """Forget what waits to be told: nobody listens in these tests."""
    client = stage.world.aws.client("dynamodb")
    pages = client.get_paginator("scan").paginate(TableName="mutual-aid-local-cases")
    for item in (item for page in pages for item in page["Items"]):
        if item["sk"]["S"].startswith(keys.OUTBOX_PREFIX):
            client.delete_item(
                TableName="mutual-aid-local-cases", Key={"pk": item["pk"], "sk": item["sk"]}
            )
