"""The package that is uploaded: complete without this machine, small, ready to run."""

import ast
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra import package
from infra.paths import ROOT

pytestmark = pytest.mark.stack

# Everything a function may import in any room, and a client of each service it uses.
_EVERYTHING = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/python"]
import app, importlib, pkgutil, chalicelib
for found in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
    importlib.import_module(found.name)
for name in sys.argv[2:]:
    importlib.import_module(name)
import botocore.session
session = botocore.session.Session()
for service in ("dynamodb", "s3", "sqs", "sns", "kms", "secretsmanager", "sts"):
    session.create_client(service, "cn-north-1", aws_access_key_id="x", aws_secret_access_key="x")
outside = [m.__file__ for m in list(sys.modules.values())
           if getattr(m, "__file__", None) and "site-packages" in m.__file__]
assert not outside, outside
"""


@pytest.fixture(scope="module")
def built() -> package.Package:
    return package.build()


def imports() -> list[str]:
    """Every module that the product imports anywhere, also inside functions."""
    found: set[str] = set()
    for path in [ROOT / "app.py", *(ROOT / "chalicelib").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
    return sorted(found)


def test_it_runs_without_anything_of_this_machine(built: package.Package, tmp_path: Path):
    for upload in built.uploads:
        with zipfile.ZipFile(upload.zip) as archive:
            archive.extractall(tmp_path)
    before = {p for p in tmp_path.rglob("*") if p.is_file()}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", _EVERYTHING, str(tmp_path), *imports()],
        env={"CHAT_QUEUE": "queue", "PREFIX": "prefix", "PATH": os.environ["PATH"]},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # Nothing was compiled: the bytecode in the package is the bytecode that ran.
    assert {p for p in tmp_path.rglob("*") if p.is_file()} == before


def never_checked(compiled: bytes) -> bool:
    """PEP 552: bit 0 says hash-based, bit 1 clear says do not look at the source."""
    return compiled[4:8] == b"\x01\0\0\0"


def test_every_module_has_bytecode_that_is_never_checked(built: package.Package):
    with zipfile.ZipFile(built.code.zip) as archive:
        names = set(archive.namelist())
        sources = [n for n in names if n.endswith(".py")]
        for source in sources:
            folder, _, name = source.rpartition("/")
            tag = sys.implementation.cache_tag
            compiled = f"{folder}/__pycache__/{name[:-3]}.{tag}.pyc".lstrip("/")
            assert compiled in names
        assert all(never_checked(archive.read(n)) for n in names if n.endswith(".pyc"))
    assert {source.split("/", 1)[0] for source in sources} == {"app.py", "chalicelib", "chalice"}


def test_libraries_are_bytecode_alone(built: package.Package):
    for upload in built.uploads:
        with zipfile.ZipFile(upload.zip) as archive:
            libraries = [n for n in archive.namelist() if "__pycache__" not in n]
        compiled = [n for n in libraries if n.endswith(".pyc")]
        assert compiled
        assert not {n[:-1] for n in compiled} & set(libraries)
    assert len(compiled) > 100


def test_it_is_small_and_carries_no_tools(built: package.Package):
    assert built.code.size <= package.LIMIT_BYTES
    with zipfile.ZipFile(built.code.zip) as archive:
        tops = {n.split("/", 1)[0] for n in archive.namelist()}
        services = {n.split("/")[2] for n in archive.namelist() if n.startswith("botocore/data/")}
    assert not tops & {"pip", "setuptools", "wheel", "click", "infra", "tests", "moto", "pytest"}
    assert len(services) < 15


def test_what_few_functions_need_is_in_its_layer_alone(built: package.Package):
    tops = {
        "PIL": "PicturesKey",
        **dict.fromkeys(("xlsxwriter", "markdown_it", "nh3"), "OfficeKey"),
    }
    for parameter, upload in {"": built.code, **built.layers}.items():
        with zipfile.ZipFile(upload.zip) as archive:
            names = {n.removeprefix("python/").split("/", 1)[0] for n in archive.namelist()}
        assert {top for top, layer in tops.items() if layer == parameter} == names & set(tops)
    assert sum(layer.size for layer in built.layers.values()) <= package.LIMIT_BYTES / 2


def test_the_same_tree_is_the_same_package_byte_for_byte(built: package.Package, tmp_path: Path):
    (tmp_path / "libraries").symlink_to(built.code.zip.parents[2] / "libraries")
    again = package.build(cache=tmp_path)
    assert again.fresh
    assert again.code.key == built.code.key
    assert again.template == built.template
    assert again.code.zip.read_bytes() == built.code.zip.read_bytes()
