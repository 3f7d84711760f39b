"""shadow.toml: defaults, the environment, and every mistake at once with its place and the nearest right name."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from shadow.cli.options import configuration
from shadow.config import Config, Group, Rule
from shadow.config_file import load
from shadow.errors import ConfigError
from shadow.proxy.client_key import ClientKeys
from shadow.units import Address
from shadow.words import MirrorMode, Side, Stage, World
from tests.support.builders import a_request

SMALLEST = """
[primary]
live = "http://127.0.0.1:6543"
[candidate]
live = "http://127.0.0.1:8000"
"""

# Design 11, the contract.
CONTRACT = """
[listen]
proxy = "127.0.0.1:8080"
console = "127.0.0.1:8081"
workers = 1

[primary]
live = "http://127.0.0.1:6543"
shadow = "http://127.0.0.1:6544"
build = "header:X-Build"

[candidate]
live = "http://127.0.0.1:8000"
shadow = "http://127.0.0.1:8001"

[recording]
path = "recordings/live"
max_bytes = "2 GiB"
seal = ["header:authorization", "json:password", "form:password", "cookie:*"]

[mirror]
order = "global"
timeout = "10 s"
max_lag = "2 s"
sample = 1.0

[store]
url = "sqlite:///var/shadow.db"

[gate]
limit = 0.001
confidence = 0.95
min_span = "24 h"
min_per_shape = 30
latency_ratio = 1.10

[[routes]]
name = "api.request_task"
methods = ["post"]
path = "/api/request_task"
group = "worker"
mirror = "always"
stage = "shadow"

[[routes]]
name = "tests.view"
path = "/tests/view/{id}"

[groups.worker]
state = "in-process"
leave = "POST /internal/flush"
enter = "POST /internal/reload"

[[rules]]
route = "tests.view"
place = "html:title"
rule = "ignore"
reason = "title became an element; approved with the port"
owner = "ui"
until = 2027-03-01
"""


@pytest.fixture
def read(tmp_path):
    def of(text: str, environ: dict[str, str] | None = None) -> Config:
        path = tmp_path / "shadow.toml"
        path.write_text(text, "utf-8")
        return load(path, environ or {})

    return of


@pytest.fixture
def mistakes(read):
    def of(text: str, environ: dict[str, str] | None = None) -> tuple[str, ...]:
        with pytest.raises(ConfigError) as refused:
            read(text, environ)
        return refused.value.mistakes

    return of


def test_two_addresses_are_enough_and_the_rest_has_defaults(read, tmp_path):
    config = read(SMALLEST)
    assert config.listen.proxy == Address("127.0.0.1", 8080)
    assert not config.two_worlds
    assert (config.gate.limit, config.gate.confidence, config.gate.min_span) == (0.001, 0.95, 86400.0)
    assert config.store.url == f"sqlite:///{tmp_path}/var/shadow.db"
    assert config.recording.path == tmp_path / "recordings/live"
    assert config.recording.max_bytes == 2 * 1024**3
    assert len(config.routes) == 0


def test_the_contract_is_read_as_it_stands(read):
    config = read(CONTRACT)
    assert config.two_worlds
    assert config.upstream(Side.CANDIDATE).in_world(World.SHADOW) == "http://127.0.0.1:8001"
    route = config.routes.get("api.request_task")
    assert (route.methods, route.unit, route.mirror) == (frozenset({"POST"}), "worker", MirrorMode.ALWAYS)
    assert config.group_of(route).leave == "POST /internal/flush"
    other = config.routes.get("tests.view")
    assert (other.stage, other.unit, config.group_of(other).state) == (Stage.SHADOW, "tests.view", "none")
    (rule,) = config.rules
    assert rule == Rule("html:title", "ignore", "tests.view", rule.reason, "ui", date(2027, 3, 1))
    assert not rule.expired(date(2027, 3, 1))
    assert rule.expired(date(2027, 3, 2))


def test_relative_paths_count_from_the_folder_of_the_file_wherever_one_stands(tmp_path, monkeypatch):
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "shadow.toml").write_text(SMALLEST)
    monkeypatch.chdir(tmp_path)
    config = load(Path("etc/shadow.toml"), {})
    assert config.recording.path == folder / "recordings/live"
    assert config.console.token_file == folder / "var/console.token"
    assert config.store.url == f"sqlite:///{folder}/var/shadow.db"


def test_absolute_paths_stay(read):
    config = read(SMALLEST + '[store]\nurl = "sqlite:////srv/a.db"\n[recording]\npath = "/srv/r"\n')
    assert config.store.url == "sqlite:////srv/a.db"
    assert config.recording.path == Path("/srv/r")


def test_the_environment_overrides_the_file(read):
    config = read(
        CONTRACT,
        {
            "SHADOW_STORE__URL": "sqlite:////elsewhere.db",
            "SHADOW_LISTEN__WORKERS": "4",
            "SHADOW_MIRROR__SAMPLE": "0.5",
            "SHADOW_GATE__MIN_SPAN": "10 min",
            "SHADOW_RECORDING__SEAL": '["cookie:x"]',
            "SHADOW_CONFIG": "no setting, since it has no section",
            "OTHER__THING": "1",
        },
    )
    assert config.store.url == "sqlite:////elsewhere.db"
    assert (config.listen.workers, config.mirror.sample, config.gate.min_span) == (4, 0.5, 600.0)
    assert config.recording.seal == ("cookie:x",)


def test_the_environment_can_give_what_the_file_lacks(read):
    config = read("", {"SHADOW_PRIMARY__LIVE": "http://p:1", "SHADOW_CANDIDATE__LIVE": "http://c:1"})
    assert (config.primary.live, config.candidate.live) == ("http://p:1", "http://c:1")


@pytest.mark.parametrize("raw", ["20241105", "true", "1e5", '"quoted"', "header:X-Build", "[a]", "2024-11-05"])
def test_a_text_in_the_environment_is_taken_as_it_stands(read, tmp_path, raw):
    config = read(SMALLEST, {"SHADOW_PRIMARY__BUILD": raw, "SHADOW_RECORDING__PATH": raw})
    assert config.primary.build == raw
    assert config.recording.path == tmp_path / raw


def test_an_address_in_the_environment_is_checked_like_one_in_the_file(mistakes):
    (line,) = mistakes(SMALLEST, {"SHADOW_PRIMARY__LIVE": "20241105"})
    assert "[primary] live: '20241105' is not an address" in line


@pytest.mark.parametrize("section", ["routes", "groups", "rules"])
def test_what_is_no_single_setting_is_given_in_the_file_only(mistakes, section):
    name = f"SHADOW_{section.upper()}__WORKER"
    (line,) = mistakes(SMALLEST, {name: "{}"})
    assert line == f"shadow.toml environment {name}: {section} are given in the file only"


def test_an_unknown_section_in_the_environment_is_a_mistake(mistakes):
    (line,) = mistakes(SMALLEST, {"SHADOW_STOER__URL": "x"})
    assert line == "shadow.toml environment SHADOW_STOER__URL: there is no section [stoer]; did you mean 'store'?"


WRONG = """
colour = "red"
[listne]
proxy = "127.0.0.1:1"
[listen]
proxy = "8080"
workers = 0
prot = 1
[primary]
live = "https://127.0.0.1:6543"
shadow = "http://127.0.0.1:6544"
[recording]
max_bytes = "2 parsecs"
seal = "cookie:*"
[mirror]
order = "globe"
timeout = "soon"
sample = 1.5
[gate]
min_per_shape = -1
latency_ratio = 0
limit = true
[[routes]]
path = "/nameless"
[[routes]]
name = "a"
path = "no-slash"
[[routes]]
name = "b"
path = "/b"
stage = "live"
mirror = "alway"
metods = ["GET"]
[[routes]]
name = "c"
path = "/b"
[groups.worker]
state = "in-process"
leave = "GET /internal/flush"
[[rules]]
route = "bb"
place = "htlm:title"
rule = "ignor"
until = "tomorrow"
"""


def test_every_mistake_is_told_at_once_with_its_place(mistakes):
    found = mistakes(WRONG)
    expected = [
        "shadow.toml section 'colour' is unknown",
        "shadow.toml section 'listne' is unknown; did you mean 'listen'?",
        "[listen]: setting 'prot' is unknown; did you mean 'proxy'?",
        "[listen] proxy: '8080' is not an address",
        "[listen] workers: 0 is not a whole number of at least 1",
        "[primary] live: 'https://127.0.0.1:6543' is not an address",
        "[candidate]: 'live' is missing",
        "give 'shadow' in both (two worlds) or in neither (one world)",
        "[recording] max_bytes: '2 parsecs' is not a size such as '2 GiB'",
        "[recording] seal: 'cookie:*' is not a list of texts",
        "[mirror] order: 'globe' is unknown; did you mean 'global'? (global, client)",
        "[mirror] timeout: 'soon' is not a time such as",
        "[mirror] sample: 1.5 is not a number from 0 to 1",
        "[gate] min_per_shape: -1 is not a whole number",
        "[gate] latency_ratio: 0 is not a number above 0",
        "[gate] limit: True is not a number from 0 to 1",
        "[[routes]] number 1: 'name' is missing",
        "[[routes]] a path: must begin with '/'",
        "[[routes]] b: setting 'metods' is unknown; did you mean 'methods'?",
        "[[routes]] b stage: 'live' is unknown (off, shadow, promoted)",
        "[[routes]] b mirror: 'alway' is unknown; did you mean 'always'? (default, always, never)",
        "[[routes]] 'c' (/b) and 'b' (/b) match the same requests",
        "[groups.worker]: no route names this group",
        "[groups.worker] leave: 'GET /internal/flush' is not a hook",
        "[groups.worker]: state = 'in-process' needs both hooks",
        "[[rules]] number 1 until: 'tomorrow' is not a date",
        "[[rules]] number 1 rule: 'ignor' is unknown; did you mean 'ignore'?",
        "[[rules]] number 1 place: 'htlm:title' is unknown; did you mean 'html'?",
        "[[rules]] number 1: 'reason' is missing",
        "[[rules]] number 1 route: there is no route 'bb'; did you mean 'b'?",
    ]
    for text in expected:
        assert any(text in line for line in found), text
    assert len(found) == len(expected), "\n".join(found)
    assert all(line.startswith("shadow.toml ") for line in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[primary\n", "not valid TOML"),
        ('routes = "none"\n' + SMALLEST, "write [[double brackets]]"),
        ("listen = 5\n" + SMALLEST, "[listen]: must be a table"),
        (SMALLEST + '[[routes]]\nname = "*"\npath = "/"\n', "'name' is missing or not a name"),
        (SMALLEST + '[[routes]]\nname = "a"\n', "[[routes]] a: 'path' is missing"),
        (SMALLEST + "groups = 3\n".join(["", ""]), "[candidate]: setting 'groups' is unknown"),
        (
            SMALLEST + '[[routes]]\nname = "a"\npath = "/a"\n[[routes]]\nname = "b"\npath = "/b"\ngroup = "a"\n',
            "[[routes]] b group: 'a' is the name of a route as well",
        ),
    ],
)
def test_a_file_of_another_form_is_one_clear_line(mistakes, text, said):
    found = mistakes(text)
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize("port", ["80a0", "99999", "65536", "0", "", "-1", "+80", "\u0668\u0660", "9" * 5000])
def test_a_port_that_is_none_is_refused_at_load(mistakes, port):
    (line,) = mistakes(SMALLEST.replace(":6543", f":{port}"))
    assert line.startswith("shadow.toml [primary] live: 'http://127.0.0.1:")
    assert line.endswith(f"has the port {port!r}; a port is a number from 1 to 65535")


@pytest.mark.parametrize("rest", ["", "/", ":1", ":65535/"])
@pytest.mark.parametrize("host", ["127.0.0.1", "primary_live", "[::1]"])
def test_an_address_is_a_host_and_perhaps_a_port(read, host, rest):
    config = read(SMALLEST.replace("127.0.0.1:6543", host + rest))
    assert config.primary.live == f"http://{host}{rest.rstrip('/')}"


@pytest.mark.parametrize(
    "wrong",
    ["127.0.0.1:80", "http://", "http://:80", "http://::1", "http://h/p", "http://a b", "http://h?q"],
)
def test_what_is_more_or_less_than_an_address_is_refused(mistakes, wrong):
    (line,) = mistakes(SMALLEST.replace("http://127.0.0.1:6543", wrong))
    assert line == f"shadow.toml [primary] live: {wrong!r} is not an address such as 'http://127.0.0.1:8000'"


def test_a_password_in_an_address_is_refused_and_not_told(mistakes):
    (line,) = mistakes(SMALLEST.replace("127.0.0.1:6543", "ann:hunter2@127.0.0.1:6543"))
    assert "'http://***@127.0.0.1:6543' is not an address" in line


def test_no_route_begins_in_canary(mistakes):
    (line,) = mistakes(CONTRACT.replace('stage = "shadow"', 'stage = "canary"'))
    assert line == (
        "shadow.toml [[routes]] api.request_task stage: no route begins in canary: its share of clients is earned. "
        "Write 'shadow', then: shadow promote NAME --to canary:5"
    )


def test_the_ramp_the_hours_and_the_waivers_are_read(read):
    config = read(
        f"""{CONTRACT}
[canary]
steps = [1, 10]
client_key = ["header:authorization"]
[auto]
window = "22:00-04:00"
days = ["sat", "sun"]
""".replace("[gate]", '[gate]\nwaive = ["tests.view: GET 5xx text"]')
    )
    assert (config.canary.steps, config.canary.client_key) == ((1, 10), ("header:authorization",))
    assert (str(config.auto.window), config.auto.days, config.auto.cooldown) == ("22:00-04:00", ("sat", "sun"), 1800.0)
    assert config.gate.waive == ("tests.view: GET 5xx text",)


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("[canary]\nsteps = [25, 5]", "[canary] steps: [25, 5] does not grow from step to step"),
        ("[canary]\nsteps = [0]", "[canary] steps: [0] is not a list of per cents from 1 to 99"),
        ("[canary]\nsteps = [5, 100]", "[canary] steps: [5, 100] is not a list of per cents from 1 to 99"),
        ('[auto]\nwindow = "9-16"', "[auto] window: '9-16' is not a span of the day (UTC) such as '09:00-16:00'"),
        ('[auto]\nwindow = "24:00-09:00"', "[auto] window: '24:00-09:00' is not a span of the day"),
        ('[auto]\nwindow = "09:00-09:00"', "[auto] window: '09:00-09:00' is empty"),
        ('[auto]\ndays = ["mo"]', "[auto] days: 'mo' is unknown; did you mean 'mon'?"),
        ("[auto]\ndays = []", "[auto] days: no day at all"),
        ('[gate]\nwaive = ["GET 5xx text"]', "[gate] waive: no shape of a route: 'GET 5xx text'"),
        ('[gate]\nwaive = ["nowhere: GET 5xx"]', "[gate] waive: there is no route 'nowhere'"),
    ],
)
def test_mistakes_in_the_ramp_the_hours_and_the_waivers_are_told(mistakes, section, told):
    (line,) = mistakes(f"{SMALLEST}{section}\n")
    assert line.startswith(f"shadow.toml {told}")


def test_a_unit_promotes_itself_by_its_route_or_by_its_group(read, mistakes):
    alone = CONTRACT.replace('path = "/tests/view/{id}"', 'path = "/tests/view/{id}"\nauto = true')
    config = read(alone.replace('state = "in-process"', 'state = "in-process"\nauto = true'))
    assert all(config.promotes_itself(route) for route in config.routes)
    assert not any(read(CONTRACT).promotes_itself(route) for route in config.routes if not route.auto)
    (line,) = mistakes(CONTRACT.replace('stage = "shadow"', "auto = true"))
    assert line.endswith("api.request_task auto: the route moves with its group; write it in [groups.worker]")


@pytest.mark.parametrize("setting", ["limit = 0", "limit = 0.0", "confidence = 1", "confidence = 1.0"])
def test_a_gate_that_asks_for_certainty_is_a_mistake(mistakes, setting):
    (line,) = mistakes(f"{SMALLEST}[gate]\n{setting}\n")
    assert line.startswith(f"shadow.toml [gate] {setting.split()[0]}: {setting.split()[2]} ")
    assert "asks for certainty" in line


@pytest.mark.parametrize("setting", ["limit = -0.1", "limit = 1.5", "limit = nan", "confidence = 0", "confidence = 2"])
def test_a_gate_beyond_what_a_share_can_be_is_a_mistake(mistakes, setting):
    (line,) = mistakes(f"{SMALLEST}[gate]\n{setting}\n")
    assert line.startswith(f"shadow.toml [gate] {setting.split()[0]}: ")


@pytest.mark.parametrize(
    "source",
    [
        "query:x",
        "cookie",
        "cookie:",
        "header:",
        "header:a b",
        "cookie:s\u00e9ance",
        "json:",
        "json:a..b",
        "json:.a",
        "",
    ],
)
def test_a_client_key_that_is_no_source_is_told_with_all_other_mistakes(mistakes, source):
    text = f'{SMALLEST}[proxy]\nclient_key = ["cookie:session", "{source}"]\nconnections = 0\n'
    found = mistakes(text)
    assert len(found) == 2
    allowed = "write cookie:NAME, header:NAME or json:a.b"
    assert f"shadow.toml [proxy] client_key: no source: {source!r}; {allowed}" in found


def test_every_source_that_loads_is_one_that_the_proxy_reads(read):
    config = read(SMALLEST + '[proxy]\nclient_key = ["cookie:a[b]", "header:X-Key", "json:a", "json:a.b c.d"]\n')
    assert ClientKeys(config.proxy.client_key, b"salt").key_of(a_request(x_key="1")).startswith("header:X-Key:")


def test_groups_must_be_tables(mistakes):
    assert any("groups" in line for line in mistakes("groups = 3\n" + SMALLEST))
    assert any("[groups.worker]" in line for line in mistakes("groups.worker = 3\n" + SMALLEST))


def test_a_group_that_no_route_names_is_a_mistake_with_the_nearest_name(mistakes):
    (line,) = mistakes(CONTRACT.replace("[groups.worker]", "[groups.wroker]"))
    assert line == "shadow.toml [groups.wroker]: no route names this group; did you mean 'worker'?"


def test_a_group_named_by_a_route_with_a_mistake_is_named_all_the_same(mistakes):
    (line,) = mistakes(CONTRACT.replace('path = "/api/request_task"', 'path = "no-slash"'))
    assert "[[routes]] api.request_task path" in line


def test_a_route_by_itself_may_have_the_hooks_of_a_group(read):
    config = read(CONTRACT.replace('group = "worker"', "").replace("[groups.worker]", '[groups."api.request_task"]'))
    group = config.group_of(config.routes.get("api.request_task"))
    assert group == Group("api.request_task", "in-process", "POST /internal/flush", "POST /internal/reload")
    assert type(group) is Group


def test_a_missing_file_says_what_to_do_next(tmp_path):
    with pytest.raises(ConfigError, match=r"no such file. Next: .*--config"):
        load(tmp_path / "nothing.toml", {})


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "shadow.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "shadow.toml", {})


@pytest.mark.parametrize("pattern", ["*", "tests.*", "t?sts.view"])
def test_a_rule_may_name_routes_by_pattern(read, pattern):
    config = read(CONTRACT.replace('route = "tests.view"', f'route = "{pattern}"'))
    assert config.rules[0].route == pattern


def test_a_wrong_file_ends_the_command_with_2_and_starts_nothing(tmp_path):
    (tmp_path / "shadow.toml").write_text(WRONG)
    done = subprocess.run(
        [sys.executable, "-m", "shadow", "serve"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "did you mean 'listen'?" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["shadow.toml"]


PARITY = """
[parity]
primary = "legacy:main"
primary_templates = "legacy/templates"
forced = { "call.username" = "request.user" }

[[parity.accepted]]
check = "ast"
subject = "login"
digest = "590cb55d517a"
reason = "the port must"
"""


def test_the_applications_as_programs_are_read(read, tmp_path):
    parity = read(SMALLEST + PARITY).parity
    assert parity.primary_templates == tmp_path / "legacy" / "templates"
    assert parity.candidate_templates is None
    assert parity.forced == (("call.username", "request.user"),)
    assert [(one.check, one.reason) for one in parity.accepted] == [("ast", "the port must")]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('primary = "legacy.main"', "[parity] primary: 'legacy.main' is not a dotted name such as"),
        ('primary = "legacy:"', "[parity] primary: 'legacy:' is not a dotted name"),
        ("forced = [1]", "[parity] forced: [1] is not a table such as"),
        ("forced = { 'a b' = 'c' }", "[parity] forced: 'a b' is not Python: invalid syntax"),
        ("forced = { 'a' = 'b; c' }", "[parity] forced: 'b; c' is not one statement or expression"),
        ("forced = { 'a' = 1 }", "[parity] forced: 1 is not a text"),
        ("ambients = []", "[parity]: setting 'ambients' is unknown; did you mean 'ambient'?"),
        ("accepted = 1", "[[parity.accepted]]: must be a list of tables"),
        (
            'accepted = [{ check = "aste", subject = "a", digest = "b", reason = "c" }]',
            "[[parity.accepted]] number 1 check: 'aste' is unknown; did you mean 'ast'?",
        ),
        (
            'accepted = [{ check = "ast", subject = "a", digest = "b", reason = "" }]',
            "[[parity.accepted]] number 1: 'reason' is missing",
        ),
    ],
)
def test_a_mistake_in_the_parity_section_is_told_like_any_other(mistakes, wrong, said):
    (found,) = mistakes(f"{SMALLEST}\n[parity]\n{wrong}\n")
    assert found.startswith(f"shadow.toml {said}")


TWIN = """
sessions = "twin"
[twin]
login = ["door.*"]
logout = ["leave"]
primary_cookies = ["sid", "auth_tkt"]
candidate_cookies = ["session"]
tokens = ["form:csrf_token", "header:X-CSRF-Token", "meta:csrf-token"]
token_page = "/account"
idle = "30 min"
[[routes]]
name = "door.login"
path = "/login"
[[routes]]
name = "leave"
path = "/logout"
"""


def test_sessions_are_shared_unless_the_file_says_how_each_stack_has_its_own(read):
    assert (read(SMALLEST).sessions, read(SMALLEST).twins) == ("shared", False)
    config = read(TWIN + SMALLEST)
    assert config.twins
    assert (config.twin.login, config.twin.idle, config.twin.limit) == (("door.*",), 1800.0, 10_000)
    assert config.twin.cookies_of(Side.PRIMARY) == ("sid", "auth_tkt")
    assert config.twin.cookies_of(Side.CANDIDATE) == ("session",)
    assert config.recording.seal == ("form:csrf_token", "header:X-CSRF-Token", "form:csrf-token")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"twin"', '"twins"'), "sessions: 'twins' is unknown; did you mean 'twin'? (shared, twin)"),
        (('"twin"', '"shared"'), "[twin]: is in force with sessions = 'twin' only"),
        (('login = ["door.*"]', ""), "[twin]: 'login' is missing"),
        (('candidate_cookies = ["session"]', ""), "[twin]: 'candidate_cookies' is missing"),
        (('"door.*"', '"door.logn"'), "[twin] login: no route is called 'door.logn'; did you mean 'door.login'?"),
        (('["leave"]', '["door.login", "x"]'), "[twin] logout: no route is called 'x'"),
        (('"session"', '"a=b"'), "[twin] candidate_cookies: no name of a cookie: 'a=b'"),
        (('"meta:csrf-token"', '"mta:x"'), "[twin] tokens: no place of a token: 'mta:x'; write form:NAME, header:NAME"),
        (
            ('["session"]', '["sess"]'),
            "[proxy] client_key: names no cookie of [twin] candidate_cookies (sess), so the mirror knows",
        ),
        (('token_page = "/account"', ""), "[twin]: 'token_page' is missing: a page that shows a token"),
        (('idle = "30 min"', 'idle = "soon"'), "[twin] idle: "),
        (
            ('"/account"', '"account"'),
            "[twin] token_page: 'account' is not a path such as '/account'",
        ),
        (('idle = "30 min"', "lmit = 5"), "[twin]: setting 'lmit' is unknown; did you mean 'limit'?"),
    ],
)
def test_a_mistake_in_the_twin_section_is_told_like_any_other(mistakes, change, said):
    (found,) = mistakes(TWIN.replace(*change) + SMALLEST)
    assert found.startswith(f"shadow.toml {said}")


def test_rules_that_cannot_work_are_told_when_the_file_is_read(tmp_path: Path) -> None:
    rules = (("html:ul >> li[", "ignore"), ("json:$.a", "tolerance"), ("text", "regex:(("))
    tables = [f"[[rules]]\nplace = '{place}'\nrule = '{rule}'\nreason = 'none'\n" for place, rule in rules]
    (tmp_path / "shadow.toml").write_text(SMALLEST + "".join(tables))
    with pytest.raises(ConfigError) as caught:
        configuration(tmp_path / "shadow.toml")
    assert [mistake.partition(":")[0] for mistake in caught.value.mistakes] == [
        f"[[rules]] number {number}" for number in (1, 2, 3)
    ]
