"""Secrets are sealed wherever they stand, and every message comes back byte for byte."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.errors import ConfigError, SealError
from shadow.exchange import Body, Request, Response, Unanswered
from shadow.headers import HeaderList
from shadow.recording.seal import Sealer
from shadow.recording.tokens import mask, redacted
from tests.support.recording import FORM, HTML, JSON, a_request, a_sealer, an_answer, an_exchange

SECRET = b"hunter2-Xy_9z"


@pytest.fixture(scope="module")
def sealer(tmp_path_factory: pytest.TempPathFactory) -> Sealer:
    return a_sealer(tmp_path_factory.mktemp("key"), "header:X-Hidden", "json:card", "form:card")


def sealed_body(sealer: Sealer, body: bytes, *headers: tuple[bytes, bytes]) -> bytes:
    request = a_request("POST", b"/", *headers, body=body)
    sealed = sealer.request(request)
    assert sealer.open_request(sealed) == request
    return sealed.body.data


@pytest.mark.parametrize(
    "body",
    [
        b'{"password": "%s"}',
        b'{"a": [{"b": {"new_password2" : "%s"}}]}',
        b'{"p\\u0061ssword": "%s", "x": 1}',
        b'{"PassWord":"%s"}',
        b'{"access_token":{"value":"%s"}}',
        b'{"tokens": ["short", "%s"]}',
        b'{"csrf_token": 1, "card": "%s"}',
        b'{"message": "bad body {\\"password\\": \\"%s\\"}"}',
        b'{"next": "/reset?token=%s"}',
        b'{"pass": "%s"}',
        b'{"Pw": "%s", "shipping": "fast"}',
        b'{"otp": {"code": "%s"}}',
        b'{"next": "/x?pin=%s"}',
        b'{"next": "/x?a=1\\u0026pin=%s", "pin": 1}',
        b'{"next": "/x%%3Fa%%3D1%%26otp%%3D%s", "b": "otp"}',
        b'{"m": "{\\"Pin\\":\\"%s\\"}", "x": "shipping: 1"}',
        b'{"m": "\\u007b\\"\\u0070in\\":\\"%s\\"}"}',
    ],
)
def test_secrets_in_json_are_sealed_and_the_rest_stays_json(sealer: Sealer, body: bytes) -> None:
    found = sealed_body(sealer, body % SECRET, JSON)
    assert SECRET not in found
    assert b"{{sealed:" in found
    json.loads(found)


def test_what_is_no_secret_stays_readable(sealer: Sealer) -> None:
    body = b'{"worker_info": {"username": "carol"}, "password": "pw-carol"}'
    found = json.loads(sealed_body(sealer, body, JSON))
    assert found["worker_info"] == {"username": "carol"}
    plain = b'{"task_alive": true, "message": "Invalid password for user: U", "duration": 0.001}'
    assert sealed_body(sealer, plain, JSON) == plain


def test_a_short_name_within_a_longer_one_is_no_secret(sealer: Sealer) -> None:
    plain = b'{"shipping": 1, "m": "shipping: x, mapping=y, x_pin=3, pins=4, otp", "spin": "a?spin=1", "k=pin": 2}'
    assert sealed_body(sealer, plain, JSON) == plain
    form = b"next=%2Fx%3Fshipping%3D4%26x-pin%3D5&a=pin"
    assert sealed_body(sealer, form, FORM) == form
    assert sealer.request(a_request("GET", b"/", (b"X-Shipping", SECRET))).headers.pairs[-1][1] == SECRET


@pytest.mark.parametrize("name", [b"OTP", b"X-OTP", b"Pin", b"x-pw", b"X-Pass"])
def test_header_fields_of_a_short_name_are_sealed(sealer: Sealer, name: bytes) -> None:
    request = a_request("GET", b"/", (name, b"493027"))
    sealed = sealer.request(request)
    assert b"493027" not in b"".join(value for _, value in sealed.headers)
    assert sealer.open_request(sealed) == request


def test_a_number_is_sealed_between_quotes_and_null_stays(sealer: Sealer) -> None:
    found = json.loads(sealed_body(sealer, b'{"secret": -12.5e3, "token": null, "csrf": ""}', JSON))
    assert found["secret"].startswith("{{sealed:")
    assert found["token"] is None
    assert found["csrf"] == ""


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([JSON], b'{"password": "%s", }'),
        ([JSON], b'{"password": "%s"'),
        ([JSON, (b"Content-Encoding", b"gzip")], b"%s"),
        ([(b"Content-Type", b"application/json; charset=utf-16")], b'"password %s"'),
        ([(b"Content-Type", b"text/plain")], b"password: %s"),
        ([], b"password=%s"),
        ([(b"Content-Type", b"multipart/form-data")], b'name="password"\r\n\r\n%s'),
    ],
)
def test_a_body_that_may_hold_a_secret_and_cannot_be_read_is_sealed_whole(
    sealer: Sealer, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    found = sealed_body(sealer, body % SECRET, *headers)
    assert found.startswith(b"{{sealed:")
    assert found.endswith(b"}}")
    assert found.count(b"{{") == 1


def test_a_coded_body_is_sealed_whole(sealer: Sealer) -> None:
    body = gzip.compress(b'{"password": "%s"}' % SECRET)
    assert body not in sealed_body(sealer, body, JSON, (b"Content-Encoding", b"gzip"))


def test_a_cut_off_body_with_a_secret_name_is_sealed_whole(sealer: Sealer) -> None:
    body = Body(b'{"a": 1, "password": "%s' % SECRET, 5000, truncated=True)
    request = Request("POST", b"/", HeaderList.of([JSON]), body)
    sealed = sealer.request(request)
    assert b'"a"' not in sealed.body.data
    assert sealed.body.size == 5000
    assert sealed.body.truncated
    assert sealer.open_request(sealed) == request


@pytest.mark.parametrize(
    "body",
    [
        b"username=carol&password=%s",
        b"%%70assword=%s&x=1",
        b"x=1&user[password]=%s&y=2",
        b"card=%s",
        b"user=carol&pw=%s",
        b"%%70in=%s",
        b"a=1;password=%s",
        b"next=%%2Freset%%3Ftoken%%3D%s",
        b"next=%%2Fx%%3Fpin%%3D%s",
        b"next=%%252Fx%%253Fpin%%253D%s",
        b"data=%%7B%%22pin%%22%%3A%%22%s%%22%%7D",
    ],
)
def test_secrets_in_forms_and_query_strings_are_sealed(sealer: Sealer, body: bytes) -> None:
    body = body % SECRET
    assert SECRET not in sealed_body(sealer, body, FORM)
    request = a_request("GET", b"/login?" + body)
    sealed = sealer.request(request)
    assert SECRET not in sealed.target
    assert sealed.target.startswith(b"/login?")
    assert sealer.open_request(sealed) == request


@pytest.mark.parametrize(
    "part",
    [
        b'Content-Disposition: form-data; name="password"\r\n\r\n%s',
        b"Content-Disposition: form-data; name=password\r\n\r\n%s",
        b"Content-Disposition: form-data; name*=utf-8''p%%61ssword\r\n\r\n%s",
        b'Content-Disposition: form-data; name="otp"\r\n\r\n%s',
        b'Content-Disposition: form-data; name="j"\r\nContent-Type: application/json\r\n\r\n{"token":"%s"}',
    ],
)
def test_secrets_in_multipart_forms_are_sealed(sealer: Sealer, part: bytes) -> None:
    body = (
        b'--Bo\r\nContent-Disposition: form-data; name="a"\r\n\r\nreadable\r\n--Bo\r\n'
        + part % SECRET
        + b"\r\n--Bo--\r\n"
    )
    found = sealed_body(sealer, body, (b"Content-Type", b"multipart/form-data; boundary=Bo"))
    assert SECRET not in found
    assert b"readable" in found


@pytest.mark.parametrize(
    "page",
    [
        b"<form><input name='user' value=carol><input name=password value=%s></form>",
        b'<input type="password" name="x" value="%s">',
        b"<input VALUE='%s' TYPE=password>",
        b'<input name="pass&#119;ord" value="%s">',
        b'<meta name="csrf-token" content="%s">',
        b'<meta content="%s" name=csrf-token >',
        b'<input data-x="<" title=\'>\' name="csrf_token" value="%s"/>',
        b"<p it's><input type=password value=\"%s\"><p it's>",
        b"<!-- <input type=password value=%s> -->",
        b'<!-- <a x=" --><input type=password value=%s><!-- " -->',
        b'</p x="<a y=\'"><input type=password value="%s"><i z=\'>',
        b'<body data-csrf="%s">',
        b'<a href="/reset?a=1&amp;token=%s">',
        b'<script>var csrfToken = "%s";</script>',
        b'<script type=x>if (a<b && c="x") {}; f({"password": \'%s\'})</script>',
        b"<textarea name=secret>%s</textarea>",
        b'<input type="text" name="pw" value="%s">',
        b'<a href="/login?user=a&amp;pin=%s">',
        b'<input type=password value="%s',
        b"<title>it's <b </title><input type=password value=%s>",
    ],
)
def test_secrets_in_html_are_sealed(sealer: Sealer, page: bytes) -> None:
    page = b"<!doctype html><html><p class='a'>text</p>" + page % SECRET + b"<p>end"
    found = sealed_body(sealer, page, HTML)
    assert SECRET not in found
    assert b"text</p>" in found


def test_secrets_in_headers_are_sealed_and_names_stay_readable(sealer: Sealer) -> None:
    request = a_request(
        "GET",
        b"/",
        (b"Cookie", b'session=%s; theme="dark"; bare' % SECRET),
        (b"AUTHORIZATION", b"Bearer " + SECRET),
        (b"X-CSRF-Token", SECRET),
        (b"X-Hidden", SECRET),
        (b"Referer", b"http://h/p?token=%s&page=2" % SECRET),
        (b"Accept", b"text/html"),
    )
    sealed = sealer.request(request)
    text = b"\n".join(value for _, value in sealed.headers)
    assert SECRET not in text
    assert b"dark" not in text
    assert b"bare" not in text
    for readable in (b"session=", b"theme=", b"Bearer ", b"&page=2", b"text/html"):
        assert readable in text
    assert sealer.open_request(sealed) == request


def test_set_cookie_keeps_its_name_and_attributes(sealer: Sealer) -> None:
    answer = an_answer(
        302,
        (b"Set-Cookie", b"auth_tkt=%s!userid; Path=/; HttpOnly; SameSite=Lax" % SECRET),
        (b"Location", b"/cb#access_token=" + SECRET),
    )
    sealed = sealer.answer(answer, request=a_request())
    assert isinstance(sealed, Response)
    cookie = sealed.headers.get(b"set-cookie") or b""
    assert cookie.startswith(b"auth_tkt={{sealed:")
    assert cookie.endswith(b"}}; Path=/; HttpOnly; SameSite=Lax")
    assert SECRET not in (sealed.headers.get(b"location") or b"")
    assert sealer.open_answer(sealed) == answer


@pytest.mark.parametrize(
    "echo",
    [
        b"wrong: %s",
        b"http://h/?q=hunter2-Xy_9z%%20%%26%%3C",
        b"q=hunter2-Xy_9z+%%26%%3C",
        b"<b>hunter2-Xy_9z &amp;&lt;</b>",
    ],
)
def test_a_secret_is_sealed_wherever_else_it_shows_up(sealer: Sealer, echo: bytes) -> None:
    secret = SECRET + b" &<"
    echo = echo % secret if b"%s" in echo else echo.replace(b"%%", b"%")
    exchange = an_exchange(
        request=a_request(
            "POST", b"/x/hunter2-Xy_9z%20%26%3C", JSON, body=json.dumps({"password": secret.decode()}).encode()
        ),
        answer=an_answer(401, (b"X-Echo", echo), body=echo),
    )
    sealed = sealer.exchange(exchange)
    assert isinstance(sealed.answer, Response)
    for piece in (sealed.request.target, sealed.answer.body.data, sealed.answer.headers.text("x-echo").encode()):
        assert SECRET not in piece
    assert sealer.open_exchange(sealed) == exchange


def test_a_secret_of_the_answer_is_sealed_in_the_request_too(sealer: Sealer) -> None:
    exchange = an_exchange(
        request=a_request("GET", b"/echo/" + SECRET), answer=an_answer(200, (b"Set-Cookie", b"s=" + SECRET))
    )
    assert SECRET not in sealer.exchange(exchange).request.target


def test_basic_credentials_are_sealed_where_the_error_text_quotes_the_password(sealer: Sealer) -> None:
    request = a_request("GET", b"/", (b"Authorization", b"Basic Y2Fyb2w6aHVudGVyMi1YeV85eg=="))
    answer = sealer.answer(an_answer(401, body=b"carol may not use " + SECRET), request=request)
    assert isinstance(answer, Response)
    assert SECRET not in answer.body.data


def test_equal_secrets_give_equal_seals_in_all_places(sealer: Sealer) -> None:
    token = sealer.seal_text(SECRET.decode()).encode()
    assert token in sealed_body(sealer, b'{"password": "%s"}' % SECRET, JSON)
    assert token in sealed_body(sealer, b"password=%s" % SECRET, FORM)
    assert token in sealed_body(sealer, b"<input type=password value='%s'>" % SECRET, HTML)


def test_the_length_of_a_short_secret_does_not_show(sealer: Sealer) -> None:
    assert len(sealer.seal_text("a")) == len(sealer.seal_text("fourteen chars"))


def test_text_that_looks_like_a_seal_survives(sealer: Sealer) -> None:
    genuine = sealer.seal_text("other").encode()
    body = b'{"a": "{{sealed:abc}} {{sealed: %s {{{{sealed:", "password": "{{sealed:"}' % genuine
    sealed_body(sealer, body, JSON)


def test_a_seal_does_not_open_with_another_key(sealer: Sealer, tmp_path) -> None:
    with pytest.raises(SealError, match="does not open"):
        a_sealer(tmp_path).open_text(sealer.seal_text("x"))


def test_a_forged_seal_is_refused(sealer: Sealer) -> None:
    for forged in ("{{sealed:AAAA}}", "{{sealed:" + "A" * 64 + "}}"):
        with pytest.raises(SealError):
            sealer.open_text(forged)


def test_why_there_is_no_answer_is_swept_as_well(sealer: Sealer) -> None:
    request = a_request("GET", b"/?token=" + SECRET)
    answer = Unanswered("head", f"odd status line {SECRET.decode()}")
    sealed = sealer.answer(answer, request=request)
    assert SECRET.decode() not in str(sealed)
    assert sealer.open_answer(sealed) == answer


def test_difference_texts_are_scrubbed_of_secrets(sealer: Sealer) -> None:
    request = a_request("POST", b"/", JSON, body=b'{"password": "%s", "token": "abc"}' % SECRET)
    secrets = sealer.secrets_of(request)
    assert SECRET.decode() not in sealer.scrub(f"value {SECRET.decode()} there", secrets)
    assert sealer.scrub('"abc"', secrets) != '"abc"'
    assert sealer.scrub("an abcd", secrets) == "an abcd"


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (b"shipping: fast, pinned = yes, pw: see below, pin=4", (b"Content-Type", b"text/plain")),
        (b"<script>const mapping = 'a', pin = 'b'; hotpot: 'c'</script><p class='pin spinner'>", HTML),
        (b"shipping=fast&opinion=good&pwx=1&q=pin", FORM),
        (b'{"shipping": "fast", "opinion": "otp", "a": "pin"}', JSON),
    ],
)
def test_the_short_names_mean_nothing_inside_other_words_and_in_free_text(
    sealer: Sealer, body: bytes, header: tuple[bytes, bytes]
) -> None:
    assert sealed_body(sealer, body, header) == body


def test_masking_shortens_and_redacting_drops_seals(sealer: Sealer) -> None:
    token = sealer.seal_text("x" * 40)
    assert len(mask(f"a {token} b")) < 35
    assert redacted(f"a {token} b".encode()) == b"a {{redacted}} b"


def test_an_odd_entry_of_the_seal_list_is_named() -> None:
    from shadow.recording.names import SecretNames

    with pytest.raises(ConfigError) as caught:
        SecretNames.of(("body:x", "json:", "json:ok"))
    assert len(caught.value.mistakes) == 2


# Hostile bytes: everything that the finders look for, cut up and put together again at will.
PIECES = st.sampled_from(
    [
        b'"', b"'", b"<", b">", b"=", b"&", b";", b"\\", b"{", b"}", b"[", b"]", b":", b",", b"%", b"+", b"\0", b" ",
        b"{{sealed:", b"}}", b"{{sealed:AAAA}}", b'"password"', b'"token": ', b"csrf=", b"<input type=password value=",
        b"<!--", b"-->", b"<script>", b"</script>", b"--Bo", b"\r\n", b"\r\n\r\n", b'name="secret"', b"\xff\xfe",
        b"\\u0070assword", b"longsecret", b"longsecretlongsecret", b"1234567890", b"null", b"&#112;", b"\x80", b"?",
    ]
)  # fmt: skip
BYTES = st.one_of(st.binary(max_size=40), st.lists(PIECES, max_size=14).map(b"".join))
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            [b"Content-Type", b"Cookie", b"Set-Cookie", b"Authorization", b"Location", b"X", b"Content-Encoding"]
        ),
        st.one_of(
            BYTES,
            st.sampled_from([JSON[1], HTML[1], FORM[1], b"multipart/form-data; boundary=Bo", b"gzip", b"text/plain"]),
        ),
    ),
    max_size=5,
)
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(["longsecret", "x token=longsecret"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "password", "Token", "x\u0301srf", "csrf\\", 'se"cret']), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(BYTES, HEADERS, BYTES, HEADERS, BYTES, st.booleans())
def test_every_exchange_opens_to_the_same_bytes(
    sealer: Sealer, target, asked, body, answered, answer_body, truncated
) -> None:
    request = Request("POST", target, HeaderList.of(asked), Body(body, len(body) + truncated, truncated))
    answer = Response(200, HeaderList.of(answered), Body.of(answer_body), b"OK")
    exchange = an_exchange(request=request, answer=answer)
    assert sealer.open_exchange(sealer.exchange(exchange)) == exchange
    assert sealer.open_answer(sealer.answer(answer, request=request)) == answer


@settings(max_examples=300, deadline=None)
@given(JSON_VALUES, st.booleans())
def test_no_value_under_a_secret_key_stays_in_any_json(sealer: Sealer, inner, ascii_only) -> None:
    marked = {"x": inner, "y": {"user_PASSWORD": ["zq7zq7zq7", {"k": "zq7zq7zq7"}]}}
    found = sealed_body(sealer, json.dumps(marked, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"), JSON)
    assert b"zq7zq7zq7" not in found
