"""Are two answers, or two databases, the same to a client? What is generated or timed is masked and nothing else.

`view_of` turns an answer into plain values that can be compared with `==` and printed by pytest.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from bson.objectid import ObjectId
from pymongo.database import Database
from selectolax.lexbor import LexborHTMLParser, LexborNode

from new_server.http.session import verify
from new_server.http.ticket import read_ticket
from tests.parity.wire import Answer, Cookie

# Fields of the connection or of the server program, not of the answer.
_OF_THE_SERVER = {"server", "date", "connection", "transfer-encoding", "via"}
_DURATION = re.compile(r'(["\']duration["\']: ?)[0-9.e-]+')
_RANDOM = re.compile(r'("(?:sig|value|flip)": )-?[0-9.e-]+')
_TOKEN = re.compile(r"\b[0-9a-f]{40}\b")
_AGO = re.compile(r"\b(?:\d+ (?:seconds?|minutes?)|seconds) ago\b")
_UPDATED = re.compile(r'("(?:start_time|last_updated)": ")\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{6})?(\+00:00")')
_ACTION = re.compile(r'("_id": ")[0-9a-f]{24}(", "action": [^{}]*?"time": )[0-9.]+')
_CLOCK = re.compile(r"\b\d\d-\d\d-\d\d \d\d:\d\d:\d\d\b")
_HTTP_DATE = re.compile(r"\w{3}, \d\d[- ]\w{3}[- ]\d{4} \d\d:\d\d:\d\d GMT")


def view_of(answer: Answer, secret: str) -> dict[str, Any]:
    """The answer without what may differ."""
    return {
        "status": (answer.status, answer.reason),
        "headers": _headers(answer),
        "cookies": sorted((_cookie(cookie, secret) for cookie in answer.cookies), key=str),
        "body": _body(answer),
    }


def _headers(answer: Answer) -> dict[str, Any]:
    view: dict[str, Any] = {name: values for name, values in answer.headers.items() if name not in _OF_THE_SERVER}
    if answer.header("content-length") not in ("", "0"):
        # White space and durations differ. Of a HEAD there is no body to measure.
        announced = int(answer.header("content-length"))
        view["content-length"] = "given" if not answer.body or announced == len(answer.body) else "wrong"
    if "expires" in view:
        view["expires"] = [_HTTP_DATE.sub("DATE", value) for value in view["expires"]]
    return view


def _cookie(cookie: Cookie, secret: str) -> tuple[str, Any, dict[str, str]]:
    attributes = {name: _HTTP_DATE.sub("DATE", value) for name, value in cookie.attributes.items()}
    if cookie.name == "session":
        data = verify(cookie.value)[2]
        return cookie.name, {**data, "_csrft_": "TOKEN"} if "_csrft_" in data else data, attributes
    if cookie.name == "auth_tkt" and cookie.value:
        return cookie.name, read_ticket(secret, cookie.value), attributes
    return cookie.name, cookie.value, attributes


def _body(answer: Answer) -> Any:
    kind = answer.header("content-type").partition(";")[0]
    if kind == "text/html":
        return _tree(answer.body.decode("utf-8"))
    if kind in ("application/json", "text/plain"):
        return _plain(answer.body.decode("utf-8"))
    return answer.body


def _plain(text: str) -> str:
    text = _RANDOM.sub(r"\1RANDOM", _DURATION.sub(r"\1DURATION", text))
    return _ACTION.sub(r"\1ID\2TIME", _UPDATED.sub(r"\1TIME\2", text))


def _tree(html: str) -> Any:
    root = LexborHTMLParser(_CLOCK.sub(_now, _AGO.sub("AGO", _TOKEN.sub("TOKEN", html)))).root
    return _node(root) if root is not None else None


def _now(clock: re.Match[str]) -> str:
    """A time of this run of the tests; an older one, from the seed, stays to be compared."""
    moment = datetime.datetime.strptime(f"{clock[0]} +0000", "%y-%m-%d %H:%M:%S %z")
    return "NOW" if datetime.datetime.now(datetime.UTC) - moment < datetime.timedelta(hours=1) else clock[0]


def _node(node: LexborNode) -> Any:
    """(tag, attributes, children); texts with their white space collapsed."""
    children: list[Any] = []
    for child in node.iter(include_text=True):
        if child.tag == "-text":
            text = " ".join((child.text_content or "").split())
            if text:
                children.append(text)
        elif child.tag != "-comment":
            children.append(_node(child))
    attributes = {name: value or "" for name, value in node.attributes.items()}
    if "class" in attributes:
        attributes["class"] = " ".join(sorted(attributes["class"].split()))
    return node.tag, dict(sorted(attributes.items())), children


# Written at run time under new ids: their documents are told apart by their order.
_GENERATED_IDS = {"actions", "nns", "pgns", "users", "workers"}
# Values that each process saves when its own timer rings.
_BY_TIMERS = ["worker_runs"]


def contents(db: Database[dict[str, Any]]) -> dict[str, list[Any]]:
    """Every collection in the order of insertion, without what is generated or timed."""
    return {
        name: [_document(name, found) for found in db[name].find({"_id": {"$nin": _BY_TIMERS}})]
        for name in sorted(db.list_collection_names())
    }


def _document(collection: str, document: Mapping[str, Any]) -> Any:
    generated = {"_id"} if collection in _GENERATED_IDS else set()
    return [(key, _stored(collection, key, value)) for key, value in document.items() if key not in generated]


def _stored(collection: str, key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _document("", value)
    if isinstance(value, list):
        return [_stored(collection, key, item) for item in value]
    if isinstance(value, datetime.datetime) or key in ("time", "packed_flips"):
        return type(value).__name__
    return value


_RUN_ID = re.compile(r"[0-9a-f]{24}")


def names_of(noted: Mapping[str, str]) -> dict[str, str]:
    """How a side's own words for the runs that it has made are to be called: their ids, and their names in the log."""
    names = {}
    for name, value in noted.items():
        if _RUN_ID.fullmatch(value):
            digest = hashlib.md5(value.encode()).hexdigest()
            names |= {value: f"${name}", f"-{digest[:7]}": f"-${name}"}
    return names


def renamed(view: Any, names: Mapping[str, str]) -> Any:
    """The view (of an answer or a database) with these words replaced wherever they stand."""
    if isinstance(view, str):
        for word, name in names.items():
            view = view.replace(word, name)
        return view
    if isinstance(view, bytes):
        return renamed(view.decode("latin-1"), names)
    if isinstance(view, ObjectId):
        return renamed(str(view), names)
    if isinstance(view, Mapping):
        return {renamed(key, names): renamed(value, names) for key, value in view.items()}
    if isinstance(view, list | tuple):
        return [renamed(item, names) for item in view]
    return view
