"""Who may import whom, and what a cold start has to read."""

import ast
import json
import os
import re
import subprocess
import sys
from importlib import metadata

from tests.architecture import house

# Imported inside the functions that need them: every Lambda would pay for them.
LATE = {
    "PIL",
    "argon2",
    "boto3",
    "cryptography",
    "jinja2",
    "lxml",
    "markdown_it",
    "multiprocessing",
    "nh3",
    "openpyxl",
    "pydantic",
    "qrcode",
    "requests",
    "s3transfer",
    "tencentcloud",
    "wechatpy",
    "xlsxwriter",
}
# Read when a request touches a case, which most do not (casework/known.py).
LATE_OURS = {"chalicelib.casework.kind", "chalicelib.casework.case", "chalicelib.store.messages"}
MODULES = 400  # what `import app` may load; mostly botocore, which Chalice brings

# a process of its own: it configures logging, and silences every logger that exists
LINT = """
import sys
from importlinter.cli import lint_imports
sys.exit(lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True))
"""

PROBE = """
import json, socket, sys
def refuse(*_, **__):
    raise AssertionError("the network was asked while importing")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
before = set(sys.modules)
import botocore.session
def no_client(*_, **__):
    raise AssertionError("a client was made while importing")
botocore.session.Session.create_client = no_client
before |= {"botocore.session"}
import app
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_imports_only_go_down() -> None:
    """The contracts of pyproject.toml, each kept."""
    answer = subprocess.run(
        [sys.executable, "-c", LINT], cwd=house.ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout
    assert "0 broken" in answer.stdout


def loaded() -> list[str]:
    """Return the modules that `import app` loads where nothing of AWS is configured."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE],
        cwd=house.ROOT,
        env=env | {"CHAT_QUEUE": "mutual-aid-local-chat", "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return list(json.loads(answer.stdout))


def test_importing_the_app_touches_nothing_and_stays_lean() -> None:
    modules = loaded()
    heavy = sorted(name for name in modules if name.partition(".")[0] in LATE)
    assert not heavy, f"imported by every function: {heavy}"
    assert not LATE_OURS & set(modules)
    assert len(modules) <= MODULES, f"{len(modules)} modules:\n" + "\n".join(modules)


def distribution(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(names: set[str]) -> set[str]:
    """Return distributions with everything that they need themselves."""
    done: set[str] = set()
    todo = {distribution(name) for name in names}
    while todo:
        name = todo.pop()
        done.add(name)
        try:
            needed = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # an optional need that is not installed
        mandatory = [text for text in needed if "extra ==" not in text]
        todo |= {distribution(re.split(r"[ ;<>=!~\[(]", text)[0]) for text in mandatory} - done
    return done


def third_party(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"chalicelib", "app"}


def test_the_functions_carry_what_they_import_and_nothing_else() -> None:
    pinned = {
        distribution(re.split(r"[\[=]", line)[0])
        for line in house.read("requirements.txt").splitlines()
        if line and not line.startswith("#")
    }
    owners = metadata.packages_distributions()
    imported = {name for source in house.product() for name in third_party(source.tree)}
    used = {distribution(owner) for name in imported for owner in owners.get(name, [name])}
    assert used <= closure(pinned), f"not in requirements.txt: {sorted(used - closure(pinned))}"
    idle = pinned - closure(used)
    assert not idle, f"pinned but never imported, nor needed by what is: {sorted(idle)}"
