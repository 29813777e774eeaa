"""What the bank says: applied once, unchanged, or a problem that moves no money."""

import pytest

from chalicelib.casework.case import Case
from chalicelib.core.errors import Refused
from chalicelib.payout import service, settle, worker
from chalicelib.payout.models import BatchState, LeftCode, ResultState
from chalicelib.payout.results import ResultRow
from chalicelib.store import keys
from chalicelib.store.payouts import BatchItem, HoldItem, PaymentItem
from tests.fakes.bank import written
from tests.fakes.cloud import BUCKET, Stage
from tests.fakes.payroom import MAKER, RELEASER, PayRoom, wiped

PAID, FAILED, UNKNOWN = ("成功", ""), ("失败", "F02"), ("未知", "")


@pytest.fixture
def room(stage: Stage) -> PayRoom:
    return PayRoom(stage)


@pytest.fixture
def exported(room: PayRoom) -> tuple[str, Case]:
    """A batch that the bank has, and its one case."""
    case = room.grants.approved(10_000)
    number = room.gather()
    room.release(number)
    room.export(number)
    return number, case


def say(room: PayRoom, number: str, case: Case, *words: str, amount: str = "100.00") -> settle.Kind:
    """Bring a file of one row, and return what became of it."""
    result, code = words
    row = (keys.payment_number(case.number, 1), amount, result, code)
    result_id = room.bring(number, written([row]))
    found, _problems = service.report(room.world, MAKER, number, result_id)
    assert found.state is ResultState.DONE
    counts = {
        settle.Kind.APPLIED: found.applied,
        settle.Kind.UNCHANGED: found.unchanged,
        settle.Kind.PROBLEM: found.problems,
    }
    (kind,) = [kind for kind, count in counts.items() if count]
    return kind


APPLIED, UNCHANGED, PROBLEM = settle.Kind


@pytest.mark.parametrize(
    ("said", "kinds", "state", "held"),
    [
        ([PAID, PAID], [APPLIED, UNCHANGED], "closed", False),
        ([FAILED, FAILED], [APPLIED, UNCHANGED], "account_repair", False),
        ([UNKNOWN, UNKNOWN], [APPLIED, UNCHANGED], "paying", False),
        ([UNKNOWN, PAID], [APPLIED, APPLIED], "closed", False),
        ([UNKNOWN, FAILED], [APPLIED, APPLIED], "account_repair", False),
        ([PAID, UNKNOWN], [APPLIED, UNCHANGED], "closed", False),
        ([FAILED, UNKNOWN], [APPLIED, UNCHANGED], "account_repair", False),
        ([FAILED, PAID, PAID], [APPLIED, PROBLEM, PROBLEM], "account_repair", True),
        ([PAID, FAILED, FAILED], [APPLIED, PROBLEM, PROBLEM], "closed", True),
        ([("失败", "F06")], [APPLIED], "payable", False),
    ],
)
def test_the_first_clear_word_decides(
    room: PayRoom,
    exported: tuple[str, Case],
    said: list[tuple[str, str]],
    kinds: list[settle.Kind],
    state: str,
    *,
    held: bool,
) -> None:
    number, case = exported
    assert [say(room, number, case, *words) for words in said] == kinds
    assert room.grants.now(case).state == state
    assert room.batch(number).contradicted == held
    assert is_held(case) == held
    open_still = state == "paying"
    assert room.state(number) is (BatchState.EXPORTED if open_still else BatchState.SETTLED)


def is_held(case: Case) -> bool:
    return bool([*HoldItem.query(keys.hold(case.number))])


def test_an_amount_that_differs_settles_nothing(room: PayRoom, exported: tuple[str, Case]) -> None:
    number, case = exported
    assert say(room, number, case, *PAID, amount="100.01") is PROBLEM
    assert room.grants.now(case).state == "paying"


def test_rows_that_are_not_of_this_batch_settle_nothing(
    room: PayRoom, exported: tuple[str, Case]
) -> None:
    number, case = exported
    other = room.grants.approved(10_000)
    second = room.gather()
    room.release(second)
    room.export(second)
    rows = [
        (keys.payment_number(other.number, 1), "100.00", *PAID),
        (keys.payment_number(case.number, 2), "100.00", *PAID),
        (keys.payment_number(case.number, 1), "100.00", *PAID),
        ("123", "100.00", *PAID),
    ]
    result_id = room.bring(number, written(rows))
    found, problems = service.report(room.world, MAKER, number, result_id)
    assert (found.rows, found.applied, found.problems) == (4, 1, 3)
    assert [(one.line, one.field) for one in problems] == [
        (2, "付款编号"),
        (3, "付款编号"),
        (5, "付款编号"),
    ]
    assert problems[0].sentence == settle.NOT_HERE
    assert room.grants.now(other).state == "paying"
    assert room.grants.now(case).state == "closed"


def test_a_file_nobody_can_read_says_so(room: PayRoom, exported: tuple[str, Case]) -> None:
    number, case = exported
    result_id = room.bring(number, b"\x00\x01 no table at all")
    found, _problems = service.report(room.world, MAKER, number, result_id)
    assert found.state is ResultState.REFUSED
    assert found.sentence.endswith("。")
    assert room.grants.now(case).state == "paying"
    assert say(room, number, case, *PAID) is APPLIED


def test_a_contradicted_case_is_not_paid_again(room: PayRoom, exported: tuple[str, Case]) -> None:
    number, case = exported
    say(room, number, case, *FAILED)
    room.grants.repair(case)
    say(room, number, case, *PAID)
    second = room.gather()
    assert room.state(second) is BatchState.DISSOLVED
    assert left(room, second) == {case.number: LeftCode.HELD}
    wiped(room.stage)
    what = f"payment {case.number}01 is failed, and the bank also said paid"
    assert room.examined() == [(case.number, what)]


def test_a_contradiction_between_gathering_and_release_moves_it_out(
    room: PayRoom, exported: tuple[str, Case]
) -> None:
    number, case = exported
    say(room, number, case, *FAILED)
    room.grants.repair(case)
    good = room.grants.approved()
    second = room.gather()
    say(room, number, case, *PAID)
    room.release(second)
    assert room.payments(second) == {case.number: "removed", good.number: "released"}
    assert left(room, second) == {case.number: LeftCode.HELD}
    assert room.grants.now(case).state == "payable"


def test_a_contradiction_between_release_and_export_is_in_no_file(
    room: PayRoom, exported: tuple[str, Case]
) -> None:
    number, case = exported
    say(room, number, case, *FAILED)
    room.grants.repair(case)
    good = room.grants.approved(777)
    second = room.gather()
    room.release(second)
    say(room, number, case, *PAID)
    assert room.bank.take(room.export(second)) == [f"{good.number}01"]
    assert room.batch(second).total_fen == 777
    assert room.grants.now(case).state == "payable"
    assert left(room, second) == {case.number: LeftCode.HELD}


def test_a_contradiction_after_the_export_warns_whoever_takes_the_file(
    room: PayRoom, exported: tuple[str, Case]
) -> None:
    number, case = exported
    say(room, number, case, *FAILED)
    room.grants.repair(case)
    second = room.gather()
    room.release(second)
    room.export(second)
    say(room, number, case, *PAID)
    with pytest.raises(Refused, match="可能已经付过") as refused:
        service.download(room.world, MAKER, second, "csv", "")
    assert [*refused.value.errors] == ["reason"]
    assert service.download(room.world, MAKER, second, "csv", "银行已确认未付")


def test_a_contradiction_while_the_file_is_written_makes_it_anew(
    room: PayRoom, exported: tuple[str, Case]
) -> None:
    number, case = exported
    say(room, number, case, *FAILED)
    room.grants.repair(case)
    good = room.grants.approved(777)
    second = room.gather()
    room.release(second)
    events = room.world.aws.client("s3").meta.events
    row = ResultRow(2, keys.payment_number(case.number, 1), 10_000, "paid", "")

    def meanwhile(**_: object) -> None:
        events.unregister("before-call.s3.PutObject", meanwhile)
        assert settle.apply(room.world, number, row, "file:2").kind is PROBLEM

    events.register("before-call.s3.PutObject", meanwhile)
    assert room.bank.take(room.export(second)) == [f"{good.number}01"]
    assert left(room, second) == {case.number: LeftCode.HELD}
    assert service.read(room.world, MAKER, second).batch.problem == ""


def left(room: PayRoom, number: str) -> dict[str, str]:
    return {one.case_number: one.code for one in room.store.shown(number).left}


def test_a_payment_that_was_moved_out_and_yet_paid_is_held(room: PayRoom) -> None:
    case, good = room.grants.approved(10_000), room.grants.approved(10_000)
    number = room.gather()
    room.stage.world.database.client.update_item(
        TableName="mutual-aid-local-cases",
        Key={"pk": {"S": keys.case(case.number)}, "sk": {"S": keys.CASE}},
        UpdateExpression="SET second_reviewer = :rita",
        ExpressionAttributeValues={":rita": {"S": "rita"}},
    )
    room.release(number)
    room.export(number)
    assert room.payments(number) == {case.number: "removed", good.number: "released"}
    assert say(room, number, case, *FAILED) is PROBLEM
    assert not is_held(case)
    assert say(room, number, case, *PAID) is PROBLEM
    assert is_held(case)


def test_the_same_upload_is_read_once(room: PayRoom, exported: tuple[str, Case]) -> None:
    number, case = exported
    upload = service.begin_result(room.world, MAKER, number)
    with pytest.raises(Refused, match="没有上传完成"):
        service.import_result(room.world, MAKER, number, upload.result_id)
    key = keys.result_object(number, upload.result_id)
    row = (keys.payment_number(case.number, 1), "100.00", *PAID)
    room.s3.put_object(Bucket=BUCKET, Key=key, Body=written([row]))
    service.import_result(room.world, MAKER, number, upload.result_id)
    # a second version under the same name is not what was confirmed
    room.s3.put_object(Bucket=BUCKET, Key=key, Body=written([(row[0], "100.00", *FAILED)]))
    service.import_result(room.world, MAKER, number, upload.result_id)
    room.work()
    assert room.grants.now(case).state == "closed"
    (result,) = service.read(room.world, MAKER, number).results
    assert (result.rows, result.applied) == (1, 1)


def test_a_row_counts_once_however_often_it_is_read(
    room: PayRoom, exported: tuple[str, Case]
) -> None:
    number, case = exported
    row = ResultRow(2, keys.payment_number(case.number, 1), 10_000, "paid", "")
    said = [settle.apply(room.world, number, row, "file:2") for _ in range(3)]
    assert [outcome.kind for outcome in said] == [APPLIED] * 3
    assert settle.apply(room.world, number, row, "other:2").kind is UNCHANGED
    assert (room.batch(number).paid, room.batch(number).paid_fen) == (1, 10_000)


def test_before_the_export_there_are_no_results(room: PayRoom) -> None:
    room.grants.approved()
    number = room.gather()
    with pytest.raises(Refused, match="待放行"):
        service.begin_result(room.world, MAKER, number)
    with pytest.raises(Refused, match="待放行"):
        service.download(room.world, MAKER, number, "csv", "")


def test_a_file_is_taken_twice_only_for_a_reason(room: PayRoom, exported: tuple[str, Case]) -> None:
    number, _case = exported
    first = service.download(room.world, MAKER, number, "csv", "")
    assert "X-Amz-Expires=60" in first
    assert "payouts/" in first
    for ext in ("csv", "xlsx"):
        with pytest.raises(Refused) as refused:
            service.download(room.world, MAKER, number, ext, " ")
        assert [*refused.value.errors] == ["reason"]
    service.download(room.world, MAKER, number, "xlsx", "银行要求重传")
    assert room.batch(number).downloads == 2
    looks = [(e.action, e.detail) for e in room.world.audit.day("2026-11-23") if e.target == number]
    assert ("payout_download", "银行要求重传") in looks
    assert ("payout_download", "csv") in looks


def test_totals_that_differ_make_no_file(room: PayRoom) -> None:
    room.grants.approved(10_000)
    number = room.gather()
    room.release(number)
    batch = BatchItem(keys.batch(number), keys.BATCH)
    batch.update(actions=[BatchItem.total_fen.set(9_999)])
    service.export(room.world, MAKER, number, room.batch(number).version, "op")
    room.work()
    assert room.state(number) is BatchState.RELEASED
    assert service.read(room.world, MAKER, number).batch.problem == "totals"
    found = dict(room.examined())
    assert "totals" in found[number]


def test_two_who_export_at_once_make_one_file(room: PayRoom) -> None:
    case = room.grants.approved(10_000)
    number = room.gather()
    room.release(number)
    service.export(room.world, MAKER, number, room.batch(number).version, "op")
    (body,) = room.queue.bodies
    events = room.world.aws.client("s3").meta.events

    def meanwhile(**_: object) -> None:
        events.unregister("before-call.s3.PutObject", meanwhile)
        room.stage.clock.forward(minutes=10)
        worker.run(room.world, body)

    events.register("before-call.s3.PutObject", meanwhile)
    room.work()
    assert room.state(number) is BatchState.EXPORTED
    assert room.bank.take(room.file(number)) == [f"{case.number}01"]
    versions = room.s3.list_object_versions(Bucket=BUCKET, Prefix="payouts/")["Versions"]
    assert len(versions) == 2, "one file in two forms; the other worker's are gone"


def test_two_workers_who_release_at_once_release_once(room: PayRoom) -> None:
    case = room.grants.approved(10_000)
    number = room.gather()
    service.release(room.world, RELEASER, number, room.batch(number).version, "op")
    (body,) = room.queue.bodies
    events = room.world.database.client.meta.events

    def meanwhile(**_: object) -> None:
        events.unregister("before-call.dynamodb.TransactWriteItems", meanwhile)
        worker.run(room.world, body)

    events.register("before-call.dynamodb.TransactWriteItems", meanwhile)
    room.work()
    assert room.state(number) is BatchState.RELEASED
    assert room.payments(number) == {case.number: "released"}


# ---- what the doctor would see ----


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": "released"}, "its payment"),
        ({"amount_fen": 1}, "total_fen"),
        (None, "is nowhere"),
    ],
)
def test_the_doctor_sees_what_differs(
    room: PayRoom,
    exported: tuple[str, Case],
    change: dict[str, object] | None,
    words: str,
) -> None:
    number, case = exported
    say(room, number, case, *PAID)
    payment = keys.payment_number(case.number, 1)
    item = PaymentItem(keys.batch(number), keys.payment(payment))
    if change is None:
        item.delete()
    else:
        item.update(actions=[getattr(PaymentItem, n).set(v) for n, v in change.items()])
    wiped(room.stage)
    assert any(words in what for _where, what in room.examined())


def test_the_doctor_sees_a_batch_that_stands(room: PayRoom) -> None:
    room.grants.approved()
    number = service.build(room.world, MAKER, ["来宾市"], 10, "op")
    wiped(room.stage)
    assert room.examined() == []
    room.stage.clock.forward(minutes=31)
    assert any("stands in gathering" in what for _where, what in room.examined())
    room.queue.bodies.clear()
    worker.reconcile(room.world)
    room.work()
    assert room.state(number) is BatchState.READY
