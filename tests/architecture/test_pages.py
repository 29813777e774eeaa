"""Templates and code agree: each is rendered, each name exists, no macro is left over."""

import ast
import re

from jinja2 import Environment, nodes

from tests.architecture import house

NAMED = re.compile(
    r"(web|home|membership|privacy|content|subsidy|changes|payout|staff|statistics|notify)/[\w-]+\.html"
)
STAFF_ROOMS = ("staff/", "content/desk_", "payout/", "statistics/")
LAST_PAGE = "web/failsafe.html"  # read as it is: it must not need Jinja


def on_disk() -> set[str]:
    """Names of all templates, as a room and a file."""
    return {
        "/".join((path.split("/")[1], path.rsplit("/", 1)[1]))
        for path in house.files()
        if path.startswith("chalicelib/") and "/templates/" in path
    }


def source(name: str) -> str:
    room, file = name.split("/")
    return house.read(f"chalicelib/{room}/templates/{file}")


def parsed(name: str) -> nodes.Template:
    return Environment().parse(source(name))


def named_in_code() -> set[str]:
    return {
        node.value
        for module in house.product()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and NAMED.fullmatch(node.value)
    }


def named_in_templates() -> set[str]:
    kinds = (nodes.Extends, nodes.Import, nodes.FromImport, nodes.Include)
    found = (node for name in on_disk() for node in parsed(name).find_all(kinds))
    return {node.template.value for node in found if isinstance(node.template, nodes.Const)}


def test_every_template_that_is_named_exists() -> None:
    missing = (named_in_code() | named_in_templates()) - on_disk()
    assert not missing, f"named but not there: {sorted(missing)}"


def test_every_template_is_rendered() -> None:
    idle = on_disk() - named_in_code() - named_in_templates() - {LAST_PAGE}
    assert not idle, f"there but never rendered: {sorted(idle)}"
    assert LAST_PAGE.rpartition("/")[2] in house.read("chalicelib/web/errors.py")


def test_every_page_has_the_layout() -> None:
    for name in on_disk() - {LAST_PAGE} - named_in_templates():
        (extended,) = parsed(name).find_all(nodes.Extends)
        assert isinstance(extended.template, nodes.Const)
        console = name.startswith(STAFF_ROOMS)
        layout = "web/staff_layout.html" if console else "web/layout.html"
        assert extended.template.value == layout, name


def macro_files() -> dict[str, set[str]]:
    """Return file → its macros, for files that are imported."""
    found = (node for name in on_disk() for node in parsed(name).find_all(nodes.Import))
    files = {node.template.value for node in found if isinstance(node.template, nodes.Const)}
    return {file: {m.name for m in parsed(file).find_all(nodes.Macro)} for file in files}


def calls(name: str) -> set[tuple[str, str]]:
    """Return (file, macro) for every macro that a template names, its own included."""
    tree = parsed(name)
    aliases = {
        node.target: node.template.value
        for parent in (name, "web/layout.html")  # what a layout imports, its pages have too
        for node in parsed(parent).find_all(nodes.Import)
        if isinstance(node.template, nodes.Const)
    }
    named = {
        (aliases[node.node.name], node.attr)
        for node in tree.find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name) and node.node.name in aliases
    }
    return named | {(name, node.name) for node in tree.find_all(nodes.Name) if node.ctx == "load"}


def test_no_macro_is_left_over_and_none_is_missing() -> None:
    made = {(file, macro) for file, macros in macro_files().items() for macro in macros}
    named = {call for name in on_disk() for call in calls(name)}
    assert not made - named, f"nobody uses {sorted(made - named)}"
    missing = {call for name in on_disk() for call in calls(name) if call[0] != name} - made
    assert not missing, f"nobody made {sorted(missing)}"


def test_weui_markup_lives_in_the_macros_only() -> None:
    for name in on_disk() - set(macro_files()):
        marked = re.findall(r"class=\"[^\"]*\bweui-[^\"]*\"", source(name))
        assert not marked, f"{name}: {marked}"


def test_no_template_turns_escaping_off_for_what_people_typed() -> None:
    for name in on_disk():
        for expression in re.findall(r"\{\{(.*?)\}\}", source(name), re.DOTALL):
            if "|safe" in expression.replace(" ", ""):
                assert re.match(r"\s*'[^']*'\s*\|\s*safe", expression), f"{name}: {expression}"
        assert "autoescape" not in source(name), name
