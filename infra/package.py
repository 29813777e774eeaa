"""From the source tree to one zip and one template that fit any stage."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra import archive, render
from infra.errors import InfraError
from infra.paths import BUILD, ROOT

LIMIT_BYTES: Final = 15_000_000
# Chalice copies its own runtime into the package; its command line would bring pip and more.
_BUILD_ONLY: Final = ("chalice",)
# Chalice makes no zip for an app without functions.
_STUB: Final = """
from chalice import Chalice

app = Chalice(app_name="mutual-aid")


@app.lambda_function()
def nothing(event, context):
    return None
"""
_CHALICE: Final = "import sys; from chalice.cli import main; sys.exit(main())"
# One build serves every stage: CloudFormation fills the prefix in.
_ENVIRONMENT: Final = {
    "CHAT_QUEUE": "${Prefix}-chat",
    "PREFIX": "${Prefix}",
    "AWS_DEFAULT_REGION": "cn-northwest-1",
    "PYTHONHASHSEED": "0",
}
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Package:
    """What a deploy uploads and submits."""

    zip: Path
    template: render.Template
    key: str
    size: int
    fresh: bool

    @property
    def megabytes(self) -> str:
        """The size for people."""
        return f"{self.size / 1e6:.1f} MB"


def build(*, say: Say = lambda _: None, root: Path = ROOT, cache: Path = BUILD) -> Package:
    """Return the package of the current tree; nothing is done when its inputs did not change.

    Raises InfraError when Chalice fails or the zip is larger than LIMIT_BYTES.
    """
    folder = cache / "package" / _inputs(root)[:20]
    if not (folder / "template.json").exists():
        say("packaging the functions")
        _make(root, cache, folder, say)
        return _open(folder, fresh=True)
    return _open(folder, fresh=False)


def describe(*, root: Path = ROOT) -> render.Template:
    """Return the app stack's template without fetching a library."""
    with tempfile.TemporaryDirectory(prefix="mutual-aid-template-") as name:
        return _own(root, Path(name))[1]


def assets() -> None:
    """Bring stylesheets and scripts up to date, which the package carries."""
    from infra import assets as builder

    try:
        builder.build()
    except builder.AssetsError as error:
        raise InfraError(f"The assets could not be built: {error}") from error


def _make(root: Path, cache: Path, folder: Path, say: Say) -> None:
    with tempfile.TemporaryDirectory(prefix="mutual-aid-package-") as name:
        work = Path(name)
        libraries = archive.read(_libraries(root, cache, say))
        own, template = _own(root, work)
        entries = libraries | own
        key = f"{archive.fingerprint(entries)}.zip"
        size = archive.write(work / "code.zip", archive.with_bytecode(entries))
        if size > LIMIT_BYTES:
            heavy = ", ".join(
                f"{n} {b / 1e6:.1f} MB" for n, b in archive.heaviest(work / "code.zip")
            )
            raise InfraError(f"The package is {size / 1e6:.1f} MB, the limit is 15: {heavy}.")
        (work / "template.json").write_text(json.dumps({"key": key, "template": template}))
        _publish(work, folder)


def _own(root: Path, work: Path) -> tuple[archive.Entries, render.Template]:
    """Package our own code alone, in `work`: its files and the whole template."""
    _copy_tree(root, work / "app")
    (work / "merge.json").write_text(json.dumps(render.merge_template()))
    _chalice(work / "app", "--merge-template", str(work / "merge.json"))
    out = work / "app" / "out"
    template = render.complete(json.loads((out / "sam.json").read_text("utf-8")))
    _refuse_other_runtime(template)
    return archive.read(out / "deployment.zip"), template


def _publish(work: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # The template last: its presence says that the folder is whole.
    for name in ("code.zip", "template.json"):
        shutil.copyfile(work / name, folder / f"{name}.part")
        (folder / f"{name}.part").rename(folder / name)


def _open(folder: Path, *, fresh: bool) -> Package:
    stored = json.loads((folder / "template.json").read_text("utf-8"))
    code = folder / "code.zip"
    return Package(code, stored["template"], stored["key"], code.stat().st_size, fresh)


def _libraries(root: Path, cache: Path, say: Say) -> Path:
    """Return the zip of what requirements.txt names, fetched once for each content of it."""
    lines = (root / "requirements.txt").read_text("utf-8").splitlines()
    wanted = [line for line in lines if line.split("==")[0].strip() not in _BUILD_ONLY]
    tag = archive.tree_digest([root / "requirements.txt"], root)[:16]
    path = cache / "libraries" / f"{sys.implementation.cache_tag}-{tag}.zip"
    if path.exists():
        return path
    say("fetching the libraries for Lambda (once for each requirements.txt)")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mutual-aid-libraries-") as name:
        stub = Path(name)
        (stub / ".chalice").mkdir()
        (stub / "app.py").write_text(_STUB)
        (stub / ".chalice" / "config.json").write_text(
            '{"version": "2.0", "app_name": "mutual-aid", "autogen_policy": false,'
            ' "stages": {"stage": {"iam_policy_file": "policy.json"}}}'
        )
        (stub / ".chalice" / "policy.json").write_text('{"Version": "2012-10-17", "Statement": []}')
        (stub / "requirements.txt").write_text("\n".join(wanted) + "\n")
        _chalice(stub)
        part = path.with_suffix(f".{os.getpid()}.part")
        shutil.copyfile(stub / "out" / "deployment.zip", part)
        part.rename(path)
    return path


def _chalice(project: Path, *options: str) -> None:
    command = [sys.executable, "-c", _CHALICE, "package", "--stage", "stage", *options, "out"]
    run = subprocess.run(
        command,
        cwd=project,
        env={**os.environ, **_ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        tail = "\n".join((run.stdout + run.stderr).strip().splitlines()[-12:])
        raise InfraError(f"`chalice package` failed (network, or an error in app.py):\n{tail}")


def _copy_tree(root: Path, target: Path) -> None:
    for path in _sources(root):
        copy = target / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    # The libraries come from their own zip, so that an edit does not fetch them again.
    (target / "requirements.txt").write_text("")


def _sources(root: Path) -> Iterable[Path]:
    yield root / "app.py"
    folders = [root / "chalicelib", root / ".chalice"]
    for path in (p for folder in folders for p in folder.rglob("*")):
        below = path.relative_to(root).parts
        if path.is_file() and path.suffix not in {".pyc", ".md"} and "deployments" not in below:
            yield path


def _inputs(root: Path) -> str:
    here = Path(__file__).parent
    rules = [here / n for n in ("package.py", "archive.py", "render.py", "gateway.py")]
    templates = list((here / "templates").glob("*"))
    own = archive.tree_digest([*_sources(root), root / "requirements.txt"], root)
    ours = archive.tree_digest([*rules, *templates], here)
    return archive.fingerprint({"own": own.encode(), "rules": ours.encode()})


def _refuse_other_runtime(template: render.Template) -> None:
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for name, resource in template["Resources"].items():
        runtime = resource["Properties"].get("Runtime", here)
        if resource["Type"] == render.FUNCTION and runtime != here:
            raise InfraError(
                f"{name} runs on {runtime}, but this is {here}: bytecode would be lost."
            )
