"""axe-core (Deque, MPL-2.0) in a page of the tests: fetched when it is first needed, never ours.

https://github.com/dequelabs/axe-core/blob/develop/doc/API.md
"""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from infra import assets

HERE = Path(__file__).parent
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What a theme or a type size can change; everything else is the same in all of them.
LOOKS = ["color-contrast", "target-size", "scrollable-region-focusable"]
_GRAVE = {"serious", "critical"}
_RUN = """(options) => axe.run(document, options).then((found) => found.violations.map(
  (rule) => [rule.impact, rule.id, rule.nodes.slice(0, 4).map(
    (node) => node.target.join(' ') + ' — ' + node.any.concat(node.all, node.none)
      .map((check) => check.message).join('; ')).join(' | ')]))"""


@cache
def script() -> str:
    """Return the source of axe-core; raises AssetsError when npm cannot bring it."""
    target = assets.ROOT / ".build" / "axe"
    target.mkdir(parents=True, exist_ok=True)
    with assets.exclusive(target / "lock"):
        modules = assets.npm_install(HERE, target)
    return (modules / "axe-core" / "axe.min.js").read_text("utf-8")


def complaints(page: Page, *, rules: list[str] | None = None) -> list[str]:
    """Return what axe finds serious or critical on the page as it is shown now."""
    page.evaluate(script())
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    options: dict[str, Any] = {"runOnly": only, "resultTypes": ["violations"]}
    found = page.evaluate(_RUN, options)
    return [f"{rule}: {where}" for impact, rule, where in found if impact in _GRAVE]
