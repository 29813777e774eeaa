"""What editors do in the tests, by the buttons of their form."""

from typing import Any

from chalicelib.casework.machine import Role
from tests.fakes.desk import Desk, Sit
from tests.fakes.phone import Seen

LIST = "/staff/content"


class Editor:
    """An editor at a desk."""

    def __init__(self, sit: Sit, account: str = "erin") -> None:
        self.desk: Desk = sit(account, Role.EDITOR)

    def begin(self, category: str = "news") -> str:
        """Return the address of the form of a new article."""
        seen = self.desk.open(f"{LIST}?category={category}")
        return next(
            href
            for element in seen.tree.iter()
            if (href := element.get("href") or "").startswith(f"{LIST}/") and "?new=" in href
        )

    def form(self, path: str) -> dict[str, str]:
        """Return the form of an article, the text of its area with it."""
        return form_of(self.desk.open(path))

    def send(self, path: str, action: str, **fields: Any) -> Seen:
        """Open the form, fill it and press a button."""
        bare = path.partition("?")[0]
        return self.desk.post(bare, self.form(path) | fields | {"action": action})

    def publish(self, title: str = "一篇文章", category: str = "news", **fields: Any) -> str:
        """Publish a new article; returns its id."""
        path = self.begin(category)
        at = fields.get("at")
        action = "plan" if at else "publish"
        filled = {"title": title, "source": f"{title}的正文"} | fields
        seen = self.send(path, action, **filled)
        assert seen.status == 200, seen.text
        return path.removeprefix(f"{LIST}/").partition("?")[0]


def form_of(seen: Seen) -> dict[str, str]:
    """Return the form of an article as a browser would send it, without its buttons."""
    path = seen.url.partition("?")[0]
    fields = seen.form(path)
    for area in seen.tree.iter("{http://www.w3.org/1999/xhtml}textarea"):
        fields[area.get("name")] = (area.text or "").removeprefix("\n")
    return fields
