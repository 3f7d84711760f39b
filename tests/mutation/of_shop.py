"""What can go wrong with JSON: types, members, lists, names, conditions and writes."""

from __future__ import annotations

from typing import Any

from shadow.exchange import Request, Response
from tests.mutation.mutation import (
    body,
    field,
    in_field,
    method,
    misbehaviour,
    mutation,
    no_field,
    one_more,
    shifted,
    status,
    text,
    value,
)
from tests.support.subjects.shop import Customer, Order


def _refused(request: Request, answer: Response) -> bool:
    return answer.status >= 400


def _head(request: Request, answer: Response) -> bool:
    return request.method == "HEAD"


def _audit(request: Request, answer: Response) -> bool:
    return request.headers.text("x-program") == "audit" and answer.status == 200


def _whole(request: Request, answer: Response) -> bool:
    return answer.status == 200 and request.method == "GET"


def _filled(request: Request, answer: Response) -> bool:
    """A list of orders, the first of which has lines."""
    return _whole(request, answer) and b'"lines":[{' in answer.body.data


def _several(request: Request, answer: Response) -> bool:
    """A list of orders, the first of which has several lines."""
    return _whole(request, answer) and b'"number":2' in answer.body.data.partition(b'"total"')[0]


def _full(request: Request, answer: Response) -> bool:
    """A page of customers that ends in some that came by themselves, so that both worlds know their names."""
    return b'"count":5' in answer.body.data and "after" not in request.target.decode()


def _linked(request: Request, answer: Response) -> bool:
    return bool(answer.headers.get(b"link") and answer.body.data)


def _swap_ids(found: Any) -> None:
    one, other = found["items"][-2], found["items"][-1]
    one["id"], other["id"] = other["id"], one["id"]


def _forgetful(sound: Any, customer: Customer, body: Any, if_match: str) -> None:
    """The change is made of a copy, so that the next reader does not see it."""
    name, mail, tags = customer.name, customer.mail, customer.tags
    sound(customer, body, if_match)
    customer.name, customer.mail, customer.tags = name, mail, tags


STATUS = [
    mutation("created is fine", "customers.add", "status status status", status(200), when=lambda r, a: a.status == 201),
    mutation("deleted with a body", "customer.delete", "status status status", status(200), when=lambda r, a: a.status == 204),
    mutation("refused in another way", "customer.delete", "status status status", status(400), when=_refused),
    mutation("a stranger is forbidden", "me", "status status status", status(403), when=_refused),
    mutation("invalid is bad", "lines.add", "status status status", status(400), when=_refused),
    mutation("not modified is sent again", "customer", "status status status", status(200), when=lambda r, a: a.status == 304),
    mutation("one in fifty fails", "order", "status status status", status(500), when=_whole, nth=20),
]  # fmt: skip

FIELDS = [
    mutation("no tag", "customer", "header missing header:etag", no_field("etag"), when=_whole),
    mutation("a weak tag", "customer.patch", "header header header:etag", in_field("etag", "^", "W/")),
    mutation("the tag of another state", "customer", "header identity header:etag", field("etag", '"0123456789012345678901234567890123456789"'), when=_whole, nth=4),
    mutation("no location", "orders.add", "header missing header:location", no_field("location")),
    mutation("no challenge", "me", "header missing header:www-authenticate", no_field("www-authenticate"), when=_refused),
    mutation("another challenge", "token", "header header header:www-authenticate", field("www-authenticate", "Basic"), when=_refused),
    mutation("tokens are kept", "token", "header missing header:cache-control", no_field("cache-control")),
    mutation("no link to the next page", "customers", "header missing header:link", no_field("link"), when=_linked),
    mutation("a link of another relation", "customers", "header header header:link", in_field("link", "rel=next", "rel=prev"), when=_linked),
    mutation("a link to no page", "customers", "header header header:link", in_field("link", r"\?after=", "?before="), when=_linked),
    mutation("another version", "stats", "header header header:x-api-version", field("x-api-version", "5")),
    mutation("a version twice", "stats", "header header header:x-api-version", one_more("x-api-version", "4")),
    mutation("JSON by another name", "orders", "header header header:content-type", field("content-type", "text/json")),
    mutation("JSON with a charset", "orders", "header header header:content-type", field("content-type", "application/json; charset=utf-8")),
    mutation("a field for HEAD only", "customers", "header extra header:x-debug", field("x-debug", "1"), when=_head),
    mutation("an empty HEAD", "customers", "header header header:content-length", field("content-length", "0"), when=_head),
    mutation("a problem by another type", "customer", "header header header:content-type", field("content-type", "application/problem+json"), when=_refused),
]  # fmt: skip

TYPES = [
    mutation("a number as text", "stats", "json type json:$.customers", value(lambda v: v.update(customers=str(v["customers"])))),
    mutation("a whole number as a decimal", "customers", "json type json:$.count", value(lambda v: v.update(count=float(v["count"])))),
    mutation("a number in another spelling", "lines.add", "json encoding json:$.sum", text(r'("sum":\d+\.\d+)', r"\g<1>0")),
    mutation("a price rounded", "lines.add", "json value json:$.price", value(lambda v: v.update(price=v["price"] + 0.01))),
    mutation("a number for a truth", "order", "json type json:$.paid", value(lambda v: v.update(paid=int(v["paid"]))), when=_whole),
    mutation("null left out", "order", "json missing json:$.note", value(lambda v: v["note"] is None and v.pop("note")), when=_whole),
    mutation("an empty text for null", "order", "json type json:$.note", value(lambda v: v.update(note=v["note"] or "")), when=_whole),
    mutation("an empty list left out", "orders.add", "json missing json:$.lines", value(lambda v: v.pop("lines"))),
    mutation("null for an empty list", "orders.add", "json type json:$.lines", value(lambda v: v.update(lines=v["lines"] or None))),
    mutation("one thing for a list of one", "me", "json type json:$.roles", value(lambda v: v.update(roles=",".join(v["roles"])))),
    mutation("a list for an object", "customers", "json type json:$", body(lambda data: b"[" + data + b"]")),
]  # fmt: skip

MEMBERS = [
    mutation("a missing member", "customer.put", "json missing json:$.tags", value(lambda v: v.pop("tags"))),
    mutation("one member more", "customer", "json extra json:$.debug", value(lambda v: v.update(debug=False)), when=_whole),
    mutation("a member by another name", "order.cancel", "json missing json:$.total", value(lambda v: v.update(sum=v.pop("total"))), also=("json extra json:$.sum",), because="one name goes, another comes"),
    mutation("another value deep inside", "orders", "json value json:$.items[*].lines[*].good", value(lambda v: v["items"][0]["lines"][0].update(good="nail")), when=_filled),
    mutation("a member missing deep inside", "orders", "json missing json:$.items[*].lines[*].price", value(lambda v: v["items"][0]["lines"][0].pop("price")), when=_filled),
    mutation("one element less", "customers", "json missing json:$.items[*]", value(lambda v: v["items"].pop(1))),
    mutation("one element twice", "customers", "json extra json:$.items[*]", value(lambda v: v["items"].append(v["items"][-1]))),
    mutation("another order", "orders", "json order json:$.items[*].lines", value(lambda v: v["items"][0]["lines"].reverse()), when=_several),
    mutation("tags sorted", "customer.put", "json order json:$.tags", value(lambda v: v["tags"].reverse())),
    mutation("a key twice", "me", "json type json:$", text("{", '{"user":"root",'), when=_whole),
    mutation("accents lost", "orders.add", "json value json:$.note", text("ä|ö|ü|✓", "?", times=0), when=lambda r, a: "h\u00e4ste".encode() in a.body.data or "\u2713".encode() in a.body.data),
    mutation("a document cut off", "stats", "json type json:$", body(lambda data: data[:-1])),
    mutation("no document", "me", "text missing text", body(lambda data: b""), when=_whole),
    mutation("text behind the document", "me", "json type json:$", body(lambda data: data + b"ok"), when=_whole),
]  # fmt: skip

NAMES = [
    mutation("the id of another customer", "customers", "json identity json:$.items[*].id", value(lambda v: v["items"][0].update(id=v["items"][-1]["id"])), when=lambda r, a: a.body.data.count(b'"mail"') > 1),
    mutation("two ids swapped", "customers", "json identity json:$.items[*].id", value(_swap_ids), when=_full),
    mutation("a link to another customer", "customers", "json identity json:$.items[*].links.orders", value(lambda v: v["items"][0]["links"].update(orders=v["items"][-1]["links"]["orders"])), when=lambda r, a: a.body.data.count(b'"mail"') > 1),
    mutation("an id of another form", "order", "json value json:$.id", text('"id":"([0-9a-f]{8})-', r'"id":"\1')),
    mutation("an id in capitals", "order", "json identity json:$.id", value(lambda v: v.update(id=v["id"].upper())), when=_whole),
    mutation("no next page", "customers", "json type json:$.next", value(lambda v: v.update(next=None)), when=_linked),
    mutation("the next page begins earlier", "customers", "json identity json:$.next", value(lambda v: v.update(next=v["items"][0]["id"])), when=_linked),
    mutation("a request id that is empty", "lines.add", "json value json:$.error.request_id", value(lambda v: v["error"].update(request_id="")), when=_refused),
]  # fmt: skip

TIMES = [
    mutation("an hour later", "customer", "json value json:$.created_at", shifted(3600, '"created_at": ?"([^"]+)"'), when=_whole),
    mutation("a day later", "customers", "json value json:$.items[*].created_at", shifted(86400, '"created_at": ?"([^"]+)"')),
    mutation("a time without its zone", "customer", "json value json:$.created_at", text('(created_at": ?"[^"]+)Z"', r'\1"'), when=_whole),
    mutation("milliseconds for seconds", "order", "json value json:$.at", value(lambda v: v.update(at=v["at"] * 1000)), when=_whole),
    mutation("a duration below zero", "stats", "json value json:$.took_ms", value(lambda v: v.update(took_ms=-1.5))),
    mutation("a duration as text", "stats", "json type json:$.took_ms", value(lambda v: v.update(took_ms=f"{v['took_ms']} ms"))),
    mutation("generated yesterday", "stats", "json value json:$.generated_at", shifted(-86400, '"generated_at": ?"([^"]+)"')),
    mutation("a token that lasts longer", "token", "json value json:$.expires_in", value(lambda v: v.update(expires_in=7200))),
]  # fmt: skip

SOME = [
    mutation("for one program only", "me", "json value json:$.user", value(lambda v: v.update(user="Audit")), when=_audit),
    mutation("for refusals only", "customer.patch", "json value json:$.error.message", text("somebody was", "someone was"), when=_refused),
    mutation("another code of a refusal", "customer.delete", "json value json:$.error.code", text('"orders"', '"order"'), when=_refused),
    mutation("a sentence for a token", "token", "json value json:$.error.message", text("who are you", "try again"), when=_refused),
    mutation("a mean off by a little", "stats", "json value json:$.mean", value(lambda v: v.update(mean=v["mean"] + 1e-9))),
    mutation("a count by customer off by one", "stats", "json value json:$.by_customer", value(lambda v: v["by_customer"].update({next(iter(v["by_customer"])): 9}))),
]  # fmt: skip

_READ_LATER = "what was written wrong is read later"
WORLD = [
    misbehaviour(
        "changes are answered and not kept",
        "customer.patch json type json:$.mail",
        world=method("change", _forgetful),
        spreads=("customer.patch", "customer.put", "customer", "customers"),
        because=_READ_LATER,
    ),
    misbehaviour(
        "a line is written twice",
        "order json extra json:$.lines",
        world=method("add_line", lambda sound, *args: (sound(*args), sound(*args))[0], nth=10),
        spreads=("order", "orders", "order.cancel", "lines.add", "stats"),
        because=_READ_LATER,
    ),
    misbehaviour(
        "a line goes to another order",
        "order json missing json:$.lines",
        world=method("add_line", lambda sound, order, body: sound(Order(order.id, order.at), body), nth=10),
        spreads=("order", "orders", "order.cancel", "lines.add", "stats"),
        because=_READ_LATER,
    ),
    misbehaviour(
        "an order is cancelled and stays open",
        "order.cancel json value json:$.paid",
        world=method("cancel", lambda sound, order: None),
        spreads=("order.cancel", "order", "orders", "customer.delete", "customer", "customers", "stats"),
        because="what is still open cannot be deleted, and what was not deleted is listed",
    ),
    misbehaviour(
        "a stale mean", "stats json value json:$.mean", world=method("stats", lambda sound: {**sound(), "mean": 1.0})
    ),
]
MUTATIONS = [*STATUS, *FIELDS, *TYPES, *MEMBERS, *NAMES, *TIMES, *SOME, *WORLD]
