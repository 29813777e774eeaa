"""From the source tree to one zip and one template that fit any stage."""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chalicelib.web import render as pages
from infra import archive, libraries, render
from infra.errors import InfraError
from infra.layers import LAYERS
from infra.paths import BUILD, ROOT

LIMIT_BYTES: Final = 15_000_000
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Upload:
    """A zip, and the key that its content gives it."""

    zip: Path
    key: str

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.zip.stat().st_size


@dataclass(frozen=True, slots=True)
class Package:
    """What a deploy uploads and submits; `layers` by the parameter that takes the key."""

    code: Upload
    layers: Mapping[str, Upload]
    template: render.Template
    fresh: bool

    @property
    def uploads(self) -> tuple[Upload, ...]:
        """Everything that goes into the bucket."""
        return (self.code, *self.layers.values())

    @property
    def megabytes(self) -> str:
        """The sizes for people."""
        sizes = [f"{upload.zip.stem} {upload.size / 1e6:.1f} MB" for upload in self.uploads]
        return ", ".join(sizes)


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
        code = libraries.fetch(libraries.everywhere(root), cache, say)
        own, template = _own(root, work)
        code |= _templates(work)
        stored: dict[str, object] = {"template": template}
        stored["code.zip"] = _zip(work / "code.zip", code, own)
        for layer in LAYERS:
            content = libraries.fetch(libraries.of_layer(root, layer), cache, say)
            below = archive.below(archive.LAYER_FOLDER, content)
            stored[f"{layer.slug}.zip"] = _zip(work / f"{layer.slug}.zip", below, {})
        (work / "template.json").write_text(json.dumps(stored))
        _publish(work, folder)


def _zip(path: Path, code: archive.Entries, own: archive.Entries) -> str:
    """Write libraries and what is our own; returns the key, raises InfraError when too large."""
    size = archive.write(path, archive.as_bytecode(code) | archive.with_bytecode(own))
    if size > LIMIT_BYTES:
        heavy = ", ".join(f"{n} {b / 1e6:.1f} MB" for n, b in archive.heaviest(path))
        raise InfraError(f"{path.name} is {size / 1e6:.1f} MB, the limit is 15: {heavy}.")
    return f"{archive.fingerprint(code | own)}.zip"


def _own(root: Path, work: Path) -> tuple[archive.Entries, render.Template]:
    """Package our own code alone, in `work`: its files and the whole template."""
    _copy_tree(root, work / "app")
    (work / "merge.json").write_text(json.dumps(render.merge_template()))
    libraries.chalice_package(work / "app", "--merge-template", str(work / "merge.json"))
    out = work / "app" / "out"
    template = render.complete(json.loads((out / "sam.json").read_text("utf-8")))
    _refuse_other_runtime(template)
    return archive.read(out / "deployment.zip"), template


def _templates(work: Path) -> archive.Entries:
    """Compile the templates of the copied tree: a cold start would do it for every page."""
    folder = work / "templates"
    house = work / "app" / "chalicelib"
    templates = pages.with_loader(pages.sources(house))
    templates.compile_templates(folder, zip=None, ignore_errors=False)
    place = pages.COMPILED.relative_to(pages.COMPILED.parents[2])
    return archive.below(str(place), {p.name: p.read_bytes() for p in folder.iterdir()})


def _publish(work: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # The template last: its presence says that the folder is whole.
    for name in ("code.zip", *(f"{layer.slug}.zip" for layer in LAYERS), "template.json"):
        shutil.copyfile(work / name, folder / f"{name}.part")
        (folder / f"{name}.part").rename(folder / name)


def _open(folder: Path, *, fresh: bool) -> Package:
    stored = json.loads((folder / "template.json").read_text("utf-8"))

    def upload(name: str) -> Upload:
        return Upload(folder / name, stored[name])

    layers = {layer.parameter: upload(f"{layer.slug}.zip") for layer in LAYERS}
    return Package(upload("code.zip"), layers, stored["template"], fresh)


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
    rules = [
        here / f"{name}.py"
        for name in ("package", "libraries", "layers", "archive", "models", "render", "gateway")
    ]
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
