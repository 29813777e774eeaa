"""`make bench`: figures of this machine, printed; tests hold the ones that do not depend on it."""

import tempfile
from pathlib import Path

import tests.conftest  # noqa: F401 - the environment of the whole suite
from infra import assets
from tests.bench import cold


def main() -> None:
    """Measure and print."""
    assets.build()
    with tempfile.TemporaryDirectory(prefix="mutual-aid-bench-") as name:
        folder = Path(name)
        package = cold.unpacked(folder / "package")
        home = cold.tape("/").save(folder / "home.json")
        seconds = cold.starts({"bare": home, "page /": home}, package)
    bare, page = cold.median(seconds["bare"]), cold.median(seconds["page /"])
    print(f"cold start, CPU: home {page:.0f} ms, bare boto3 {bare:.0f} ms, ratio {page / bare:.2f}")


if __name__ == "__main__":
    main()
