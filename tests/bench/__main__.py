"""`make bench`: figures of this machine, printed; tests hold the ones that do not depend on it."""

import tempfile
from pathlib import Path

from chalice.test import Client
from moto import mock_aws

import tests.conftest  # noqa: F401 - the environment of the whole suite
from infra import assets, package
from tests.bench import cold, cpu, growth, table
from tests.bench.walk import Walker, walk
from tests.fakes.cloud import make_stage


def main() -> None:
    """Measure and print, as tables for README.md."""
    assets.build()
    built = package.build()
    print(f"package: {built.megabytes}\n")
    print("\n".join(_cold()), end="\n\n")
    print("\n".join(cpu.table(cpu.pages())), end="\n\n")
    print("\n".join(_routes()), end="\n\n")
    print("round trips/items of pages\n")
    print("\n".join(growth.table()), end="\n\n")
    rate = growth.roster_rows_per_second()
    print(f"roster: {rate:,.0f} rows a second of CPU, read, checked and digested")


def _cold() -> list[str]:
    with tempfile.TemporaryDirectory(prefix="mutual-aid-bench-") as name:
        folder = Path(name)
        unpacked = cold.unpacked(folder / "package")
        home = cold.tape("/").save(folder / "home.json")
        seconds = cold.starts({"bare": home, "page /": home}, unpacked)
    bare, page = cold.median(seconds["bare"]), cold.median(seconds["page /"])
    return [
        "| cold start, CPU in ms | median | least |",
        "|---|--:|--:|",
        f"| boto3 and a DynamoDB client as pip installs them | {bare:.0f} | {_least(seconds, 'bare')} |",
        f"| home page on the package | {page:.0f} | {_least(seconds, 'page /')} |",
        f"| ratio | {page / bare:.2f} | |",
    ]


def _least(seconds: dict[str, list[float]], name: str) -> str:
    return f"{min(seconds[name]) * 1000:.0f}"


def _routes() -> list[str]:
    from app import app

    with mock_aws():
        stage = make_stage()
        app.world = stage.world
        with Client(app) as client:
            phone = Walker(client, stage)
            walk(phone, stage, growth._person(stage))
    return table.routes(phone.steps)


if __name__ == "__main__":
    main()
