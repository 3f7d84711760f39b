"""The shop by FastAPI: JSON without spaces, as UTF-8, members in the order in which they were put in."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from tests.support.subjects import wire
from tests.support.subjects.conversation import HOST
from tests.support.subjects.shop import ONE, ORDER, Customer, Refused, Shop

_ROOT = f"http://{HOST}"


def serve(shop: Shop) -> wire.Serve:
    """The shop as FastAPI answers for it."""
    app = FastAPI(openapi_url=None)

    def user(request: Request) -> str:
        return shop.user(request.headers.get("authorization", ""))

    def told(customer: Customer, status: int = 200) -> Response:
        more = {"location": f"{_ROOT}/customers/{customer.id}"} if status == 201 else {}
        return _json(shop.told(customer), status, etag=shop.tag(customer), **more)

    @app.post("/token")
    async def token(request: Request) -> Response:
        value = {"token_type": "bearer", "expires_in": 3600, "access_token": shop.token(await request.json())}
        return _json(value, cache_control="no-store")

    @app.get("/me")
    async def me(request: Request) -> Response:
        return _json({"user": user(request), "roles": ["read", "write"]})

    @app.api_route("/customers", methods=["GET", "HEAD"])
    async def customers(request: Request, after: str = "") -> Response:
        user(request)
        found, more = shop.page(after)
        last = found[-1].id if more else None
        link = {"link": f"</customers?after={last}>;rel=next, </customers>;rel=first"} if more else {}
        return _json({"count": len(found), "next": last, "items": [shop.told(one) for one in found]}, **link)

    @app.post("/customers")
    async def add(request: Request) -> Response:
        user(request)
        return told(shop.add(await request.json()), 201)

    @app.get(ONE)
    async def customer(request: Request, id: str) -> Response:
        user(request)
        found = shop.customer(id)
        if request.headers.get("if-none-match") == shop.tag(found):
            return Response(status_code=304, headers={"etag": shop.tag(found)})
        return told(found)

    @app.api_route(ONE, methods=["PATCH", "PUT"])
    async def change(request: Request, id: str) -> Response:
        user(request)
        found = shop.customer(id)
        shop.change(found, await request.json(), request.headers.get("if-match", ""))
        return told(found)

    @app.delete(ONE)
    async def delete(request: Request, id: str) -> Response:
        user(request)
        shop.delete(shop.customer(id))
        return Response(status_code=204)

    @app.get(f"{ONE}/orders")
    async def orders(request: Request, id: str) -> Response:
        user(request)
        return _json({"items": [shop.told_order(one) for one in shop.customer(id).orders.values()]})

    @app.post(f"{ONE}/orders")
    async def add_order(request: Request, id: str) -> Response:
        user(request)
        made = shop.order(shop.customer(id), (await request.json())["note"])
        return _json(shop.told_order(made), 201, location=f"{_ROOT}/customers/{id}/orders/{made.id}")

    @app.get(ORDER)
    async def order(request: Request, id: str, order: str) -> Response:
        user(request)
        return _json(shop.told_order(shop.find(shop.customer(id), order)))

    @app.delete(ORDER)
    async def cancel(request: Request, id: str, order: str) -> Response:
        user(request)
        found = shop.find(shop.customer(id), order)
        shop.cancel(found)
        return _json(shop.told_order(found))

    @app.post(f"{ORDER}/lines")
    async def add_line(request: Request, id: str, order: str) -> Response:
        user(request)
        return _json(shop.add_line(shop.find(shop.customer(id), order), await request.json()), 201)

    @app.get("/stats")
    async def stats(request: Request) -> Response:
        user(request)
        return _json(shop.stats())

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        fields = {"www_authenticate": "Bearer"} if error.status == 401 else {}
        problem = {"request_id": shop.source.hex(16), "code": error.code, "message": error.message}
        return _json({"error": problem}, error.status, **fields)

    @app.exception_handler(HTTPException)
    async def nothing(request: Request, error: HTTPException) -> Response:
        return await refused(request, Refused(404, "route", "no such resource"))

    return wire.asgi(app, shop.source)


def _json(value: Any, status: int = 200, **fields: str) -> Response:
    body = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    headers = {name.replace("_", "-"): text for name, text in fields.items()}
    return Response(body, status, {**headers, "x-api-version": "4"}, "application/json")
