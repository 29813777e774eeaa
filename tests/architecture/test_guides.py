"""Every command line that README and OPERATING.md name is one that the tools understand."""

import contextlib
import re
import shlex
from pathlib import Path

import click
import pytest

from infra.cli import main

ROOT = Path(__file__).parents[2]
GUIDES = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "infra/OPERATING.md")}
INLINE = re.compile(r"`([a-z][^`\n]*)`")


def lines(text: str) -> list[str]:
    """Return what follows `python -m infra`, without comments."""
    found = re.findall(r"python -m infra ([^\n`]*)", text)
    return [line.partition("#")[0].strip() for line in found]


def inline(text: str) -> list[str]:
    """Return `queues redrive relay` and the like: code that begins with one of our commands."""
    found = [code for code in INLINE.findall(text) if code.split()[0] in main.commands]
    return [code for code in found if not re.search(r"[=…]", code)]


WHOLE = [(name, line) for name, text in GUIDES.items() for line in lines(text)]
SHORT = [(name, code) for name, text in GUIDES.items() for code in inline(text)]


def test_there_is_something_to_look_at() -> None:
    assert len(WHOLE) > 10
    assert len(SHORT) > 20


@pytest.mark.parametrize(("guide", "line"), WHOLE)
def test_a_command_line_is_understood(
    guide: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line.replace(" FILE", " FILE.toml"))
    for word in words:
        if word.endswith((".toml", ".xlsx")):
            (tmp_path / word).touch()
    command, rest = resolved(words)
    try:
        with contextlib.suppress(click.exceptions.Exit):  # --help
            command.make_context(command.name, rest)
    except click.UsageError as error:
        pytest.fail(f"{guide}: {line}: {error.format_message()}")


@pytest.mark.parametrize(("guide", "code"), SHORT)
def test_a_command_named_in_passing_exists(guide: str, code: str) -> None:
    command, rest = resolved(code.split())
    options = {name for one in command.params for name in one.opts}
    assert {word for word in rest if word.startswith("--")} <= options, guide
    places = [one for one in command.params if isinstance(one, click.Argument)]
    assert len([word for word in rest if not word.startswith("--")]) <= len(places), guide


def resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command that words name, and the words after it."""
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        assert words[0] in command.commands, f"there is no {words[0]} in {command.name}"
        command, words = command.commands[words[0]], words[1:]
    return command, words


def test_nothing_else_is_run_by_hand() -> None:
    """A guide that names a script or a make target that is gone misleads at the worst moment."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for name, text in GUIDES.items():
        assert set(re.findall(r"`?make ([a-z]+)", text)) <= targets, name


@pytest.mark.parametrize("days", ["180", "90", "30"])
def test_periods_are_those_of_the_code(days: str) -> None:
    """Numbers of the last chapter, beside where the code has them."""
    from chalicelib.core import keeping
    from chalicelib.store import documents, drafts

    data = (ROOT / "infra/templates/data.yaml").read_text("utf-8")
    kept = {
        "180": drafts.KEPT_DAYS,
        "90": int(re.findall(r"Prefix: payouts/\s+ExpirationInDays: (\d+)", data)[0]),
        "30": keeping.PICTURES_OF_DELETED,
    }
    assert kept[days] == int(days)
    chapter = GUIDES["infra/OPERATING.md"].partition("## 七、")[2]
    assert f"{days} 天" in chapter
    assert f"{documents.KEPT_DAYS} 天" in chapter
    assert f"{keeping.PICTURES_OF_CLOSED // 366} 年后" in chapter
    assert f"{keeping.MESSAGES // 366} 年；" in chapter
    assert f"| {keeping.HISTORY // 366} 年 |" in chapter
