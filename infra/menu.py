"""The menu of the official account.

Read and written by the deployed wechat_admin function, so that the call leaves through the
address on WeChat's whitelist.
"""

import difflib
import json
from typing import Any

from botocore.exceptions import ClientError

from infra.errors import InfraError
from infra.session import Cloud, error_code

Menu = dict[str, Any]


def desired(cloud: Cloud) -> Menu:
    """Return the menu that this tree describes, with the stage's own addresses."""
    from chalicelib.chat import menu

    return menu.build(cloud.stage.base_url)


def current(cloud: Cloud) -> Menu:
    """Return the menu that WeChat shows now; {} when there is none."""
    return dict(_invoke(cloud, {"action": "get_menu"}).get("menu") or {})


def push(cloud: Cloud, menu: Menu) -> None:
    """Replace the menu; phones show it within a day, or at once after following again."""
    _invoke(cloud, {"action": "push_menu", "menu": menu})


def differences(now: Menu, then: Menu) -> list[str]:
    """Return the lines that differ, as a unified diff; empty when WeChat has this menu."""
    return list(difflib.unified_diff(_lines(now), _lines(then), "now", "then", lineterm="", n=2))


def _lines(menu: Menu) -> list[str]:
    buttons = _plain(menu.get("menu", menu).get("button", []))
    return json.dumps(buttons, ensure_ascii=False, indent=1, sort_keys=True).splitlines()


def _plain(value: Any) -> Any:
    """Drop the empty `sub_button` lists that WeChat adds to what it was given."""
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if v not in ([], None)}
    return value


def _invoke(cloud: Cloud, payload: Menu) -> Menu:
    try:
        answer = cloud.client("lambda").invoke(
            FunctionName=f"{cloud.stage.prefix}-wechat-admin", Payload=json.dumps(payload).encode()
        )
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            raise InfraError(f"Stage {cloud.stage.name} is not deployed.") from error
        raise
    result: Menu = json.loads(answer["Payload"].read() or b"{}")
    if answer.get("FunctionError"):
        kind = result.get("errorType", "unknown error")
        raise InfraError(f"wechat_admin failed ({kind}); its log group has the reason.")
    if not result.get("ok"):
        code, text = result.get("errcode"), result.get("errmsg")
        raise InfraError(f"WeChat refused: {code} {text}")
    return result
