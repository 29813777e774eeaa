"""The account's own menu: what WeChat accepts, keeps and gives back."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from infra.local.wechat.errors import Refusal
from infra.local.wechat.files import Saved
from infra.local.wechat.state import Changes

TOP_LIMIT, SUB_LIMIT = 3, 5
TOP_NAME_BYTES, SUB_NAME_BYTES = 16, 60
KEY_BYTES, URL_BYTES = 128, 1024


class Button(BaseModel):
    """A button: a group with sub-buttons, or a leaf that is tapped."""

    name: str
    type: str = ""
    key: str = ""
    url: str = ""
    sub_button: list[Button] = Field(default_factory=list)

    def as_wechat_gives_it(self) -> dict[str, Any]:
        """The shape of menu/get: an empty sub_button on every leaf, no empty attributes."""
        shape: dict[str, Any] = {"name": self.name}
        for field in ("type", "key", "url"):
            if value := getattr(self, field):
                shape[field] = value
        shape["sub_button"] = [b.as_wechat_gives_it() for b in self.sub_button]
        return shape


class Menu(BaseModel):
    """The file's content; no buttons means that there is no menu."""

    buttons: list[Button] = Field(default_factory=list)
    menu_id: int = 0


class Menus:
    """Keeps the menu that was really pushed."""

    def __init__(self, file: Saved[Menu], changes: Changes) -> None:
        self._file = file
        self._changes = changes

    @property
    def current(self) -> Menu:
        """The menu in force, perhaps without buttons."""
        return self._file.value

    def create(self, body: dict[str, Any]) -> None:
        """Replace the menu; raises the Refusal of `read_menu`."""
        buttons = read_menu(body)
        self._replace(Menu(buttons=buttons, menu_id=self.current.menu_id + 1))

    def delete(self) -> None:
        """Take the menu away (also when there is none, as WeChat does)."""
        self._replace(Menu(menu_id=self.current.menu_id))

    def get(self) -> dict[str, Any]:
        """The answer of menu/get; Refusal 46003 when there is no menu."""
        if not self.current.buttons:
            raise Refusal(46003, "menu no exist")
        return {"menu": {"button": [b.as_wechat_gives_it() for b in self.current.buttons]}}

    def _replace(self, menu: Menu) -> None:
        self._file.value = menu
        self._file.save()
        self._changes.announce()


def read_menu(body: dict[str, Any]) -> list[Button]:
    """Check a menu against WeChat's limits (自定义菜单创建接口).

    Counts 40016/40023, type 40017/40024, name 40018/40025, key 40019/40026, url 40020/40027,
    not a web address 40055/40054, a third level 40022. Kinds other than click and view are
    refused as 40017: the simulated phone has no camera or map to open.
    """
    buttons = body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= TOP_LIMIT:
        raise Refusal(40016, "invalid button size")
    return [_top(raw) for raw in buttons]


def _top(raw: Any) -> Button:
    name = _name(raw, TOP_NAME_BYTES, 40018, "invalid button name size")
    subs = raw.get("sub_button") or []
    if not subs:
        return _leaf(raw, name, top=True)
    if not isinstance(subs, list) or len(subs) > SUB_LIMIT:
        raise Refusal(40023, "invalid sub button size")
    return Button(name=name, sub_button=[_sub(sub) for sub in subs])


def _sub(raw: Any) -> Button:
    name = _name(raw, SUB_NAME_BYTES, 40025, "invalid sub button name size")
    if raw.get("sub_button"):
        raise Refusal(40022, "invalid sub button level")
    return _leaf(raw, name, top=False)


def _name(raw: Any, limit: int, errcode: int, errmsg: str) -> str:
    name = raw.get("name") if isinstance(raw, dict) else None
    if not isinstance(name, str) or not 1 <= len(name.strip().encode()) <= limit:
        raise Refusal(errcode, errmsg)
    return name


def _leaf(raw: dict[str, Any], name: str, *, top: bool) -> Button:
    level = "button" if top else "sub button"
    kind, key, url = raw.get("type"), raw.get("key"), raw.get("url")
    if kind == "click":
        if not isinstance(key, str) or not 1 <= len(key.encode()) <= KEY_BYTES:
            raise Refusal(40019 if top else 40026, f"invalid {level} key size")
        return Button(name=name, type="click", key=key)
    if kind == "view":
        if not isinstance(url, str) or not 1 <= len(url.encode()) <= URL_BYTES:
            raise Refusal(40020 if top else 40027, f"invalid {level} url size")
        if not url.startswith(("http://", "https://")):
            raise Refusal(40055 if top else 40054, f"invalid {level} url domain")
        return Button(name=name, type="view", url=url)
    raise Refusal(40017 if top else 40024, f"invalid {level} type")
