"""The shop by Pyramid: indented JSON, escapes, members in the order of the alphabet."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from tests.support.subjects import wire
from tests.support.subjects.shop import ONE, ORDER, Customer, Order, Refused, Shop


class Views:
    """The resources of one world."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def token(self, request: Request) -> Response:
        token = self.shop.token(request.json_body)
        answer = _json({"access_token": token, "token_type": "bearer", "expires_in": 3600})
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def me(self, request: Request) -> Response:
        return _json({"user": self._user(request), "roles": ["read", "write"]})

    def customers(self, request: Request) -> Response:
        self._user(request)
        found, more = self.shop.page(request.GET.get("after", ""))
        after = found[-1].id if more else None
        answer = _json({"items": [self.shop.told(one) for one in found], "next": after, "count": len(found)})
        if more:
            answer.headers["Link"] = f'</customers?after={after}>; rel="next", </customers>; rel="first"'
        return answer

    def add(self, request: Request) -> Response:
        self._user(request)
        return self._told(self.shop.add(request.json_body), 201)

    def customer(self, request: Request) -> Response:
        self._user(request)
        customer = self._customer(request)
        if request.headers.get("If-None-Match") == self.shop.tag(customer):
            answer = Response(status=304, headerlist=[("ETag", self.shop.tag(customer))])
            return answer
        return self._told(customer)

    def change(self, request: Request) -> Response:
        self._user(request)
        customer = self._customer(request)
        self.shop.change(customer, request.json_body, request.headers.get("If-Match", ""))
        return self._told(customer)

    def delete(self, request: Request) -> Response:
        self._user(request)
        self.shop.delete(self._customer(request))
        return Response(status=204, headerlist=[])

    def orders(self, request: Request) -> Response:
        self._user(request)
        return _json({"items": [self.shop.told_order(one) for one in self._customer(request).orders.values()]})

    def add_order(self, request: Request) -> Response:
        self._user(request)
        customer = self._customer(request)
        order = self.shop.order(customer, request.json_body["note"])
        return _json(self.shop.told_order(order), 201, Location=f"/customers/{customer.id}/orders/{order.id}")

    def order(self, request: Request) -> Response:
        self._user(request)
        return _json(self.shop.told_order(self._order(request)))

    def cancel(self, request: Request) -> Response:
        self._user(request)
        order = self._order(request)
        self.shop.cancel(order)
        return _json(self.shop.told_order(order))

    def add_line(self, request: Request) -> Response:
        self._user(request)
        return _json(self.shop.add_line(self._order(request), request.json_body), 201)

    def stats(self, request: Request) -> Response:
        self._user(request)
        return _json(self.shop.stats())

    def refused(self, error: Refused, request: Request) -> Response:
        problem = {"code": error.code, "message": error.message, "request_id": self.shop.source.hex(16)}
        fields = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
        return _json({"error": problem}, error.status, **fields)

    def nothing(self, request: Request) -> Response:
        return self.refused(Refused(404, "route", "no such resource"), request)

    def _user(self, request: Request) -> str:
        return self.shop.user(request.headers.get("Authorization", ""))

    def _customer(self, request: Request) -> Customer:
        return self.shop.customer(request.matchdict["id"])

    def _order(self, request: Request) -> Order:
        return self.shop.find(self._customer(request), request.matchdict["order"])

    def _told(self, customer: Customer, status: int = 200) -> Response:
        more = {"Location": f"/customers/{customer.id}"} if status == 201 else {}
        return _json(self.shop.told(customer), status, ETag=self.shop.tag(customer), **more)


def _json(value: Any, status: int = 200, **fields: str) -> Response:
    body = json.dumps(value, indent=2, sort_keys=True).encode()
    answer = Response(body, status=status, content_type="application/json")
    answer.headers["X-Api-Version"] = "4"
    answer.headers.update({name.replace("_", "-"): value for name, value in fields.items()})
    return answer


def serve(shop: Shop) -> wire.Serve:
    """The shop as Pyramid answers for it."""
    views = Views(shop)
    table: list[tuple[str, str, Callable[[Request], Response]]] = [
        ("/token", "POST", views.token),
        ("/me", "GET", views.me),
        ("/customers", "GET", views.customers),
        ("/customers", "POST", views.add),
        (ONE, "GET", views.customer),
        (ONE, "PATCH", views.change),
        (ONE, "PUT", views.change),
        (ONE, "DELETE", views.delete),
        (f"{ONE}/orders", "GET", views.orders),
        (f"{ONE}/orders", "POST", views.add_order),
        (ORDER, "GET", views.order),
        (ORDER, "DELETE", views.cancel),
        (f"{ORDER}/lines", "POST", views.add_line),
        ("/stats", "GET", views.stats),
    ]
    config = Configurator()
    for path, method, view in table:
        name = f"{method} {path}"
        config.add_route(name, path, request_method=("GET", "HEAD") if method == "GET" else method)
        config.add_view(view, route_name=name)
    config.add_exception_view(views.refused, context=Refused)
    config.add_notfound_view(views.nothing)
    return wire.wsgi(config.make_wsgi_app(), shop.source)
