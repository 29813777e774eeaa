"""Rules of this house that no linter knows, each a function from source to findings."""

import ast
from collections.abc import Iterator

from tests.architecture.house import Finding, Source

_CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
}
_DICE = ("random.", "uuid.", "secrets.", "os.urandom")


def _dotted(node: ast.expr) -> str:
    """Return "datetime.now" of `datetime.now` and of `datetime.datetime.now`."""
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def clocks(source: Source) -> Iterator[Finding]:
    """Time is an argument: nobody asks the machine."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and _dotted(node).endswith(tuple(_CLOCKS)):
            yield Finding(source.path, node.lineno, f"asks the machine's clock: {_dotted(node)}")
    for line, name in _imported(source.tree):
        if name in _CLOCKS:
            yield Finding(source.path, line, f"imports the machine's clock: {name}")


def dice(source: Source) -> Iterator[Finding]:
    """Ids and randomness are arguments: nobody rolls dice."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and _dotted(node).startswith(_DICE):
            yield Finding(source.path, node.lineno, f"rolls dice: {_dotted(node)}")
    for line, name in _imported(source.tree):
        if "." in name and name.startswith(_DICE):
            yield Finding(source.path, line, f"imports dice: {name}")


def keys(source: Source) -> Iterator[Finding]:
    """Keys are built in one module: no formatted text with a # elsewhere, nor taking one apart."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.JoinedStr):
            texts = [part.value for part in node.values if isinstance(part, ast.Constant)]
            if any("#" in str(text) for text in texts):
                yield Finding(source.path, node.lineno, f"builds a key: {ast.unparse(node)}")
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            sides = [s.value for s in (node.left, node.right) if isinstance(s, ast.Constant)]
            if any("#" in side for side in sides if isinstance(side, str)):
                yield Finding(source.path, node.lineno, f"builds a key: {ast.unparse(node)}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            cuts = node.func.attr in {"partition", "rpartition", "split", "rsplit", "removeprefix"}
            first = (
                node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ""
            )
            if cuts and "#" in str(first):
                yield Finding(source.path, node.lineno, f"takes a key apart: {ast.unparse(node)}")


def scans(source: Source) -> Iterator[Finding]:
    """Nothing reads a whole table."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in {"scan", "rate_limited_scan"}:
            yield Finding(source.path, node.lineno, "scans a table")
        elif isinstance(node, ast.Constant) and node.value in {"scan", "Scan"}:
            yield Finding(source.path, node.lineno, "names a scan")


def patches(source: Source) -> Iterator[Finding]:
    """Tests give fakes as arguments; they replace nothing behind the code's back."""
    for line, name in _imported(source.tree):
        if name.startswith(("unittest.mock", "mock.", "pytest_mock")) or name == "mock":
            yield Finding(source.path, line, f"imports {name}")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and _dotted(node) == "monkeypatch.setattr":
            yield Finding(source.path, node.lineno, "replaces an attribute of the code")
        elif isinstance(node, ast.arg) and node.arg == "mocker":
            yield Finding(source.path, node.lineno, "asks for a mocker")


def undocumented(source: Source) -> Iterator[Finding]:
    """Modules, public classes and public functions say what they are for."""
    tree = source.tree
    if tree.body and ast.get_docstring(tree) is None:
        yield Finding(source.path, 1, "a module without a docstring")
    for node in tree.body:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        if not isinstance(node, kinds) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node) is None:
            yield Finding(source.path, node.lineno, f"{node.name} without a docstring")


def fat_handlers(source: Source, limit: int = 14) -> Iterator[Finding]:
    """A route parses, calls, renders: few statements, nested ones too, imports not."""
    for node in source.tree.body:
        if not isinstance(node, ast.FunctionDef) or not _is_route(node):
            continue
        counted = [
            inner
            for inner in ast.walk(node)
            if isinstance(inner, ast.stmt)
            and inner is not node
            and not isinstance(inner, ast.Import | ast.ImportFrom)
        ]
        statements = len(counted) - (ast.get_docstring(node) is not None)
        if statements > limit:
            yield Finding(source.path, node.lineno, f"{node.name}: {statements} statements")


def _is_route(node: ast.FunctionDef) -> bool:
    return any(
        isinstance(decorator, ast.Call) and _dotted(decorator.func).startswith(("room.", "app."))
        for decorator in node.decorator_list
    )
