"""Result files as banks make them: read exactly, or refused line by line with what to do."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from chalicelib.casework.reasons import FAILURES
from chalicelib.core.errors import Refused
from chalicelib.payout import bank_words, results, texts
from chalicelib.payout.results import ResultRow, RowProblem
from tests.unit.payout_examples import ONE, THREE, TWO, csv_bytes, read_bytes, xlsx_bytes
from tests.unit.roster_examples import workbook

ROOT = Path(__file__).parents[2]
PAID = (ONE, "1234.56", "成功", "", "")
FAILED = (TWO, "200.00", "失败", "F02", "")
UNKNOWN = (THREE, "0.01", "未知", "", "银行处理中")
ROWS = [
    ResultRow(2, ONE, 123_456, "paid", ""),
    ResultRow(3, TWO, 20_000, "failed", "F02"),
    ResultRow(4, THREE, 1, "unknown", ""),
]


def only(*line: object, heading: tuple[str, ...] | None = None) -> ResultRow | RowProblem:
    """What one line of a CSV file says."""
    kept = {"heading": heading} if heading else {}
    (row,) = read_bytes(csv_bytes(line, **kept))
    return row


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_of_csv(encoding: str) -> None:
    data = csv_bytes(PAID, FAILED, UNKNOWN).decode().encode(encoding)
    assert read_bytes(data) == ROWS


def test_a_workbook_with_texts_and_one_with_numbers() -> None:
    assert read_bytes(xlsx_bytes(PAID, FAILED, UNKNOWN)) == ROWS
    numbers = xlsx_bytes(
        (ONE, 1234.56, "成功", None, None), (TWO, 200, "失败", "F02"), (THREE, 0.01, "未知")
    )
    assert read_bytes(numbers) == ROWS


def test_columns_in_any_order_under_a_title_between_blank_lines() -> None:
    data = (
        "代发结果清单,,,\r\n,,,\r\n交易状态,账号,付款金额,客户流水号,失败原因\r\n"
        f"交易成功,6222,1234.56,{ONE},\r\n,,,,\r\n"
        f"代发失败,6222,200,{TWO},户名不符\r\n合计,,1434.56,2,\r\n总笔数：2,,,,\r\n"
    )
    assert read_bytes(data.encode()) == [
        ResultRow(4, ONE, 123_456, "paid", ""),
        ResultRow(6, TWO, 20_000, "failed", "F02"),
    ]


def test_the_payment_file_filled_in_place_is_a_result_file() -> None:
    heading = ("序号", "付款编号", "户名", "金额(元)", "结果", "失败代码")
    data = csv_bytes(
        ("1", ONE, "韦小明", "1234.56", "成功", ""),
        ("合计", "1", "", "1234.56", "", ""),
        heading=heading,
    )
    assert read_bytes(data) == [ROWS[0]]


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("1,234.56", 123_456),
        ("１２３４．５６", 123_456),
        ("¥1234.56元", 123_456),
        ("1234.5", 123_450),
        ("7", 700),
    ],
)
def test_amounts_as_banks_write_them(typed: str, fen: int) -> None:
    row = only(ONE, typed, "成功")
    assert isinstance(row, ResultRow)
    assert row.amount_fen == fen


def test_a_payment_number_in_groups_and_full_width() -> None:
    row = only("１３４４ 1684 1535 1173 1200 1", "1", "成功")
    assert isinstance(row, ResultRow)
    assert row.payment_number == ONE


@pytest.mark.parametrize(
    ("line", "field", "sentence"),
    [
        (("", "1", "成功"), "付款编号", texts.NUMBER_MISSING),
        (("BZ1", "1", "成功"), "付款编号", texts.NUMBER_SHAPE),
        (("1.34417E+20", "1", "成功"), "付款编号", texts.DIGITS_LOST),
        ((ONE, "", "成功"), "金额(元)", texts.AMOUNT_MISSING),
        ((ONE, "1.234", "成功"), "金额(元)", "金额最多到分（两位小数），请核对。"),
        ((ONE, "-1", "成功"), "金额(元)", "金额不能为负数，请核对。"),
        ((ONE, "一百", "成功"), "金额(元)", "金额请按 1234.50 的样式填写。"),
        ((ONE, "1", ""), "结果", texts.RESULT_MISSING),
        ((ONE, "1", "已冲正"), "结果", texts.RESULT_UNKNOWN),
        ((ONE, "1", "不成功"), "结果", texts.RESULT_UNKNOWN),
        ((ONE, "1", "失败", ""), "失败代码", texts.CODE_MISSING),
        ((ONE, "1", "失败", "F09"), "失败代码", texts.CODE_UNKNOWN),
        ((ONE, "1", "失败", "系统繁忙"), "失败代码", texts.CODE_UNKNOWN),
        ((ONE, "1", "失败", "F02 账户冻结"), "失败代码", texts.CODE_UNKNOWN),
        ((ONE, "1", "成功", "F02"), "失败代码", texts.CODE_WITHOUT_FAILURE),
        ((ONE, "1", "成功", "部分成功"), "失败代码", texts.CODE_WITHOUT_FAILURE),
        ((ONE, "1", "未知", "户名不符"), "失败代码", texts.CODE_WITHOUT_FAILURE),
    ],
)
def test_what_is_not_clear_is_never_guessed(
    line: tuple[str, ...], field: str, sentence: str
) -> None:
    assert only(*line) == RowProblem(2, field, sentence)


def test_a_number_that_a_workbook_rounded_is_refused() -> None:
    (row,) = read_bytes(xlsx_bytes((int(ONE), 1, "成功")))
    assert row == RowProblem(2, "付款编号", texts.DIGITS_LOST)


@pytest.mark.parametrize("amount", [0.105, -1.0, 1e300])
def test_a_workbooks_number_that_is_no_amount_is_refused(amount: float) -> None:
    (row,) = read_bytes(xlsx_bytes((ONE, amount, "成功")))
    assert isinstance(row, RowProblem)
    assert row.field == "金额(元)"


@pytest.mark.parametrize("number", ["nan", "inf"])
def test_a_number_that_is_none_is_refused(tmp_path: Path, number: str) -> None:
    heading = "".join(f'<c t="str"><v>{name}</v></c>' for name in ("付款编号", "金额", "结果"))
    line = f'<c t="str"><v>{ONE}</v></c><c><v>{number}</v></c><c t="str"><v>成功</v></c>'
    path = workbook(tmp_path / "a.xlsx", f"<row>{heading}</row><row>{line}</row>")
    assert read_bytes(path.read_bytes()) == [RowProblem(2, "金额(元)", texts.AMOUNT_WRONG)]


@pytest.mark.parametrize("code", list(FAILURES))
def test_every_failure_is_known_by_code_label_and_both(code: str) -> None:
    label = FAILURES[code].label
    for said in (code, code.lower(), label, f"{code} {label}", f"{code}：{label}"):
        assert bank_words.failure(said) == code


def test_the_banks_words_are_in_one_class_only() -> None:
    for table in (bank_words._OUTCOMES, bank_words._FAILURES):
        words = [bank_words._plain(word) for text in table.values() for word in text.split()]
        assert len(words) == len(set(words))
    assert not bank_words._OUTCOME_OF.keys() & bank_words._FAILURE_OF.keys()


def test_code_and_reason_in_two_columns() -> None:
    heading = ("付款编号", "金额", "结果", "返回码", "失败原因")
    assert only(ONE, "1", "失败", "E1207", "账号不存在", heading=heading) == ResultRow(
        2, ONE, 100, "failed", "F02"
    )
    assert only(ONE, "1", "失败", "F01", "账号不存在", heading=heading) == RowProblem(
        2, "失败代码", texts.CODES_DISAGREE
    )
    assert only(ONE, "1", "成功", "0000", "交易成功", heading=heading) == ResultRow(
        2, ONE, 100, "paid", ""
    )


def test_equal_lines_count_once() -> None:
    assert read_bytes(csv_bytes(PAID, FAILED, PAID)) == [
        ROWS[0],
        ROWS[1],
        RowProblem(4, "付款编号", texts.LINE_AGAIN.format(line=2)),
    ]


@pytest.mark.parametrize(
    "other",
    [(ONE, "1234.56", "失败", "F01"), (ONE, "1234.57", "成功"), (ONE, "1234.56", "未知")],
)
def test_of_lines_that_contradict_each_other_none_counts(other: tuple[str, ...]) -> None:
    said = texts.LINES_DISAGREE.format(lines="2、4")
    assert read_bytes(csv_bytes(PAID, FAILED, other)) == [
        RowProblem(2, "付款编号", said),
        ROWS[1],
        RowProblem(4, "付款编号", said),
    ]


def test_a_line_that_is_unclear_spoils_the_clear_one_of_the_same_payment() -> None:
    first, second = read_bytes(csv_bytes(PAID, (ONE, "1234.56", "已冲正")))
    assert first == RowProblem(2, "付款编号", texts.LINES_DISAGREE.format(lines="2、3"))
    assert second == RowProblem(3, "结果", texts.RESULT_UNKNOWN)


def test_lines_without_a_number_are_not_each_others_doubles() -> None:
    rows = read_bytes(csv_bytes(("", "1", "成功"), ("", "1", "成功")))
    assert [row.sentence for row in rows if isinstance(row, RowProblem)] == [
        texts.NUMBER_MISSING,
        texts.NUMBER_MISSING,
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "没有找到表头"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "另存为 .xlsx"),
        (b"PK\x03\x04 not a package", "文件已损坏"),
        ("付款编号,结果\n".encode(), "表头缺少：金额(元)"),
        ("付款编号,金额,结果,交易状态\n".encode(), "两列都表示：结果"),
        ("姓名,金额\n".encode(), "请在表头中写明：付款编号、结果"),
    ],
)
def test_files_that_are_no_result_file(data: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words.replace("(", r"\(").replace(")", r"\)")):
        read_bytes(data)


def test_a_name_that_says_another_kind_is_refused_unread() -> None:
    with pytest.raises(Refused, match=r"另存为 \.xlsx"):
        next(results.read(io.BytesIO(csv_bytes(PAID)), "结果.PDF"))


def test_a_zip_bomb_is_refused_unopened(tmp_path: Path) -> None:
    good, bomb = tmp_path / "good.xlsx", tmp_path / "bomb.xlsx"
    good.write_bytes(xlsx_bytes(PAID))
    with ZipFile(good) as source, ZipFile(bomb, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, b" " * (8 << 20) if "worksheets/" in name else data)
    with pytest.raises(Refused, match="展开后过大"):
        read_bytes(bomb.read_bytes())


def test_more_lines_than_a_batch_can_have_are_refused() -> None:
    lines = ((f"{number:014d}", "1", "成功") for number in range(results.LAYOUT.most_rows + 1))
    with pytest.raises(Refused, match="拆分"):
        read_bytes(csv_bytes(*lines))


_PROGRAM = f"""
import io
from chalicelib.payout.results import read
from tests.memory import peak_mb

def peak(count):
    lines = "".join(f"{{n:014d}}01,1.00,成功,\\n" for n in range(count))
    data = io.BytesIO(("付款编号,金额,结果,失败代码\\n" + lines).encode())
    del lines
    before = peak_mb()
    assert sum(1 for _ in read(data)) == count
    return peak_mb() - before

print(peak({results.LAYOUT.most_rows}))
"""


def test_a_long_file_needs_little_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= 60
