"""Rows and files to try an import with."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from chalicelib.core.cells import Cell
from chalicelib.store.vault import Vault
from tests.fakes.kms import FakeKms

TODAY = date(2026, 11, 23)

GOOD: dict[str, Cell] = {
    "姓名": "欧阳小明",
    "证件类型": "居民身份证",
    "证件号码": "11010519491231002X",
    "性别": "女",
    "出生日期": "1949-12-31",
    "手机号码": "17900000001",
    "参保单位": "南宁示例第一中学工会委员会",
    "单位编号": "GX4501-001",
    "所属市": "南宁市",
    "社保类型": "城镇职工基本医疗保险",
    "社保卡号": "123456464",
    "保障计划": "职工医疗互助保障（示例）",
    "保障开始": "2026-01-01",
    "保障结束": "2026-12-31",
    "份数": "1",
}
OTHERS = (
    "440524188001010014",
    "360426199101010071",
    "120103198806018241",
    "230306196304054513",
)


def row(**changes: Cell) -> dict[str, Cell]:
    """The good row with some cells changed."""
    return GOOD | changes


def other(place: int, **changes: Cell) -> dict[str, Cell]:
    """A good row of another employee."""
    derived: dict[str, Cell] = {"证件号码": OTHERS[place], "性别": "", "出生日期": ""}
    return GOOD | derived | {"手机号码": f"1790000010{place}"} | changes


def vault() -> Vault:
    """A vault whose digests are the same in every test."""
    kms = FakeKms()
    return Vault(kms.wrap(b"k" * 32), "local", kms, lambda count: b"n" * count)


def csv_text(rows: Iterable[dict[str, Cell]], *, delimiter: str = ",") -> str:
    """Rows as CSV text with the canonical heading."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(GOOD), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def csv_file(path: Path, rows: Iterable[dict[str, Cell]]) -> Path:
    """Rows as a CSV file in UTF-8."""
    path.write_text(csv_text(rows), encoding="utf-8", newline="")
    return path


_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def workbook(
    path: Path,
    sheet: str,
    *,
    texts: Sequence[str] = (),
    properties: str = "",
    prologue: str = "",
    compression: int = ZIP_DEFLATED,
) -> Path:
    """A workbook as Excel writes it: cells refer to shared texts. `sheet` is its sheetData."""

    def rels(*targets: tuple[str, str]) -> str:
        inner = "".join(
            f'<Relationship Id="r{i}" Type="{_RELS}/{kind}" Target="{target}"/>'
            for i, (kind, target) in enumerate(targets)
        )
        return f'<Relationships xmlns="{_PACKAGE}">{inner}</Relationships>'

    with ZipFile(path, "w", compression) as package:
        package.writestr("_rels/.rels", rels(("officeDocument", "xl/workbook.xml")))
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            rels(("worksheet", "/xl/worksheets/a.xml"), ("sharedStrings", "texts.xml")),
        )
        package.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELS}">{properties}'
            '<sheets><sheet name="花名册" sheetId="1" r:id="r0"/></sheets></workbook>',
        )
        package.writestr("xl/texts.xml", f'<sst xmlns="{_MAIN}">{"".join(texts)}</sst>')
        package.writestr(
            "xl/worksheets/a.xml",
            f'{prologue}<worksheet xmlns="{_MAIN}"><sheetData>{sheet}</sheetData></worksheet>',
        )
    return path
