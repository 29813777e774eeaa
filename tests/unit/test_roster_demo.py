"""The demo roster: the same every time, valid in every rule, and nobody's."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

from chalicelib.core import identity
from chalicelib.core.identity import DocType
from chalicelib.core.tables import read_rows
from chalicelib.membership.roster_columns import COLUMNS, LAYOUT, PREFECTURES
from infra.demo.people import units
from infra.demo.roster import EMPLOYEES, people, write

TODAY = date(2026, 11, 23)


def test_everybody_is_valid_and_unique() -> None:
    everybody = list(people(EMPLOYEES, TODAY))
    for who in everybody:
        assert identity.check(who.doc_type, who.doc_number, today=TODAY) is None
        assert identity.normalise(who.doc_type, who.doc_number) == who.doc_number
        assert identity.birth_date(who.doc_type, who.doc_number) in (None, who.birth_date)
        assert identity.sex(who.doc_type, who.doc_number) in (None, who.sex)
        assert identity.check_name(who.name) is None
        assert identity.normalise_name(who.name) == who.name
        assert identity.check_phone(who.phone) is None
        assert identity.check_social_card(who.social_card) is None
        assert 18 <= TODAY.year - who.birth_date.year <= 62
    assert len({(who.doc_type, who.doc_number) for who in everybody}) == EMPLOYEES
    assert len({who.phone for who in everybody}) == EMPLOYEES


def test_nobody_real_is_in_it() -> None:
    for who in people(EMPLOYEES, TODAY):
        assert who.phone.startswith("1790")
        if who.doc_type is DocType.RESIDENT_ID:
            assert re.match(r"45[01][0-9]99", who.doc_number)
        if who.doc_type is DocType.HMT_RESIDENCE:
            assert who.doc_number[2:6] == "0099"


def test_shares_and_spread() -> None:
    everybody = list(people(EMPLOYEES, TODAY))
    kinds = Counter(who.doc_type for who in everybody)
    assert set(kinds) == set(DocType)
    assert 0.9 < kinds[DocType.RESIDENT_ID] / EMPLOYEES < 0.96
    assert {who.unit.prefecture for who in everybody} == set(PREFECTURES)
    assert len(units()) == len({unit.number for unit in units()}) == 40
    assert len({unit.name for unit in units()}) == 40
    names = [who.name for who in everybody]
    assert any("·" in name for name in names)
    assert any(name.startswith("欧阳") for name in names)
    assert any(name.isascii() for name in names)


def test_a_csv_is_the_same_to_the_byte_on_any_day_of_the_year(tmp_path: Path) -> None:
    first = write(tmp_path / "a", count=120, today=TODAY, kind="csv")
    second = write(tmp_path / "b", count=120, today=date(2026, 1, 1), kind="csv")
    assert first == tmp_path / "a" / "demo" / "roster.csv"
    assert first.read_bytes() == second.read_bytes()


def test_a_workbook_holds_what_the_csv_holds(tmp_path: Path) -> None:
    table = list(read_rows(write(tmp_path, count=60, today=TODAY, kind="csv"), LAYOUT))
    book = list(read_rows(write(tmp_path, count=60, today=TODAY, kind="xlsx"), LAYOUT))
    assert [number for number, _ in table] == [number for number, _ in book]
    for (_, left), (_, right) in zip(table, book, strict=True):
        for column in set(COLUMNS) - {"出生日期", "保障开始", "保障结束", "份数", "社保卡号"}:
            assert left[column] == right[column]


def test_six_people_with_six_documents(tmp_path: Path) -> None:
    write(tmp_path, count=EMPLOYEES, today=TODAY, kind="csv")
    shown = json.loads((tmp_path / "demo-people.json").read_text(encoding="utf-8"))
    assert len({person["doc_type_label"] for person in shown}) == 6
    assert all(
        set(person) == {"name", "doc_type_label", "doc_number", "phone", "unit"} for person in shown
    )
