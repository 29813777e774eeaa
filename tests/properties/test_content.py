"""Whatever an editor pastes, what readers get is harmless, well formed and quickly made."""

import sys
from collections.abc import Callable
from typing import Any

import html5lib
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.content.markdown import HTML_BYTES, SOURCE_LENGTH, render

AT = "/articles/news/1/pictures"
TAGS = {"p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "s", "a", "img", "div"}
TAGS |= {"ul", "ol", "li", "h2", "h3", "h4", "h5", "h6"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
HARMLESS = {
    "a": {"href", "rel"},
    "img": {"src", "alt", "loading"},
    "ol": {"start"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "th": {"class"},
    "td": {"class"},
}
HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt\n>alert(1)</sCrIpT >",
    "<style>body{display:none}</style>",
    "<iframe src=https://evil.example></iframe>",
    "<object data=x><embed src=y>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<math><mi//xlink:href='data:x,<script>alert(4)</script>'>",
    "<form action=//evil><input name=token>",
    "<meta http-equiv=refresh content='0;url=//evil'><base href=//evil>",
    "<a href='javascript:alert(1)' style='position:fixed'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x]( javascript:alert(1) 'title')",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/\\evil.example)",
    "[x](http://plain.example)",
    "[x](blob:https://a/b)",
    "![x](https://evil.example/x.png)",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    '![x" onerror="alert(1)](picture:abc)',
    "![x](picture:../../staff)",
    "![x](picture:abc?x)",
    "![<b onclick=x>](picture:abc)",
    '[x](https://a.cn "t\\" onmouseover=alert(1)")',
    '```html"><script>alert(1)</script>\nx\n```',
    "~~~ x' onclick='alert(1)\nx\n~~~",
    "| a <script> |\n|:-:|\n| <img src=x onerror=y> |",
    # mutation: harmless as text, alive after a second parse
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=x&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<select><template shadowroot=open><style><!--</select><img src=x onerror=y>-->",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><x/>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x00<scr\x00ipt>alert(1)</scr\x00ipt>",
    "**bold _mixed** up_ <p><b>never closed",
    "<div><table><td></div></p></p>",
]
PIECES = st.sampled_from([*HOSTILE, "# ", "> ", "- ", "\n", "\n\n", "|", "|--|", "**", "`", "x"])
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=12).map("".join))


def parsed(html: str) -> Any:
    return html5lib.parseFragment(html, namespaceHTMLElements=False)


def address(value: str) -> bool:
    return value.startswith(("https://", "tel:", "#")) or (
        value.startswith("/") and value[1:2] not in ("/", "\\")
    )


def harmless(html: str) -> None:
    """Assert that a fragment has only what we know, as a browser sees it."""
    for element in parsed(html).iter():
        if element.tag == "DOCUMENT_FRAGMENT":
            continue
        assert element.tag in TAGS, html
        assert set(element.attrib) <= HARMLESS.get(element.tag, set()), html
        if "href" in element.attrib:
            assert address(element.attrib["href"].lower()), html
        if "src" in element.attrib:
            assert element.attrib["src"].startswith(f"{AT}/"), html
            assert element.attrib["src"].count("/") == AT.count("/") + 1, html
        if "class" in element.attrib:
            assert set(element.attrib["class"].split()) <= {"ma-scroll", "ma-right", "ma-center"}


@pytest.mark.parametrize("source", HOSTILE)
def test_known_attacks_are_text(source: str) -> None:
    for around in ("{}", "> {}", "- {}", "# {}", "*{}*", "[{}](https://a.cn)", "\n\n    {}"):
        harmless(render(around.replace("{}", source), AT).html)


@given(TEXTS)
@example("<p>\n|a|\n|-|\n")
def test_anything_is_harmless_and_stays_so(source: str) -> None:
    html = render(source, AT).html
    harmless(html)
    # what a second parser makes of it, it makes of its own words again: nothing to mutate into
    again = html5lib.serialize(parsed(html), quote_attr_values="always", omit_optional_tags=False)
    harmless(again)


@given(st.lists(st.sampled_from("123456"), min_size=1, max_size=8))
def test_headings_stand_below_the_pages_own(levels: list[str]) -> None:
    source = "\n\n".join(f"{'#' * int(level)} x" for level in levels)
    tags = [
        element.tag for element in parsed(render(source, AT).html).iter() if element.text == "x"
    ]
    assert tags == [f"h{min(int(level) + 1, 6)}" for level in levels]


# ---- quick: work is counted, not timed ----

DEEP: dict[str, Callable[[int], str]] = {
    "quotes": lambda n: ">" * n + "x",
    "quotes apart": lambda n: "> " * (n // 2) + "x",
    "lists": lambda n: "- " * (n // 2) + "x",
    "lists below lists": lambda n: "".join(" " * (2 * (k % 60)) + "- x\n" for k in range(n // 64)),
    "numbers": lambda n: "1. " * (n // 3) + "x",
    "brackets": lambda n: "[" * n,
    "brackets both": lambda n: "[" * (n // 2) + "]" * (n // 2),
    "links in links": lambda n: "[a](" * (n // 4),
    "pictures in pictures": lambda n: "![" * (n // 2),
    "pictures closed": lambda n: "![" * (n // 8) + "](x)" * (n // 8),
    "references": lambda n: "".join(f"[r{k}]: /x\n" for k in range(n // 10)),
    "stars": lambda n: "*" * n,
    "stars apart": lambda n: "*a " * (n // 3),
    "stars mixed": lambda n: "*a_ " * (n // 4),
    "strong opened": lambda n: "**a " * (n // 4),
    "emphasis nested": lambda n: "*a **b " * (n // 14) + "b** a*" * (n // 14),
    "ticks": lambda n: "`" * n,
    "ticks growing": lambda n: " ".join("`" * k for k in range(int((2 * n) ** 0.5))),
    "fences": lambda n: "```\n" * (n // 4),
    "tildes": lambda n: "~~a " * (n // 4),
    "entities": lambda n: "&" * n,
    "backslashes": lambda n: "\\" * n,
    "pointed": lambda n: "<" * n,
    "pointed closed": lambda n: "<a>" * (n // 3),
    "comments": lambda n: "<!--" * (n // 4),
    "autolinks": lambda n: "<https://a" * (n // 10),
    "pipes": lambda n: "|" * n,
    "a wide table": lambda n: "|a" * (n // 6) + "|\n" + "|-" * (n // 6) + "|\n" + "|b\n" * (n // 9),
    "a long table": lambda n: "|a|b|\n|-|-|\n" + "|c|d|\n" * (n // 6),
    "rules": lambda n: "---\n" * (n // 4),
    "headings": lambda n: "# x\n" * (n // 4),
    "setext": lambda n: "x\n=\n" * (n // 4),
    "breaks": lambda n: "x  \n" * (n // 4),
    "blank": lambda n: "\n" * n,
    "spaces": lambda n: " " * n + "x",
    "tabs": lambda n: "\t" * n + "x",
    "one word": lambda n: "长" * n,
}


def work(source: str) -> int:
    """Return how many lines of Python it takes: the same on every machine."""
    lines = 0

    def count(_frame: Any, event: str, _argument: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        render(source, AT)
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize("shape", DEEP)
def test_twice_as_much_is_twice_the_work(shape: str) -> None:
    small, large = (work(DEEP[shape](n)) for n in (800, 3_200))
    # four times as much; a square would be sixteen
    assert large <= 8 * small + 2_000


@pytest.mark.parametrize("shape", DEEP)
def test_nothing_is_read_beyond_the_largest_text(shape: str) -> None:
    largest = DEEP[shape](SOURCE_LENGTH)[:SOURCE_LENGTH].ljust(SOURCE_LENGTH, "x")
    rendered = render(largest + "<script>" * 100_000, AT)
    assert rendered == render(largest, AT)
    # what does not fit into an item beside its source is refused by its size
    if len(rendered.html.encode()) <= HTML_BYTES:
        harmless(rendered.html)
