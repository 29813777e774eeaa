"""The whole app in this process, behind a web server on a free port, for a browser to open."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chalice.test import Client
from moto import mock_aws

from infra import assets
from tests.fakes.cloud import Stage, make_stage

OPENID = "openid-one"
_SKIPPED = {"content-length", "transfer-encoding", "connection"}


@dataclass
class Indoors:
    """Where the app answers, and the stage behind it."""

    url: str
    stage: Stage


@contextmanager
def indoors() -> Iterator[Indoors]:
    """Serve the app until the end, one request at a time."""
    from app import app

    assets.build()
    with mock_aws(), Client(app) as client:

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                size = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(size)
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = client.http.request(self.command, self.path, headers=headers, body=body)
                self.send_response(answer.status_code)
                for name, values in answer.headers.items():
                    if name.lower() not in _SKIPPED:
                        for value in values if isinstance(values, list) else [values]:
                            self.send_header(name, _signed_in(stage, url, value))
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = _answer  # noqa: N815 - the server's names

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        url = f"http://localhost:{server.server_port}"
        stage = make_stage(base_url=url)
        app.world = stage.world
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Indoors(url, stage)
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _signed_in(stage: Stage, url: str, value: str) -> str:
    """Play WeChat's sign-in: it leads straight back, always as the same person."""
    if not value.startswith("https://open.test/authorize"):
        return value
    (state,) = parse_qs(urlsplit(value).query)["state"]
    code = f"code-{state}"
    stage.wechat.codes[code] = OPENID
    return f"{url}/oauth/callback?code={code}&state={state}"
