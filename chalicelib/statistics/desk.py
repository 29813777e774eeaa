"""统计 in the console: of the prefectures that a person may see (PRODUCT B7)."""

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from chalicelib.casework.machine import Role
from chalicelib.core.clock import beijing_date
from chalicelib.web.answers import Answer, Page, Text
from chalicelib.web.room import Guard, Room
from chalicelib.web.staff_bar import Tab, bar
from chalicelib.web.visit import Visit

if TYPE_CHECKING:
    from chalicelib.statistics.views import Counted, Wanted

room = Room(__name__)

_PATH = "/staff/statistics"
TABS = (Tab("统计", _PATH, frozenset(Role) - {Role.EMPLOYEE, Role.SYSTEM, Role.EDITOR}),)
_ROLES = TABS[0].roles


@room.page(_PATH, guard=Guard.STAFF, role=_ROLES)
def staff_statistics(visit: Visit) -> Answer:
    """统计: the last six months."""
    from chalicelib.statistics import views

    wanted, counted = _read(visit)
    query = urlencode({"kind": wanted.kind.name, "prefecture": wanted.place})
    view = views.view(bar(visit.staff, _PATH), wanted, counted, f"{_PATH}/csv?{query}")
    return Page("statistics/statistics.html", view)


@room.page(_PATH + "/csv", guard=Guard.STAFF, role=_ROLES)
def staff_statistics_csv(visit: Visit) -> Answer:
    """The same figures as a file."""
    from chalicelib.statistics import views

    wanted, counted = _read(visit)
    name = f"statistics-{wanted.kind.name}-{wanted.months[-1]}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    body = views.as_csv(views.tables(wanted, counted))
    return Text(body, "text/csv; charset=utf-8", headers=headers)


def _read(visit: Visit) -> "tuple[Wanted, Counted]":
    from chalicelib.casework.kind import kinds
    from chalicelib.statistics.views import Wanted, months_until

    query, places = visit.query, tuple(sorted(visit.staff.prefectures))
    known = {kind.name: kind for kind in kinds()}
    wanted = Wanted(
        kind=known.get(query.get("kind", ""), next(reversed(known.values()))),
        place=query["prefecture"] if query.get("prefecture") in places else "",
        places=places,
        months=months_until(beijing_date(visit.world.clock.now())),
    )
    where = wanted.where()
    return wanted, visit.world.counters.read(where) if where else {}
