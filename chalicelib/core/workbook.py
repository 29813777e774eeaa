"""The sheets of an xlsx workbook (ECMA-376) as numbered lines, in bounded memory.

Read with zipfile and expat alone: a general spreadsheet library also parses styles, validations and
drawings, keeps something of every row, and refuses files for mistakes in parts that no row
depends on (decision 0016). Only four parts are opened, each measured before it is unpacked.
Numbers stay numbers: whether one is a date depends on its column, not on its format.
"""

from __future__ import annotations

import posixpath
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, Protocol, TypeVar
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import BadZipFile, ZipFile

from chalicelib.core.cells import Cell
from chalicelib.core.errors import Refused

Line = tuple[int, Sequence[Cell]]

MAX_SHEET = 512 << 20
MAX_TEXTS = 128 << 20
MAX_SMALL_PART = 4 << 20
MAX_RATIO = 500
MAX_COLUMNS = 100
_MAX_SHEETS = 100
_MAX_CELL = 32_767  # Excel's own limit
_CHUNK = 1 << 16
_MAX_TOKEN = 1 << 20
"""A tag or comment that goes on: expat keeps it whole, and reads it again with each piece."""
_DAMAGED = (
    BadZipFile,
    EOFError,
    ExpatError,
    LookupError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    zlib.error,
)
"""What zipfile, expat and int() raise for a package that is not what it claims to be."""

_T_co = TypeVar("_T_co", covariant=True)


def sheets(stream: BinaryIO) -> Iterator[Iterator[Line]]:
    """The visible sheets in their order, each as its lines.

    Raises Refused for a package that is damaged, encrypted or would unpack to more than a table.
    """
    return _guarded(_sheets(stream))


def _sheets(stream: BinaryIO) -> Iterator[Iterator[Line]]:
    with ZipFile(stream) as package:
        book = _Workbook(package)
        if len(book.sheets) > _MAX_SHEETS:
            raise Refused("工作表过多。请只保留要导入的表格，另存为 .xlsx 再导入。")
        texts = _shared_texts(package, book.texts)
        for part in book.sheets:
            yield _guarded(_run(package, part, MAX_SHEET, _Lines(texts)))


def _guarded(found: Iterator[_T_co]) -> Iterator[_T_co]:
    """Pass everything on; a package that cannot be read becomes a sentence."""
    try:
        yield from found
    except _DAMAGED as error:
        raise Refused(
            "文件已损坏或被加密，无法读取。请用表格软件打开后另存为 .xlsx 或 CSV 再导入。"
        ) from error


class _Events(Protocol[_T_co]):
    """Receives the XML events of a part; `take` hands over what is complete."""

    def start(self, name: str, attributes: dict[str, str], /) -> None: ...
    def end(self, name: str, /) -> None: ...
    def text(self, data: str, /) -> None: ...
    def take(self) -> Sequence[_T_co]: ...


def _run(package: ZipFile, part: str, limit: int, events: _Events[_T_co]) -> Iterator[_T_co]:
    """Parse a part piece by piece and yield what each piece completes."""
    size = package.getinfo(part)
    # zipfile never unpacks more than the declared size, so measuring that is enough
    if size.file_size > min(limit, max(MAX_RATIO * size.compress_size, _CHUNK)):
        raise Refused("文件展开后过大，不像一份表格。请只保留表格内容，另存为 .xlsx 再导入。")
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = _local(events.start)
    parser.EndElementHandler = lambda name: events.end(name.rpartition(" ")[2])
    parser.CharacterDataHandler = events.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    given = 0
    with package.open(part) as source:
        while chunk := source.read(_CHUNK):
            parser.Parse(chunk, False)
            given += len(chunk)
            if given - parser.CurrentByteIndex > _MAX_TOKEN:
                raise ValueError("a tag that does not end")
            yield from events.take()
    parser.Parse(b"", True)
    yield from events.take()


def _local(start: Callable[[str, dict[str, str]], None]) -> Callable[[str, dict[str, str]], None]:
    """Names without namespace: the transitional and the strict flavour differ only in that."""
    return lambda name, attributes: start(name.rpartition(" ")[2], attributes)


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a spreadsheet part never declares a document type")


class _Tags:
    """Collects every element of a small part."""

    def __init__(self) -> None:
        self._found: list[tuple[str, dict[str, str]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        self._found.append((name, local))

    def end(self, name: str) -> None: ...

    def text(self, data: str) -> None: ...

    def take(self) -> Sequence[tuple[str, dict[str, str]]]:
        found, self._found = self._found, []
        return found


class _Workbook:
    """Where the visible sheets and the shared texts are."""

    def __init__(self, package: ZipFile) -> None:
        self._package = package
        main = self._targets("")["officeDocument"][0][1]
        related = self._targets(main)
        path_of = {key: path for pairs in related.values() for key, path in pairs}
        self.texts = next((path for _, path in related.get("sharedStrings", ())), None)
        self.sheets: list[str] = []
        for name, attributes in _run(package, main, MAX_SMALL_PART, _Tags()):
            if name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
                raise Refused("工作簿使用 1904 日期系统，请在表格软件的选项中取消后另存，再导入。")
            if name == "sheet" and attributes.get("state", "visible") == "visible":
                self.sheets.append(path_of[attributes["id"]])

    def _targets(self, part: str) -> dict[str, list[tuple[str, str]]]:
        """(id, path) of the parts that a part refers to, by kind of reference."""
        folder, name = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        targets: dict[str, list[tuple[str, str]]] = {}
        for tag, attributes in _run(self._package, relations, MAX_SMALL_PART, _Tags()):
            if tag == "Relationship":
                kind = attributes["Type"].rpartition("/")[2]
                path = posixpath.normpath(posixpath.join("/", folder, attributes["Target"]))
                targets.setdefault(kind, []).append((attributes["Id"], path.lstrip("/")))
        return targets


class _Texts:
    """Texts by number, packed: eight bytes and the UTF-8 for each, not a Python string."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", (0,))

    def append(self, text: str) -> None:
        self._bytes += text.encode()
        self._ends.append(len(self._bytes))

    def __getitem__(self, number: int) -> str:
        if number < 0:
            raise IndexError(number)
        return self._bytes[self._ends[number] : self._ends[number + 1]].decode()


def _shared_texts(package: ZipFile, part: str | None) -> _Texts:
    texts = _Texts()
    if part is not None:
        for text in _run(package, part, MAX_TEXTS, _Strings()):
            texts.append(text)
    return texts


class _Collector:
    """Text of `t` and `v` elements; the phonetic guides of East Asian input are left out."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._open = False
        self._phonetic = False

    def text(self, data: str) -> None:
        if self._open:
            self._length += len(data)
            if self._length > _MAX_CELL:
                raise ValueError("a cell is longer than a spreadsheet allows")
            self._pieces.append(data)

    def _toggle(self, name: str, *, on: bool) -> None:
        if name in ("t", "v"):
            self._open = on and not self._phonetic
        elif name == "rPh":
            self._phonetic = on

    def _collected(self) -> str:
        text = "".join(self._pieces)
        self._pieces.clear()
        self._length = 0
        return text


class _Strings(_Collector):
    """The shared texts, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self._done: list[str] = []

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self._toggle(name, on=True)

    def end(self, name: str) -> None:
        self._toggle(name, on=False)
        if name == "si":
            self._done.append(self._collected())

    def take(self) -> Sequence[str]:
        done, self._done = self._done, []
        return done


class _Lines(_Collector):
    """The lines of a sheet, numbered as on the screen."""

    def __init__(self, texts: _Texts) -> None:
        super().__init__()
        self._texts = texts
        self._done: list[Line] = []
        self._number = 0
        self._cells: list[Cell] = []
        self._column = 0
        self._kind = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            place = attributes.get("r")
            self._column = _column(place) if place else self._column + 1
            self._kind = attributes.get("t", "n")
        elif name == "row":
            self._number = int(attributes.get("r", self._number + 1))
            self._cells = []
            self._column = 0
        else:
            self._toggle(name, on=True)

    def end(self, name: str) -> None:
        if name == "c":
            text = self._collected()
            if text and self._column <= MAX_COLUMNS:
                missing = self._column - len(self._cells)
                self._cells.extend([None] * missing)
                self._cells[self._column - 1] = self._value(text)
        elif name == "row":
            self._done.append((self._number, self._cells))
        else:
            self._toggle(name, on=False)

    def take(self) -> Sequence[Line]:
        done, self._done = self._done, []
        return done

    def _value(self, text: str) -> Cell:
        if self._kind == "s":
            return self._texts[int(text)]
        if self._kind == "n":
            return int(text) if text.lstrip("-").isdigit() else float(text)
        return text


def _column(place: str) -> int:
    """1 for A7, 27 for AA7."""
    column = 0
    for character in place:
        if not "A" <= character <= "Z":
            break
        column = column * 26 + ord(character) - 64
    if not column:
        raise ValueError("a cell without a column")
    return column
