"""`make load`: people on a stage of their own, once as networks should be, once as they are."""

import argparse
import os
import tempfile
from pathlib import Path

import tests.conftest  # noqa: F401 - the environment of the whole suite
from infra.local.place import Place
from tests import stage
from tests.load.drive import drive


def main() -> None:
    """Start a stage, let people work on it twice, print both reports."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--employees", type=int, default=45)
    parser.add_argument("--staff", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=120)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(
        prefix="mutual-aid-load-", ignore_cleanup_errors=True
    ) as folder:
        place = Place(Path(folder) / "stage", stage.free_ports())
        running = stage.start(place, keeper=os.getpid())
        for share in (0.0, 0.05):
            report = drive(
                running,
                employees=asked.employees,
                staff=asked.staff,
                seconds=asked.seconds,
                share=share,
            )
            print("\n".join(report.lines()), flush=True)


if __name__ == "__main__":
    main()
