"""The build of the browser files: names by content, nothing stale, nothing foreign."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import assets
from infra.assets import Tree, build, hashed_name, inputs_digest, scalable_type

ROOT = Path(__file__).parent.parent.parent
EMPLOYEE_CSS_LIMIT = 18_000
EMPLOYEE_JS_LIMIT = 4_000
UPLOAD_JS_LIMIT = 4_000
SUBSIDY_JS_LIMIT = 4_000


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A copy of the sources beside the npm packages that the house has installed."""
    build()
    copy = Tree(tmp_path)
    house = Tree(ROOT)
    shutil.copytree(house.sources, copy.sources)
    shutil.copytree(house.static, copy.static, ignore=shutil.ignore_patterns("dist"))
    copy.npm.parent.mkdir(parents=True)
    copy.npm.symlink_to(house.npm, target_is_directory=True)
    return copy


def test_manifest_names_files_by_their_content() -> None:
    manifest = build()
    drawings = {path.name for path in Tree(ROOT).static.glob("*.svg")}
    assert set(manifest.files) == {"employee.css", "staff.css", *assets.SCRIPTS, *drawings}
    for name, file in manifest.files.items():
        assert file == hashed_name(name, manifest.path(name).read_bytes())
    on_disk = {path.name for path in manifest.directory.iterdir()}
    assert on_disk == {*manifest.files.values(), "manifest.json"}
    assert json.loads((manifest.directory / "manifest.json").read_text("utf-8")) == manifest.files


def test_a_phone_downloads_little() -> None:
    manifest = build()
    assert manifest.gzip_bytes("employee.css") <= EMPLOYEE_CSS_LIMIT
    assert manifest.gzip_bytes("employee.js") <= EMPLOYEE_JS_LIMIT
    assert manifest.gzip_bytes("upload.js") <= UPLOAD_JS_LIMIT
    assert manifest.gzip_bytes("subsidy.js") <= SUBSIDY_JS_LIMIT


def test_built_files_ask_nobody_else() -> None:
    manifest = build()
    css = manifest.path("employee.css").read_text("utf-8")
    js = manifest.path("employee.js").read_text("utf-8")
    assert all(url.startswith(('"data:', "data:", "'data:")) for url in css_urls(css))
    assert "@import" not in css
    assert "sourceMappingURL" not in css + js
    assert not re.search(r"https?://", js)


def css_urls(css: str) -> Iterator[str]:
    yield from re.findall(r"url\(\s*([^)]{0,12})", css)


def test_weui_keeps_its_licence() -> None:
    css = build().path("employee.css").read_text("utf-8")
    assert "THL A29 Limited" in css
    assert "MIT License" in css


def test_all_type_grows_with_the_page() -> None:
    css = build().path("employee.css").read_text("utf-8")
    assert not re.findall(r"font-size:\s*[\d.]+px", css)


def test_old_engines_get_their_prefixes() -> None:
    css = build().path("employee.css").read_text("utf-8")
    assert "-webkit-mask-image" in css


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("font-size: 17px;", "font-size: 1.0625rem;"),
        ("font-size:10px}", "font-size:0.625rem}"),
        ("font-size: 1.6em;", "font-size: 1.6em;"),
        ("padding: 17px;", "padding: 17px;"),
    ],
)
def test_type_in_px_becomes_rem(before: str, after: str) -> None:
    assert scalable_type(before) == after


def test_the_hash_is_the_content() -> None:
    assert hashed_name("a.css", b"one") == hashed_name("a.css", b"one")
    assert hashed_name("a.css", b"one") != hashed_name("a.css", b"two")
    assert re.fullmatch(r"a\.[0-9a-f]{10}\.css", hashed_name("a.css", b"one"))


def test_nothing_is_built_twice(tree: Tree) -> None:
    assert build(root=tree.root).rebuilt
    assert not build(root=tree.root).rebuilt
    assert build(root=tree.root, force=True).rebuilt


def test_a_changed_source_changes_its_name_and_removes_the_old_file(tree: Tree) -> None:
    before = build(root=tree.root)
    emblem = tree.static / "emblem.svg"
    emblem.write_text(emblem.read_text("utf-8").replace("#c8102e", "#c8102f"), "utf-8")
    after = build(root=tree.root)
    assert after.rebuilt
    assert after.files["emblem.svg"] != before.files["emblem.svg"]
    assert after.files["employee.css"] == before.files["employee.css"]
    assert not before.path("emblem.svg").exists()


def test_a_lost_file_is_built_again(tree: Tree) -> None:
    build(root=tree.root).path("employee.js").unlink()
    again = build(root=tree.root)
    assert again.rebuilt
    assert again.path("employee.js").is_file()


def test_the_digest_sees_names_as_well_as_content(tree: Tree) -> None:
    before = inputs_digest(tree)
    (tree.static / "emblem.svg").rename(tree.static / "seal.svg")
    assert inputs_digest(tree) != before


def test_a_broken_stylesheet_says_which_tool_and_leaves_the_last_build(tree: Tree) -> None:
    before = build(root=tree.root)
    (tree.static / "js" / "employee.js").write_text("export const = ;", "utf-8")
    with pytest.raises(assets.AssetsError, match="esbuild failed"):
        build(root=tree.root)
    assert before.path("employee.js").is_file()


def test_versions_are_exact_and_the_lock_names_no_host() -> None:
    sources = Tree(ROOT).sources
    wanted = json.loads((sources / "package.json").read_text("utf-8"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    lock_text = (sources / "package-lock.json").read_text("utf-8")
    lock = json.loads(lock_text)["packages"]
    assert lock[""]["dependencies"] == wanted
    assert "resolved" not in lock_text
    assert "registry" not in lock_text
    for name, package in lock.items():
        assert not name or package["integrity"].startswith("sha512-"), name
