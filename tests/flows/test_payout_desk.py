"""打款 on the pages: who may do what, what is asked before, and what comes back from the bank."""

from collections.abc import Iterator

import pytest
from chalice.test import Client

from chalicelib.casework.case import Actor
from chalicelib.casework.machine import Role
from chalicelib.payout import texts
from chalicelib.payout.models import BatchState
from chalicelib.store import keys
from tests.fakes.bank import written
from tests.fakes.cloud import BUCKET, Stage
from tests.fakes.desk import Desk, Office
from tests.fakes.grant import payee
from tests.fakes.payroom import PLACE, PayRoom, person
from tests.fakes.phone import Seen
from tests.flows.test_round_trips import Counter

HOME = "/staff/payouts"
BAD, UNSURE = "6222020000000000033", "6222020000000000041"
SCRIPT = {"accept": "application/json"}


@pytest.fixture
def room(stage: Stage) -> PayRoom:
    return PayRoom(stage)


@pytest.fixture
def office(room: PayRoom) -> Iterator[Office]:
    from app import app

    app.world = room.world
    with Client(app) as client:
        yield Office(client, room.stage)


@pytest.fixture
def mia(office: Office) -> Desk:
    return office.sit("mia", Role.FINANCE)


@pytest.fixture
def rita(office: Office) -> Desk:
    return office.sit("rita", Role.FINANCE)


def build(desk: Desk, **fields: str) -> Seen:
    form = desk.open(f"{HOME}/new").form(HOME)
    return desk.post(HOME, {"token": form["token"], "prefecture": PLACE, "count": "100"} | fields)


def tight(page: Seen) -> str:
    """What a page says, without blanks: cells stand side by side in its text."""
    return "".join(page.text.split())


def press(desk: Desk, number: str, what: str, **fields: str) -> Seen:
    """Press a button of a batch's page."""
    path = f"{HOME}/{number}"
    page = desk.open(path)
    forms = [f"{path}/{name}" for name in ("release", "export", "download", "import")]
    form = page.form(next(action for action in forms if f'action="{action}"' in page.body))
    return desk.post(f"{path}/{what}", {"version": "0"} | form | fields)


def released(room: PayRoom, mia: Desk, rita: Desk) -> str:
    """Gather a batch and release it, on the pages."""
    number = build(mia).url.rpartition("/")[2]
    room.work()
    question = press(rita, number, "release")
    rita.post(f"{HOME}/{number}/release", question.form(f"{HOME}/{number}/release"))
    room.work()
    return number


def exported(room: PayRoom, mia: Desk, rita: Desk) -> str:
    number = released(room, mia, rita)
    press(mia, number, "export")
    room.work()
    return number


def bring(room: PayRoom, desk: Desk, number: str, body: bytes) -> Seen:
    """Send a result file as the page's script does; returns the report."""
    path = f"{HOME}/{number}"
    token = desk.open(path).form(f"{path}/import")["token"]
    order = desk.post(f"{path}/results", {"token": token}, **SCRIPT)
    assert order.status == 200, order.body
    result = order.body.partition('"id": "')[2].partition('"')[0]
    room.s3.put_object(Bucket=BUCKET, Key=keys.result_object(number, result), Body=body)
    began = press(desk, number, "import", result=result)
    assert began.status == 200
    room.work()
    return desk.open(began.url)


def test_a_round_from_gathering_to_the_last_result(room: PayRoom, mia: Desk, rita: Desk) -> None:
    good, bad = room.grants.approved(10_000), room.grants.approved(20_050, payee=payee(BAD))
    room.bank.refuses[BAD] = "F02"
    form = mia.open(f"{HOME}/new")
    assert "来宾市 2 件" in form.text
    begun = build(mia)
    number = begun.url.rpartition("/")[2]
    assert "正在汇集待打款的申请" in begun.text
    assert "0 / 100" in begun.text
    room.work()
    assert "2 笔" in mia.open(begun.url).text

    question = press(rita, number, "release")
    assert question.title == "放行这个批次？"
    assert "2 笔" in question.text
    assert "¥300.50" in question.text
    assert room.state(number) is BatchState.READY
    going = rita.post(f"{HOME}/{number}/release", question.form(f"{HOME}/{number}/release"))
    assert "正在逐笔放行" in going.text
    room.work()
    assert "正在生成付款文件" in press(mia, number, "export").text
    room.work()
    page = mia.open(f"{HOME}/{number}")
    file = room.file(number)
    for ext in ("csv", "xlsx"):
        assert room.batch(number).files
        assert f"下载 .{ext}" in page.text
    numbers = room.bank.take(file)

    report = bring(room, mia, number, room.bank.report(numbers))
    assert "已读2行采用2行无变化0行有问题0行" in tight(report)
    done = mia.open(f"{HOME}/{number}")
    assert "已完成" in done.text
    assert "户名或卡号有误，已通知职工修正收款账户" in done.text
    assert f'href="/staff/cases/{good.number}"' in done.body
    assert room.grants.now(bad).state == "account_repair"
    again = bring(room, mia, number, room.bank.report(numbers))
    assert "采用0行无变化2行" in tight(again)
    assert "已完成" in mia.open(HOME).text


def test_the_maker_cannot_release(room: PayRoom, mia: Desk) -> None:
    room.grants.approved()
    number = build(mia).url.rpartition("/")[2]
    room.work()
    page = mia.open(f"{HOME}/{number}")
    assert "核对并放行" not in page.text
    assert "解散批次" in page.text
    token = page.form(f"{HOME}/{number}/release")
    tried = mia.post(f"{HOME}/{number}/release", token | {"sure": "1"})
    assert tried.status == 403
    assert room.state(number) is BatchState.READY


def test_the_question_names_what_will_be_moved_out(
    room: PayRoom, mia: Desk, office: Office
) -> None:
    mine = room.grants.approved(second=Actor(Role.SECOND_REVIEWER, "rosa"))
    own = room.grants.approved(member="1009")
    other = room.grants.approved()
    rosa = office.sit("rosa", Role.FINANCE, Role.SECOND_REVIEWER, member_id="1009")
    number = build(mia).url.rpartition("/")[2]
    room.work()
    question = press(rosa, number, "release")
    assert "以下 2 笔将移出批次" in question.text
    assert f"{mine.number}{texts.SIGNED}" in question.text
    assert f"{own.number}{texts.OWN}" in question.text
    assert other.number not in question.text
    rosa.post(f"{HOME}/{number}/release", question.form(f"{HOME}/{number}/release"))
    room.work()
    assert room.payments(number) == {
        mine.number: "removed",
        own.number: "removed",
        other.number: "released",
    }
    page = rosa.open(f"{HOME}/{number}")
    assert "没有纳入本批次的申请（2）" in page.text


def test_a_batch_is_dissolved_after_a_question(room: PayRoom, mia: Desk) -> None:
    case = room.grants.approved()
    number = build(mia).url.rpartition("/")[2]
    room.work()
    question = press(mia, number, "dissolve")
    assert question.title == "解散这个批次？"
    mia.post(f"{HOME}/{number}/dissolve", question.form(f"{HOME}/{number}/dissolve"))
    room.work()
    assert room.grants.now(case).state == "payable"
    assert "批次已解散" in mia.open(f"{HOME}/{number}").text


def test_what_changed_since_the_question_is_looked_at_again(
    room: PayRoom, mia: Desk, rita: Desk
) -> None:
    room.grants.approved()
    number = build(mia).url.rpartition("/")[2]
    room.work()
    question = press(rita, number, "release")
    stale = question.form(f"{HOME}/{number}/release") | {"version": "1"}
    answer = rita.post(f"{HOME}/{number}/release", stale)
    assert answer.status == 409
    assert "刚刚发生了变化" in answer.text
    assert room.state(number) is BatchState.READY


def test_the_same_form_twice_makes_one_batch(room: PayRoom, mia: Desk) -> None:
    room.grants.approved()
    form = mia.open(f"{HOME}/new").form(HOME)
    first = mia.post(HOME, form | {"prefecture": PLACE, "count": "5"})
    second = mia.post(HOME, form | {"prefecture": PLACE, "count": "5"})
    assert first.url == second.url


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"count": ""}, "count", "之间的整数。"),
        ({"count": "很多"}, "count", "之间的整数。"),
        ({"count": "-1"}, "count", "之间的整数。"),
        ({"count": "999999"}, "count", "之间的整数。"),
        ({"prefecture": ""}, "prefectures", "请至少选择一个您负责的地区。"),
        ({"prefecture": "南宁市"}, "prefectures", "请至少选择一个您负责的地区。"),
    ],
)
def test_a_form_that_is_wrong_comes_back_with_what_was_typed(
    room: PayRoom, mia: Desk, fields: dict[str, str], field: str, sentence: str
) -> None:
    answer = build(mia, **fields)
    assert answer.status == 422
    assert answer.error(field).endswith(sentence)
    assert answer.form(HOME)["count"] == fields.get("count", "100")
    assert "汇集批次" in answer.text


def test_a_file_is_taken_twice_for_a_reason_only(room: PayRoom, mia: Desk, rita: Desk) -> None:
    room.grants.approved()
    number = exported(room, mia, rita)
    first = press(mia, number, "download", ext="csv")
    assert first.title == "下载付款文件"
    assert "amazonaws" in first.body
    second = press(mia, number, "download", ext="xlsx")
    assert second.status == 422
    assert second.error("reason") == "该文件已下载过，再次下载请填写原因。"
    path = f"{HOME}/{number}"
    form = mia.open(path).form(f"{path}/download")
    given = mia.post(f"{path}/download", form | {"ext": "xlsx", "reason": "原文件损坏"}, **SCRIPT)
    assert given.status == 200
    assert '"ok": true' in given.body
    assert "已下载 2 次" in mia.open(path).text
    audit = room.world.audit.day("2026-11-23", None)
    assert [one.detail for one in audit if one.action == "payout_download"] == ["原文件损坏", "csv"]


def test_lines_that_were_not_taken_are_told_one_by_one(
    room: PayRoom, mia: Desk, rita: Desk
) -> None:
    case = room.grants.approved(10_000)
    number = exported(room, mia, rita)
    (payment,) = room.bank.take(room.file(number))
    body = written(
        [
            (payment, "100.01", "成功", ""),
            ("134416841535311499901", "1.00", "成功", ""),
            ("134416841535311499801", "1.00", "已冲正", ""),
        ]
    )
    report = bring(room, mia, number, body)
    assert "有问题3行" in tight(report)
    assert f"2付款编号{payment}金额与付款文件不一致" in tight(report)
    assert f"4结果{texts.RESULT_UNKNOWN}" in tight(report)
    assert room.grants.now(case).state == "paying"
    file = mia.open(report.url + "/csv")
    lines = file.body.removeprefix("\ufeff").splitlines()
    assert lines[0] == "行,栏目,付款编号,说明"
    assert len(lines) == 4
    assert "attachment" in file.headers["Content-Disposition"]


def test_a_file_nobody_can_read_is_said(room: PayRoom, mia: Desk, rita: Desk) -> None:
    room.grants.approved()
    number = exported(room, mia, rita)
    report = bring(room, mia, number, b"%PDF-1.7")
    assert "没有找到表头" in report.text
    assert "无法读取" in mia.open(f"{HOME}/{number}").text


def test_an_import_without_a_file_is_refused(room: PayRoom, mia: Desk, rita: Desk) -> None:
    room.grants.approved()
    number = exported(room, mia, rita)
    assert press(mia, number, "import").error("result") == texts.FILE_MISSING
    missing = press(mia, number, "import", result="nothing-was-sent")
    assert missing.status == 422
    assert missing.error("result").startswith("文件还没有上传完成")


def test_a_bank_that_contradicts_itself_is_red(room: PayRoom, mia: Desk, rita: Desk) -> None:
    room.grants.approved(10_000, payee=payee(BAD))
    room.bank.refuses[BAD] = "F02"
    number = exported(room, mia, rita)
    (payment,) = room.bank.take(room.file(number))
    bring(room, mia, number, room.bank.report([payment]))
    bring(room, mia, number, written([(payment, "100.00", "成功", "")]))
    page = mia.open(f"{HOME}/{number}")
    assert texts.CONTRADICTED.format(count=1) in page.text
    assert texts.CONTRADICTIONS["paid"] in page.text
    assert "st-clash" in page.body


def test_what_is_unknown_is_never_called_failed(room: PayRoom, mia: Desk, rita: Desk) -> None:
    room.grants.approved(10_000, payee=payee(UNSURE))
    room.bank.unsure = {UNSURE}
    number = exported(room, mia, rita)
    bring(room, mia, number, room.bank.report(room.bank.take(room.file(number))))
    page = mia.open(f"{HOME}/{number}")
    assert texts.UNKNOWN.format(count=1) in page.text
    assert "结果未知1笔" in tight(page)


def test_payees_are_masked_everywhere(room: PayRoom, mia: Desk, rita: Desk) -> None:
    room.grants.approved(10_000, payee=payee(BAD))
    number = exported(room, mia, rita)
    page = mia.open(f"{HOME}/{number}")
    assert "****0033" in page.text
    assert BAD not in page.body
    assert "李示例" not in page.body


def test_payments_come_in_pages(room: PayRoom, mia: Desk) -> None:
    cases = [room.grants.approved(100 + place) for place in range(53)]
    number = build(mia).url.rpartition("/")[2]
    room.work()
    first = mia.open(f"{HOME}/{number}")
    assert first.body.count("/staff/cases/") == 50
    more = first.body.partition(f'href="{HOME}/{number}?after=')[2].partition('"')[0]
    second = mia.open(f"{HOME}/{number}?after={more}")
    assert second.body.count("/staff/cases/") == 3
    assert cases[-1].number in second.body
    assert "53 笔" in second.text


def test_others_prefectures_do_not_exist(room: PayRoom, mia: Desk, office: Office) -> None:
    room.grants.approved()
    number = build(mia).url.rpartition("/")[2]
    room.work()
    other = office.sit("olaf", Role.FINANCE, prefectures=("北海市",))
    assert other.open(f"{HOME}/{number}").status == 404
    assert number not in other.open(HOME).body
    form = other.open(f"{HOME}/new").form(HOME)
    assert other.post(f"{HOME}/{number}/release", form).status == 404


def test_auditors_read_and_others_do_not_enter(room: PayRoom, mia: Desk, office: Office) -> None:
    room.grants.approved()
    number = build(mia).url.rpartition("/")[2]
    room.work()
    auditor = office.sit("audrey", Role.AUDITOR)
    page = auditor.open(f"{HOME}/{number}")
    assert page.status == 200
    assert "<form" not in page.body.partition("<main")[2]
    assert "新建批次" not in auditor.open(HOME).text
    assert auditor.open(f"{HOME}/new").status == 403
    reviewer = office.sit("anna", Role.FIRST_REVIEWER)
    assert reviewer.open(HOME).status == 403
    assert 'href="/staff/payouts"' not in reviewer.open("/staff").body


def test_a_short_page_of_others_batches_still_leads_on(
    room: PayRoom, mia: Desk, office: Office
) -> None:
    room.grants.approved()
    number = build(mia).url.rpartition("/")[2]
    room.work()
    stranger = person("olaf", "北海市")
    for _ in range(20):
        room.stage.clock.forward(seconds=1)
        room.gather(who=stranger)
    newest = mia.open(HOME)
    assert number not in newest.body
    older = newest.body.partition(f'href="{HOME}?before=')[2].partition('"')[0]
    assert number in mia.open(f"{HOME}?before={older}").body


@pytest.mark.parametrize("path", ["abc", "1", "9" * 30, "..%2F..", "1344168415353114999"])
def test_batches_that_cannot_be_are_not_found(mia: Desk, path: str) -> None:
    assert mia.open(f"{HOME}/{path}").status == 404
    assert mia.open(f"{HOME}?before={path}").status == 200


def test_a_page_reads_what_it_shows(room: PayRoom, mia: Desk) -> None:
    for place in range(53):
        room.grants.approved(100 + place)
    path = build(mia).url
    room.work()
    counter = Counter(room.stage)
    # batches, and whether a payment is disputed
    assert counter.of(lambda: mia.open(HOME)) == ["BatchGetItem", "Query", "Query"]
    assert counter.of(lambda: mia.open(path)) == ["BatchGetItem", "Query", "BatchGetItem"]
    assert counter.of(lambda: mia.open(f"{HOME}/new")) == ["BatchGetItem", "Query", "BatchGetItem"]
