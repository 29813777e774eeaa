"""The bank of `make run`: it takes our files as a stranger would, and pays no number twice."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
import requests

from chalicelib.payout.results import ResultRow, read
from chalicelib.payout.sheets import PaymentRow, Totals, write_csv, write_xlsx
from infra.local.bank.counter import Counter, Outcome, Rule
from infra.local.bank.orders import Refused
from tests.fakes.simulators import Live
from tests.unit.payout_examples import ONE, THREE, TWO, payment, totals

ROWS = [payment(), payment(TWO, 20_000), payment(THREE, 1)]
Writer = Callable[[Path, Iterable[PaymentRow], Totals], str]
WRITERS = {"csv": write_csv, "xlsx": write_xlsx}


def exported(folder: Path, rows: list[PaymentRow], ext: str = "csv") -> bytes:
    """What the product exports."""
    path = folder / f"out.{ext}"
    WRITERS[ext](path, rows, totals(rows))
    return path.read_bytes()


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path / "bank", lambda: 1_795_415_280.0)


@pytest.mark.parametrize("ext", WRITERS)
def test_our_files_are_taken_to_the_fen(counter: Counter, tmp_path: Path, ext: str) -> None:
    head, new = counter.take(f"付款.{ext}", exported(tmp_path, ROWS, ext))
    assert new
    assert (head.count, head.total_fen) == (3, 143_457)
    first = counter.orders(head)[0]
    assert (first.number, first.account, first.holder) == (ONE, ROWS[0].account, "韦小明")
    assert [order.amount_fen for order in counter.orders(head)] == [123_456, 20_000, 1]


def test_the_same_file_is_taken_once(counter: Counter, tmp_path: Path) -> None:
    data = exported(tmp_path, ROWS)
    assert counter.take("a.csv", data)[1]
    assert not counter.take("b.csv", data)[1]
    assert len(counter.ledger.files) == 1


def test_a_number_is_paid_once_whatever_file_it_comes_in(counter: Counter, tmp_path: Path) -> None:
    first, _ = counter.take("a.csv", exported(tmp_path, ROWS))
    counter.apply(Rule.PAY, counter.orders(first))
    assert counter.paid() == (3, 143_457)
    again, new = counter.take("a.xlsx", exported(tmp_path, ROWS, "xlsx"))
    assert new
    assert again.again == 3
    assert counter.decide((order, Outcome.PAID, "") for order in counter.orders(again)) == 3
    assert counter.decide((order, Outcome.FAILED, "F02") for order in counter.orders(again)) == 3
    assert counter.paid() == (3, 143_457)
    assert counter.ledger.refused_twice == 9


@pytest.mark.parametrize("other", [payment(ONE, 5), payment(ONE, account="6222020200112233446")])
def test_a_known_number_for_another_payment_is_refused(
    counter: Counter, tmp_path: Path, other: PaymentRow
) -> None:
    head, _ = counter.take("a.csv", exported(tmp_path, ROWS))
    counter.apply(Rule.FAIL, counter.orders(head))
    with pytest.raises(Refused, match="另一金额或账户"):
        counter.take("b.csv", exported(tmp_path, [other]))
    assert len(counter.ledger.files) == 1


def test_what_is_unknown_can_be_cleared_up_and_what_failed_can_turn_out_paid(
    counter: Counter, tmp_path: Path
) -> None:
    head, _ = counter.take("a.csv", exported(tmp_path, ROWS))
    one, two, three = counter.orders(head)
    counter.decide([(one, Outcome.UNKNOWN, ""), (two, Outcome.FAILED, "F04")])
    assert counter.apply(Rule.CLEAR_UP, [one, two, three]) == 1
    counter.decide([(two, Outcome.PAID, "")])
    assert counter.paid() == (2, 143_456)
    assert counter.fate(three) is None


def test_the_books_outlive_the_bank(counter: Counter, tmp_path: Path) -> None:
    head, _ = counter.take("a.csv", exported(tmp_path, ROWS))
    counter.apply(Rule.MIXED, counter.orders(head))
    reopened = Counter(tmp_path / "bank", lambda: 0.0)
    assert reopened.ledger == counter.ledger
    assert reopened.orders(head) == counter.orders(head)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text.replace("1234.56", "1234.57", 1), "合计行的笔数或金额"),
        (lambda text: "\r\n".join(text.splitlines()[:-1]), "没有合计行"),
        (lambda text: "\r\n".join(text.splitlines()[:2] + text.splitlines()[3:]), "序号不连续"),
        (lambda text: text.replace(TWO, ONE), "出现多次"),
        (lambda text: text.replace("序号", "编号"), "第一行应为"),
        (lambda text: text.replace(ROWS[0].account, "'6222", 1), "账号不是"),
        (lambda text: text + '"4","1","a","622202020011223344","","","1.00",""\r\n', "合计之后"),
        (lambda _text: "PK\x03\x04", "文件已损坏"),
    ],
)
def test_a_damaged_file_is_refused_whole(
    counter: Counter, tmp_path: Path, damage: Callable[[str], str], words: str
) -> None:
    text = exported(tmp_path, ROWS).decode("utf-8-sig")
    with pytest.raises(Refused, match=words):
        counter.take("a.csv", damage(text).encode())
    assert not counter.ledger.files


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with Live(tmp_path_factory.mktemp("bank")).up() as live:
        yield live


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("words", ["0", "1"])
def test_a_round_at_the_counter(live: Live, tmp_path: Path, kind: str, words: str) -> None:
    tail = f"{['csv', 'xlsx'].index(kind)}{words}"
    rows = [payment(f"1344168415353114{place:03d}{tail}", 100 + place) for place in range(10)]
    data = exported(tmp_path, rows, kind)
    name = f"付款.{kind}"
    answer = requests.post(f"{live.url}/bank/files", files={"file": (name, data)}, timeout=20)
    assert answer.status_code == 200
    page = answer.url.partition("?")[0]
    requests.post(f"{page}/rule", data={"rule": "mixed"}, timeout=20)
    result = requests.get(f"{page}/result", params={"kind": kind, "words": words}, timeout=20)
    said = list(read(io.BytesIO(result.content), f"result.{kind}"))
    assert [(r.payment_number, r.amount_fen) for r in said if isinstance(r, ResultRow)] == [
        (row.number, row.amount_fen) for row in rows
    ]
    outcomes = [(row.outcome, row.code) for row in said if isinstance(row, ResultRow)]
    assert outcomes.count(("paid", "")) == 7
    assert outcomes.count(("unknown", "")) == 1
    assert ("failed", "F01") in outcomes
    assert ("failed", "F02") in outcomes


def test_single_payments_are_decided_on_the_page(live: Live, tmp_path: Path) -> None:
    rows = [payment("134416841535311500001"), payment("134416841535311500101")]
    files = {"file": ("a.csv", exported(tmp_path, rows))}
    page = requests.post(f"{live.url}/bank/files", files=files, timeout=20).url
    form = {f"fate_{rows[0].number}": "failed F03", f"fate_{rows[1].number}": "gone"}
    text = requests.post(f"{page}/rows", data=form, timeout=20).text
    assert re.search(r"待处理 <b>1</b>.*失败 <b>1</b>", text, re.DOTALL)
    result = requests.get(f"{page}/result?kind=csv", timeout=20).content.decode("utf-8-sig")
    assert [line.split(",")[2:4] for line in result.splitlines()[1:]] == [["失败", "F03"]]


def test_what_is_no_payment_file_is_said_on_the_page(live: Live) -> None:
    files = {"file": ("a.csv", b"x,y\n")}
    answer = requests.post(f"{live.url}/bank/files", files=files, timeout=20)
    assert answer.status_code == 400
    assert "没有受理" in answer.text
    assert requests.get(f"{live.url}/bank/files/nothing", timeout=20).status_code == 404


def test_forms_of_other_sites_are_refused(live: Live) -> None:
    answer = requests.post(
        f"{live.url}/bank/files",
        files={"file": ("a.csv", b"")},
        headers={"Origin": "http://elsewhere.example"},
        timeout=20,
    )
    assert answer.status_code == 403


def test_the_phone_page_leads_to_the_bank(live: Live) -> None:
    assert 'href="/bank"' in requests.get(live.url, timeout=20).text
    assert "银行柜台" in requests.get(f"{live.url}/bank", timeout=20).text
