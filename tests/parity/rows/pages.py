"""The pages of a visitor who is not logged in."""

from __future__ import annotations

from collections.abc import Iterator

from tests.parity.rows.row import (
    Row,
)


def rows() -> Iterator[Row]:
    for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"):
        yield Row(f"{method} /", method, "/")
        yield Row(f"{method} /tests", method, "/tests")
        yield Row(f"{method} a run", method, "/tests/view/$sprt")
    for accept in ("text/html", "application/json", "text/*;q=0.1", "image/png"):
        yield Row(f"/ as {accept}", "GET", "/", headers=(("Accept", accept),))
    for run in ("spsa", "fixed", "pending", "finished"):
        yield Row(f"the {run} run", "GET", f"/tests/view/${run}")
    for query in ("follow=1", "show_task=0", "show_task=99", "show_task=x", "follow"):
        yield Row(f"a run with {query}", "GET", f"/tests/view/$sprt?{query}")
    yield Row("an upper-case run", "GET", "/tests/view/$SPRT")
    yield Row("a malformed run", "GET", "/tests/view/zz")
    yield Row("an unknown run", "GET", "/tests/view/0123456789abcdef01234567")
    for query in (
        "page=2",
        "page=0",
        "page=-1",
        "page=x",
        "page=1",
        "page=99",
        "page=2&success_only=1",
        "ltc_only=yes",
        "yellow_only=1",
    ):
        yield Row(f"tests with {query}", "GET", f"/tests?{query}")
