"""Settings of the whole suite: no real cloud, one profile of hypothesis for each place."""

import os
from collections.abc import Iterator

import pytest
from _pytest.nodeid import NodeId
from hypothesis import HealthCheck, settings

from tests import figures

os.environ.setdefault("CHAT_QUEUE", "mutual-aid-local-chat")
os.environ.setdefault("PREFIX", "mutual-aid-local")
for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
    os.environ[name] = "test"
os.environ["AWS_DEFAULT_REGION"] = "cn-northwest-1"
os.environ.pop("AWS_PROFILE", None)

settings.register_profile("fast", max_examples=50, deadline=None)
settings.register_profile(
    "deep", max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


def pytest_configure() -> None:
    """Let the workers, which inherit the environment, note their figures in one place."""
    figures.begin()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was noted, once: the workers report too, to nobody."""
    if hasattr(terminalreporter.config, "workerinput"):
        return
    found = figures.noted()
    figures.end()
    if found:
        terminalreporter.section("Figures")
    width = max(map(len, found), default=0)
    for name, value in found.items():
        terminalreporter.write_line(f"{name:<{width}}  {figures.shown(value)}")


@pytest.fixture(autouse=True)
def _kinds_stay_at_home() -> Iterator[None]:
    """Forget the kinds of case that a test made known: they would wait in the next one's queues."""
    from chalicelib.casework import kind

    before = dict(kind._KINDS)
    yield
    kind._KINDS.clear()
    kind._KINDS.update(before)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of an `xdist_group` on one worker.

    xdist 3.8 writes the group into `_nodeid`, which pytest 9.2 no longer reads: without this
    the groups are silently none.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        mark = item.get_closest_marker("xdist_group")
        if mark is not None and not item.nodeid.endswith(f"@{mark.args[0]}"):
            item._id = NodeId.parse(f"{item.nodeid}@{mark.args[0]}")
