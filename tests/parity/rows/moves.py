"""What people do to tests that exist: change, stop, approve, purge, delete. Goes on with the tests of new_test.py."""

from __future__ import annotations

from collections.abc import Iterator

from tests.parity.rows.new_test import TOKEN, UNKNOWN
from tests.parity.rows.people import MULTIPART, a_form, parts
from tests.parity.rows.row import FORM, HTTPS, NO_STATS, Row, asked, worker

MOVES = ("modify", "stop", "approve", "purge", "delete")
# Which field names the run.
FIELD = {move: "run" if move == "modify" else "run-id" for move in MOVES}
UNCHANGED = {"num-games": "60000", "priority": "0", "throughput": "100", "auto_purge": "on"}
NOWHERE = ("zz", UNKNOWN)
USERS = ("xaver", "nora", "rita")
XAVER = {"username": "xaver", "worker_arch": "armv7", "unique_key": "0770beef-1a2b-4c3d-9e8f-0123456789ab"}

# A run that does not exist, or none named, where the original takes it for granted (spec ui §5).
CRASHES = frozenset(
    {
        *(f"{name}: modify of nothing" for name in USERS),
        "rita: approve of nothing",
        *(f"{name}: purge of {run}" for name in ("nobody", *USERS) for run in ("nothing", *NOWHERE)),
        *(f"{name}: {move} of {run}" for name in USERS for move in ("stop", "delete") for run in NOWHERE),
        "modify with JSON",
        "purge with JSON",
    }
)


def rows() -> Iterator[Row]:
    yield from addresses()
    yield from protection()
    yield from nothing_and_nowhere()
    yield from foreign_tests()
    yield from bad_changes()
    yield from changes()
    yield from approvals()
    yield from stops()
    yield from purges()
    yield from deletions()
    yield from aftermath()


def act(browser: str, move: str, run: str = "", name: str = "", **fields: str) -> Row:
    """The browser does something to a run; an empty run is not named at all."""
    named = {FIELD[move]: run} if run else {}
    values = UNCHANGED if move == "modify" else {}
    body = a_form({"csrf_token": f"${browser}_token", **named, **values, **fields})
    name = f"{browser}: {move} of {run or 'nothing'}{name and f', {name}'}"
    return Row(name, "POST", f"/tests/{move}", body, (FORM,), browser)


def change(name: str, run: str, browser: str = "nora", **fields: str) -> Row:
    return act(browser, "modify", run, name, **{key.replace("num_", "num-"): value for key, value in fields.items()})


def read(browser: str) -> Row:
    """The next full page says what came of it."""
    return Row(f"{browser} reads the list", "GET", "/tests", browser=browser)


def addresses() -> Iterator[Row]:
    for move in MOVES:
        for method in ("GET", "HEAD", "OPTIONS"):
            yield Row(f"{method} of {move}", method, f"/tests/{move}", browser="nora")
        yield Row(f"{move} with a slash", "POST", f"/tests/{move}/", "run-id=x", (FORM, TOKEN), "nora")
    for method in ("PUT", "DELETE", "PATCH"):
        yield Row(f"{method} of stop", method, "/tests/stop", "run-id=$nora_fixed", (FORM, TOKEN), "nora")


def protection() -> Iterator[Row]:
    """Before anybody looks at who it is and what it is about."""
    for move in MOVES:
        body = f"{FIELD[move]}=$nora_fixed"
        yield Row(f"{move} without a token", "POST", f"/tests/{move}", body, (FORM,), "nora")
        yield Row(f"{move} by a stranger without a token", "POST", f"/tests/{move}", body, (FORM,))
        yield Row(
            f"{move} with another's token", "POST", f"/tests/{move}", f"{body}&csrf_token=$xaver_token", (FORM,), "nora"
        )
        json = (("Content-Type", "application/json"), TOKEN)
        yield Row(f"{move} with JSON", "POST", f"/tests/{move}", '{"run-id": "$nora_fixed"}', json, "nora")
        foreign = (FORM, TOKEN, HTTPS, ("Origin", "https://evil.example"))
        yield Row(f"{move} from another site", "POST", f"/tests/{move}", body, foreign, "nora")
    yield read("nora")


def nothing_and_nowhere() -> Iterator[Row]:
    """No run named, a malformed id, an unknown one; by everybody."""
    for move in MOVES:
        for browser in ("nobody", "xaver", "nora", "rita"):
            for run in ("", *NOWHERE):
                yield act(browser, move, run)
    for browser in ("nobody", "xaver", "nora", "rita"):
        yield read(browser)


def foreign_tests() -> Iterator[Row]:
    for move in MOVES:
        for browser in ("nobody", "xaver"):
            yield act(browser, move, "$nora_fixed")
            yield read(browser)


def bad_changes() -> Iterator[Row]:
    yield Row(
        "nora: modify without num-games",
        "POST",
        "/tests/modify",
        "csrf_token=$nora_token&run=$nora_fixed&priority=0&throughput=100",
        (FORM,),
        "nora",
    )
    for name in ("priority", "throughput"):
        fields = {"num-games": "60000", "priority": "0", "throughput": "100"} | {FIELD["modify"]: "$nora_fixed"}
        body = a_form({key: value for key, value in fields.items() if key != name})
        yield Row(f"nora: modify without {name}", "POST", "/tests/modify", body, (FORM, TOKEN), "nora")
    for value in ("", "x", "1.5", "+1", "--1", "1 000", "9" * 25, "\N{ARABIC-INDIC DIGIT THREE}"):
        yield change(f"priority {value}", "$nora_fixed", priority=value)
        yield change(f"games {value}", "$nora_fixed", num_games=value)
    yield change("more games", "$nora_fixed", num_games="60002")
    yield change("more games than there may be", "$nora_sprt", num_games="3200001")
    yield change("other games of a tuning", "$nora_spsa", num_games="19998")
    yield change("an old one", "$relic", "rita")
    yield change("an old one by a stranger to it", "$relic", "xaver")
    yield change("bad values by a stranger to it", "$nora_fixed", "xaver", num_games="x")
    yield read("xaver")
    yield read("rita")
    yield read("nora")


def changes() -> Iterator[Row]:
    yield change("nothing", "$nora_fixed")
    yield change("fewer games", "$nora_fixed", num_games="50000", priority="-1", throughput="50")
    yield change("with an info", "$nora_fixed", info=" <i>better</i> words ☃ ", num_games="50000")
    yield change("with an empty info", "$nora_fixed", info="  ", num_games="50000")
    yield change("an approver's words", "$nora_fixed", "rita", info="no words of yours", num_games="50000")
    yield change("as many as there may be", "$nora_sprt", num_games="3200000")
    yield change("the tuning's own games", "$nora_spsa", num_games="20000")
    body = a_form(
        {"csrf_token": "$nora_token", "run": "$nora_sprt", "num-games": "800000", "priority": "0", "throughput": "100"}
    )
    yield Row("nora: modify without auto_purge", "POST", "/tests/modify", body, (FORM,), "nora")
    yield Row("nora: modify of two runs", "POST", "/tests/modify", f"{body}&run=zz", (FORM,), "nora")
    multipart = parts({"csrf_token": "$nora_token", "run": "$nora_parts", **UNCHANGED, "priority": "-7"})
    yield Row("nora: modify as multipart", "POST", "/tests/modify", multipart, (MULTIPART,), "nora")
    yield read("nora")
    for kind in ("fixed", "sprt", "parts"):
        yield Row(f"nora's changed {kind} test", "GET", f"/tests/view/$nora_{kind}", browser="nora")


def approvals() -> Iterator[Row]:
    yield act("nora", "approve", "$nora_fixed", "her own")
    yield act("rita", "approve", "$rita_fixed", "her own")
    for kind in ("fixed", "sprt", "spsa", "extras"):
        yield act("rita", "approve", f"$nora_{kind}")
    yield act("rita", "approve", "$nora_fixed", "again")
    yield act("rita", "approve", "$finished", "that is over")
    yield read("rita")
    yield change("within what was approved", "$nora_sprt", num_games="800000")
    yield change("more throughput", "$nora_sprt", num_games="800000", throughput="101")
    yield change("still not approved", "$nora_sprt", num_games="800000")
    yield read("nora")
    yield act("rita", "approve", "$nora_sprt", "once more")
    yield change("an approver's priority", "$nora_sprt", "rita", num_games="800000", priority="3", throughput="1000")
    yield read("rita")


def stops() -> Iterator[Row]:
    """A machine crashes in the run that only it can play, and the run is stopped under it."""
    mine = {"run_id": "$nora_extras", "task_id": 0}
    crashed = {**NO_STATS, "draws": 4, "crashes": 5, "pentanomial": [0, 0, 2, 0, 0]}
    yield worker("of xaver's machine", "request_task", asked(XAVER, "pw-xaver"))
    yield worker("of xaver's machine", "update_task", asked(XAVER, "pw-xaver", stats=crashed, **mine))
    yield act("xaver", "stop", "$nora_extras", "with his task in it")
    yield act("nora", "stop", "$nora_extras")
    yield act("nora", "stop", "$nora_extras", "again")
    yield act("rita", "stop", "$nora_sprt", "by an approver")
    body = "csrf_token=$nora_token&run-id=zz&run-id=$nora_spsa"
    yield Row("nora: stop of two runs", "POST", "/tests/stop", body, (FORM,), "nora")
    yield read("nora")
    yield read("rita")
    yield worker("of a stopped run", "beat", asked(XAVER, "pw-xaver", **mine))


def purges() -> Iterator[Row]:
    yield act("nora", "purge", "$nora_fixed", "that goes on")
    yield act("nora", "purge", "$nora_sprt", "without workers")
    yield act("rita", "purge", "$failed", "that failed")
    yield act("rita", "purge", "$relic", "that is old")
    yield read("rita")
    yield act("xaver", "purge", "$nora_extras", "that is not his")
    yield act("nora", "purge", "$nora_extras", "with a crashing worker")
    yield act("nora", "purge", "$nora_extras", "again")
    yield read("nora")
    yield Row("the purged test", "GET", "/tests/view/$nora_extras", browser="nora")
    yield change("a stopped one", "$nora_spsa", num_games="20000")
    yield read("nora")


def deletions() -> Iterator[Row]:
    yield act("xaver", "delete", "$nora_again")
    yield act("nora", "delete", "$nora_again")
    yield act("nora", "delete", "$nora_again", "again")
    yield act("rita", "delete", "$nora_sprt", "that was stopped")
    yield act("nora", "stop", "$nora_again", "that is deleted")
    yield act("rita", "approve", "$nora_parts", "before it goes")
    yield act("nora", "delete", "$nora_parts")
    yield read("nora")
    yield Row("a deleted test", "GET", "/tests/view/$nora_again", browser="nora")
    yield change("a deleted one", "$nora_again")
    yield read("nora")


def aftermath() -> Iterator[Row]:
    """Where all of it has left its traces."""
    yield Row("nora's tests", "GET", "/tests/user/nora")
    yield Row("events of nora", "GET", "/actions?user=nora")
    yield Row("events of rita", "GET", "/actions?user=rita")
    yield Row("events of nora's test", "GET", "/actions?run_id=$nora_extras")
    yield Row("the API about active runs", "GET", "/api/active_runs")
