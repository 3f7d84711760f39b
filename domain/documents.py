"""Schemas of what is stored: users, workers, actions and runs, with the rules that their fields must agree on."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from bson.objectid import ObjectId
from vtjson import (
    at_most_one_of,
    compile,
    div,
    ge,
    glob,
    ifthen,
    intersect,
    ip_address,
    keys,
    lax,
    regex,
    size,
    union,
    unique,
)

from domain import figures
from domain.schemas import (
    SUPPORTED_COMPILERS,
    results_schema,
    suint,
    ufloat,
    uint,
    username,
    valid_object_id,
    worker_info_fields,
)

RUN_VERSION = 23
MAX_MESSAGE = 5120
SYSTEM_USER = "fishtest.system"

repository = regex(r"https://(www\.)?github\.com/[^/\s]+/[^/\s]+/?", name="tests_repo")
tc = regex(r"([1-9]\d*/)?\d+(\.\d+)?(\+\d+(\.\d+)?)?", name="tc")
options = regex(r"|[!-<>-~]+=[!-<>-~]+( +[!-<>-~]+=[!-<>-~]+)*", name="options")
net_name = regex(r"nn-[0-9a-f]{12}\.nnue", name="net_name")
sha = regex(r"[a-f0-9]{40}", name="sha")
digits = regex(r"\d+", name="digits")
book = union(glob("*.epd"), glob("*.pgn"))
even = div(2, name="even")
short_worker_name = regex(r".+-\d+cores-[a-zA-Z0-9]{2,8}", name="short_worker_name")
long_worker_name = regex(r".+-\d+cores-[a-zA-Z0-9]{2,8}-[a-f0-9]{4}\*?", name="long_worker_name")
message = intersect(str, size(0, MAX_MESSAGE))
number = union(int, float)

user_schema = compile(
    {
        "_id?": ObjectId,
        "username": username,
        "password": intersect(str, size(0, 72)),
        "registration_time": datetime,
        "pending": bool,
        "blocked": bool,
        "email": str,
        "groups": intersect([str, ...], unique),
        "tests_repo": union("", repository),
        "machine_limit": uint,
    }
)

_of_run = {"run_id": valid_object_id, "run": str}
_of_task = {"worker": long_worker_name, **_of_run, "task_id": uint}
_stop_run = intersect(
    {"username": username, **_of_run, "message": message, "worker?": long_worker_name, "task_id?": uint},
    ifthen(keys("worker"), keys("task_id"), lax({"task_id?": lambda _: False})),
)
ACTION_FIELDS: dict[str, object] = {
    "failed_task": {"username": username, **_of_task, "message": message},
    "crash_or_time": {"username": username, **_of_task, "message": message},
    "dead_task": {"username": username, **_of_task},
    "stop_run": _stop_run,
    "new_run": {"username": username, **_of_run, "message": message},
    "modify_run": {"username": username, **_of_run, "message": message},
    "finished_run": {"username": username, **_of_run, "message": message},
    "purge_run": {"username": username, **_of_run, "message": message},
    "approve_run": {"username": username, **_of_run, "message": union("approved", "unapproved")},
    "delete_run": {"username": username, **_of_run},
    "upload_nn": {"username": username, "nn": net_name},
    "block_user": {"username": username, "user": str, "message": union("blocked", "unblocked")},
    "accept_user": {"username": username, "user": str, "message": "accepted"},
    "block_worker": {"username": username, "worker": short_worker_name, "message": union("blocked", "unblocked")},
    "log_message": {"username": union(username, SYSTEM_USER), "message": message, "worker?": long_worker_name},
    "system_event": {"username": SYSTEM_USER, "message": message},
}
ACTION_SCHEMAS = {action: compile(schema) for action, schema in ACTION_FIELDS.items()}

_stored_worker_info = {
    **worker_info_fields,
    "remote_addr": ip_address,
    "country_code": union(regex(r"[A-Z]{2}", name="country_code"), "?"),
}
_task = intersect(
    {
        "num_games": intersect(uint, even),
        "active": bool,
        "worker_info": _stored_worker_info,
        "last_updated": datetime,
        "start": uint,
        "stats": results_schema,
        "bad?": True,
        "spsa_params?": {"iter": uint, "packed_flips": bytes},
    },
    ifthen(keys("bad"), lax({"active": False})),
    ifthen(keys("spsa_params"), lax({"active": True})),
)
_bad_task = {
    "num_games": intersect(uint, even),
    "active": False,
    "worker_info": _stored_worker_info,
    "last_updated": datetime,
    "start": uint,
    "stats": results_schema,
    "task_id": uint,
    "bad": True,
    "residual": number,
    "residual_color": str,
}
_overshoot = {
    "last_update": uint,
    "skipped_updates": uint,
    **{f"{name}{side}": number for side in "01" for name in ("ref", "m", "sq")},
}
_sprt = intersect(
    {
        "alpha": 0.05,
        "beta": 0.05,
        "elo0": number,
        "elo1": number,
        "elo_model": "normalized",
        "state": union("", "accepted", "rejected"),
        "llr": number,
        "batch_size": suint,
        "lower_bound": -math.log(19),
        "upper_bound": math.log(19),
        "overshoot?": _overshoot,
        "lost_samples?": suint,
        "illegal_update?": suint,
    },
    at_most_one_of("overshoot", "lost_samples"),
)
_spsa_param = {
    "name": str,
    **dict.fromkeys(("start", "min", "max", "c_end", "r_end", "c", "a_end", "a", "theta"), number),
}
_spsa = {
    "A": number,
    "alpha": number,
    "gamma": number,
    "raw_params": str,
    "iter": uint,
    "num_iter": uint,
    "params": [_spsa_param, ...],
    "param_history?": [[{"theta": number, "R": ufloat, "c": ufloat}, ...], ...],
}
args_schema = intersect(
    {
        "base_tag": str,
        "new_tag": str,
        "base_nets": [net_name, ...],
        "new_nets": [net_name, ...],
        "num_games": intersect(uint, even),
        "tc": tc,
        "new_tc": tc,
        "book": book,
        "book_depth": str,
        "threads": suint,
        "resolved_base": sha,
        "resolved_new": sha,
        "msg_base": str,
        "msg_new": str,
        "base_options": options,
        "new_options": options,
        "info": str,
        "base_signature": digits,
        "new_signature": digits,
        "username": username,
        "tests_repo": repository,
        "auto_purge": bool,
        "throughput": number,
        "itp": number,
        "priority": number,
        "adjudication": bool,
        "master_repo?": repository,
        "arch_filter?": str,
        "compiler?": union(*SUPPORTED_COMPILERS),
        "sprt?": _sprt,
        "spsa?": _spsa,
    },
    at_most_one_of("sprt", "spsa"),
)


def aggregates_match(run: dict[str, Any]) -> bool:
    """Every total of the run is what its tasks imply."""
    wrong = [key for key, value in figures.aggregates(run).items() if run[key] != value]
    if wrong:
        raise ValueError(f"{', '.join(wrong)} differ from what the tasks imply")
    return True


def flags_match(run: dict[str, Any]) -> bool:
    return figures.flags(run) == {"is_green": run["is_green"], "is_yellow": run["is_yellow"]}


def undecided(run: dict[str, Any]) -> bool:
    return not figures.is_decided(run)


run_schema = compile(
    intersect(
        {
            "_id?": ObjectId,
            "version": RUN_VERSION,
            "args": args_schema,
            "start_time": datetime,
            "last_updated": datetime,
            "tc_base": intersect(number, ge(0)),
            "tasks": [_task, ...],
            "approved": bool,
            "approver": union("", username),
            "bad_tasks": [_bad_task, ...],
            "results": results_schema,
            "workers": uint,
            "cores": uint,
            "committed_games": uint,
            "total_games": uint,
            "nps": ufloat,
            "games_per_minute": ufloat,
            "finished": bool,
            "deleted": bool,
            "failed": bool,
            "failures": uint,
            "is_green": bool,
            "is_yellow": bool,
            "rescheduled_from?": valid_object_id,
        },
        aggregates_match,
        flags_match,
        ifthen(
            lax({"finished": True}),
            lax({"workers": 0, "cores": 0, "nps": 0, "games_per_minute": 0}),
            intersect(undecided, lax({"deleted": False})),
        ),
    )
)
