"""A very small town on the stage, with accidents: nothing is lost, doubled or wrong.

`make load` is the same with many people, a stage of its own, and faults behind the functions.
"""

import pytest

from tests import figures
from tests.load.drive import drive
from tests.stage import Running

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("cases")]


def test_a_small_town(running: Running) -> None:
    report = drive(running, employees=4, staff=4, seconds=15, place="负载市", share=0.1)
    figures.note("load: requests", report.tally.requests)
    figures.note("load: steps of cases", report.truth.steps)
    figures.note("load: lost, doubled, wrong", "0, 0, 0" if report.well else "see the test")
    assert report.well, report.details()
    assert report.truth.steps
