"""The account's menu: data in menu.json, checked against WeChat's limits before a push.

Limits: developers.weixin.qq.com, 自定义菜单创建接口 (16 bytes at the top as the strictest
documented value).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).with_name("menu.json")
_ADDRESS: Final = "{base_url}"

TOP_BUTTONS: Final = 3
SUB_BUTTONS: Final = 5
_TOP_NAME_BYTES: Final = 16
_SUB_NAME_BYTES: Final = 60
_URL_BYTES: Final = 1024
_KEY_BYTES: Final = 128


def build(base_url: str) -> dict[str, Any]:
    """Return the menu of a deployment, ready to push."""
    text = _FILE.read_text("utf-8").replace(_ADDRESS, base_url)
    menu: dict[str, Any] = json.loads(text)
    return menu


def check_menu(menu: Any) -> list[str]:
    """Return every reason why WeChat would refuse a menu, or show less than was meant.

    Total, whatever it is given.
    """
    buttons = menu.get("button") if isinstance(menu, Mapping) else None
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= TOP_BUTTONS:
        return [f'a menu has 1 to {TOP_BUTTONS} buttons under the name "button"']
    return [problem for button in buttons for problem in _check_top(button)]


def _check_top(button: Any) -> list[str]:
    problems = _check_name(button, _TOP_NAME_BYTES)
    if problems:
        return problems
    if "sub_button" not in button or button["sub_button"] == []:
        return _check_action(button)
    subs = button["sub_button"]
    if not isinstance(subs, list) or len(subs) > SUB_BUTTONS:
        return [f"{button['name']}: at most {SUB_BUTTONS} buttons below"]
    if {"type", "url", "key"} & set(button):
        return [f"{button['name']}: opens its buttons, and so does nothing itself"]
    return [problem for sub in subs for problem in _check_sub(sub)]


def _check_sub(button: Any) -> list[str]:
    problems = _check_name(button, _SUB_NAME_BYTES)
    if problems:
        return problems
    if button.get("sub_button"):
        return [f"{button['name']}: there is no third level"]
    return _check_action(button)


def _check_name(button: Any, at_most: int) -> list[str]:
    name = button.get("name") if isinstance(button, Mapping) else None
    if not isinstance(name, str) or not name.strip():
        return ["a button has no name"]
    size = len(name.encode("utf-8", "replace"))
    if any(character in name for character in "\r\n\t"):
        return [f"{name!r}: a name is one line"]
    return [f"{name}: {size} bytes, at most {at_most}"] if size > at_most else []


def _check_action(button: Mapping[str, Any]) -> list[str]:
    name, kind = button["name"], button.get("type")
    if kind == "view":
        return _check_value(name, button, "url", _URL_BYTES, ("https://", "http://"))
    if kind == "click":
        return _check_value(name, button, "key", _KEY_BYTES, ("",))
    return [f"{name}: type must be view or click"]


def _check_value(
    name: str, button: Mapping[str, Any], field: str, at_most: int, starts: tuple[str, ...]
) -> list[str]:
    value = button.get(field)
    if not isinstance(value, str) or not value or not value.startswith(starts):
        return [f"{name}: {field} is missing or not usable"]
    size = len(value.encode("utf-8", "replace"))
    return [f"{name}: {field} has {size} bytes, at most {at_most}"] if size > at_most else []
