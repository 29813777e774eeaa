"""A very small town on the stage, with accidents: nothing is lost, doubled or wrong.

`make load` is the same with many people, a stage of its own, and faults behind the functions.
"""

import pytest

from tests import figures
from tests.load.damage import DAMAGES
from tests.load.drive import Report, drive
from tests.stage import Running

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("cases")]


def test_a_small_town(running: Running) -> None:
    report = drive(running, employees=4, staff=4, seconds=15, place="负载市", share=0.1)
    figures.note("load: requests", report.tally.requests)
    figures.note("load: steps of cases", report.truth.steps)
    figures.note("load: lost, doubled, wrong", "0, 0, 0" if report.well else "see the test")
    assert report.well, report.details()
    assert report.truth.steps
    _whatever_is_missing_is_missed(report)


def _whatever_is_missing_is_missed(report: Report) -> None:
    for book, damage in DAMAGES:
        with damage(report.town, report.truth.told[0]):
            assert getattr(report.look(), book), f"nobody noticed {damage.__name__}"
    assert not report.look().bad
    figures.note("load: damages that were noticed", len(DAMAGES))
