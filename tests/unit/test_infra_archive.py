"""What goes into the package, decided by name."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra import archive


@pytest.mark.parametrize(
    "name",
    [
        "app.py",
        "chalicelib/web/templates/layout.html",
        "chalicelib/membership/policy.txt",
        "botocore/data/endpoints.json",
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "botocore/data/kms/2014-11-01/endpoint-rule-set-1.json.gz",
        "botocore/docs/__init__.py",
        "jinja2/tests.py",
        "_cffi_backend.cpython-311-x86_64-linux-gnu.so",
        "wechatpy-1.8.18.dist-info/METADATA",
    ],
)
def test_what_runs_is_kept(name: str):
    assert archive.needed(name)


@pytest.mark.parametrize(
    "name",
    [
        "botocore/data/ec2/2016-11-15/service-2.json.gz",
        "botocore/data/dynamodb/2012-08-10/examples-1.json",
        "botocore/data/dynamodb/2012-08-10/waiters-2.json",
        "boto3/data/ec2/2016-11-15/resources-1.json",
        "pydantic/v1/main.py",
        "cffi/api.py",
        "six/__pycache__/six.cpython-311.pyc",
        "somelib/tests/test_it.py",
        "pydantic_core/_pydantic_core.pyi",
        "bin/jp.py",
        "x-1.0.dist-info/RECORD",
        "x-1.0.data/scripts/x.py",
    ],
)
def test_what_never_runs_is_left_out(name: str):
    assert not archive.needed(name)


def test_the_fingerprint_follows_names_and_contents():
    one = archive.fingerprint({"a.py": b"1", "b.py": b"2"})
    assert one == archive.fingerprint({"b.py": b"2", "a.py": b"1"})
    assert one != archive.fingerprint({"a.py": b"2", "b.py": b"1"})
    assert one != archive.fingerprint({"a.py": b"1"})


def test_bytecode_in_the_place_of_its_source_runs(tmp_path: Path):
    sources = {"pkg/__init__.py": b"", "pkg/mod.py": b"VALUE = 41 + 1\n", "pkg/data.txt": b"x"}
    packed = archive.as_bytecode(sources)
    assert sorted(packed) == ["pkg/__init__.pyc", "pkg/data.txt", "pkg/mod.pyc"]
    archive.write(tmp_path / "lib.zip", packed)
    with zipfile.ZipFile(tmp_path / "lib.zip") as found:
        found.extractall(tmp_path)
    code = "import sys; sys.path.insert(0, sys.argv[1]); from pkg.mod import VALUE; print(VALUE)"
    command = [sys.executable, "-I", "-c", code, str(tmp_path)]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"42\n"


def test_equal_entries_are_equal_bytes(tmp_path: Path):
    entries = archive.with_bytecode({"pkg/mod.py": b"VALUE = 41 + 1\n", "pkg/data.txt": b"x" * 999})
    for name in ("one.zip", "two.zip"):
        archive.write(
            tmp_path / name, dict(reversed(entries.items())) if name == "two.zip" else entries
        )
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as found:
        assert {i.date_time[0] for i in found.infolist()} == {1980}
    assert archive.heaviest(tmp_path / "one.zip")[0][0] == "pkg"


def test_what_is_heavy_in_a_layer_is_named_as_well(tmp_path: Path):
    entries = archive.below(archive.LAYER_FOLDER, {"big/a.txt": b"abc", "small.py": b""})
    archive.write(tmp_path / "layer.zip", entries)
    assert [name for name, _ in archive.heaviest(tmp_path / "layer.zip")] == ["big", "small.py"]
