"""After a deploy: the few requests that prove that people and WeChat are answered."""

import hashlib
import http.client
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Final

from infra.errors import InfraError
from infra.stages import Stage

_TIMEOUT_SECONDS: Final = 30
# A new deployment of API Gateway answers everywhere within seconds, not at once.
_PATIENCE_SECONDS: Final = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    kind: str
    body: str


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer here, not a way to go."""

    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        return None


def run(stage: Stage, wechat: dict[str, str]) -> str:
    """Check health, home, an unknown path and WeChat's verification; return what was seen.

    Raises InfraError naming the first check that fails.
    """
    base = stage.base_url
    health = _patient(f"{base}/health")
    _expect(health.status == 200, f"{base}/health", health)
    home = get(f"{base}/")
    _expect(home.status in {200, 302, 303}, f"{base}/", home)
    lost = get(f"{base}/no-such-page")
    _expect(lost.status == 404 and "text/html" in lost.kind, f"{base}/no-such-page", lost)
    url, echo = _verification(base, wechat["token"])
    verified = get(url)
    _expect(verified.status == 200 and verified.body == echo, f"{base}/wechat", verified)
    forged = get(url.replace("signature=", "signature=0"))
    _expect(forged.status in {400, 401, 403}, f"{base}/wechat with a forged signature", forged)
    return "health, home, unknown path, WeChat verification"


def get(url: str) -> Answer:
    """Fetch without following redirects; raises InfraError when nobody answers."""
    opener = urllib.request.build_opener(_Stay)
    request = urllib.request.Request(url, headers={"Accept": "text/html,*/*"})  # noqa: S310 - Url
    try:
        with opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
            return _answer(response)
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error)
    except (OSError, http.client.HTTPException) as error:
        raise InfraError(
            f"{url} does not answer ({error}). Deployed, but not reachable: "
            "check DNS, the certificate and, in China, the ICP filing."
        ) from error


def _answer(response: http.client.HTTPResponse | urllib.error.HTTPError) -> Answer:
    kind = response.headers.get("Content-Type", "")
    return Answer(response.status or 0, kind, response.read().decode("utf-8", "replace"))


def _patient(url: str) -> Answer:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    answer = get(url)
    while answer.status >= 500 and time.monotonic() < deadline:
        time.sleep(1)
        answer = get(url)
    return answer


def _verification(base: str, token: str) -> tuple[str, str]:
    """Return the URL that WeChat calls when the server address is saved, and its echo."""
    stamp, nonce, echo = str(int(time.time())), secrets.token_hex(8), secrets.token_hex(8)
    # SHA-1 is what WeChat signs with.
    signed = "".join(sorted((token, stamp, nonce))).encode()
    signature = hashlib.sha1(signed).hexdigest()  # noqa: S324
    query = {"signature": signature, "timestamp": stamp, "nonce": nonce, "echostr": echo}
    return f"{base}/wechat?{urllib.parse.urlencode(query)}", echo


def _expect(good: object, url: str, answer: Answer) -> None:
    if not good:
        raise InfraError(
            f"Smoke test: {url} answered {answer.status} ({answer.kind or 'no type'}). "
            "The stacks are in place; look at the function's log group."
        )
