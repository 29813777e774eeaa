"""A page costs the same beside three times as many people; `python -m tests.bench growth` has more."""

from tests import figures
from tests.bench.growth import counts, differences


def test_no_request_takes_more_when_the_house_has_grown() -> None:
    _, some = counts(1_000)
    items, many = counts(3_000)
    assert differences(some, many) == []
    assert {route for _, route, *_ in many} >= {"/", "/subsidies", "/staff", "/staff/payouts/new"}
    figures.note("growth: requests that took the same", len(many))
    figures.note("growth: items beside them", items)
