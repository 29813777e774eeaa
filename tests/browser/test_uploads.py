"""Pictures in a real browser: shrunk, turned, sent past us to the bucket, told in words."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Locator, Page, Route, expect

from infra.demo.people import Employee
from tests.browser.conftest import Open
from tests.browser.site import Site
from tests.browser.steps import bind
from tests.fakes import pictures

SECONDS = 30_000
NATURAL_SIZE = """async (address) => {
  const image = new Image();
  image.src = address;
  await image.decode();
  return [image.naturalWidth, image.naturalHeight];
}"""


def page_of_print() -> Image.Image:
    """A white card with a dark bar at its top and rows of print."""
    image = pictures.drawing(3000, 2000)
    pen = ImageDraw.Draw(image)
    for top in range(500, 1900, 60):
        for left in range(200, 2800, 40):
            pen.rectangle((left, top, left + 18, top + 30), fill="black")
    return image


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = 6
    sharp = page_of_print()
    blurred = sharp.filter(ImageFilter.GaussianBlur(40))
    (folder / "photo.jpg").write_bytes(pictures.picture("JPEG", sharp, exif=exif.tobytes()))
    (folder / "blurred.jpg").write_bytes(pictures.picture("JPEG", blurred))
    (folder / "disguised.jpg").write_bytes(b"<html><script>alert(1)</script>")
    return folder


class Slot:
    """The picture slot of the change form."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator("[data-slot]")
        self.pictures = self.root.locator("[data-picture]")

    def add(self, *files: Path) -> None:
        # it appears with the script that reads it
        expect(self.root.locator("[data-add]")).to_be_visible()
        self.root.locator("input[type=file]").set_input_files(list(files))

    def settles(self, number: int, state: str) -> Locator:
        """Wait until a picture has come to its end, and return it."""
        picture = self.pictures.nth(number)
        expect(picture).to_have_attribute("data-state", state, timeout=SECONDS)
        return picture

    @property
    def kept(self) -> list[str]:
        """The documents that the form would send."""
        values: Any = self.root.locator("input[name=documents]").evaluate_all(
            "all => all.map((field) => field.value)"
        )
        return list(values)


@pytest.fixture
def slot(open_phone: Open, service: Site, employee: Employee) -> Slot:
    page = open_phone()
    bind(page, service, employee)
    page.goto(f"{service.front}/changes/new")
    return Slot(page)


def test_a_photo_arrives_small_and_upright_and_outlives_a_reload(
    slot: Slot, files: Path, service: Site
) -> None:
    expect(slot.root.get_by_text("上传按钮没有出现")).to_be_hidden()
    slot.add(files / "photo.jpg")
    picture = slot.settles(0, "clean")
    expect(picture.get_by_text("已上传")).to_be_visible()
    expect(slot.root.get_by_role("status")).to_have_text("第 1 张：已上传")
    (doc_id,) = slot.kept
    size = slot.page.evaluate(NATURAL_SIZE, f"{service.front}/documents/{doc_id}/picture")
    assert size == [1333, 2000]
    slot.page.reload()
    expect(slot.settles(0, "clean").get_by_role("img")).to_have_count(0)  # decoration of a button
    assert slot.kept == [doc_id]
    slot.page.goto(f"{service.front}/me")
    slot.page.go_back()
    slot.settles(0, "clean")
    assert slot.kept == [doc_id]


def test_a_picture_can_be_seen_whole_and_put_back(slot: Slot, files: Path) -> None:
    slot.add(files / "photo.jpg")
    look = slot.settles(0, "clean").get_by_role("button", name="查看大图")
    look.click()
    box = look.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (375, 667)
    slot.page.keyboard.press("Escape")
    expect(look).to_have_attribute("aria-expanded", "false")


def test_what_is_no_picture_is_told_and_holds_the_form(slot: Slot, files: Path) -> None:
    slot.add(files / "disguised.jpg")
    picture = slot.settles(0, "refused")
    expect(picture.get_by_text("这不是照片文件")).to_be_visible()
    assert slot.kept == []
    address = slot.page.url
    slot.page.get_by_role("button", name="确认提交").click()
    expect(slot.root.get_by_role("status")).to_contain_text("照片还没有全部上传好")
    assert slot.page.url == address
    picture.get_by_role("button", name="删除").click()
    expect(slot.pictures).to_have_count(0)
    slot.page.get_by_role("button", name="确认提交").click()
    expect(slot.page.get_by_role("alert")).to_be_visible()  # the server's own answer


def test_a_blurred_photo_is_pointed_out_and_may_be_kept(slot: Slot, files: Path) -> None:
    slot.add(files / "blurred.jpg")
    picture = slot.settles(0, "blurred")
    expect(picture.get_by_text("看不清，请重拍")).to_be_visible()
    picture.get_by_role("button", name="仍然使用").click()
    slot.settles(0, "clean")
    assert len(slot.kept) == 1


def test_a_transfer_that_failed_can_be_tried_again(slot: Slot, files: Path) -> None:
    failures = iter([True])

    def bucket(route: Route) -> None:
        if route.request.method == "POST" and next(failures, False):
            route.fulfill(status=403, headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.continue_()

    slot.page.route(lambda address: "-documents-" in address, bucket)
    slot.add(files / "photo.jpg")
    picture = slot.settles(0, "failed")
    expect(picture.get_by_text("网络不太好")).to_be_visible()
    picture.get_by_role("button", name="重试").click()
    slot.settles(0, "clean")
    assert len(slot.kept) == 1
