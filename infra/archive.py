"""What goes into the function package: only what is imported, with its bytecode, reproducibly."""

import hashlib
import importlib.util
import marshal
import re
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

Entries = dict[str, bytes]

# A layer is unpacked into /opt, and Python looks in /opt/python.
LAYER_FOLDER: Final = "python"
# botocore brings 400 services; a client reads its own folder and these root files.
SERVICES: Final = frozenset({"dynamodb", "s3", "sqs", "sns", "kms", "secretsmanager", "sts"})
_ROOT_DATA: Final = frozenset(
    {"endpoints.json", "partitions.json", "sdk-default-configuration.json", "_retry.json"}
)
_DATA: Final = re.compile(r"(?:boto3|botocore)/data/(?P<rest>.+)")
_JUNK: Final = re.compile(
    r"(^|/)(__pycache__|tests?)/"
    r"|\.(pyc|pyi|pxd|pyx|c|h|md|rst)$"
    r"|(^|/)py\.typed$"
    r"|\.dist-info/(RECORD|INSTALLER|REQUESTED|WHEEL|direct_url\.json)$"
    r"|^bin/|^[^/]+\.data/scripts/"
    # cffi compiles C at build time; cryptography needs its backend alone. v1 is pydantic's past.
    r"|^(cffi|pycparser|pydantic/v1)/"
    # Pillow without what reads fonts, colour profiles and AVIF: we take JPEG, PNG and WebP.
    r"|^PIL/_(avif|imagingft|imagingcms|imagingtk|imagingmath|imagingmorph)\."
    r"|^pillow\.libs/lib(avif|harfbuzz|freetype|lcms2|brotli\w+|png16)-"
    # A copy of the time zone database: all our times are UTC or a fixed offset.
    r"|^dateutil/zoneinfo/.*\.tar\.gz$"
)
# Raise it when the same sources are packed in another way.
_FORM: Final = 2
_UNCHECKED_HASH: Final = (0b01).to_bytes(4, "little")
# The oldest date a zip can hold: the same content gives the same bytes on any day.
_DATE: Final = (1980, 1, 1, 0, 0, 0)


def needed(name: str) -> bool:
    """Tell whether a file of the packages is used by a running function."""
    if _JUNK.search(name):
        return False
    data = _DATA.fullmatch(name)
    if not data:
        return True
    first, _, rest = data["rest"].partition("/")
    if not rest:
        return first in _ROOT_DATA
    return first in SERVICES and not PurePosixPath(rest).name.startswith(("examples-", "waiters-"))


def read(path: Path) -> Entries:
    """Return the needed files of a zip."""
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if not n.endswith("/") and needed(n)]
        return {name: archive.read(name) for name in names}


def below(folder: str, entries: Entries) -> Entries:
    """Return the files one folder deeper."""
    return {f"{folder}/{name}": content for name, content in entries.items()}


def fingerprint(entries: Entries) -> str:
    """Return the SHA-256 over names and contents, the interpreter, and how they are packed.

    Bytecode stays out: it follows from the sources, and marshal does not promise equal bytes.
    """
    digest = hashlib.sha256(f"{sys.implementation.cache_tag} {_FORM}\n".encode())
    for name in sorted(entries):
        digest.update(f"{name}\0{hashlib.sha256(entries[name]).hexdigest()}\n".encode())
    return digest.hexdigest()


def with_bytecode(entries: Entries) -> Entries:
    """Add an unchecked-hash .pyc beside every source file (PEP 552).

    /var/task is read-only and its dates are of no use, so neither fresh nor timestamp
    bytecode could ever be used there. Sources stay: tracebacks show their lines.
    """
    compiled: Entries = {}
    for name, source in entries.items():
        if name.endswith(".py"):
            path = PurePosixPath(name)
            target = path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.pyc"
            compiled[str(target)] = _bytecode(name, source)
    return {**entries, **compiled}


def as_bytecode(entries: Entries) -> Entries:
    """Put a .pyc in the place of every source file, where Python finds it without one.

    For libraries: their lines can be read where they are pinned, and are a seventh of the zip.
    """
    return {
        f"{name}c" if name.endswith(".py") else name: _bytecode(name, content)
        if name.endswith(".py")
        else content
        for name, content in entries.items()
    }


def write(path: Path, entries: Entries) -> int:
    """Write a zip with fixed dates, modes and order; return its size in bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, entries[name])
    return path.stat().st_size


def heaviest(path: Path, count: int = 6) -> list[tuple[str, int]]:
    """Return the top-level names that take most of the zip, with their compressed bytes."""
    totals: dict[str, int] = {}
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            top = info.filename.removeprefix(f"{LAYER_FOLDER}/").split("/", 1)[0]
            totals[top] = totals.get(top, 0) + info.compress_size
    return sorted(totals.items(), key=lambda item: -item[1])[:count]


def tree_digest(paths: Iterable[Path], root: Path) -> str:
    """Return one hash over files, by their path below `root` and their content."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root)}\0{content}\n".encode())
    return digest.hexdigest()


def _bytecode(name: str, source: bytes) -> bytes:
    """Return the content of a .pyc: magic, flags, hash of the source, code (PEP 552)."""
    code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    head = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(source)
    return head + marshal.dumps(code)
