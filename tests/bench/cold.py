"""Cold start of an employee page beside bare boto3 with a DynamoDB client, both with bytecode.

Measured on the built package, unpacked as Lambda does it, by the base interpreter alone.
"""

import json
import statistics
import subprocess
import sys
import zipfile
from pathlib import Path

import boto3

from infra import package
from tests.bench.tape import Tape, save

CHILD = Path(__file__).with_name("child.py")
ROUNDS = 15
INSTALLED = Path(boto3.__file__).parents[1]
"""boto3 as pip installs it, with its bytecode: not the copy that the package makes small."""


def unpacked(folder: Path) -> Path:
    """Build the package and unpack what every function carries."""
    built = package.build()
    with zipfile.ZipFile(built.code.zip) as archive:
        archive.extractall(folder)
    return folder


def starts(tape: Tape, folder: Path, package: Path, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Return CPU milliseconds of cold starts, `bare` and `page`, taking turns."""
    modes = {"bare": INSTALLED, "page": package}
    path = save([tape], folder / "cold.json")
    taken: dict[str, list[float]] = {mode: [] for mode in modes}
    for _ in range(rounds):
        for mode, place in modes.items():
            taken[mode].append(json.loads(child(mode, place, path))["cpu"] * 1000)
    return taken


def child(mode: str, place: Path, tapes: Path) -> str:
    """Run one process that knows nothing of this one, and return what it printed."""
    interpreter = getattr(sys, "_base_executable", "") or sys.executable
    command = [interpreter, "-I", str(CHILD), mode, str(place), str(tapes)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def table(taken: dict[str, list[float]]) -> list[str]:
    """Return the figures as lines of a table."""
    bare, page = (statistics.median(taken[mode]) for mode in ("bare", "page"))
    return [
        "| cold start, CPU in ms | median | least |",
        "|---|--:|--:|",
        f"| boto3 and a DynamoDB client as pip installs them | {bare:.0f} | {min(taken['bare']):.0f} |",
        f"| home page on the package | {page:.0f} | {min(taken['page']):.0f} |",
        f"| ratio | {page / bare:.2f} | {min(taken['page']) / min(taken['bare']):.2f} |",
    ]
