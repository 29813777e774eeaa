"""Roster files of every make, and files that are none."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from chalicelib.core import workbook as reader
from chalicelib.core.cells import Cell
from chalicelib.core.errors import Refused
from chalicelib.core.tables import below_heading, read_rows
from chalicelib.membership.roster_columns import LAYOUT
from tests.unit.roster_examples import GOOD, csv_text, row, workbook

SECOND = row(姓名="韦丽", 备注="忽略")
HEADING = list(GOOD)


def read(data: bytes) -> list[tuple[int, dict[str, Cell]]]:
    return list(read_rows(io.BytesIO(data), LAYOUT))


def refused(data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        read(data)
    return caught.value.message


def table() -> str:
    return csv_text([GOOD, row(姓名="韦丽")])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_every_encoding(encoding: str, delimiter: str) -> None:
    found = read(csv_text([GOOD, row(姓名="韦丽")], delimiter=delimiter).encode(encoding))
    assert found == [(2, GOOD), (3, row(姓名="韦丽"))]


def test_chinese_after_a_long_ascii_part_is_still_recognised() -> None:
    filler = "a" * 3_000_000
    data = (f"{filler},x\r\n" + table()).encode("gb18030")
    with pytest.raises(Refused):  # one cell is longer than a reader accepts
        read(data)
    lines = "a,b\r\n" * 19 + table()
    assert [number for number, _ in read(lines.encode("gb18030"))] == [21, 22]


def test_a_title_above_and_empty_lines_between() -> None:
    heading, first, second = table().splitlines()
    text = "\r\n".join(["广西职工互助花名册", "", heading, first, ",,,", second, ""])
    assert [number for number, _ in read(text.encode())] == [4, 6]


def test_columns_in_any_order_and_unknown_ones_ignored() -> None:
    text = table().replace("份数", "备注", 1)
    (_, found), _ = read(text.encode())
    assert found == {k: v for k, v in GOOD.items() if k != "份数"}


def test_a_path_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "名册.csv"
    path.write_text(table(), encoding="utf-8", newline="")
    assert len(list(read_rows(path, LAYOUT))) == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "没有找到表头"),
        ("你好\n".encode(), "没有找到表头"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "另存为 .xlsx"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "无法识别文件的文字编码"),
        (b"\xff\xfea", "无法识别文件的文字编码"),
        (b"PK\x03\x04 not a package", "文件已损坏"),
    ],
)
def test_files_that_are_no_roster(data: bytes, words: str) -> None:
    assert words in refused(data)


def test_missing_and_double_columns_are_named() -> None:
    heading, *rest = table().splitlines()
    without = "\r\n".join([heading.replace("手机号码", "甲").replace("所属市", "乙"), *rest])
    assert refused(without.encode()) == "表头缺少：手机号码、所属市。请补上这些列后重新导入。"
    double = "\r\n".join([heading.replace("份数", "联系电话"), *rest])
    assert "两列都表示：手机号码" in refused(double.encode())
    assert "请在表头中写明：证件号码、参保单位" in refused(
        b"\xe5\xa7\x93\xe5\x90\x8d,\xe7\x94\xb5\xe8\xaf\x9d\n"
    )


def test_a_quote_that_never_ends_is_refused_and_not_swallowed() -> None:
    broken = table().replace("韦丽", '"韦丽')
    assert refused(broken.encode()).startswith("第 3 行无法读取")


def test_rows_before_the_damage_are_given(tmp_path: Path) -> None:
    rows = read_rows(io.BytesIO(table().replace("韦丽", '"韦丽').encode()), LAYOUT)
    assert next(rows) == (2, GOOD)
    with pytest.raises(Refused):
        next(rows)


def book(*sheets: list[list[object]], hidden: tuple[int, ...] = ()) -> bytes:
    made = Workbook()
    made.remove(made.worksheets[0])
    for index, lines in enumerate(sheets):
        sheet = made.create_sheet(f"表{index}")
        for line in lines:
            sheet.append(line)
        if index in hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_a_workbook_with_real_dates_and_numbers() -> None:
    line: list[object] = list(GOOD.values())
    line[HEADING.index("出生日期")] = datetime(1949, 12, 31)  # noqa: DTZ001
    line[HEADING.index("手机号码")] = 17900000001
    line[HEADING.index("份数")] = 1
    ((number, found),) = read(book([HEADING, line]))
    assert number == 2
    assert found == row(出生日期=18263, 手机号码=17900000001, 份数=1)


def test_the_roster_is_found_behind_a_cover_sheet_and_hidden_ones_are_skipped() -> None:
    cover: list[list[object]] = [["填写说明"], ["请勿修改表头"]]
    hidden: list[list[object]] = [HEADING, list(row(姓名="隐藏者").values())]
    data = book(cover, hidden, [HEADING, list(GOOD.values())], hidden=(1,))
    assert [found["姓名"] for _, found in read(data)] == ["欧阳小明"]


def test_validations_styles_and_pictures_do_not_matter() -> None:
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.append(HEADING)
    sheet.append(list(GOOD.values()))
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = "A1:O2"
    sheet.column_dimensions["A"].width = 30
    sheet.row_dimensions[2].height = 40
    out = io.BytesIO()
    made.save(out)
    assert len(read(out.getvalue())) == 1


def shared(texts: list[str]) -> str:
    heading = "".join(f'<c t="s"><v>{i}</v></c>' for i in range(len(HEADING)))
    cells = "".join(f'<c t="s"><v>{len(HEADING) + i}</v></c>' for i in range(len(texts)))
    return f'<row r="1">{heading}</row><row r="3" ht="15" customHeight="1">{cells}</row>'


def items(texts: list[str]) -> list[str]:
    return [f"<si><t>{text}</t></si>" for text in texts]


def test_shared_texts_rich_texts_and_phonetic_guides(tmp_path: Path) -> None:
    values = [str(value) for value in GOOD.values()]
    texts = items(HEADING) + items(values)
    texts[len(HEADING)] = (
        "<si><r><t>欧阳</t></r><r><t>小明</t></r><rPh sb='0' eb='1'><t>おうよう</t></rPh></si>"
    )
    path = workbook(tmp_path / "a.xlsx", shared(values), texts=texts)
    assert list(read_rows(path, LAYOUT)) == [(3, GOOD)]


def test_gaps_formulas_errors_and_inline_texts(tmp_path: Path) -> None:
    heading = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEADING)
    line = (
        '<c r="C2" t="str"><f>A1</f><v>11010519491231002X</v></c><c r="F2"><v>1.79E10</v></c>'
        '<c r="G2" t="e"><v>#N/A</v></c><c r="CZ2"><v>1</v></c>'
    )
    path = workbook(tmp_path / "a.xlsx", f"<row>{heading}</row><row>{line}</row>")
    ((number, found),) = read_rows(path, LAYOUT)
    assert number == 2
    assert found == {
        "姓名": None,
        "证件类型": None,
        "证件号码": "11010519491231002X",
        "性别": None,
        "出生日期": None,
        "手机号码": 1.79e10,
        "参保单位": "#N/A",
    }


@pytest.mark.parametrize(
    "sheet",
    [
        "<row r='1'><c r='1'><v>1</v></c></row>",
        "<row r='x'/>",
        "<row><c t='s'><v>99</v></c></row>",
        "<row><c t='s'><v>-1</v></c></row>",
        "<row><c><v>zwölf</v></c></row>",
        f"<row><c><v>{'9' * 5000}</v></c></row>",
        "<row><c t='inlineStr'><is><t>" + "长" * 40_000 + "</t></is></c></row>",
        "<row><c>",
    ],
)
def test_damaged_sheets_are_refused(tmp_path: Path, sheet: str) -> None:
    with pytest.raises(Refused, match="文件已损坏"):
        list(read_rows(workbook(tmp_path / "a.xlsx", sheet), LAYOUT))


def test_a_document_type_is_refused_before_its_entities_grow(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "1234567890"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    path = workbook(tmp_path / "a.xlsx", "<row><c><v>&b;</v></c></row>", prologue=bomb)
    with pytest.raises(Refused, match="文件已损坏"):
        list(read_rows(path, LAYOUT))


def test_the_1904_calendar_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", "", properties='<workbookPr date1904="1"/>')
    with pytest.raises(Refused, match="1904"):
        list(read_rows(path, LAYOUT))


@pytest.mark.parametrize("part", ["xl/worksheets/a.xml", "xl/texts.xml", "xl/workbook.xml"])
def test_a_zip_bomb_is_refused_unopened(tmp_path: Path, part: str) -> None:
    good = workbook(tmp_path / "good.xlsx", "")
    bomb = tmp_path / "bomb.xlsx"
    with ZipFile(good) as source, ZipFile(bomb, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, b" " * (8 << 20) if name == part else source.read(name))
    assert bomb.stat().st_size < 20_000
    with pytest.raises(Refused, match="展开后过大"):
        list(read_rows(bomb, LAYOUT))


def test_a_package_without_a_workbook_is_refused() -> None:
    out = io.BytesIO()
    with ZipFile(out, "w") as package:
        package.writestr("hello.txt", "x")
    assert "文件已损坏" in refused(out.getvalue())


WHOLE = book([HEADING, list(GOOD.values())])


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=5), st.floats(0, 1))
def test_a_damaged_workbook_never_raises_anything_else(
    damages: list[tuple[float, int]], kept: float
) -> None:
    data = bytearray(WHOLE)
    for place, value in damages:
        data[int(place * (len(data) - 1))] = value
    with suppress(Refused):
        read(bytes(data[: 4 + int(kept * len(data))]))


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from("<>\"'/&cvrts9A \0")), max_size=4))
def test_a_damaged_sheet_never_raises_anything_else(damages: list[tuple[float, str]]) -> None:
    sheet = list(shared([str(value) for value in GOOD.values()]))
    for place, character in damages:
        sheet[int(place * (len(sheet) - 1))] = character
    with TemporaryDirectory() as folder:
        texts = items([*HEADING, *(str(value) for value in GOOD.values())])
        path = workbook(Path(folder) / "a.xlsx", "".join(sheet), texts=texts)
        with suppress(Refused):
            list(read_rows(path, LAYOUT))


def test_more_rows_than_a_roster_has_are_refused() -> None:
    def lines() -> Iterator[tuple[int, list[Cell]]]:
        yield 1, list(HEADING)
        for number in range(2, LAYOUT.most_rows + 4):
            yield number, ["某人"]

    with pytest.raises(Refused, match="拆分"):
        for _ in below_heading(iter([lines()]), LAYOUT):
            pass


def test_limits_leave_room_for_a_full_sheet() -> None:
    assert 200_000 * len(HEADING) * 80 <= reader.MAX_SHEET
