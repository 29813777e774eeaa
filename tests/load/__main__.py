"""`make load`: people on a stage of their own, once as networks should be, once as they are."""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tests.conftest  # noqa: F401 - the environment of the whole suite
from infra.local.guard import alive
from infra.local.place import Place
from tests import stage
from tests.load.drive import Report, drive
from tests.load.faults import weather
from tests.stage import Running


def main() -> int:
    """Start a stage, let people work on it twice, print both reports as a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--employees", type=int, default=45)
    parser.add_argument("--staff", type=int, default=6, help="two of them are finance")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--share", type=float, default=0.05, help="of forms and calls that fail")
    parser.add_argument("--only", choices=("fair", "foul"), help="one of both runs")
    asked = parser.parse_args()
    how = {"employees": asked.employees, "staff": asked.staff, "seconds": asked.seconds}
    reports: list[Report] = []
    try:
        with _stage() as running:
            if asked.only != "foul":
                reports.append(drive(running, **how))
            if asked.only != "fair":
                with weather(running) as sky:
                    reports.append(drive(running, **how, share=asked.share, weather=sky))
    finally:
        if reports:
            _print(reports)
    return 0 if all(report.well and not report.troubles for report in reports) else 1


@contextmanager
def _stage() -> Iterator[Running]:
    """Start a stage that is ours alone; afterwards nothing of it is left."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="mutual-aid-load-") as folder:
        running = stage.start(Place(Path(folder) / "stage", stage.free_ports()), keeper=os.getpid())
        try:
            yield running
        except Exception:
            print((running.place.folder / "up.log").read_text()[-3000:], file=sys.stderr)
            raise
        finally:
            if alive(running.pid):
                os.kill(running.pid, signal.SIGTERM)
            while alive(running.pid):
                time.sleep(0.1)


def _print(reports: list[Report]) -> None:
    """Print the table, ready for the README, and what it has no room for."""
    rows = [report.rows() for report in reports]
    lines = ["| | " + " | ".join(row["people"] for row in rows) + " |"]
    lines.append("|---|" + "---:|" * len(rows))
    lines += [
        f"| {name} | " + " | ".join(row[name] for row in rows) + " |"
        for name in rows[0]
        if name != "people"
    ]
    for report in reports:
        lines += ["", *report.details()]
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    sys.exit(main())
