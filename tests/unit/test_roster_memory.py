"""An import's memory does not grow with the file, but for one number per employee."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = 100_000
MAX_GROWTH_MB = 25

# a process of its own: what other tests keep in memory would hide the growth
_PROGRAM = f"""
from datetime import date
from chalicelib.membership.roster import import_roster
from chalicelib.store.roster import RosterOutcome
from tests.memory import peak_mb
from tests.unit.roster_examples import GOOD, TODAY, vault

class Sink:
    def find_many(self, digests):
        return {{}}
    def save_roster(self, batch):
        return [RosterOutcome("1", True) for _ in batch]

def rows(count):
    for n in range(count):
        yield n + 2, dict(GOOD, 证件类型="护照", 证件号码=f"X{{n:08d}}", 手机号码=f"179{{n:08d}}")

def peak(count):
    report = import_roster(rows(count), Sink(), vault=vault(), today=TODAY,
                           on_error=print, on_progress=lambda report: None)
    assert report.created == count
    return peak_mb()

small = peak(1_000)
print(peak({ROWS}) - small)
"""


def test_a_hundred_thousand_rows() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= MAX_GROWTH_MB
