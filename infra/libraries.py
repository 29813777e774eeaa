"""The libraries of requirements.txt as Lambda needs them, fetched once for each content."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from infra import archive, models
from infra.errors import InfraError
from infra.layers import LAYERS, Layer

# Chalice copies its own runtime into the package; its command line would bring pip and more.
_BUILD_ONLY: Final = frozenset({"chalice"})
# Chalice makes no zip for an app without functions.
_STUB: Final = """
from chalice import Chalice

app = Chalice(app_name="mutual-aid")


@app.lambda_function()
def nothing(event, context):
    return None
"""
_CONFIG: Final = (
    '{"version": "2.0", "app_name": "mutual-aid", "autogen_policy": false,'
    ' "stages": {"stage": {"iam_policy_file": "policy.json"}}}'
)
_CHALICE: Final = "import sys; from chalice.cli import main; sys.exit(main())"
# One build serves every stage: CloudFormation fills the prefix in.
_ENVIRONMENT: Final = {
    "CHAT_QUEUE": "${Prefix}-chat",
    "PREFIX": "${Prefix}",
    "AWS_DEFAULT_REGION": "cn-northwest-1",
    "PYTHONHASHSEED": "0",
}


def everywhere(root: Path) -> list[str]:
    """Return the requirements that every function carries."""
    elsewhere = _BUILD_ONLY.union(*(layer.requirements for layer in LAYERS))
    return [r for r in _requirements(root) if _name(r) not in elsewhere]


def of_layer(root: Path, layer: Layer) -> list[str]:
    """Return a layer's requirements; raises InfraError when requirements.txt lacks one."""
    found = {_name(r): r for r in _requirements(root)}
    missing = sorted(layer.requirements - set(found))
    if missing:
        raise InfraError(f"requirements.txt lacks {', '.join(missing)} of layer {layer.name}.")
    return [r for name, r in found.items() if name in layer.requirements]


def fetch(wanted: Sequence[str], cache: Path, say: Callable[[str], None]) -> archive.Entries:
    """Return the needed files of some requirements, for the Lambda runtime of this Python.

    Chalice chooses the wheels: those that run on Lambda's system libraries, whatever ours.
    """
    tag = archive.fingerprint(dict.fromkeys(wanted, b""))[:16]
    path = cache / "libraries" / f"{sys.implementation.cache_tag}-{tag}.zip"
    if not path.exists():
        say("fetching the libraries for Lambda (once for each requirements.txt)")
        _download(wanted, path)
    # Less the stub: in a layer it would hide our own app where layers come first.
    entries = models.lean(archive.read(path)).items()
    return {n: content for n, content in entries if not n.startswith(("app.py", "chalice/"))}


def chalice_package(project: Path, *options: str) -> None:
    """Run `chalice package`; raises InfraError with the end of what it said."""
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


def _download(wanted: Sequence[str], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mutual-aid-libraries-") as name:
        stub = Path(name)
        (stub / ".chalice").mkdir()
        (stub / "app.py").write_text(_STUB)
        (stub / ".chalice" / "config.json").write_text(_CONFIG)
        (stub / ".chalice" / "policy.json").write_text('{"Version": "2012-10-17", "Statement": []}')
        (stub / "requirements.txt").write_text("\n".join(wanted) + "\n")
        chalice_package(stub)
        part = path.with_suffix(f".{os.getpid()}.part")
        shutil.copyfile(stub / "out" / "deployment.zip", part)
        part.rename(path)


def _requirements(root: Path) -> list[str]:
    lines = (root / "requirements.txt").read_text("utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _name(requirement: str) -> str:
    return requirement.split("==", maxsplit=1)[0].split("[", maxsplit=1)[0].strip().lower()
