"""The demo roster: `python -m infra.demo.roster --out .local --employees 2000 --format xlsx`.

Writes OUT/demo/roster.xlsx (or .csv) and OUT/demo-people.json, six employees with six kinds of
documents to bind with. The same seed and day give the same content, CSV to the byte.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from random import Random

import click

from chalicelib.core.clock import SystemClock, beijing_date
from chalicelib.core.identity import DocType
from chalicelib.membership.roster_columns import COLUMNS
from infra.demo.people import Employee, employees
from infra.paths import LOCAL

SEED = 20260101
EMPLOYEES = 2000
PLAN = "职工医疗互助保障（示例）"
_SHOWN_PEOPLE = 6

Row = tuple[str | int | date, ...]


def rows(people: Iterable[Employee], year: int) -> Iterator[Row]:
    """One row for each year that an employee is covered, newest first, in the order of COLUMNS."""
    for who in people:
        for covered in (year,) if who.new_this_year else (year, year - 1):
            yield (
                who.name,
                who.doc_type.label,
                who.doc_number,
                who.sex.label,
                who.birth_date,
                who.phone,
                who.unit.name,
                who.unit.number,
                who.unit.prefecture,
                who.insurance.label,
                who.social_card,
                PLAN,
                date(covered, 1, 1),
                date(covered, 12, 31),
                who.shares,
            )


def people(count: int, today: date) -> Iterator[Employee]:
    """The demo employees as of a year; the day within the year makes no difference."""
    seeded = Random(SEED)  # noqa: S311  # repeatable is the point; nothing here is secret
    return employees(seeded, count, date(today.year, 1, 1))


def write_csv(path: Path, content: Iterable[Row]) -> None:
    """Write the roster as CSV that spreadsheets open right."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(content)


def write_xlsx(path: Path, content: Iterable[Row]) -> None:
    """Write the roster as a workbook, row by row."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("花名册")
    sheet.append(list(COLUMNS))
    for row in content:
        sheet.append([_moment(cell) for cell in row])
    book.save(path)


def write(out: Path, *, count: int, today: date, kind: str) -> Path:
    """Write roster and people below `out`, and return the roster's path."""
    path = out / "demo" / f"roster.{kind}"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = rows(people(count, today), today.year)
    (write_xlsx if kind == "xlsx" else write_csv)(path, content)
    shown = [_shown(who) for who in _different_documents(people(count, today))]
    text = json.dumps(shown, ensure_ascii=False, indent=2) + "\n"
    (out / "demo-people.json").write_text(text, encoding="utf-8")
    return path


def _different_documents(everybody: Iterable[Employee]) -> list[Employee]:
    """The first holder of each kind of document, one of each as far as six go."""
    first: dict[DocType, Employee] = {}
    for who in everybody:
        first.setdefault(who.doc_type, who)
        if len(first) == len(DocType):
            break
    return list(islice(first.values(), _SHOWN_PEOPLE))


def _shown(who: Employee) -> dict[str, str]:
    return {
        "name": who.name,
        "doc_type_label": who.doc_type.label,
        "doc_number": who.doc_number,
        "phone": who.phone,
        "unit": who.unit.name,
    }


def _moment(cell: str | int | date) -> str | int | datetime:
    """Midnight of a date: the only form in which a workbook marks a number as a date."""
    return datetime(cell.year, cell.month, cell.day) if isinstance(cell, date) else cell  # noqa: DTZ001


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=LOCAL, show_default=True)
@click.option("--employees", "--rows", "count", type=click.IntRange(min=1), default=EMPLOYEES)
@click.option("--format", "kind", type=click.Choice(["xlsx", "csv"]), default="xlsx")
def main(out: Path, count: int, kind: str) -> None:
    """Write the demo roster, and six people to bind with."""
    today = beijing_date(SystemClock().now())
    path = write(out, count=count, today=today, kind=kind)
    click.echo(f"{path}: {count} employees")


if __name__ == "__main__":
    main()
