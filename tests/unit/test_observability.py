"""What rings has a page that says what to do, and counts an event that the product writes."""

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from infra import observability, render, wiring

ROOT = Path(__file__).parents[2]
FUNCTIONS = {
    "api": "APIHandler",
    "relay": "Relay",
    "reconcile": "Reconcile",
    "sms-worker": "SmsWorker",
    "template-worker": "TemplateWorker",
    "payout-worker": "PayoutWorker",
    "document-cleaner": "DocumentCleaner",
    "wechat-admin": "WechatAdmin",
    "watch": "Watch",
}
GUIDE = (ROOT / "infra/OPERATING.md").read_text("utf-8")
HEADINGS = re.findall(r"^### (\S+)$", GUIDE, re.MULTILINE)


def alarms(resources: dict[str, Any]) -> list[str]:
    found = [r for r in resources.values() if r.get("Type") == "AWS::CloudWatch::Alarm"]
    names = [alarm["Properties"]["AlarmName"]["Fn::Sub"] for alarm in found]
    return [name.removeprefix("${Prefix}-") for name in names]


APP = observability.resources(FUNCTIONS)
EVERY = [
    *alarms(APP),
    *alarms(wiring.queues()),
    *alarms(render.merge_template()["Resources"]),
    "api-errors",
]


@pytest.mark.parametrize("name", EVERY)
def test_every_alarm_has_a_page(name: str) -> None:
    assert [heading for heading in HEADINGS if fnmatchcase(name, heading)]


@pytest.mark.parametrize("event", observability.EVENTS, ids=lambda event: event.name)
def test_every_counted_event_is_written_somewhere(event: observability.Event) -> None:
    sources = (path.read_text("utf-8") for path in (ROOT / "chalicelib").rglob("*.py"))
    assert any(f'"{event.name}"' in source for source in sources)


def test_a_filter_counts_in_the_log_of_its_function() -> None:
    found = APP["SmsNeedsAttentionInAPIHandler"]
    assert found["DependsOn"] == ["APIHandlerLog"]
    assert found["Properties"]["FilterPattern"] == '{ $.event = "sms_needs_attention" }'


def test_what_is_not_deployed_is_not_watched() -> None:
    few = observability.resources({"api": "APIHandler"})
    assert "PayoutDamagedAlarm" not in few
    assert "ChatEventLostAlarm" in few


def test_one_dashboard_shows_every_queue_and_function() -> None:
    body = APP["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    for name in (*wiring.names(), *FUNCTIONS):
        assert f"${{Prefix}}-{name}" in body
