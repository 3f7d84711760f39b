"""A shop's back office: customers, their orders, the lines of an order; what it remembers and how programs use it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha1
from random import Random
from typing import Any

from shadow.exchange import Response
from shadow.routes import Route, RouteTable
from tests.support.subjects.conversation import Browser, Script
from tests.support.subjects.source import Source, iso

GET = frozenset({"GET", "HEAD"})
ONE, ORDER = "/customers/{id}", "/customers/{id}/orders/{order}"
ROUTES = RouteTable(
    [
        Route("token", "/token", frozenset({"POST"})),
        Route("me", "/me", GET),
        Route("customers", "/customers", GET),
        Route("customers.add", "/customers", frozenset({"POST"})),
        Route("customer", ONE, GET),
        Route("customer.patch", ONE, frozenset({"PATCH"})),
        Route("customer.put", ONE, frozenset({"PUT"})),
        Route("customer.delete", ONE, frozenset({"DELETE"})),
        Route("orders", f"{ONE}/orders", GET),
        Route("orders.add", f"{ONE}/orders", frozenset({"POST"})),
        Route("order", ORDER, GET),
        Route("order.cancel", ORDER, frozenset({"DELETE"})),
        Route("lines.add", f"{ORDER}/lines", frozenset({"POST"})),
        Route("stats", "/stats", GET),
    ]
)
CLIENT_KEY = ("header:Authorization",)
LIMIT = 5
USERS = {"till": "t-1", "web": "w-2", "audit": "a-3"}
GOODS = {"nut": "0.10", "bolt": "0.25", "gear": "12.50", "belt": "7.00"}


class Refused(Exception):
    """A request that cannot be done: status, code and a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass
class Order:
    id: str
    at: float
    state: str = "open"
    note: str | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Customer:
    id: str
    name: str
    mail: str | None
    at: float
    version: int = 1
    tags: list[str] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)


class Shop:
    """The shop's state, and what can be done to it; refuses with `Refused`."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens: dict[str, str] = {}
        self.customers: dict[str, Customer] = {}
        for name in ("Alpha Ltd", "Beta GmbH", "Gamma SA"):
            customer = self.add({"name": name, "mail": None, "tags": ["seeded", name[:5].strip().lower()]})
            self.add_line(self.order(customer, "seeded"), {"good": "gear", "count": 2})

    def token(self, body: Any) -> str:
        if USERS.get(body.get("user")) != body.get("password"):
            raise Refused(401, "credentials", "who are you?")
        token = self.source.token()
        self.tokens[token] = body["user"]
        return token

    def user(self, authorization: str) -> str:
        user = self.tokens.get(authorization.removeprefix("Bearer "))
        if user is None:
            raise Refused(401, "token", "send a bearer token")
        return user

    def add(self, body: Any) -> Customer:
        if not isinstance(body.get("name"), str):
            raise Refused(422, "invalid", "name: must be text")
        customer = Customer(self.source.objectid(), body["name"], body.get("mail"), self.source.now)
        customer.tags = list(body.get("tags", []))
        self.customers[customer.id] = customer
        return customer

    def customer(self, id: str) -> Customer:
        if id not in self.customers:
            raise Refused(404, "customer", f"no customer {id}")
        return self.customers[id]

    def change(self, customer: Customer, body: Any, if_match: str) -> None:
        if if_match and if_match != self.tag(customer):
            raise Refused(412, "changed", "somebody was faster")
        for name in ("name", "mail", "tags"):
            if name in body:
                setattr(customer, name, body[name])
        customer.version += 1

    def delete(self, customer: Customer) -> None:
        if any(order.state == "open" for order in customer.orders.values()):
            raise Refused(409, "orders", "has open orders")
        del self.customers[customer.id]

    def order(self, customer: Customer, note: str | None) -> Order:
        order = Order(self.source.uuid(), self.source.now, note=note)
        customer.orders[order.id] = order
        return order

    def find(self, customer: Customer, id: str) -> Order:
        if id not in customer.orders:
            raise Refused(404, "order", f"{customer.id} has no order {id}")
        return customer.orders[id]

    def cancel(self, order: Order) -> None:
        if order.state != "open":
            raise Refused(409, "state", "is not open")
        order.state = "cancelled"

    def add_line(self, order: Order, body: Any) -> dict[str, Any]:
        if body.get("good") not in GOODS:
            raise Refused(422, "invalid", "good: unknown")
        price = float(GOODS[body["good"]])
        line = {
            "number": len(order.lines) + 1,
            "good": body["good"],
            "count": body["count"],
            "price": price,
            "sum": round(price * body["count"], 2),
        }
        order.lines.append(line)
        return line

    def page(self, after: str) -> tuple[list[Customer], bool]:
        """The customers behind this one, and whether there are more."""
        ids = list(self.customers)
        start = ids.index(after) + 1 if after in ids else 0
        return [self.customers[id] for id in ids[start : start + LIMIT]], len(ids) > start + LIMIT

    def tag(self, customer: Customer) -> str:
        return f'"{sha1(f"{customer.id}-{customer.version}".encode()).hexdigest()}"'

    def told(self, customer: Customer) -> dict[str, Any]:
        return {
            "id": customer.id,
            "name": customer.name,
            "mail": customer.mail,
            "created_at": iso(customer.at),
            "version": customer.version,
            "tags": customer.tags,
            "links": {"self": f"/customers/{customer.id}", "orders": f"/customers/{customer.id}/orders"},
        }

    def told_order(self, order: Order) -> dict[str, Any]:
        return {
            "id": order.id,
            "state": order.state,
            "note": order.note,
            "paid": order.state != "open",
            "at": order.at,
            "lines": order.lines,
            "total": round(sum(line["sum"] for line in order.lines), 2),
        }

    def stats(self) -> dict[str, Any]:
        orders = [order for customer in self.customers.values() for order in customer.orders.values()]
        return {
            "customers": len(self.customers),
            "orders": {state: sum(order.state == state for order in orders) for state in ("open", "cancelled")},
            "by_customer": {id: len(customer.orders) for id, customer in self.customers.items()},
            "mean": sum(len(order.lines) for order in orders) / len(orders),
            "generated_at": iso(self.source.now),
            "took_ms": self.source.milliseconds(),
        }


def program(user: str) -> Callable[[Browser, Random], Script]:
    """A program with a password; its token lasts for a while and is then asked for again."""

    def script(browser: Browser, dice: Random) -> Script:
        browser.fields["X-Program"] = user
        yield browser.get("/me")
        while True:
            yield _send(browser, "POST", "/token", {"user": user, "password": "wrong"})
            answer = yield _send(browser, "POST", "/token", {"user": user, "password": USERS[user]})
            browser.fields["Authorization"] = f"Bearer {_json(answer)['access_token']}"
            yield browser.get("/me")
            for _ in range(dice.randint(2, 4)):
                yield from (_audit(browser, dice) if user == "audit" else _trade(browser, dice, user))

    return script


def _trade(browser: Browser, dice: Random, user: str) -> Script:
    body = {"name": f"{user} customer {dice.randint(1, 99)}", "mail": f"{user}@example.org", "tags": ["b", "a", user]}
    answer = yield _send(browser, "POST", "/customers", body)
    own = answer.headers.text("location")
    answer = yield browser.get(own)
    tag = answer.headers.text("etag")
    yield browser.get(own, If_None_Match=tag)
    yield _send(browser, "PATCH", own, {"mail": None}, If_Match=tag)
    yield _send(browser, "PATCH", own, {"name": "too late"}, If_Match=tag)
    answer = yield _send(browser, "POST", f"{own}/orders", {"note": dice.choice([None, "häste", "später \u2713"])})
    order = f"{own}/orders/{_json(answer)['id']}"
    for _ in range(dice.randint(1, 3)):
        yield _send(browser, "POST", f"{order}/lines", {"good": dice.choice(list(GOODS)), "count": dice.randint(1, 40)})
    yield _send(browser, "POST", f"{order}/lines", {"good": "anchor", "count": 1})
    yield browser.get(order)
    yield browser.get(f"{own}/orders")
    yield browser.ask("DELETE", own)
    if dice.random() < 0.6:
        yield browser.ask("DELETE", order)
        yield browser.ask("DELETE", order)
        yield browser.get(order)
    if dice.random() < 0.4:
        yield browser.ask("DELETE", own)
        yield browser.get(own)
    else:
        yield _send(browser, "PUT", own, {"name": f"{user} renamed", "mail": "new@example.org", "tags": ["a", "c"]})
        yield browser.get(own)
    yield browser.get("/stats")


def _audit(browser: Browser, dice: Random) -> Script:
    target = "/customers"
    for _ in range(4):
        answer = yield browser.get(target)
        found = _json(answer)
        for customer in dice.sample(found["items"], min(2, len(found["items"]))):
            answer = yield browser.get(customer["links"]["orders"])
            for order in _json(answer)["items"][:1]:
                yield browser.get(f"{customer['links']['orders']}/{order['id']}")
        if found["next"] is None:
            break
        target = f"/customers?after={found['next']}"
    yield browser.get("/stats")
    yield browser.ask("HEAD", "/customers")
    yield browser.get("/customers/000000000000000000000abc")
    yield _send(browser, "POST", "/customers", {"name": 7})
    yield browser.get("/nothing/here")


def _send(browser: Browser, method: str, target: str, value: Any, **fields: str) -> Any:
    return browser.ask(method, target, json.dumps(value).encode(), Content_Type="application/json", **fields)


def _json(answer: Response) -> Any:
    return json.loads(answer.body.data)


CLIENTS = {"till": program("till"), "web": program("web"), "audit": program("audit")}
