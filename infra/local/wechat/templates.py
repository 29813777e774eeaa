"""Template messages (模板消息) in the category form: typed fields, checked one by one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from infra.local.wechat.errors import Refusal
from infra.local.wechat.state import Line

_HAN = "\u4e00-\u9fff"
_TIME = (
    r"(?:\d{4}年\d{1,2}月\d{1,2}日|\d{4}-\d{1,2}-\d{1,2})(?: \d{1,2}:\d{2}(?::\d{2})?)?"
    r"|\d{1,2}:\d{2}(?::\d{2})?"
)

# type → what a value must match as a whole (WeChat's 类目模板 parameter table)
_RULES: dict[str, re.Pattern[str]] = {
    "thing": re.compile(r"[^\r\n]{1,20}"),
    "short_thing": re.compile(r"[^\r\n]{1,5}"),
    "character_string": re.compile(r"[\x21-\x7e]{1,32}"),
    "time": re.compile(_TIME),
    "date": re.compile(_TIME),
    "amount": re.compile(r"[¥￥$]?\d{1,10}(?:\.\d{1,2})?元?"),
    "phone_number": re.compile(r"[\d+\- ]{1,17}"),
    "name": re.compile(rf"[{_HAN}·]{{1,10}}|[A-Za-z .·]{{1,20}}"),
    "phrase": re.compile(rf"[{_HAN}]{{1,5}}"),
    "number": re.compile(r"-?\d{1,32}(?:\.\d+)?"),
    "const": re.compile(r"[^\r\n]{1,20}"),
}


@dataclass(frozen=True)
class Template:
    """One template of the account: its id, its title and its typed lines in order."""

    id: str
    title: str
    fields: tuple[tuple[str, str], ...]

    def content(self) -> str:
        """The text that get_all_private_template shows."""
        return "\n".join(f"{label}:{{{{{key}.DATA}}}}" for key, label in self.fields)


TEMPLATES = {
    template.id: template
    for template in (
        Template(
            "simCaseProgress000000000000000000000000000A",
            "业务办理进度提醒",
            (
                ("thing1", "业务类型"),
                ("character_string2", "申请单号"),
                ("phrase3", "当前状态"),
                ("time4", "更新时间"),
            ),
        ),
        Template(
            "simCaseReturned000000000000000000000000000B",
            "审核结果通知",
            (
                ("character_string1", "申请单号"),
                ("phrase2", "审核结果"),
                ("time3", "审核时间"),
                ("thing4", "温馨提示"),
            ),
        ),
        Template(
            "simSubsidyPaid0000000000000000000000000000C",
            "补助办结通知",
            (("character_string1", "申请单号"), ("phrase2", "办理结果"), ("time3", "办结时间")),
        ),
    )
}


def fill(template_id: str, data: Any) -> tuple[Template, list[Line]]:
    """The lines of a message; Refusal 40037 (unknown template) or 47003 (a field's value)."""
    template = TEMPLATES.get(template_id)
    if template is None:
        raise Refusal(40037, "invalid template_id")
    if not isinstance(data, dict):
        raise Refusal(47003, "argument invalid! data is empty")
    return template, [Line(label=label, value=_value(key, data)) for key, label in template.fields]


def _value(key: str, data: dict[str, Any]) -> str:
    entry = data.get(key)
    value = entry.get("value") if isinstance(entry, dict) else None
    rule = _RULES[key.rstrip("0123456789")]
    if not isinstance(value, str) or not rule.fullmatch(value):
        raise Refusal(47003, f"argument invalid! data.{key}.value invalid")
    return value
