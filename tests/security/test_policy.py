"""S8: the policy of every page, read as CSP3 reads it (ASVS 5.0, 3.4.3): nothing but our own runs."""

import re

import pytest

from chalicelib.web.answers import security_headers
from tests.fakes.cloud import settings

WANTED = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:", "blob:", "https://pictures.test"},
    "connect-src": {"'self'", "https://pictures.test"},
    "form-action": {"'self'", "https://open.test"},
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
}
POLICY = security_headers(settings())["Content-Security-Policy"]


def weaknesses(policy: str) -> list[str]:
    """Return what a policy allows, or leaves to the browser, that ours must not."""
    parts = [part.split() for part in policy.split(";") if part.strip()]
    names = [name for name, *_ in parts]
    given = {name: set(sources) for name, *sources in parts}
    found = [f"{name} twice" for name in set(names) if names.count(name) > 1]
    found += [f"no {name}" for name in WANTED if name not in given]
    for name, sources in given.items():
        found += [f"{name} {source}" for source in sources - WANTED.get(name, set())]
    return found


def test_the_policy_allows_what_pages_need_and_nothing_else() -> None:
    assert weaknesses(POLICY) == []


@pytest.mark.parametrize("name", WANTED)
def test_a_directive_that_is_missing_or_wider_is_found(name: str) -> None:
    assert weaknesses(re.sub(rf"{name} [^;]*;?", "", POLICY)) == [f"no {name}"]
    for more in ("*", "https:", "'unsafe-inline'", "'unsafe-eval'", "http://elsewhere.test"):
        assert weaknesses(POLICY.replace(name, f"{name} {more}")) == [f"{name} {more}"]
