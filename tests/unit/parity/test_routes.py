"""The route tables of both frameworks side by side."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI
from pyramid.config import Configurator
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from shadow.parity import routes
from shadow.parity.tables import Endpoint, TableRoute, fastapi_table, pyramid_table
from tests.support.parity_samples import Samples


def told(samples: Samples) -> dict[str, tuple[str, ...]]:
    return {one.subject: one.lines for one in routes.check(samples.apps()).unequal}


def test_equal_tables_are_equal_under_different_names(samples: Samples) -> None:
    seen = routes.check(samples.change("port", "def home(call", "def start(call").apps())
    assert seen.unequal == ()
    assert {(row.subject, row.said) for row in seen.rows} == {
        (path, "equal") for path in ("/", "/notes", "/notes/{}", "/save", "/api/count")
    }
    assert [row.candidate for row in seen.rows][:2] == ["start (any)", "notes (GET, HEAD)"]


def test_a_route_that_one_side_lacks_is_told(samples: Samples) -> None:
    samples.change("port", '@router.post("/save")\ndef save', '@router.post("/store")\ndef store')
    assert told(samples) == {
        "save": ("/save (POST): candidate has no such path",),
        "store": ("/store (POST): primary has no such path",),
    }


@pytest.mark.parametrize(
    ("methods", "shown"),
    [('["GET"]', "GET"), ('["GET", "HEAD", "POST"]', "GET, HEAD, POST"), ("[]", "any")],
)
def test_another_method_is_told_and_head_belongs_to_get_only_in_pyramid(
    samples: Samples, methods: str, shown: str
) -> None:
    samples.change("port", 'methods=["GET", "HEAD"]', f"methods={methods}")
    assert told(samples) == {"notes": (f"/notes: primary answers GET, HEAD, candidate {shown}",)}


def test_another_order_is_told_once(samples: Samples) -> None:
    moved = '    config.add_route("save", "/save")\n'
    samples.change("legacy", moved, "").change(
        "legacy", '    config.add_route("home", "/")\n', moved + '    config.add_route("home", "/")\n'
    )
    assert told(samples) == {"save": ("/save: primary tries it first, candidate after /notes/{}",)}


def test_a_route_without_a_view_answers_nothing(samples: Samples) -> None:
    samples.change(
        "legacy", "    config.scan(__name__)", '    config.add_route("dead", "/dead")\n    config.scan(__name__)'
    )
    assert told(samples) == {}


@pytest.mark.parametrize(
    ("pattern", "neutral"),
    [
        ("/notes/{number}", "/notes/{}"),
        ("notes/:number", "/notes/{}"),
        (r"/notes/{number:\d{2}}/x", r"/notes/{\d{2}}/x"),
        ("/files/*rest", "/files/{.*}"),
        ("/{a}.{b}", "/{}.{}"),
    ],
)
def test_parameters_of_pyramid_have_no_names(pattern: str, neutral: str) -> None:
    config = Configurator()
    config.add_route("one", pattern)
    config.add_view(lambda request: None, route_name="one")
    assert [route.path for route in pyramid_table(config.make_wsgi_app())] == [neutral]


def test_the_methods_of_a_route_limit_those_of_its_views() -> None:
    config = Configurator()
    config.add_route("one", "/one", request_method=("GET", "POST"))
    config.add_view(lambda request: None, route_name="one", request_method=("POST", "PUT"))
    config.add_route("two", "/two", request_method="PUT")
    config.add_view(lambda request: None, route_name="two")
    assert [route.shown for route in pyramid_table(config.make_wsgi_app())] == ["POST", "PUT"]


def test_included_routers_mounts_and_files_are_opened(tmp_path) -> None:
    inner, outer, app = APIRouter(prefix="/in"), APIRouter(prefix="/out"), FastAPI(openapi_url=None)
    inner.get("/one/{name}")(lambda name: None)
    outer.include_router(inner)
    app.include_router(outer, prefix="/all")
    app.router.routes.append(Mount("/mounted", routes=[Route("/{rest:path}", lambda request: None, name="deep")]))
    app.mount("/static", StaticFiles(directory=tmp_path), name="files")
    assert [(route.path, route.shown) for route in fastapi_table(app)] == [
        ("/all/out/in/one/{}", "GET"),
        ("/mounted/{.*}", "GET, HEAD"),
        ("/static/{.*}", "any"),
    ]


def test_endpoints_of_one_path_are_one_route() -> None:
    app = FastAPI(openapi_url=None)
    app.get("/one")(lambda: None)
    app.post("/one")(lambda: None)
    (route,) = fastapi_table(app)
    assert (route.shown, len(route.endpoints)) == ("GET, POST", 2)


def test_a_path_that_any_method_reaches_is_any() -> None:
    route = TableRoute("one", "/one", [Endpoint(frozenset({"GET"}), None), Endpoint(frozenset(), None)])
    assert route.methods == frozenset()
