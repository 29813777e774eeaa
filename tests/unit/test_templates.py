"""Every template with example view models: valid HTML, labelled, one h1, nothing inline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import html5lib
import pytest
from jinja2 import UndefinedError

from chalicelib.membership import policy_text
from chalicelib.membership.views import BindView
from chalicelib.web import render as rendering
from chalicelib.web.result import ResultView
from infra import assets
from tests.unit.page_examples import EXAMPLES, FILLED, ORG, UNKNOWN, WRONG, Example

HOUSE = Path(__file__).parent.parent.parent / "chalicelib"
ROOMS = ("web", "home", "membership", "privacy", "changes", "subsidy", "content", "notify")


@pytest.fixture(autouse=True, scope="module")
def built() -> None:
    """Pages name built files; a fresh clone has none yet."""
    assets.build()


def render(example: Example, *, care: bool = False) -> str:
    """A page as the web floor renders it, with a form token that can be recognised."""
    return rendering.render(
        example.template,
        example.view,
        org=ORG,
        care=care,
        form_token=lambda path: f"token-for-{path}",
    )


def parse(html: str) -> Any:
    """Parse strictly: any HTML5 parse error fails."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)


def words(element: Any) -> str:
    return "".join(element.itertext()).strip()


@pytest.fixture(params=EXAMPLES, ids=lambda example: example.name)
def example(request: pytest.FixtureRequest) -> Example:
    value: Example = request.param
    return value


@pytest.fixture
def page(example: Example) -> Any:
    return parse(render(example))


def test_title_is_the_one_h1(example: Example, page: Any) -> None:
    assert [words(h1) for h1 in page.iter("h1")] == [example.view.title]
    assert words(page.find("head/title")) == example.view.title


def test_language_and_zoom(page: Any) -> None:
    assert page.get("lang") == "zh-CN"
    viewport = page.find("head/meta[@name='viewport']").get("content")
    assert "viewport-fit=cover" in viewport
    assert "user-scalable" not in viewport
    assert "maximum-scale" not in viewport


def test_ids_are_unique_and_references_point_at_them(page: Any) -> None:
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in page.iter():
        for reference in (element.get("for"), element.get("aria-describedby")):
            assert reference is None or reference in ids
        href = element.get("href", "")
        assert not href.startswith("#") or href[1:] in ids


def test_every_field_has_a_label(page: Any) -> None:
    labelled = {label.get("for") for label in page.iter("label")}
    for field_ in (*page.iter("input"), *page.iter("select"), *page.iter("textarea")):
        assert field_.get("type") == "hidden" or field_.get("id") in labelled


def test_nothing_inline(example: Example) -> None:
    html = render(example)
    for element in parse(html).iter():
        assert "style" not in element.attrib
        assert not [name for name in element.attrib if name.startswith("on")]
        assert element.tag != "style"
        assert element.tag != "script" or (element.get("src") and not words(element))
    assert "javascript:" not in html


def test_only_own_addresses(page: Any) -> None:
    for element in page.iter():
        for name in ("src", "href", "action", "formaction"):
            assert element.get(name, "/")[0] in "/#"


def test_posted_forms_carry_their_token(page: Any) -> None:
    for form in page.iter("form"):
        assert form.get("method") == "post"
        token = form.find(".//input[@name='token']")
        # what is sent from the last look takes the token of that page
        page_of_form = form.get("action").replace("/submit", "/review")
        assert token.get("value") == f"token-for-{page_of_form}"


def test_one_main_action(page: Any) -> None:
    main = [e for e in page.iter() if "weui-btn_primary" in e.get("class", "").split()]
    assert len(main) <= 1


def test_page_templates_leave_weui_to_the_macros() -> None:
    for path in page_templates():
        assert "weui-" not in path.read_text("utf-8"), path


def page_templates() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((HOUSE / room / "templates").glob("*.html")):
            if not path.name.startswith("desk_") and path.name not in (
                "layout.html",
                "macros.html",
                "documents.html",
                "benefit.html",
                "staff_layout.html",
                "staff_macros.html",
            ):
                yield path


def test_every_template_has_an_example() -> None:
    names = {f"{path.parent.parent.name}/{path.name}" for path in page_templates()}
    parts = {"web/failsafe.html", "subsidy/estimate.html"}
    assert names - parts == {example.template for example in EXAMPLES}


def test_timeline_shows_the_role_and_the_time() -> None:
    source = """{% import "web/macros.html" as ui %}{{ ui.timeline(rows) }}"""
    row = {"title": "待复核", "at_text": "2026-11-23 14:28", "role": "初核员", "note_lines": ()}
    html = rendering.environment().from_string(source).render(rows=[row])
    assert "待复核" in html
    assert "2026-11-23 14:28 · 初核员" in html
    assert "note" not in html


def test_every_macro_is_used() -> None:
    macros = (HOUSE / "web" / "templates" / "macros.html").read_text("utf-8")
    text = macros + "".join(path.read_text("utf-8") for path in page_templates())
    for name in set(re.findall(r"{% macro (\w+)\(", macros)):
        assert len(re.findall(rf"\b{name}\(", text)) > 1, name


def test_care_mode_is_on_the_page(example: Example) -> None:
    page = parse(render(example, care=True))
    assert "data-care" in page.attrib
    assert page.find("body").get("data-weui-mode") == "care"
    plain = parse(render(example))
    assert "data-care" not in plain.attrib
    assert plain.find("body").get("data-weui-mode") is None


def test_bind_speaks_the_manual() -> None:
    page = parse(render(Example("", "membership/bind.html", BindView())))
    placeholders = [e.get("placeholder") for e in page.iter("input") if e.get("placeholder")]
    assert placeholders == [
        "请输入您的姓名",
        "请输入您的证件号码",
        "请输入您的手机号码",
        "请输入验证码",
    ]
    options = list(page.iter("option"))
    assert [words(o) for o in options if "selected" in o.attrib] == ["居民身份证"]
    shown = [words(b) for b in page.iter("button") if "hidden" not in b.attrib]
    assert shown == ["获取", "立即绑定"]
    agree = page.find(".//input[@name='agree']")
    assert "checked" not in agree.attrib


def test_bind_works_without_scripts() -> None:
    page = parse(render(Example("", "membership/bind.html", FILLED)))
    ask = page.find(".//button[@data-code]")
    assert (ask.get("type"), ask.get("formaction")) == ("submit", "/bind/code")
    assert "disabled" not in ask.attrib
    assert "formnovalidate" in ask.attrib
    first = next(b for b in page.iter("button"))
    assert first.get("formaction") is None, "the keyboard's 「前往」 must bind, not ask for a code"


def test_bind_keeps_what_was_typed_and_says_what_is_wrong() -> None:
    page = parse(render(Example("", "membership/bind.html", WRONG)))
    values = {e.get("name"): e.get("value") for e in page.iter("input")}
    assert values["name"] == "欧阳小明"
    assert values["phone"] == "13800001234"
    assert values["code"] == "", "a used code is not offered again"
    summary = page.find(".//*[@role='alert']")
    assert [a.get("href")[1:] for a in summary.iter("a")] == list(WRONG.errors)
    for name, sentence in WRONG.errors.items():
        field_ = page.find(f".//*[@id='{name}']")
        assert field_.get("aria-invalid") == "true"
        assert words(page.find(f".//*[@id='{field_.get('aria-describedby')}']")) == sentence


def test_unknown_person_gets_the_exact_sentence_once() -> None:
    html = render(Example("", "membership/bind.html", UNKNOWN))
    assert html.count("未查询到该职工信息，请确认所填内容再重试") == 1


def test_values_are_escaped() -> None:
    hostile = '"><script>alert(1)</script>'
    html = render(Example("", "membership/bind.html", BindView(name=hostile, notice=hostile)))
    assert "<script>alert" not in html
    assert parse(html).find(".//input[@name='name']").get("value") == hostile


def test_a_missing_field_of_a_view_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render(Example("", "membership/me.html", ResultView("个人中心", "", ())))


def test_failsafe_needs_nothing() -> None:
    html = (HOUSE / "web" / "templates" / "failsafe.html").read_text("utf-8")
    page = parse(html)
    assert not set("{$") & set(html), "API Gateway would read it as a mapping template"
    assert [words(h1) for h1 in page.iter("h1")] == [words(page.find("head/title"))]
    assert not [e for e in page.iter() if e.tag in ("style", "script", "link", "img")]
    assert len(html.encode()) < 1500


def test_policy_names_the_handler_and_how_to_reach_it() -> None:
    text = str(policy_text.sections(ORG, "电话 0771-0000000"))
    assert text.count(ORG) == 1
    assert "电话 0771-0000000" in text
    assert f"微信公众号「{ORG}」" in str(policy_text.sections(ORG))


@pytest.mark.parametrize(
    "matter",
    [
        "目的",
        "敏感个人信息",
        "单独同意",
        "保存",
        "委托",
        "境外",
        "查阅",
        "更正",
        "撤回同意",
        "删除",
    ],
)
def test_policy_says_what_the_law_asks_for(matter: str) -> None:
    """个人信息保护法 17, 21, 23, 29, 30, 38, 44-47."""
    assert matter in str(policy_text.sections(ORG))
