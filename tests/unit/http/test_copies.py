"""What the fields of a copy are."""

from __future__ import annotations

from shadow.http.copies import copy_headers
from tests.support.builders import a_request


def test_a_copy_carries_the_mark_and_no_mark_of_a_client():
    request = a_request("POST", "/a", b"body", Host="shop", X_Shadow_Request="0", Expect="100-continue", Accept="*/*")
    headers = copy_headers(request, 0)
    assert headers.get_all(b"x-shadow-request") == [b"1"]
    assert headers.get(b"host") == b"shop"
    assert headers.get(b"content-length") == b"4"
    assert headers.get(b"expect") is None
    assert headers.get(b"x-forwarded-for") == b"127.0.0.1"
