"""Importing: good rows land, bad rows are reported, the same file twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest

from chalicelib.core.cells import Cell
from chalicelib.core.errors import Unavailable
from chalicelib.membership.roster import (
    BATCH,
    MAX_ENROLMENTS,
    DryRun,
    ImportReport,
    Store,
    import_roster,
)
from chalicelib.membership.roster_rows import RowError
from infra.demo.roster import people
from infra.demo.roster import rows as demo_rows
from tests.fakes.roster_store import RosterInMemory
from tests.unit.roster_examples import GOOD, TODAY, other, row, vault

Row = dict[str, Cell]


def run(
    rows: Iterable[Row], store: Store, progress: list[ImportReport] | None = None
) -> tuple[ImportReport, list[RowError]]:
    errors: list[RowError] = []
    report = import_roster(
        enumerate(rows, start=2),
        store,
        vault=vault(),
        today=TODAY,
        on_error=errors.append,
        on_progress=(progress if progress is not None else []).append,
    )
    return report, errors


def test_good_rows_land_and_bad_ones_are_reported() -> None:
    store = RosterInMemory()
    report, errors = run([GOOD, other(0, 手机号码="12"), other(1)], store)
    assert report == ImportReport(rows=3, rejected=1, created=2)
    assert errors == [RowError(3, "手机号码", "手机号码应为 11 位，现为 2 位，请核对。")]
    assert sorted(member.name for member in store.members.values()) == ["欧阳小明"] * 2


def test_the_same_file_again_writes_nothing() -> None:
    store = RosterInMemory()
    rows = [GOOD, row(保障开始="2025-01-01", 保障结束="2025-12-31"), other(0)]
    run(rows, store)
    written = list(store.batches)
    report, _ = run(rows, store)
    assert report == ImportReport(rows=3, unchanged=2)
    assert store.batches == written


def test_the_same_content_spelled_otherwise_is_the_same() -> None:
    store = RosterInMemory()
    run([GOOD], store)
    report, _ = run([row(证件号码=" 11010519491231002x", 性别="", 出生日期=18263, 份数=1)], store)
    assert report.unchanged == 1


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("姓名", "欧阳晓明"),
        ("手机号码", "17900000009"),
        ("参保单位", "柳州示例第二中学工会委员会"),
        ("单位编号", "GX4502-001"),
        ("所属市", "柳州市"),
        ("社保类型", "公费医疗"),
        ("社保卡号", ""),
        ("保障计划", "另一个计划（示例）"),
        ("保障结束", "2026-06-30"),
        ("份数", "2"),
    ],
)
def test_every_column_counts_as_a_change(column: str, cell: str) -> None:
    store = RosterInMemory()
    run([GOOD], store)
    report, _ = run([row(**{column: cell})], store)
    assert report == ImportReport(rows=1, updated=1)
    assert len(store.members) == 1


def test_periods_of_one_employee_on_neighbouring_rows_are_one_employee() -> None:
    store = RosterInMemory()
    old = row(保障开始="2025-01-01", 保障结束="2025-12-31", 参保单位="旧单位", 单位编号="OLD-1")
    report, errors = run([GOOD, old, other(0)], store)
    assert (report.created, errors) == (2, [])
    assert store.members["m1"].unit_name == GOOD["参保单位"]  # the latest period's
    assert [one.unit_name for one in store.enrolments["m1"].values()] == [
        "旧单位",
        GOOD["参保单位"],
    ]


def test_order_of_the_periods_makes_no_difference() -> None:
    store = RosterInMemory()
    old = row(保障开始="2025-01-01", 保障结束="2025-12-31")
    run([GOOD, old], store)
    report, _ = run([old, GOOD], store)
    assert report.unchanged == 1


def test_a_bad_row_between_two_periods_does_not_part_them() -> None:
    store = RosterInMemory()
    old = row(保障开始="2025-01-01", 保障结束="2025-12-31")
    report, errors = run([GOOD, row(份数="x"), old], store)
    assert (report.created, report.rejected, len(errors)) == (1, 1, 1)
    assert len(store.enrolments["m1"]) == 2


def test_an_employee_met_again_further_down_is_refused_with_both_rows() -> None:
    store = RosterInMemory()
    report, errors = run([GOOD, other(0), GOOD, row(份数="2"), other(1)], store)
    assert report == ImportReport(rows=5, rejected=2, created=3)
    assert [(e.row, e.column) for e in errors] == [(4, "证件号码"), (5, "证件号码")]
    assert errors[0].reason.startswith("与第 2 行是同一证件")


def test_the_same_period_twice_is_refused() -> None:
    _, errors = run([GOOD, GOOD], RosterInMemory())
    assert errors == [
        RowError(3, "保障计划", "与第 2 行是同一职工的同一计划和保障期，请删除重复的行。")
    ]


def test_rows_that_disagree_about_a_person_are_refused() -> None:
    later = row(
        姓名="欧阳小红", 手机号码="17900000009", 保障开始="2025-01-01", 保障结束="2025-12-31"
    )
    _, errors = run([GOOD, later], RosterInMemory())
    assert [(e.column, e.reason) for e in errors] == [
        ("姓名", "与第 2 行的同一职工不一致，请核对。"),
        ("手机号码", "与第 2 行的同一职工不一致，请核对。"),
    ]


def test_one_employee_has_a_bounded_number_of_periods() -> None:
    rows = [
        row(保障开始=f"{2000 + n}-01-01", 保障结束=f"{2000 + n}-12-31")
        for n in range(MAX_ENROLMENTS + 2)
    ]
    store = RosterInMemory()
    report, _ = run(rows, store)
    assert (report.created, report.rejected) == (1, 2)
    assert len(store.enrolments["m1"]) == MAX_ENROLMENTS


def test_a_renewed_permit_is_the_same_employee() -> None:
    permit: Row = {**GOOD, "证件类型": "回乡证", "证件号码": "H1234567800"}
    store = RosterInMemory()
    run([permit], store)
    report, _ = run([{**permit, "证件号码": "H1234567801"}], store)
    assert report == ImportReport(rows=1, updated=1)


def many(count: int) -> list[Row]:
    """Good rows of different employees."""
    return [
        row(证件类型="护照", 证件号码=f"X{n:08d}", 手机号码=f"179{n:08d}") for n in range(count)
    ]


def test_batches_of_twenty_five_one_read_each_and_progress_after_each() -> None:
    store = RosterInMemory()
    progress: list[ImportReport] = []
    report, _ = run(many(60), store, progress)
    assert store.batches == [BATCH, BATCH, 10]
    assert store.reads == 3
    assert [seen.created for seen in progress] == [25, 50, 60]
    assert progress[-1] == report


def test_only_what_changed_is_written() -> None:
    store = RosterInMemory()
    rows = many(30)
    run(rows, store)
    store.batches.clear()
    rows[7] = rows[7] | {"份数": "3"}
    report, _ = run(rows, store)
    assert (report.updated, report.unchanged, store.batches) == (1, 29, [1])


def test_after_an_interruption_the_same_file_goes_on() -> None:
    store = RosterInMemory(fail_from_batch=1, failure=Unavailable())
    with pytest.raises(Unavailable):
        run(many(60), store)
    assert len(store.members) == 25
    store.fail_from_batch = None
    report, _ = run(many(60), store)
    assert (report.created, report.unchanged) == (35, 25)


def test_a_dry_run_counts_and_writes_nothing() -> None:
    store = RosterInMemory()
    run(many(30), store)
    store.batches.clear()
    changed = [many(30)[0] | {"份数": "3"}, *many(32)[1:]]
    report, _ = run(changed, DryRun(store))
    assert report == ImportReport(rows=32, created=2, updated=1, unchanged=29)
    assert store.batches == []


def test_nothing_personal_is_in_the_digests_that_are_stored() -> None:
    store = RosterInMemory()
    run([GOOD], store)
    ((digest, state),) = store.states.items()
    assert len(digest) == len(state.content_digest) == 64
    assert "11010519491231002" not in digest + state.content_digest


def test_the_demo_roster_imports_without_a_refusal() -> None:
    def cells() -> Iterable[Row]:
        for line in demo_rows(people(500, TODAY), TODAY.year):
            texts = (one.isoformat() if isinstance(one, date) else str(one) for one in line)
            yield dict(zip(GOOD, texts, strict=True))

    report, errors = run(cells(), RosterInMemory())
    assert errors == []
    assert report.created == 500
