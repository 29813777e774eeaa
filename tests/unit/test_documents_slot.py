"""Picture slots and galleries as pages get them: named, labelled, told in words."""

from datetime import UTC, datetime
from typing import Any

import html5lib
import pytest

from chalicelib.documents.views import DocumentItem, items
from chalicelib.store.bucket import Stored
from chalicelib.store.documents import CLEAN, REFUSED, WAITING, Document
from chalicelib.web.render import asset, environment
from infra import assets

SLOT = """{% import "web/documents.html" as documents %}
{{ documents.slot("proof", "证明材料", "看清公章", items, "TOKEN", sample=sample, errors=errors) }}
{{ documents.script() }}"""


@pytest.fixture(autouse=True, scope="module")
def built() -> None:
    assets.build()


def document(doc_id: str, state: str, **more: Any) -> Document:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Document(doc_id, "1001", more.pop("purpose", "proof"), state, at, **more)


CLEAN_ONE = document("a", CLEAN, thumbnail=Stored("k", "v"))
SHOWN = items(
    [CLEAN_ONE, document("b", WAITING), document("c", REFUSED, reason="damaged")],
    pinned={"a": "看不清第二行"},
)


def rendered(shown: tuple[DocumentItem, ...] = SHOWN, **values: Any) -> Any:
    html = (
        environment()
        .from_string(SLOT)
        .render(items=shown, sample=values.get("sample", "paper"), errors=values.get("errors", {}))
    )
    page = (
        f"<!DOCTYPE html><html lang='zh-CN'><head><title>x</title></head><body>{html}</body></html>"
    )
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def slot(page: Any) -> Any:
    (found,) = page.iter("section")
    return found


def words(element: Any) -> str:
    return "".join(element.itertext())


def by_id(page: Any, name: str) -> Any:
    return next(element for element in slot(page).iter() if element.get("id") == name)


def test_a_slot_is_named_and_its_field_is_labelled() -> None:
    page = rendered(())
    section = slot(page)
    assert words(by_id(page, section.get("aria-labelledby"))) == "证明材料"
    (field,) = [f for f in section.iter("input") if f.get("type") == "file"]
    assert field.get("id") in [label.get("for") for label in section.iter("label")]
    assert words(by_id(page, field.get("aria-describedby"))) == "看清公章"
    assert (field.get("accept"), field.get("capture"), field.get("name")) == ("image/*", None, None)
    assert "multiple" in field.attrib
    assert [e.get("role") for e in section.iter("p") if "data-news" in e.attrib] == ["status"]


def test_kept_pictures_are_fields_of_the_form_and_refused_ones_are_not() -> None:
    fields = [f for f in slot(rendered()).iter("input") if f.get("name")]
    assert [(f.get("name"), f.get("value")) for f in fields] == [
        ("documents", "a"),
        ("documents", "b"),
    ]


def test_each_picture_says_what_it_is() -> None:
    page = rendered()
    texts = [words(by_id(page, f"document-{name}")) for name in "abc"]
    assert "已上传" in texts[0]
    assert "看不清第二行" in texts[0]
    assert "正在检查" in texts[1]
    assert "已损坏" in texts[2]
    (image,) = [e for e in by_id(page, "document-a").iter("img") if e.get("src")]
    assert image.get("src") == "/documents/a/picture?size=thumb"
    assert image.get("data-full") == "/documents/a/picture"
    assert not [e for e in by_id(page, "document-c").iter("img") if e.get("src")]


def test_errors_stand_beside_their_picture_and_slot() -> None:
    page = rendered(errors={"documents-proof": "请至少上传一张", "document-b": "请重新上传"})
    assert words(by_id(page, "documents-proof-error")) == "请至少上传一张"
    assert words(by_id(page, "document-b-error")) == "请重新上传"
    assert "请重新上传" in words(by_id(page, "document-b"))


def test_without_a_script_the_slot_says_what_to_do() -> None:
    section = slot(rendered(()))
    unscripted = next(e for e in section.iter("p") if "data-unscripted" in e.attrib)
    assert "hidden" not in unscripted.attrib
    add = next(e for e in section.iter("div") if "data-add" in e.attrib)
    assert "hidden" in add.attrib


@pytest.mark.parametrize("sample", ["id-front", "id-back", "paper"])
def test_each_sample_is_a_drawing_of_ours(sample: str) -> None:
    images = [e.get("src") for e in slot(rendered((), sample=sample)).iter("img") if e.get("src")]
    assert images == [asset(f"sample-{sample}.svg")]


def test_a_gallery_shows_pictures_to_look_at() -> None:
    page = environment().from_string(
        '{% import "web/documents.html" as documents %}{{ documents.gallery(items) }}'
    )
    html = page.render(items=items([CLEAN_ONE], base="/staff/cases/7/documents"))
    assert 'href="/staff/cases/7/documents/a/picture"' in html
    assert "input" not in html
    assert "button" not in html


def test_items_are_those_of_a_purpose() -> None:
    found = [CLEAN_ONE, document("z", CLEAN, purpose="other")]
    assert [item.doc_id for item in items(found)] == ["a", "z"]
    assert [item.doc_id for item in items(found, purpose="other")] == ["z"]
