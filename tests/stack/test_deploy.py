"""The operator's commands against the deployed stage."""

import pytest

from infra.paths import ROOT
from tests.stage import Running

pytestmark = pytest.mark.stack


def test_a_second_deploy_changes_nothing_and_says_so(running: Running):
    done = running.infra("deploy", "--stage", "local", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing changed" in done.stdout


def test_a_dry_run_shows_no_change_and_leaves_none(running: Running):
    done = running.infra("deploy", "--stage", "local", "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("nothing to change") == 2
    pending = running.cloud.client("cloudformation").list_change_sets(
        StackName="mutual-aid-local-app"
    )
    assert not [c for c in pending["Summaries"] if c["ExecutionStatus"] == "AVAILABLE"]


def test_status_finds_everything_well(running: Running):
    done = running.infra("status", "--stage", "local")
    assert done.returncode == 0, done.stdout + done.stderr
    for line in ("mutual-aid-local-data", "mutual-aid-local-chat-dlq", "secrets", "alarms"):
        assert line in done.stdout


def test_the_menu_that_make_run_pushed_is_the_trees_own(running: Running):
    done = running.infra("menu", "show", "--stage", "local")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "already" in done.stdout


def test_the_demo_plan_is_published_and_stays_as_it_is(running: Running):
    shown = running.infra("plan", "list", "--stage", "local")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert shown.stdout.count("demo-2026.1") == 1
    demo = str(ROOT / "infra" / "plans" / "demo-2026.toml")
    again = running.infra("plan", "publish", demo, "--stage", "local", "--yes")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Nothing to do" in again.stdout
    dry = running.infra("plan", "what-if", demo, "--stage", "local")
    assert dry.returncode == 0, dry.stdout + dry.stderr
    assert "0 with another amount" in dry.stdout
    unknown = running.infra("plan", "show", "demo-2026.9", "--stage", "local")
    assert unknown.returncode == 1
    assert "demo-2026.1" in unknown.stderr


def test_nobody_to_ask_is_a_refusal(running: Running):
    done = running.infra("destroy", "--stage", "local", "--data")
    assert done.returncode == 1
    assert "--yes" in done.stderr
    assert running.infra("status", "--stage", "local").returncode == 0


def test_an_unknown_stage_is_refused_with_the_known_ones(running: Running):
    done = running.infra("status", "--stage", "staging")
    assert done.returncode == 1
    assert "prod.example.toml" in done.stderr


def test_wrong_usage_is_exit_code_two(running: Running):
    assert running.infra("deploy").returncode == 2
