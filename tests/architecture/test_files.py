"""What may be in the repository: sizes, pins, and nothing of one machine or one cloud."""

import re
from importlib import metadata

import pytest

from tests.architecture import house

LINES = 400
LONG: dict[str, str] = {
    "infra/assets_src/package-lock.json": "written by npm",
}
CODE = (".py", ".js", ".css", ".html", ".less", ".toml", ".json", ".yaml", ".yml")
TOP = {
    "README.md",
    "Makefile",
    "app.py",
    "pyproject.toml",
    "requirements.txt",
    "requirements-dev.txt",
    ".gitignore",
    ".gitattributes",
    ".ci",
    ".chalice",
    "chalicelib",
    "infra",
    "tests",
}
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[[a-z0-9,-]+\])?==(?P<version>[0-9][A-Za-z0-9.]*)")

# Spelled in two halves, so that this file does not find itself.
FORBIDDEN = {
    "a package registry's host": re.compile(
        r"pypi\.o" r"rg|npm" r"js\.(org|com)|npm" r"mirror|pythonho" r"sted|/simp" r"le/?[\"'\s]"
    ),
    "a path of one machine": re.compile(
        r"(?<![\w.$}{/-])/(wo" r"rk|ro" r"ot|ho" r"me/\w+|Use" r"rs/\w+)/"
    ),
    "one partition of AWS": re.compile(r"arn:a" r"ws:|(?<!PRINCIPAL)\.amazon" r"aws\.com"),
}

# A service's name as a principal is the same in all partitions.
PRINCIPAL = re.compile(r"(?<=\")[a-z0-9]+(?=\.amazon" r"aws\.com\")")
# Tests name addresses to compare with.
PLACES = {"one partition of AWS": ("app.py", "chalicelib/", "infra/", ".chalice/")}


def test_the_top_of_the_house_is_the_users_card() -> None:
    extra = {path.partition("/")[0] for path in house.files()} - TOP
    assert not extra, f"at the top but not on the card: {sorted(extra)}"


def test_no_file_is_longer_than_it_may_be() -> None:
    sizes = {path: house.read(path).count("\n") for path in house.files() if path.endswith(CODE)}
    long = {path: size for path, size in sizes.items() if size > LINES and path not in LONG}
    assert not long, f"longer than {LINES} lines: {long}"
    assert not set(LONG) - {path for path, size in sizes.items() if size > LINES}, "not long now"


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_of_one_place_is_committed(what: str) -> None:
    found = []
    for path in house.files():
        if what in PLACES and not path.startswith(PLACES[what]):
            continue
        try:
            text = house.read(path)
        except UnicodeDecodeError:
            continue  # a picture
        for number, row in enumerate(text.splitlines(), 1):
            if FORBIDDEN[what].search(PRINCIPAL.sub("PRINCIPAL", row)):
                found.append(house.Finding(path, number, row.strip()[:100]))
    assert not found, f"{what}:\n{house.said(found)}"


def test_pictures_are_the_only_binary_files() -> None:
    for path in house.files():
        if b"\0" in (house.ROOT / path).read_bytes():
            assert path.endswith((".png", ".jpg", ".xlsx")), path


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_and_installed_as_pinned(name: str) -> None:
    for row in house.read(name).splitlines():
        if not row or row.startswith(("#", "-r ")):
            continue
        pin = PIN.fullmatch(row.partition(" #")[0].strip())
        assert pin, f"{name}: not pinned exactly: {row}"
        installed = metadata.version(pin["name"])
        assert installed == pin["version"], f"{pin['name']} {installed} is installed, not {row}"


def test_boto_is_what_the_local_cloud_was_made_for() -> None:
    wanted = [text for text in metadata.requires("ministack") or [] if text.startswith("botocore")]
    assert f"botocore=={metadata.version('botocore')}" in wanted
    assert metadata.version("boto3") == metadata.version("botocore")
