"""What the statistics show: counters added up by month, place, step and reason."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from chalicelib.casework import figures, reasons
from chalicelib.casework.kind import Kind, kinds
from chalicelib.casework.machine import Go
from chalicelib.core.cells import inert
from chalicelib.core.money import yuan
from chalicelib.statistics import texts
from chalicelib.store.counters import Where
from chalicelib.web.staff_bar import Bar

Counted = Mapping[Where, Mapping[str, int]]
MONTHS = 6


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show: a kind, a prefecture ("" for all of the person's), months oldest first."""

    kind: Kind
    place: str
    places: tuple[str, ...]
    months: tuple[str, ...]

    def where(self) -> list[Where]:
        """The counters that belong to it."""
        shown = [self.place] if self.place else self.places
        return [Where(self.kind.name, month, place) for month in self.months for place in shown]


@dataclass(frozen=True, slots=True)
class Row:
    """A line: its cells as text, and how long its bar is in per cent of the longest."""

    label: str
    cells: tuple[str, ...]
    bar: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A part of the page."""

    title: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class StatisticsView:
    """The page."""

    bar: Bar
    tables: tuple[Table, ...]
    kinds: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, str], ...]
    wanted: Wanted
    csv_href: str
    title: str = texts.TITLE


def view(bar: Bar, wanted: Wanted, counted: Counted, csv_href: str) -> StatisticsView:
    """Return the page."""
    return StatisticsView(
        bar=bar,
        tables=tables(wanted, counted),
        kinds=tuple((kind.name, kind.label) for kind in kinds()),
        places=(("", texts.ALL_PLACES), *((place, place) for place in wanted.places)),
        wanted=wanted,
        csv_href=csv_href,
    )


def tables(wanted: Wanted, counted: Counted) -> tuple[Table, ...]:
    """Return all parts that have anything to say."""
    by_month = [_sum(counted, month=month) for month in wanted.months]
    whole = figures.total(*by_month)
    parts = (
        _steps(wanted, by_month, whole),
        _money(wanted, by_month, whole),
        _times(wanted.kind, whole),
        _reasons(whole),
        _places(wanted, counted),
    )
    return tuple(part for part in parts if part.rows)


def months_until(today: date) -> tuple[str, ...]:
    """Return the last months, this one included, oldest first: "2026-06" … "2026-11"."""
    last = today.year * 12 + today.month - 1
    numbers = range(last - MONTHS + 1, last + 1)
    return tuple(f"{number // 12}-{number % 12 + 1:02d}" for number in numbers)


def as_csv(shown: Sequence[Table]) -> str:
    """Return the tables as one CSV file that spreadsheets open as it is (UTF-8 with its mark)."""
    out = io.StringIO()
    writer = csv.writer(out)
    for table in shown:
        writer.writerow(map(inert, (*texts.CSV_HEAD, *table.head)))
        writer.writerows(map(inert, (table.title, row.label, *row.cells)) for row in table.rows)
    return "\ufeff" + out.getvalue()


def _sum(counted: Counted, *, month: str = "", place: str = "") -> dict[str, int]:
    return figures.total(
        *(
            values
            for where, values in counted.items()
            if month in ("", where.month) and place in ("", where.place)
        )
    )


def _steps(
    wanted: Wanted, by_month: Sequence[Mapping[str, int]], whole: Mapping[str, int]
) -> Table:
    machine = wanted.kind.machine
    names = {
        f"step:{state.name}:{action}": f"{state.label} → {label}"
        for state in machine.states.values()
        for action, label in machine.actions.items()
        if isinstance(machine.rule(state.name, action), Go)
    }
    rows = [
        (label, [one.get(name, 0) for one in by_month])
        for name, label in names.items()
        if whole.get(name)
    ]
    return Table(texts.PARTS["steps"], (*wanted.months, texts.TOTAL), tuple(_counted(rows)))


def _counted(rows: Sequence[tuple[str, list[int]]]) -> Iterator[Row]:
    longest = max((sum(counts) for _, counts in rows), default=0)
    for label, counts in rows:
        every = sum(counts)
        yield Row(label, (*map(str, counts), str(every)), _percent(every, longest))


def _money(
    wanted: Wanted, by_month: Sequence[Mapping[str, int]], whole: Mapping[str, int]
) -> Table:
    months = [*by_month, whole]
    if not (whole.get("approved:fen") or whole.get("paid:fen")):
        return Table(texts.PARTS["money"], (), ())
    paid = [_paid(one) for one in months]
    count = [one.get("step:paying:paid", 0) for one in months]
    means = [
        yuan(fen // number) if number else "—" for fen, number in zip(paid, count, strict=True)
    ]
    rows = (
        Row(texts.APPROVED, tuple(yuan(one.get("approved:fen", 0)) for one in months)),
        Row(texts.PAID, tuple(yuan(fen) for fen in paid)),
        Row(texts.PAYMENTS, tuple(str(number) for number in count)),
        Row(texts.MEAN, tuple(means)),
    )
    return Table(texts.PARTS["money"], (*wanted.months, texts.TOTAL), rows)


def _times(kind: Kind, whole: Mapping[str, int]) -> Table:
    states = [state for state in kind.machine.states.values() if state.queued]
    known = [(state.label, figures.times(whole, state.name)) for state in states]
    longest = max((times.most for _, times in known if times), default=0)
    rows = tuple(
        Row(
            label,
            (str(times.count), _days(times.median), _days(times.most)),
            _percent(times.most, longest),
        )
        if times
        else Row(label, ("—", texts.TOO_FEW, texts.TOO_FEW))
        for label, times in known
    )
    head = ("件数", "一半在几天内", "九成在几天内")
    return Table(texts.PARTS["times"], head, rows if longest else ())


def _reasons(whole: Mapping[str, int]) -> Table:
    found = {
        name.removeprefix("reason:"): count
        for name, count in whole.items()
        if name.startswith("reason:")
    }
    order = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    longest = max(found.values(), default=0)
    rows = tuple(
        Row(f"{code} {reasons.label(code)}", (str(count),), _percent(count, longest))
        for code, count in order
    )
    return Table(texts.PARTS["reasons"], ("次数",), rows)


def _places(wanted: Wanted, counted: Counted) -> Table:
    sums = {place: _sum(counted, place=place) for place in wanted.places}
    submitted = {place: one.get("step:new:submit", 0) for place, one in sums.items()}
    longest = max(submitted.values(), default=0)
    rows = tuple(
        Row(place, (str(submitted[place]), yuan(_paid(one))), _percent(count, longest))
        for place, one in sums.items()
        if (count := submitted[place]) or one
    )
    return Table(texts.PARTS["places"], ("新申请", texts.PAID), rows)


def _paid(counters: Mapping[str, int]) -> int:
    return counters.get("paid:fen", 0) - counters.get("returned:fen", 0)


def _days(days: float) -> str:
    return f"{days:.1f}"


def _percent(value: float, longest: float) -> int:
    return round(100 * value / longest) if longest else 0
