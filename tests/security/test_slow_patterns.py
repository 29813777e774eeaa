"""No pattern of the product takes long, whatever it is fed (ReDoS; ASVS 5.0, 1.3.12).

Another process tries them with so much CPU time and no more: being busy with other things is
not counted, and whoever goes on for ever is ended by the kernel.
"""

import json
import subprocess
import sys

import pytest

from tests import figures
from tests.architecture.house import ROOT

SECONDS = 30
CHILD = """
import importlib, json, pkgutil, re, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[1]), int(sys.argv[1])))
found = {}
if sys.argv[2] == "product":
    import chalicelib
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        values = dict(vars(importlib.import_module(module.name)))
        for name, value in list(values.items()):
            inner = value.values() if isinstance(value, dict) else value if isinstance(
                value, (list, tuple)) else [value]
            for one in inner:
                for part in one if isinstance(one, tuple) else [one]:
                    if isinstance(part, re.Pattern):
                        found[part.pattern] = part
else:
    found[sys.argv[2]] = re.compile(sys.argv[2])
units = ["0", "1", "a", "A", "x", "_", " ", "-", ".", ",", "=", '"', "/", ":", "#", "一", "·", "+",
         "0,", "1,000", "a ", "A·", "一·", "a.", "1.", "0-", "12/", "ab", "01", "=\\"", "x/"]
tails = ["", "!", "\\x00", "\\n", "0", "x", " "]
heads = ["", "0", "a", "1", '="', "https://", "一", "62"]
tried = 0
for pattern in found.values():
    typed = str.encode if isinstance(pattern.pattern, bytes) else str
    for unit in units:
        for head in heads:
            for tail in tails:
                text = typed(head + unit * (600 // len(unit)) + tail)
                pattern.fullmatch(text)
                pattern.match(text)
                tried += 2
        pattern.search(typed(unit * 600 + "!"))
        pattern.sub(typed(""), typed(unit * 600 + "!"))
        tried += 2
print(json.dumps([len(found), tried]))
"""


def run(seconds: int, what: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CHILD, str(seconds), what],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_pattern_takes_long() -> None:
    done = run(SECONDS, "product")
    assert done.returncode == 0, done.stderr[-2000:] or f"ended: {done.returncode}"
    patterns, tried = json.loads(done.stdout)
    figures.note("patterns fed with hostile texts", patterns)
    figures.note("hostile texts for patterns", tried)
    assert patterns > 40


@pytest.mark.parametrize("slow", ["(a+)+!?$", "(a|aa)+$", r"([\w.]+)*-$"])
def test_a_slow_pattern_is_noticed(slow: str) -> None:
    assert run(1, slow).returncode != 0
