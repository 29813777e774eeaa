"""What API Gateway and a custom domain do, seen from outside."""

import gzip
import http.client
from urllib.parse import urlsplit

import pytest

from tests.stage import Running

pytestmark = pytest.mark.stack


def request(
    running: Running,
    method: str,
    path: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(running.url).port, timeout=40)
    try:
        connection.request(method, path, body or None, headers or {})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/bind/nowhere", "/a//b", "/%E4%B8%AD%E6%96%87/b"])
def test_an_unknown_path_is_the_gateways_page(running: Running, path: str):
    response, body = request(running, "GET", path, headers={"Accept": "text/html"})
    assert response.status == 404
    assert response.getheader("Content-Type") == "text/html; charset=utf-8"
    assert response.getheader("Cache-Control") == "no-store"
    assert "&#" in body.decode("ascii")


@pytest.mark.parametrize("path", ["/nowhere", "/%E4%B8%AD%E6%96%87"])
def test_an_unknown_name_is_a_page_of_ours(running: Running, path: str):
    """WeChat looks for its file at the root: the product answers for it, and for the others."""
    response, body = request(running, "GET", path, headers={"Accept": "text/html"})
    assert response.status == 404
    assert "没有找到" in body.decode()


def test_an_unknown_method_is_a_page_too(running: Running):
    response, _ = request(running, "DELETE", "/health")
    assert response.status == 404
    assert "text/html" in response.getheader("Content-Type", "")


def test_a_body_over_the_limit_is_a_page(running: Running):
    response, _ = request(running, "POST", "/wechat", b"x" * (10 * 1024 * 1024 + 1))
    assert response.status == 413
    assert "text/html" in response.getheader("Content-Type", "")


def test_pages_are_compressed_for_those_who_ask(running: Running):
    plain, body = request(running, "GET", "/policy")
    packed, short = request(running, "GET", "/policy", headers={"Accept-Encoding": "gzip"})
    assert plain.status == packed.status == 200
    assert plain.getheader("Content-Encoding") is None
    assert packed.getheader("Content-Encoding") == "gzip"
    assert len(short) < len(body)
    assert gzip.decompress(short).startswith(b"<!DOCTYPE html>")


def test_a_query_and_a_cookie_come_through(running: Running):
    response, _ = request(running, "GET", "/?x=%E4%B8%AD&x=2", headers={"Cookie": "a=1; b=2"})
    assert response.status == 303
    assert "connect/oauth2/authorize" in response.getheader("Location", "")
    assert response.getheader("Set-Cookie")
