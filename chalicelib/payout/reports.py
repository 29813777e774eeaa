"""The lines of a result file that were not taken, as a file for whoever mends them."""

import csv
import io
from collections.abc import Iterator
from typing import Final

from chalicelib.core.cells import inert
from chalicelib.payout import service
from chalicelib.payout.models import Problem
from chalicelib.store.payouts import PAGE
from chalicelib.web.staff import StaffPerson
from chalicelib.world import World

HEADINGS = ("行", "栏目", "付款编号", "说明")
MOST: Final = 5_000
"""Lines; whoever has more sent the wrong file."""


def as_csv(world: World, person: StaffPerson, number: str, result_id: str) -> str:
    """Return the problems of a result file as CSV with a mark, no cell a formula."""
    file = io.StringIO()
    file.write("\ufeff")
    writer = csv.writer(file)
    writer.writerow(HEADINGS)
    for one in _problems(world, person, number, result_id):
        writer.writerow([one.line, *map(inert, (one.field, one.payment, one.sentence))])
    return file.getvalue()


def _problems(world: World, person: StaffPerson, number: str, result_id: str) -> Iterator[Problem]:
    after = 0
    for _page in range(MOST // PAGE):
        _result, problems = service.report(world, person, number, result_id, after)
        yield from problems
        if len(problems) < PAGE:
            return
        after = problems[-1].line
