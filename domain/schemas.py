"""What may be sent: the size of a body, the access, request and PGN schemas, and the atoms shared with documents.

The messages are vtjson's own and part of the worker protocol. The object is always called ``request``
(``validate(request_schema, body, "request")``); the message for a missing key names the first one in the order in
which the schema lists it, whatever Python's hash seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bson.objectid import ObjectId
from vtjson import (
    ValidationError,
    compiled_schema,
    ge,
    gt,
    ifthen,
    intersect,
    keys,
    lax,
    le,
    magic,
    regex,
    set_name,
    size,
    union,
    validate,
)
from vtjson import compile as compile_schema

__all__ = [
    "MAX_BODY",
    "ValidationError",
    "access_schema",
    "gzip_data",
    "legacy_usernames",
    "request_schema",
    "validate",
]

SUPPORTED_ARCHES = tuple(
    """apple-silicon armv7 armv7-neon armv8 armv8-dotprod e2k general-32 general-64 loongarch64 loongarch64-lasx
    loongarch64-lsx ppc-32 ppc-64 ppc-64-altivec ppc-64-vsx riscv64 x86-32 x86-32-sse2 x86-32-sse41-popcnt x86-64
    x86-64-avx2 x86-64-avx512 x86-64-avx512icl x86-64-avxvnni x86-64-bmi2 x86-64-sse3-popcnt x86-64-sse41-popcnt
    x86-64-ssse3 x86-64-vnni512""".split()  # noqa: SIM905
)
SUPPORTED_COMPILERS = ("clang++", "g++")
# The least size of a request's body that neither application takes (413): a network alone may have 200,000,000 bytes.
MAX_BODY = 256 * 2**20
# What a worker says of itself is kept in its run, and one value that the database cannot hold would keep the whole run
# from being written ever again. The bounds lie far beyond what any worker sends; the largest honest number is a CRC-32.
MAX_NUMBER = 2**32 - 1
MAX_TEXT = 1000

# Names from before the present rule, from the key-value store; filled once at start.
legacy_usernames: set[str] = set()


class record(compiled_schema):  # noqa: N801 - a schema, named as vtjson names its own
    """A mapping whose missing keys are reported in the order written; vtjson alone would take a set's order."""

    def __init__(self, schema: Mapping[str, object]) -> None:
        self.required = [key for key in schema if not key.endswith("?")]
        self.schema = compile_schema(dict(schema))

    def __validate__(self, obj: object, name: str, strict: bool, subs: Mapping[str, object]) -> str:
        if isinstance(obj, dict):
            for key in self.required:
                if key not in obj:
                    return f"{name}[{key!r}] is missing"
        return self.schema.__validate__(obj, name, strict, subs)


def legacy_username(name: str) -> bool:
    return name in legacy_usernames


def valid_object_id(text: Any) -> bool:
    return isinstance(text, str) and ObjectId.is_valid(text)


def even(number: int) -> bool:
    return number % 2 == 0


def valid_results(stats: dict[str, Any]) -> bool:
    """Trinomial and pentanomial counts tell the same story."""
    wins, losses, draws = stats["wins"], stats["losses"], stats["draws"]
    p = stats["pentanomial"]
    return bool(
        wins + losses + draws == 2 * sum(p)
        and wins - losses == 2 * p[4] + p[3] - p[1] - 2 * p[0]
        and p[1] + p[3] <= draws <= p[1] + 2 * p[2] + p[3]
    )


def valid_spsa_results(spsa: dict[str, Any]) -> bool:
    return bool(spsa["wins"] + spsa["losses"] + spsa["draws"] == spsa["num_games"])


def utf8(text: str) -> bool:
    """No lone surrogates, which JSON can spell and the database cannot."""
    return text.encode("utf-8", "ignore").decode() == text


def moderate(number: float) -> bool:
    """A float of any size has its place in the database, an integer has not."""
    return isinstance(number, float) or number <= MAX_NUMBER


username = union(regex(r"[A-Za-z0-9]{2,}", name="valid_username"), legacy_username)
uint = intersect(int, ge(0))
suint = intersect(int, gt(0))
ufloat = intersect(float, ge(0))
count = intersect(uint, le(MAX_NUMBER))
positive = intersect(suint, le(MAX_NUMBER))
text = intersect(str, utf8, size(0, MAX_TEXT))
task_id = set_name(uint, "task_id")
uuid = regex(r"[0-9a-zA-Z]{2,8}(-[a-f0-9]{4}){3}-[a-f0-9]{12}", name="uuid")
worker_arch = set_name(union(*SUPPORTED_ARCHES, "unknown"), "valid_worker_arch")

access_schema = compile_schema(lax(record({"password": str, "worker_info": record({"username": username})})))
gzip_data = compile_schema(magic("application/gzip", name="gzip_data"))

worker_info_fields: dict[str, object] = {
    "uname": text,
    "architecture": [text, text],
    "concurrency": positive,
    "max_memory": count,
    "min_threads": positive,
    "username": username,
    "version": count,
    "python_version": [count, count, count],
    "gcc_version": [count, count, count],
    "compiler": union(*reversed(SUPPORTED_COMPILERS)),
    "unique_key": uuid,
    "modified": bool,
    "worker_arch": worker_arch,
    "ARCH": text,
    "nps": intersect(ufloat, moderate),
    "near_github_api_limit": bool,
}
results_schema = intersect(
    record(
        {
            "wins": count,
            "losses": count,
            "draws": count,
            "crashes": count,
            "time_losses": count,
            "pentanomial": [count, count, count, count, count],
        }
    ),
    valid_results,
)
spsa_results_schema = intersect(
    record(
        {"wins": count, "losses": count, "draws": count, "num_games": intersect(count, even), "sig": count},
    ),
    valid_spsa_results,
)
request_schema = compile_schema(
    intersect(
        record(
            {
                "password": str,
                "worker_info": record(worker_info_fields),
                "run_id?": valid_object_id,
                "task_id?": task_id,
                "message?": intersect(str, utf8),
                "pgn?": str,
                "stats?": results_schema,
                "spsa?": spsa_results_schema,
            }
        ),
        ifthen(keys("task_id"), keys("run_id")),
    )
)
