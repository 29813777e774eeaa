"""Markdown to HTML that is safe to put into a page (decision 0041).

Twice safe: the parser takes HTML for text, and whatever it makes passes an allow-list. The
page has the one h1, so headings begin at h2; tables stand in a box that scrolls.
"""

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

SOURCE_LENGTH = 20_000
HTML_BYTES = 200_000
PICTURE = "picture:"
MOST_PICTURES = 20

_LINK = re.compile(r"https://[^/\s]|tel:\+?[0-9-]{3,20}$|/(?![/\\])|#", re.IGNORECASE)
_OWN = re.compile(r"picture:([A-Za-z0-9_-]{1,64})")
_DEEPEST = 6
_SHIFT = 1
_ALIGNED = {"text-align:center": "ma-center", "text-align:right": "ma-right"}
_SCROLLS = '<div class="ma-scroll" tabindex="0" role="region" aria-label="表格">'

_INLINE = {"br", "code", "em", "strong", "s", "a", "img"}
_BLOCKS = {"p", "hr", "blockquote", "pre", "div", "ul", "ol", "li", "h2", "h3", "h4", "h5", "h6"}
_CELLS = {"table", "thead", "tbody", "tr", "th", "td"}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": set(),
    "a": {"href"},
    "img": {"src", "alt"},
    "ol": {"start"},
    "div": {"tabindex", "role", "aria-label"},
}
_CLASSES = {"th": {"ma-center", "ma-right"}, "td": {"ma-center", "ma-right"}, "div": {"ma-scroll"}}


@dataclass(frozen=True, slots=True)
class Rendered:
    """HTML for a page, the pictures it shows, and the addresses that were left out."""

    html: str
    pictures: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass
class _Notes:
    """What the parser meets on its way."""

    base: str
    pictures: dict[str, None] = field(default_factory=dict)
    refused: dict[str, None] = field(default_factory=dict)


def render(source: str, pictures_at: str) -> Rendered:
    """Return the HTML of a text of at most SOURCE_LENGTH characters.

    `![…](picture:ID)` shows an uploaded picture, from the address `pictures_at`/ID.
    """
    notes = _Notes(pictures_at)
    html = _parser().render(source[:SOURCE_LENGTH], {"notes": notes})
    return Rendered(_clean(html, pictures_at), tuple(notes.pictures), tuple(notes.refused))


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    parser.enable(["table", "strikethrough"])
    # each address is judged where it is written, with a note of what was left out
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    for name, rule in _RULES.items():
        parser.add_render_rule(name, rule)
    return parser


Tokens = Sequence["Token"]
Env = MutableMapping[str, Any]


def _heading(self: Any, tokens: Tokens, at: int, options: Any, env: Env) -> str:
    token = tokens[at]
    token.tag = f"h{min(int(token.tag[1:]) + _SHIFT, _DEEPEST)}"
    html: str = self.renderToken(tokens, at, options, env)
    return html


def _link(self: Any, tokens: Tokens, at: int, options: Any, env: Env) -> str:
    address = str(tokens[at].attrGet("href") or "")
    if not _LINK.match(address):
        env["notes"].refused[address] = None
        tokens[at].attrs.pop("href", None)
    html: str = self.renderToken(tokens, at, options, env)
    return html


def _image(self: Any, tokens: Tokens, at: int, options: Any, env: Env) -> str:
    token, notes = tokens[at], env["notes"]
    words = self.renderInlineAsText(token.children or [], options, env)
    address = str(token.attrGet("src") or "")
    own = _OWN.fullmatch(address)
    if own is None:
        notes.refused[address] = None
        return _escaped(words)
    notes.pictures[own[1]] = None
    return f'<img src="{notes.base}/{own[1]}" alt="{_escaped(words)}">'


def _cell(self: Any, tokens: Tokens, at: int, options: Any, env: Env) -> str:
    style = tokens[at].attrs.pop("style", "")
    if style in _ALIGNED:
        tokens[at].attrSet("class", _ALIGNED[str(style)])
    html: str = self.renderToken(tokens, at, options, env)
    return html


def _table(_self: Any, _tokens: Tokens, _at: int, _options: Any, _env: Env) -> str:
    return f"{_SCROLLS}<table>\n"


def _table_end(_self: Any, _tokens: Tokens, _at: int, _options: Any, _env: Env) -> str:
    return "</table></div>\n"


_RULES = {
    "heading_open": _heading,
    "heading_close": _heading,
    "link_open": _link,
    "image": _image,
    "th_open": _cell,
    "td_open": _cell,
    "table_open": _table,
    "table_close": _table_end,
}


def _escaped(text: str) -> str:
    from html import escape

    return escape(text)


def _clean(html: str, pictures_at: str) -> str:
    import nh3

    def judge(tag: str, name: str, value: str) -> str | None:
        if tag == "a" and name == "href":
            return value if _LINK.match(value) else None
        if tag == "img" and name == "src":
            return value if value.startswith(f"{pictures_at}/") else None
        return value

    return nh3.clean(
        html,
        tags=_INLINE | _BLOCKS | _CELLS,
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        allowed_classes={tag: set(names) for tag, names in _CLASSES.items()},
        set_tag_attribute_values={"img": {"loading": "lazy"}},
        attribute_filter=judge,
        url_schemes={"https", "tel"},
    )
