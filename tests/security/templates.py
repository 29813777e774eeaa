"""Writes the templates of both stacks as they are deployed, for scanners (`make scan`)."""

import json
import sys
from pathlib import Path

from infra import package, render


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stacks = {"app": package.describe(), "data": render.data_template(keep=True)}
    for name, template in stacks.items():
        text = json.dumps(template, ensure_ascii=False, default=str)
        (folder / f"{name}.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
