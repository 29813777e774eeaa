"""The demo articles: each state is there, once, and all of them can be read."""

from infra.demo.content import FOLDER, Desk, load, write
from tests.fakes.cloud import Stage
from tests.fakes.desk import Sit
from tests.fakes.phone import HTML, Phone
from tests.flows.content import LIST, Editor


def test_demo_articles_are_written_once(stage: Stage, phone: Phone, sit: Sit) -> None:
    desk = Desk(stage.world.database, stage.clock)
    articles = [load(path) for path in sorted(FOLDER.glob("*.md"))]
    assert all(write(desk, article) for article in articles)
    editor = Editor(sit)
    editor.send(f"{LIST}/{articles[0].key}", "save", title="编辑改过的")
    assert not any(write(desk, article) for article in articles)
    text = "".join(editor.desk.open(f"{LIST}?category={c}").text for c in ("notices", "news"))
    assert all(word in text for word in ("草稿", "已定时", "已发布", "已撤下", "编辑改过的"))
    seen = phone.open("/")
    assert "编辑改过的" in seen.text
    hrefs = [a.get("href") for a in seen.tree.iter(f"{HTML}a")]
    read = [phone.open(href) for href in hrefs if href.startswith("/articles/")]
    assert len(read) == 6
    assert all(page.status == 200 for page in read)
