"""What people do on the pages, by the words that stand on them."""

from playwright.sync_api import FrameLocator, Page, expect

from infra.demo.people import Employee
from tests.browser.site import Site

View = Page | FrameLocator


def fill_in(view: View, who: Employee, **other: str) -> None:
    """Fill the binding form as the manual describes it."""
    view.get_by_placeholder("请输入您的姓名").fill(other.get("name", who.name))
    view.get_by_label("证件类型").select_option(label=who.doc_type.label)
    number = other.get("doc_number", who.doc_number)
    view.get_by_placeholder("请输入您的证件号码").fill(number)
    view.get_by_placeholder("请输入您的手机号码").fill(other.get("phone", who.phone))


def ask_code(view: View, service: Site, phone: str) -> str:
    """Press 「获取」 and read the SMS."""
    before = len(service.codes(phone))
    view.get_by_role("button", name="获取").click()
    expect(view.get_by_text("验证码已发送至")).to_be_visible()
    codes = service.codes(phone)
    assert len(codes) == before + 1
    return codes[0]


def submit(view: View, code: str) -> None:
    """Type the code, agree, and press 「立即绑定」."""
    view.get_by_placeholder("请输入验证码").fill(code)
    view.get_by_label("我已阅读并同意").check()
    view.get_by_role("button", name="立即绑定").click()


def bind(page: Page, service: Site, who: Employee) -> None:
    """Bind an employee on a phone's browser, without the chat around it."""
    page.goto(f"{service.front}/bind")
    fill_in(page, who)
    submit(page, ask_code(page, service, who.phone))
    expect(page.get_by_role("heading", name="绑定成功")).to_be_visible()


def masked(name: str) -> str:
    """Return a name as pages show it."""
    return name[0] + "*" * min(3, len(name) - 1)
