"""Each fault changes its answer and nothing else; `tests/flow/test_demo_faults.py` proves it on the real port."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.faults import FAULTS, Faulty, named
from shadow.config_file import load
from shadow.routes import RouteTable
from tests.unit.test_compose import ROOT

PAGE = b"""<!DOCTYPE html><title>SPRT a vs b</title><dl><div><dt>Machines</dt><dd>3</dd></div></dl>
<form><input type="password" name="password"></form>"""
REPLIES: dict[str, Response] = {
    "status": Response('{"error":"no","duration":0.1}', 401, media_type="application/json"),
    "redirect": Response(b"", 302, {"Location": "http://site/tests"}),
    "cookie-attribute": Response(b"", 302, {"Set-Cookie": "auth_tkt=abc; Path=/; HttpOnly; SameSite=Lax"}),
    "cookie-missing": Response(b"", 302, {"Set-Cookie": "auth_tkt=; Max-Age=0; Path=/"}),
    "header-value": Response(b"body {}", 200, media_type="text/css"),
    "json-type": Response('{"version": 311, "duration": 0.1}', media_type="application/json"),
    "error-text": Response('{"error":"/x: Missing run_id","duration":0.1}', 400, media_type="application/json"),
}
JSON = '{"task_alive": false, "duration": 0.1}'
ADDRESSES = {"header-value": "/static/css/site.css", "html-text": "/tests/view/0123456789abcdef01234567"}


def answer(name: str, faults: tuple[str, ...], method: str = "GET") -> httpx.Response:
    """What an application with these faults answers where this fault shows."""

    async def endpoint(_: Request) -> Response:
        if name in REPLIES:
            return REPLIES[name]
        if name.startswith("json"):
            return Response(JSON, media_type="application/json")
        return Response(PAGE, 200, {"Cache-Control": "no-store", "Content-Type": "text/html"})

    async def ask() -> httpx.Response:
        app = Faulty(Starlette(routes=[Route("/{rest:path}", endpoint, methods=["GET", "POST"])]), faults)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
            return await client.request(method, ADDRESSES.get(name, FAULTS[name].path))

    return asyncio.run(ask())


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.kind])
def test_a_fault_shows_where_it_is_named_and_only_there(name: str):
    others = tuple(other for other in FAULTS if FAULTS[other].path != FAULTS[name].path)
    plain, faulty = answer(name, ()), answer(name, (name,))
    assert (faulty.status_code, sorted(faulty.headers.items()), faulty.content) != (
        plain.status_code,
        sorted(plain.headers.items()),
        plain.content,
    )
    untouched = answer(name, others)
    assert (untouched.status_code, untouched.content) == (plain.status_code, plain.content)


@pytest.mark.parametrize("name", FAULTS)
def test_a_changed_body_has_its_length(name: str):
    found = answer(name, (name,))
    assert found.headers["content-length"] == str(len(found.content))


def test_the_length_that_head_tells_is_left_alone():
    assert answer("html-missing", ("html-missing",), "HEAD").headers["content-length"] == str(len(PAGE))


def test_a_fault_of_time_changes_nothing_but_time():
    slow, plain = answer("slow", ("slow",)), answer("slow", ())
    assert (slow.status_code, slow.content) == (plain.status_code, plain.content)


def test_every_fault_belongs_to_a_configured_route():
    routes: RouteTable = load(ROOT / "demo" / "shadow.toml", {}).routes
    assert {fault.route for fault in FAULTS.values()} <= {route.name for route in routes}


def test_at_least_ten_faults_in_at_least_five_layers():
    assert len(FAULTS) >= 10
    assert len({fault.layer for fault in FAULTS.values()}) >= 5


def test_a_finding_is_explained_by_its_own_fault_alone():
    def finding(name: str) -> dict[str, Any]:
        fault = FAULTS[name]
        return {"route": fault.route, "layer": fault.layer, "kind": fault.kind, "place": fault.place}

    for name in FAULTS:
        if FAULTS[name].kind:
            assert [other for other in FAULTS if FAULTS[other].explains(finding(name))] == [name]


def test_an_unknown_fault_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"no fault 'statsu'; there are status, "):
        named("statsu")


def test_json_stays_json():
    assert json.loads(answer("json-extra", ("json-extra",)).content)["detail"] is None
