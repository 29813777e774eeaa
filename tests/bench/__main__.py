"""`make bench`: figures of this machine, printed; tests hold the ones that do not depend on it.

`python -m tests.bench growth` prints what takes longer: a million members, whole rosters and batches.
"""

import sys
import tempfile
from pathlib import Path

from chalice.test import Client
from moto import mock_aws

import tests.conftest  # noqa: F401 - the environment of the whole suite
from infra import assets, package
from tests.bench import cold, cpu, growth, many, scenes, table
from tests.bench.walk import Walker, walk
from tests.fakes.cloud import make_stage


def main() -> None:
    """Measure and print, as tables for README.md."""
    assets.build()
    print(f"package: {package.build().megabytes}\n")
    with tempfile.TemporaryDirectory(prefix="mutual-aid-bench-") as name:
        folder = Path(name)
        code = cold.unpacked(folder / "package")
        tapes = scenes.tapes()
        home = next(tape for tape in tapes if tape.name == "/")
        show(cold.table(cold.starts(home, folder, code)))
        show(cpu.table(cpu.measure(tapes, folder, code)))
    show(_routes())
    show(growth.table(growth.SIZES))
    show(many.table(rows=2_000, payments=200))


def full() -> None:
    """Measure what grows at the size that it may have."""
    assets.build()
    show(growth.table(growth.FULL))
    show(many.table(rows=10_000, payments=1_000))
    show(many.table(rows=100_000, payments=10_000))


def show(lines: list[str]) -> None:
    """Print a table and go on."""
    print("\n".join(lines), end="\n\n", flush=True)


def _routes() -> list[str]:
    from app import app

    with mock_aws():
        stage = make_stage()
        app.world = stage.world
        with Client(app) as client:
            phone = Walker(client, stage)
            walk(phone, stage, scenes.person(stage))
    return table.routes(phone.steps)


if __name__ == "__main__":
    full() if sys.argv[1:] == ["growth"] else main()
