"""Static files of the legacy application: addresses in pages, caching, ranges, what is not there."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.apps import App
from tests.support.fishtest import Seeded, seeded
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url", "seeded"]

FOLDER = Path(__file__).resolve().parents[2] / "static"


@pytest.fixture(scope="module")
def client(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("app")
    with App("legacy_pyramid", folder, seeded.url, seeded.name) as app, app.client() as one:
        yield one


def test_every_file_that_a_page_names_is_served_with_its_digest(client: httpx.Client) -> None:
    found = re.findall(r'(?:href|src)="([^"]*/static/[^"]*)"', client.get("/login").text)
    assert len(found) == 4
    for url in found:
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == str(client.base_url).rstrip("/")
        assert "/" not in parts.query
        assert "+" not in parts.query
        content = client.get(url).content
        assert content == (FOLDER / parts.path.removeprefix("/static/")).read_bytes()
        token = base64.b64encode(hashlib.sha384(content).digest()).decode()
        assert parse_qs(parts.query) == {"x": [token]}


def test_the_address_follows_the_proxys_scheme_and_host(client: httpx.Client) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "fishtest.example"}
    assert "https://fishtest.example/static/css/site.css?x=" in client.get("/login", headers=headers).text


@pytest.mark.parametrize(
    ("path", "kind"),
    [("css/site.css", "text/css; charset=UTF-8"), ("js/site.js", "text/javascript; charset=UTF-8")],
)
def test_a_file_may_be_kept_for_an_hour(client: httpx.Client, path: str, kind: str) -> None:
    answer = client.get(f"/static/{path}?x=anything")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "max-age=3600"
    lives = parsedate_to_datetime(answer.headers["expires"]) - parsedate_to_datetime(answer.headers["date"])
    assert lives.total_seconds() in (3599, 3600, 3601)
    assert "etag" not in answer.headers
    assert "set-cookie" not in answer.headers


def test_an_unchanged_file_is_not_sent_again(client: httpx.Client) -> None:
    modified = client.get("/static/css/site.css").headers["last-modified"]
    answer = client.get("/static/css/site.css", headers={"If-Modified-Since": modified})
    assert (answer.status_code, answer.content) == (304, b"")
    older = {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}
    assert client.get("/static/css/site.css", headers=older).status_code == 200


def test_a_part_of_a_file_can_be_asked_for(client: httpx.Client) -> None:
    whole = client.get("/static/css/site.css").content
    answer = client.get("/static/css/site.css", headers={"Range": "bytes=10-19"})
    assert (answer.status_code, answer.content) == (206, whole[10:20])
    assert answer.headers["content-range"] == f"bytes 10-19/{len(whole)}"


def test_head_names_the_length_without_the_content(client: httpx.Client) -> None:
    answer = client.head("/static/css/site.css")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str((FOLDER / "css/site.css").stat().st_size)


def test_any_method_gets_the_file(client: httpx.Client) -> None:
    assert client.post("/static/css/site.css").content == (FOLDER / "css/site.css").read_bytes()


@pytest.mark.parametrize(
    "path", ["", "css", "css/", "css/none.css", "%2e%2e/pyproject.toml", "css/%2e%2e/%2e%2e/LICENSE"]
)
def test_what_is_no_file_below_the_folder_is_not_there(client: httpx.Client, path: str) -> None:
    answer = client.get(f"/static/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"
