"""Templates: one environment, one frozen view model per page, nothing undefined."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment

_HOUSE = Path(__file__).parent.parent
STATIC = Path(__file__).parent / "static" / "dist"
COMPILED = Path(__file__).parent / "compiled"
"""Templates as Python modules: in a package only, where compiling costs every cold start."""
_ROOMS = (
    "web",
    "home",
    "membership",
    "privacy",
    "changes",
    "subsidy",
    "content",
    "notify",
    "staff",
    "payout",
    "statistics",
)


@cache
def environment() -> "Environment":
    """Build the Jinja environment, once per container."""
    from jinja2 import ModuleLoader

    return with_loader(ModuleLoader(COMPILED) if COMPILED.is_dir() else sources())


def sources(house: Path = _HOUSE) -> "BaseLoader":
    """Return what finds the templates of all rooms as they were written."""
    from jinja2 import FileSystemLoader, PrefixLoader

    return PrefixLoader({room: FileSystemLoader(house / room / "templates") for room in _ROOMS})


def with_loader(loader: "BaseLoader") -> "Environment":
    """Return an environment; how it is set decides what compiled templates are like."""
    from jinja2 import Environment, StrictUndefined

    built = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    built.globals["asset"] = asset
    return built


@cache
def manifest() -> dict[str, str]:
    """Return the built assets: logical name → file name with its hash."""
    names: dict[str, str] = json.loads((STATIC / "manifest.json").read_text("utf-8"))
    return names


def asset(name: str) -> str:
    """Return the address of a built asset; unknown names are a mistake in a template."""
    return f"/static/{manifest()[name]}"


def render(
    template: str,
    view: Any,
    *,
    org: str,
    care: bool,
    form_token: Callable[[str], str],
) -> str:
    """Render a template of a room ("membership/bind.html") with its view model."""
    return (
        environment()
        .get_template(template)
        .render(page=view, org=org, care=care, form_token=form_token)
    )
