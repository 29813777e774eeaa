"""Every template with example view models: valid HTML, labelled, one h1, nothing inline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import html5lib
import pytest
from jinja2 import Environment, StrictUndefined, UndefinedError
from jinja2.loaders import FileSystemLoader, PrefixLoader
from markupsafe import Markup

HOUSE = Path(__file__).parent.parent.parent / "chalicelib"
ROOMS = ("web", "home", "membership", "content")
ORG = "广西职工保障互助协会"
ASSETS = ("employee.css", "employee.js", "emblem.svg")


@dataclass(frozen=True)
class PersonCard:
    name: str
    unit: str
    href: str


@dataclass(frozen=True)
class NavItem:
    label: str
    href: str
    icon: str
    badge: int = 0


@dataclass(frozen=True)
class ArticleRow:
    title: str
    href: str
    date_text: str
    summary: str


@dataclass(frozen=True)
class HomeView:
    title: str
    person: PersonCard | None
    nav: tuple[NavItem, ...]
    articles: tuple[ArticleRow, ...]
    care_href: str


@dataclass(frozen=True)
class BindView:
    title: str = "职工绑定"
    name: str = ""
    doc_type: str = "resident_id"
    doc_number: str = ""
    phone: str = ""
    agreed: bool = False
    doc_types: tuple[tuple[str, str], ...] = (
        ("resident_id", "居民身份证"),
        ("hmt_residence", "港澳台居民居住证"),
        ("permanent_resident", "外国人永久居留身份证"),
        ("passport", "护照"),
    )
    errors: dict[str, str] = field(default_factory=dict)
    notice: str = ""
    wait_seconds: int = 0
    policy_href: str = "/policy"


@dataclass(frozen=True)
class MsgView:
    title: str
    text: str
    actions: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class LinkRow:
    label: str
    href: str
    hint: str


@dataclass(frozen=True)
class MeView:
    title: str
    name: str
    doc_label: str
    doc_number: str
    phone: str
    unit: str
    prefecture: str
    sex: str
    insurance: str
    social_card: str
    bound_at: str
    links: tuple[LinkRow, ...]


@dataclass(frozen=True)
class UnbindView:
    title: str
    name: str
    consequences: tuple[str, ...]


@dataclass(frozen=True)
class PolicyView:
    title: str
    version: str
    updated: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class EnrolmentRow:
    plan: str
    unit: str
    period: str
    status: str
    status_tone: str
    shares: str


@dataclass(frozen=True)
class EnrolmentsView:
    title: str
    items: tuple[EnrolmentRow, ...]


@dataclass(frozen=True)
class ListView:
    title: str
    items: tuple[ArticleRow, ...]
    older_href: str | None


@dataclass(frozen=True)
class ArticleView:
    title: str
    date_text: str
    body_html: Markup


@dataclass(frozen=True)
class ErrorView:
    title: str
    text: str
    what_next: str
    href: str
    href_label: str


@dataclass(frozen=True)
class Example:
    """One page as a person may meet it."""

    name: str
    template: str
    view: Any


NAV = (
    NavItem("公告通知", "/notices", "notice"),
    NavItem("职工参保", "/enrolments", "enrolment"),
    NavItem("补助申请", "/subsidies", "subsidy"),
    NavItem("宣传手册", "/handbook", "handbook"),
    NavItem("消息", "/messages", "message", 2),
)
ARTICLES = (
    ArticleRow(
        "关于开展 2027 年度全区职工医疗互助保障活动参保工作的通知",
        "/articles/1",
        "2026-11-20",
        "各市总工会、各区直产业工会：2027 年度职工医疗互助保障活动现已开始，请各单位于 12 月 31 日前完成参保。",
    ),
    ArticleRow("住院补助申请需要准备哪些材料", "/articles/2", "2026-11-02", ""),
)
HOME = HomeView(
    "广西职工互助",
    PersonCard("韦***", "忻城县城关镇第一中学工会委员会", "/me"),
    NAV,
    ARTICLES,
    "/care?on=1",
)
FILLED = BindView(
    name="欧阳小明",
    doc_number="440524188001010014",
    phone="13800001234",
    agreed=True,
    notice="验证码已发送至 138****1234",
    wait_seconds=59,
)
WRONG = replace(
    FILLED,
    notice="",
    wait_seconds=0,
    doc_number="45010319800101123",
    agreed=False,
    errors={
        "name": "请填写您的姓名，2 到 30 个字",
        "doc_type": "请选择证件类型",
        "doc_number": "身份证号应为 18 位，请核对",
        "phone": "手机号应为 11 位，请核对",
        "code": "验证码不正确，请核对短信或重新获取",
        "agree": "请先阅读并同意《隐私政策》",
    },
)
UNKNOWN = replace(
    FILLED,
    notice="",
    wait_seconds=0,
    errors={"form": "未查询到该职工信息，请确认所填内容再重试"},
)
ME = MeView(
    title="个人中心",
    name="韦***",
    doc_label="居民身份证",
    doc_number="4501**********1234",
    phone="138****1234",
    unit="中国共产党忻城县委员会党校工会委员会",
    prefecture="来宾市",
    sex="女",
    insurance="城镇职工基本医疗保险",
    social_card="",
    bound_at="2026-11-23 14:28",
    links=(
        LinkRow("参保信息", "/enrolments", ""),
        LinkRow("我的补助", "/subsidies", ""),
        LinkRow("我的消息", "/messages", "2 条未读"),
        LinkRow("大字版", "/care?on=1", "未开启"),
        LinkRow("隐私政策", "/policy", ""),
        LinkRow("解除绑定", "/me/unbind", ""),
    ),
)
ENROLMENTS = EnrolmentsView(
    "职工参保",
    (
        EnrolmentRow(
            "2027 年度职工住院医疗互助保障（示例）",
            "忻城县城关镇第一中学工会委员会",
            "2027-01-01 至 2027-12-31",
            "未生效",
            "wait",
            "1 份",
        ),
        EnrolmentRow(
            "2026 年度职工住院医疗互助保障（示例）",
            "忻城县城关镇第一中学工会委员会",
            "2026-01-01 至 2026-12-31",
            "保障中",
            "good",
            "2 份",
        ),
        EnrolmentRow("2025 年度", "忻城县教育局", "2025 年", "已到期", "", ""),
    ),
)
BODY = Markup("<p>各市总工会：</p><h2>一、参保范围</h2><ul><li>在职职工</li></ul>")
POLICY = PolicyView("隐私政策", "2026-11", "2026年11月1日", (("一、我们是谁", ("第一段", "第二段")),))

EXAMPLES = (
    Example("home", "home/home.html", HOME),
    Example("home-unbound", "home/home.html", replace(HOME, person=None, articles=())),
    Example("bind", "membership/bind.html", BindView()),
    Example("bind-sent", "membership/bind.html", FILLED),
    Example("bind-wrong", "membership/bind.html", WRONG),
    Example("bind-unknown", "membership/bind.html", UNKNOWN),
    Example(
        "bound",
        "membership/bound.html",
        MsgView("绑定成功", "您可以查看参保信息、申请补助了。", (("进入首页", "/", "primary"), ("个人中心", "/me", "default"))),
    ),
    Example("me", "membership/me.html", ME),
    Example(
        "unbind",
        "membership/unbind.html",
        UnbindView("解除绑定", "韦***", ("解除后，本微信不能再查看您的参保信息。", "您的参保和补助记录不受影响，可以随时重新绑定。")),
    ),
    Example("policy", "membership/policy.html", POLICY),
    Example("enrolments", "membership/enrolments.html", ENROLMENTS),
    Example("enrolments-empty", "membership/enrolments.html", replace(ENROLMENTS, items=())),
    Example("list", "content/list.html", ListView("公告通知", ARTICLES, "/notices?before=2")),
    Example("list-empty", "content/list.html", ListView("宣传手册", (), None)),
    Example("article", "content/article.html", ArticleView(ARTICLES[0].title, "2026-11-20", BODY)),
    Example(
        "soon",
        "web/soon.html",
        MsgView("补助申请", "网上申请正在准备中，开通前请联系所在单位工会办理。", (("返回首页", "/", "default"),)),
    ),
    Example(
        "error",
        "web/error.html",
        ErrorView("系统繁忙", "现在办理的人比较多。", "您的操作没有丢失，请过一会儿再试一次。", "/", "返回首页"),
    ),
)


def house_environment() -> Environment:
    """The environment as pages use it: strict, escaping, one prefix per room."""
    loaders = {room: FileSystemLoader(HOUSE / room / "templates") for room in ROOMS}
    environment = Environment(
        loader=PrefixLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = lambda name: f"/static/{ASSETS[ASSETS.index(name)]}"
    return environment


def render(example: Example, *, care: bool = False) -> str:
    """A page with stand-ins for what the web floor gives: tokens and asset addresses."""
    template = house_environment().get_template(example.template)
    return template.render(
        page=example.view, org=ORG, care=care, form_token=lambda path: f"token-for-{path}"
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
    assert "user-scalable" not in viewport and "maximum-scale" not in viewport


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
        assert token.get("value") == f"token-for-{form.get('action')}"


def test_one_main_action(page: Any) -> None:
    main = [e for e in page.iter() if "weui-btn_primary" in e.get("class", "").split()]
    assert len(main) <= 1


def test_page_templates_leave_weui_to_the_macros() -> None:
    for path in page_templates():
        assert "weui-" not in path.read_text("utf-8"), path


def page_templates() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((HOUSE / room / "templates").glob("*.html")):
            if path.name not in ("layout.html", "macros.html"):
                yield path


def test_every_template_has_an_example() -> None:
    names = {f"{path.parent.parent.name}/{path.name}" for path in page_templates()}
    assert names - {"web/failsafe.html"} == {example.template for example in EXAMPLES}


def test_timeline_shows_the_role_and_the_time() -> None:
    source = """{% import "web/macros.html" as ui %}{{ ui.timeline(items) }}"""
    items = [{"title": "待复核", "time_text": "2026-11-23 14:28", "by": "初核员", "note": ""}]
    html = house_environment().from_string(source).render(items=items)
    assert "待复核" in html and "2026-11-23 14:28 · 初核员" in html and "note" not in html


def test_every_macro_is_used() -> None:
    macros = (HOUSE / "web" / "templates" / "macros.html").read_text("utf-8")
    text = macros + "".join(path.read_text("utf-8") for path in page_templates())
    for name in set(re.findall(r"{% macro (\w+)\(", macros)) - {"timeline"}:
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
    assert "disabled" not in ask.attrib and "formnovalidate" in ask.attrib
    first = next(b for b in page.iter("button"))
    assert first.get("formaction") is None, "the keyboard's 「前往」 must bind, not ask for a code"


def test_bind_keeps_what_was_typed_and_says_what_is_wrong() -> None:
    page = parse(render(Example("", "membership/bind.html", WRONG)))
    values = {e.get("name"): e.get("value") for e in page.iter("input")}
    assert values["name"] == "欧阳小明" and values["phone"] == "13800001234"
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
        render(Example("", "membership/me.html", MsgView("个人中心", "")))


def test_failsafe_needs_nothing() -> None:
    html = (HOUSE / "web" / "templates" / "failsafe.html").read_text("utf-8")
    page = parse(html)
    assert "{" not in html and "$" not in html, "API Gateway would read it as a mapping template"
    assert [words(h1) for h1 in page.iter("h1")] == [words(page.find("head/title"))]
    assert not [e for e in page.iter() if e.tag in ("style", "script", "link", "img")]
    assert len(html.encode()) < 1500
