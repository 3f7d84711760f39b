"""A recorded request as something to run: a curl command, a pytest test.

What stands in a request is hostile text: nothing of it may be run, loaded or end a quotation. Seals are shortened,
which makes the snippet safe to pass on and in need of the reader's own credentials; `reveal` opens them instead.
"""

from __future__ import annotations

import base64
import re
import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from shadow.exchange import Exchange, Request, Response
from shadow.headers import HeaderList
from shadow.recording.seal import Sealer
from shadow.recording.tokens import masked

# What the sending program sets by itself.
_OWN = (b"content-length", b"transfer-encoding", b"connection", b"expect")
# RFC 9110 5.1; anything else would not be sent as a field, and `-H @file` would read a file.
_TOKEN = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_SPECIAL = re.compile(rb"[^A-Za-z0-9]")
_PRINTABLE = re.compile(rb"[ -~]*")
_LONGEST_ARGUMENT = 64 * 1024


def curl(request: Request, base: str, *, reveal: Sealer | None = None) -> str:
    """One shell command (bash, zsh) that sends this request, as recorded, to `base` (`http://host:port`)."""
    request = _shown(request, reveal)
    fields = [pair for pair in request.headers.without(*_OWN) if _TOKEN.fullmatch(pair[0])]
    words = ["curl", "--globoff", "--path-as-is", "--include"]
    words += ["--head"] if request.method == "HEAD" else ["--request", _quoted(request.method.encode())]
    # An URL takes no control characters and curl cuts it at '#', so the target goes by itself.
    words += ["--request-target", _quoted(request.target), shlex.quote(base + "/")]
    for name, value in fields:
        # curl leaves an empty field out unless its name ends in a semicolon.
        words += ["-H", _quoted(name + b": " + value if value else name + b";")]
    # curl adds these three by itself.
    for name in (b"Accept", b"User-Agent", *((b"Content-Type",) if request.body.data else ())):
        if request.headers.get(name) is None:
            words += ["-H", f"{name.decode()}:"]
    if not request.body.data:
        return " ".join(words)
    if b"\0" in request.body.data or len(request.body.data) > _LONGEST_ARGUMENT:
        encoded = base64.b64encode(request.body.data).decode()
        return f"base64 -d <<'END' | {' '.join(words)} --data-binary @-\n{encoded}\nEND"
    return " ".join([*words, "--data-raw", _quoted(request.body.data)])


def pytest_file(exchanges: Iterable[Exchange], base: str, *, reveal: Sealer | None = None) -> str:
    """A test for each exchange: it sends the request to `base` with httpx and expects the recorded status.

    A test is named after its exchange's id too, so that it keeps its name whatever else is exported.
    """
    taken: Counter[str] = Counter()
    tests = []
    for exchange in exchanges:
        name = _test_name(exchange)
        taken[name] += 1
        # Only an imported file can have two exchanges of one id. Other names have no double underscore.
        tests.append(_test(exchange, f"{name}__{taken[name]}" if taken[name] > 1 else name, base, reveal))
    return "\n\n".join(["import httpx\n", *tests])


def _test_name(exchange: Exchange) -> str:
    told = f"test {exchange.request.method} {exchange.route} {exchange.id}".lower()
    return re.sub(r"[\W_]+", "_", told, flags=re.ASCII).strip("_")


def _test(exchange: Exchange, name: str, base: str, reveal: Sealer | None) -> str:
    request = _shown(exchange.request, reveal)
    fields = [pair for pair in request.headers.without(*_OWN) if _TOKEN.fullmatch(pair[0])]
    expected = (
        f"    assert answer.status_code == {exchange.answer.status}\n"
        if isinstance(exchange.answer, Response)
        else "    assert answer.status_code < 500\n"
    )
    headers = "".join(f"        ({field!r}, {value!r}),\n" for field, value in fields)
    return (
        f"def {name}():\n"
        f"    url = httpx.URL({base!a}).copy_with(raw_path={request.target!r})\n"
        f"    headers = [\n{headers}    ]\n"
        f"    answer = httpx.request({request.method!a}, url, headers=headers, content={request.body.data!r})\n"
        f"{expected}"
    )


def _shown(request: Request, reveal: Sealer | None) -> Request:
    if reveal:
        return reveal.open_request(request)
    return replace(
        request,
        target=masked(request.target),
        headers=HeaderList.of((name, masked(value)) for name, value in request.headers),
        body=replace(request.body, data=masked(request.body.data)),
    )


def _quoted(data: bytes) -> str:
    """One shell word that means exactly these bytes and shows no control character to a terminal."""
    if _PRINTABLE.fullmatch(data):
        return shlex.quote(data.decode("ascii"))
    # Letters and digits by themselves, all else by number; two hexadecimal digits are the most that a shell takes.
    escaped = _SPECIAL.sub(lambda found: b"\\x%02x" % found.group()[0], data)
    return f"$'{escaped.decode('ascii')}'"
