"""Set-Cookie as browsers read it, whatever servers write."""

from __future__ import annotations

import pytest

from shadow.http.cookies import set_by
from tests.support.builders import headers


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("sid=a; Path=/", "a"),
        ("  sid = a ; Path=/", "a"),
        ("sid=a; Max-Age=0", ""),
        ("sid=a; max-age=-5", ""),
        ("sid=a; Max-Age=5; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a"),
        ("sid=a; expires=Thu, 01-Jan-1970 00:00:00 GMT", ""),
        ("sid=a; Max-Age=--5", "a"),
        ("sid=a; Max-Age=\xb2", "a"),
        ("sid=a; Max-Age=" + "9" * 5000, "a"),
        ("sid=a; Expires=Wed, 01 Jan 99999999999999 00:00:00 GMT", "a"),
        ("sid=a; Expires=Wed, 01 Jan 2020 00:00:00 +99999999999999999999", "a"),
    ],
)
def test_a_cookie_is_set_or_deleted_whatever_its_lifetime_says(line, value):
    assert set_by(headers(Set_Cookie=line)) == [("sid", value)]
