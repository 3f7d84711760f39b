"""Networks and tools of the legacy application, as the specification has them (ui §6.8 and §7)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.support.apps import App
from tests.support.fishtest import Browser, Seeded, seeded
from tests.support.log_and_nets import RUN, net_name, seed_nets
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url", "seeded"]

CONTENT = b"evaluation\r\n" * 999
NAME = f"nn-{sha256(CONTENT).hexdigest()[:12]}.nnue"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nets")


@pytest.fixture(scope="module")
def app(seeded: Seeded, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    seed_nets(seeded.db, 30)
    where = {"FISHTEST_NETS": str(folder)}
    with App("legacy_pyramid", tmp_path_factory.mktemp("app"), seeded.url, seeded.name, **where) as running:
        yield running


@pytest.fixture
def client(app: App) -> Iterator[httpx.Client]:
    with app.client() as one:
        yield one


@pytest.fixture(scope="module")
def user(app: App) -> Iterator[Browser]:
    with Browser(app) as one:
        one.log_in("carol")
        yield one


def page(answer: httpx.Response) -> LexborHTMLParser:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"
    return LexborHTMLParser(answer.text)


def names(answer: httpx.Response) -> list[str]:
    return [link.text() for link in page(answer).css("#nns .net a")]


def upload(user: Browser, name: str, content: bytes = CONTENT) -> httpx.Response:
    headers = {"X-CSRF-Token": user.token()}
    return user.client.post("/upload", headers=headers, files={"network": (name, content)})


def flashes(answer: httpx.Response) -> list[str]:
    return [message.text() for message in page(answer).css(".flash.error")]


# The list


def test_networks_are_listed_newest_first(client: httpx.Client) -> None:
    answer = client.get("/nns")
    assert page(answer).css_first("title").text() == "Neural networks | Stockfish Testing"
    assert names(answer) == [net_name(number) for number in range(29, 4, -1)]
    assert names(client.get("/nns?page=2")) == [net_name(number) for number in range(4, -1, -1)]
    row = page(client.get(f"/nns?network_name={net_name(6)}")).css("#nns tbody td")
    assert [" ".join(cell.text().split()) for cell in row] == [
        "26-03-07 12:00:00",
        f"★ {net_name(6)}",
        "carol",
        "26-03-01",
        "26-03-07",
        "6",
    ]
    assert [cell.css_first("a").attributes["href"] for cell in row if cell.css_first("a")] == [
        f"/api/nn/{net_name(6)}",
        f"/tests/view/{RUN}",
        f"/tests/view/{RUN}",
    ]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("user=erin", range(28, 0, -3)),
        ("user=^g", range(29, 1, -3)),
        ("network_name=(1|2)9AB", [29, 19]),
        ("network_name=9ab&user=grace", [29]),
        ("user=nobody", []),
    ],
)
def test_filters_are_pieces_of_expressions(client: httpx.Client, query: str, numbers: list[int]) -> None:
    assert names(client.get(f"/nns?{query}")) == [net_name(number) for number in numbers]


@pytest.mark.parametrize("query", ["user=(", "network_name=(", "user=%ff"])
def test_a_broken_filter_is_a_crash(client: httpx.Client, query: str) -> None:
    answer = client.get(f"/nns?{query}")
    assert answer.status_code == 500
    assert len(answer.content) == 110


def test_only_the_cookie_hides_what_is_not_of_master(client: httpx.Client) -> None:
    masters = [net_name(number) for number in range(27, -1, -3)]
    assert names(client.get("/nns", headers={"Cookie": "master_only=true"})) == masters
    for cookie in ("master_only=false", "master_only=1"):
        assert len(names(client.get("/nns?master_only=true", headers={"Cookie": cookie}))) == 25
    checked = page(client.get("/nns", headers={"Cookie": "master_only=true"})).css_first("#master-only").attributes
    assert "checked" in checked


def test_links_to_pages_carry_the_filters(client: httpx.Client) -> None:
    links = page(client.get("/nns?network_name=n.*")).css_first(".pages").css("a")
    assert [link.attributes["href"] for link in links] == ["?page=2&network_name=n.*"] * 2


# The upload


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_stranger_is_asked_to_log_in_and_led_back(app: App, method: str) -> None:
    with Browser(app) as stranger:
        answer = stranger.client.request(method, "/upload?a=b")
        assert answer.status_code == 302
        assert answer.headers["location"] == f"{app.url}/login?next=%2Fupload%3Fa%3Db"
        flash = page(stranger.client.get("/login")).css_first(".flash")
    assert (flash.text(), flash.attributes["class"]) == ("Please login", "flash success")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_an_upload_needs_the_token_before_anything_else(client: httpx.Client, user: Browser, method: str) -> None:
    for visitor in (client, user.client):
        answer = visitor.request(method, "/upload", files={"network": (NAME, CONTENT)})
        assert answer.status_code == 400


def test_the_form_takes_a_file(user: Browser) -> None:
    form = page(user.client.get("/upload")).css_first("main form").attributes
    assert (form["method"], form["enctype"]) == ("POST", "multipart/form-data")
    assert page(user.client.get("/upload")).css_first("main input[type=file]").attributes["name"] == "network"


def test_a_network_is_kept_listed_and_logged(seeded: Seeded, user: Browser, folder: Path) -> None:
    answer = upload(user, NAME)
    assert (answer.status_code, answer.headers["location"]) == (
        302,
        f"{user.client.base_url}/nns".replace("//nns", "/nns"),
    )
    assert gzip.decompress((folder / f"{NAME}.gz").read_bytes()) == CONTENT
    assert names(user.client.get("/nns"))[0] == NAME
    logged = seeded.db["actions"].find_one({"action": "upload_nn"}, {"_id": 0, "time": 0})
    assert logged == {"action": "upload_nn", "username": "carol", "nn": NAME}
    assert flashes(upload(user, NAME)) == [f"Network {NAME} already exists"]


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("nn-000000000000.nnue", [f"Wrong SHA256 hash: {NAME[3:15]} Filename: 000000000000"]),
        (NAME.replace(".nnue", ".bin"), ['Name must match "nn-[SHA256 first 12 digits].nnue"']),
        (
            "evil<b>.nnue",
            [
                'Name must match "nn-[SHA256 first 12 digits].nnue"',
                f"Wrong SHA256 hash: {NAME[3:15]} Filename: l<b>.nnue",
            ],
        ),
    ],
)
def test_everything_that_is_wrong_with_a_file_is_told(user: Browser, name: str, faults: list[str]) -> None:
    assert flashes(upload(user, name)) == faults


def test_a_form_without_a_file_is_told(user: Browser) -> None:
    missing = ["Specify a network file with the 'Choose File' button"]
    assert flashes(upload(user, "", b"")) == missing
    assert flashes(user.post("/upload")) == missing
    assert flashes(user.post("/upload", network="text")) == missing


def test_a_file_that_lies_there_already_is_not_replaced(user: Browser, folder: Path) -> None:
    content = b"lies there"
    name = f"nn-{sha256(content).hexdigest()[:12]}.nnue"
    (folder / f"{name}.gz").write_bytes(b"older")
    assert flashes(upload(user, name, content)) == [f"Network {name} already uploaded"]
    assert (folder / f"{name}.gz").read_bytes() == b"older"


# The tools


@pytest.mark.parametrize(
    ("path", "title", "script"),
    [("/sprt_calc", "SPRT calculator", "sprt_calc.js"), ("/rate_limits", "GitHub rate limits", "rate_limits.js")],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_tool_is_a_page_with_a_script_of_this_site(
    client: httpx.Client, path: str, title: str, script: str, method: str
) -> None:
    html = page(client.request(method, path))
    assert html.css_first("title").text() == f"{title} | Stockfish Testing"
    sources = [element.attributes["src"] or "" for element in html.css("script")]
    assert all(source.startswith(f"{client.base_url}/static/js/".replace("//static", "/static")) for source in sources)
    assert any(f"/{script}?x=" in source for source in sources)
    assert client.get(httpx.URL(sources[-1]).raw_path.decode()).headers["content-type"].startswith("text/javascript")
