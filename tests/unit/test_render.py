"""Templates get one view model and nothing undefined; assets are named by content."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from jinja2 import ModuleLoader, TemplateNotFound, UndefinedError

from chalicelib.web.errors import ErrorView
from chalicelib.web.render import (
    STATIC,
    asset,
    environment,
    manifest,
    render,
    sources,
    with_loader,
)
from infra import assets


@pytest.fixture(scope="module", autouse=True)
def _assets() -> None:
    assets.build()


def rendered(template: str, view: object, *, care: bool = False) -> str:
    return render(template, view, org="示例协会", care=care, form_token=lambda path: f"t:{path}")


def error(text: str = "出错了。") -> ErrorView:
    return ErrorView("没有找到", text, "请返回。")


def test_a_page_is_filled_with_its_view() -> None:
    body = rendered("web/error.html", error())
    assert "<title>没有找到" in body
    assert "示例协会" in body


def test_what_people_typed_is_text() -> None:
    body = rendered("web/error.html", error("<script>alert(1)</script>"))
    assert "<script>alert" not in body
    assert "&lt;script&gt;" in body


def test_nothing_undefined_is_shown() -> None:
    @dataclass(frozen=True)
    class Half:
        title: str = "x"

    with pytest.raises(UndefinedError):
        rendered("web/error.html", Half())


@pytest.mark.parametrize("name", ["error.html", "nowhere/error.html", "web/../web/error.html", ""])
def test_only_rooms_have_templates(name: str) -> None:
    with pytest.raises(TemplateNotFound):
        environment().get_template(name)


def test_the_environment_is_made_once_and_strict() -> None:
    made = environment()
    assert made is environment()
    assert made.autoescape is True
    assert made.undefined.__name__ == "StrictUndefined"


def test_assets_carry_their_hash_and_exist() -> None:
    assert manifest() == json.loads((STATIC / "manifest.json").read_text("utf-8"))
    for name, file in manifest().items():
        stem, _, suffix = name.rpartition(".")
        assert re.fullmatch(rf"{re.escape(stem)}\.[0-9a-f]{{8,}}\.{suffix}", file)
        assert asset(name) == f"/static/{file}"
        assert (STATIC / file).is_file()


def test_an_unknown_asset_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        asset("missing.css")


def test_large_text_is_said_on_the_page() -> None:
    assert 'data-weui-mode="care"' in rendered("web/error.html", error(), care=True)
    assert 'data-weui-mode="care"' not in rendered("web/error.html", error())


def test_a_compiled_template_says_the_same(tmp_path: Path) -> None:
    with_loader(sources()).compile_templates(tmp_path, zip=None, ignore_errors=False)
    compiled = with_loader(ModuleLoader(tmp_path)).get_template("web/error.html")
    context = {"org": "示例协会", "care": False, "form_token": lambda path: f"t:{path}"}
    assert compiled.render(page=error(), **context) == rendered("web/error.html", error())
