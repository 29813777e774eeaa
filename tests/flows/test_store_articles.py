"""Articles by category, newest first, page by page, to the last one."""

from datetime import timedelta

import html5lib
import pytest

from chalicelib.store import keys
from chalicelib.store.articles import PAGE, ArticleItem
from tests.fakes.cloud import Stage
from tests.fakes.phone import HTML, Phone, Seen


def publish(stage: Stage, count: int, category: str = "notices") -> None:
    """Write articles a minute apart, as the back office does; the last is the newest."""
    assert stage.world.articles  # puts the database in use
    for n in range(count):
        at = stage.clock.now() + timedelta(minutes=n)
        item = ArticleItem(
            keys.articles(category),
            keys.article(at.isoformat(), stage.ids.number()),
            title=f"第 {n} 篇",
            summary=f"摘要 {n}",
            body_html=f"<p>正文 {n}</p>",
            published_at=at,
        )
        item.save()


def links(seen: Seen, prefix: str) -> list[str]:
    tree = html5lib.parse(seen.body)
    found = [a.get("href") for a in tree.iter(f"{HTML}a")]
    return [href for href in found if href.startswith(prefix)]


def test_the_newest_come_first_without_bodies(stage: Stage) -> None:
    publish(stage, 3)
    publish(stage, 1, "news")
    latest = stage.world.articles.latest("notices", 2)
    assert [article.title for article in latest] == ["第 2 篇", "第 1 篇"]
    assert latest[0].body_html == ""
    assert latest[0].published_at == stage.clock.now() + timedelta(minutes=2)


def test_paging_reaches_each_article_once(stage: Stage) -> None:
    publish(stage, 7)
    read: list[str] = []
    before: str | None = None
    while page := stage.world.articles.latest("notices", 3, before):
        read += [article.title for article in page]
        before = page[-1].key
    assert read == [f"第 {n} 篇" for n in reversed(range(7))]


def test_one_article_has_its_body(stage: Stage) -> None:
    publish(stage, 1)
    (listed,) = stage.world.articles.latest("notices", 5)
    read = stage.world.articles.get("notices", listed.key)
    assert read is not None
    assert read.body_html == "<p>正文 0</p>"
    assert stage.world.articles.get("news", listed.key) is None


@pytest.mark.parametrize(
    ("count", "pages"), [(0, 1), (1, 1), (PAGE, 1), (PAGE + 1, 2), (2 * PAGE, 2)]
)
def test_a_list_leads_to_older_ones_and_ends(
    stage: Stage, phone: Phone, count: int, pages: int
) -> None:
    publish(stage, count)
    read: list[str] = []
    seen, opened = phone.open("/notices"), 1
    read += links(seen, "/articles/")
    while older := links(seen, "/notices?"):
        seen, opened = phone.open(older[0]), opened + 1
        read += links(seen, "/articles/")
    assert (len(set(read)), len(read), opened) == (count, count, pages)


def test_every_link_of_a_list_opens_its_article(stage: Stage, phone: Phone) -> None:
    publish(stage, 3)
    for n, href in enumerate(reversed(links(phone.open("/notices"), "/articles/"))):
        seen = phone.open(href)
        assert (seen.status, f"正文 {n}" in seen.text) == (200, True), href


def test_home_leads_to_the_news(stage: Stage, phone: Phone) -> None:
    publish(stage, 7, "news")
    hrefs = links(phone.open("/"), "/articles/news/")
    assert len(hrefs) == 5
    assert "正文 6" in phone.open(hrefs[0]).text
