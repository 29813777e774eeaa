"""The rules hold in this house — and each of them notices a breach."""

from collections.abc import Callable, Iterator

import pytest

from tests.architecture import house, rules
from tests.architecture.house import Finding, Source

Rule = Callable[[Source], Iterator[Finding]]

# Where a rule does not hold, and why.
ALLOWED: dict[Rule, dict[str, str]] = {
    rules.clocks: {"chalicelib/core/clock.py": "the one clock"},
    rules.dice: {
        "chalicelib/core/ids.py": "the one source of ids",
        "chalicelib/world.py": "hands the system's randomness to the vault",
    },
    rules.keys: {
        "chalicelib/store/keys.py": "the one place of keys",
        "chalicelib/gateways/wechat.py": "WeChat's address ends in #wechat_redirect",
    },
    rules.scans: {},
    rules.undocumented: {},
    rules.fat_handlers: {},
}


def findings(rule: Rule, sources: list[Source]) -> list[Finding]:
    allowed = ALLOWED.get(rule, {})
    return [found for source in sources if source.path not in allowed for found in rule(source)]


@pytest.mark.parametrize("rule", ALLOWED, ids=lambda rule: rule.__name__)
def test_the_product_keeps_the_rule(rule: Rule) -> None:
    found = findings(rule, house.product())
    assert not found, f"{rule.__doc__}\n{house.said(found)}"


@pytest.mark.parametrize("rule", ALLOWED, ids=lambda rule: rule.__name__)
def test_an_exception_is_still_needed(rule: Rule) -> None:
    for path in ALLOWED[rule]:
        assert list(rule(Source(path, house.read(path)))), f"{path} needs no exception any more"


def test_infra_is_documented_too() -> None:
    found = findings(rules.undocumented, list(house.sources("infra")))
    assert not found, house.said(found)


def test_no_test_replaces_code_behind_its_back() -> None:
    found = findings(rules.patches, list(house.sources("tests")))
    assert not found, house.said(found)


@pytest.mark.parametrize(
    ("rule", "breach"),
    [
        (rules.clocks, "x = datetime.now(UTC)"),
        (rules.clocks, "x = datetime.datetime.utcnow()"),
        (rules.clocks, "def f(clock=time.time): ..."),
        (rules.clocks, "from time import time"),
        (rules.clocks, "x = date.today()"),
        (rules.dice, "x = uuid.uuid4()"),
        (rules.dice, "from uuid import uuid4"),
        (rules.dice, "x = random.randint(0, 9)"),
        (rules.dice, "x = secrets.token_hex()"),
        (rules.keys, "x = f'member#{id}'"),
        (rules.keys, "x = 'member#' + id"),
        (rules.keys, "x = 'member#%s' % id"),
        (rules.keys, "x = pk.partition('#')[2]"),
        (rules.scans, "MemberItem.scan()"),
        (rules.scans, "client.get_paginator('scan')"),
        (rules.undocumented, "x = 1"),
        (rules.undocumented, "'''Doc.'''\ndef f(): ..."),
        (rules.undocumented, "'''Doc.'''\nclass C: ..."),
        (rules.patches, "from unittest.mock import patch"),
        (rules.patches, "import unittest.mock"),
        (rules.patches, "def test_x(mocker): ..."),
        (rules.patches, "def test_x(monkeypatch): monkeypatch.setattr(a, 'b', c)"),
        (rules.fat_handlers, "@room.page('/x')\ndef f(visit):\n" + "    x = 1\n" * 15),
    ],
)
def test_a_breach_is_found(rule: Rule, breach: str) -> None:
    assert list(rule(Source("x.py", breach)))


@pytest.mark.parametrize(
    ("rule", "fine"),
    [
        (rules.clocks, "x = world.clock.now()"),
        (rules.clocks, "'''datetime.now() in words'''"),
        (rules.dice, "x = world.ids.token()"),
        (rules.keys, "x = keys.member(member_id)"),
        (rules.keys, "x = f'{a}|{b}'  # not a key"),
        (rules.keys, "x = text.partition('=')"),
        (rules.scans, "MemberItem.query(pk)"),
        (rules.undocumented, ""),
        (rules.undocumented, "'''Doc.'''\ndef _f(): ..."),
        (rules.patches, "def test_x(monkeypatch): monkeypatch.setenv('A', 'b')"),
        (rules.fat_handlers, "@room.page('/x')\ndef f(visit):\n" + "    import x\n" * 20),
        (rules.fat_handlers, "def f(visit):\n" + "    x = 1\n" * 20),
    ],
)
def test_good_code_is_left_alone(rule: Rule, fine: str) -> None:
    assert not list(rule(Source("x.py", fine)))
