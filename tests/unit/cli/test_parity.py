"""`shadow parity` as it is typed: exit codes, JSON, and the table that signs a difference off."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from shadow.cli.main import app
from shadow.config_file import load
from shadow.errors import ConfigError
from tests.support.parity_samples import FORCED, Samples, samples

__all__ = ["samples"]

ASKS = """
from shadow.parity import Ask

def asks():
    return [Ask("notes", "/notes"), Ask("note", "/notes/7")]

def none():
    return []

def twice():
    return asks() + asks()

NOTHING = 1
"""
# Framework helpers that only the port has.
OWN = ("main", "page", "check_csrf", "_call", "Call.__init__", "Call.param")


def configured(samples: Samples, more: str = "") -> Path:
    """A configuration that names the samples."""
    samples.write()
    (samples.folder / "sample_asks.py").write_text(ASKS)
    forced = "\n".join(f"{json.dumps(found)} = {json.dumps(instead)}" for found, instead in FORCED.items())
    settings = samples.parity
    file = samples.folder / "shadow.toml"
    file.write_text(f"""
[primary]
live = "http://127.0.0.1:6543"
[candidate]
live = "http://127.0.0.1:8000"
[parity]
primary = "{settings.primary}"
candidate = "{settings.candidate}"
requests = "sample_asks:asks"
primary_package = "{settings.primary_package}"
candidate_package = "{settings.candidate_package}"
primary_templates = "legacy"
candidate_templates = "port"
ambient = ["layout"]
{more}
[parity.forced]
{forced}
""")
    return file


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["parity", *arguments, "--config", str(config)], catch_exceptions=False)


def signed(config: Path, text: str, reason: str = "as it must be") -> None:
    """Copy what the command printed into the configuration, with a reason."""
    tables = [part for part in text.split("\n\n") if "[[parity.accepted]]" in part]
    found = "\n".join(part[part.index("[[parity.accepted]]") :] for part in tables)
    config.write_text(config.read_text() + found.replace('reason = ""', f'reason = "{reason}"'))


@pytest.mark.parametrize("check", ["routes", "html", "metadata"])
def test_equal_applications_are_clean(samples: Samples, check: str) -> None:
    config = configured(samples)
    assert run(config, check, "--strict").exit_code == 0
    assert json.loads(run(config, check, "--json").stdout)["clean"] is True


def test_differences_are_for_information_unless_strict(samples: Samples) -> None:
    config = configured(samples.change("port", '@router.post("/save")', '@router.put("/save")'))
    told = run(config, "routes")
    assert told.exit_code == 0
    assert "/save: primary answers POST, candidate PUT" in told.stdout
    assert run(config, "routes", "--strict").exit_code == 1
    assert run(config, "routes", "--strict", "--json").exit_code == 1


def test_what_is_signed_off_as_printed_is_clean_until_it_changes(samples: Samples) -> None:
    samples.change("port", '@router.post("/save")', '@router.put("/save")')
    config = configured(samples)
    signed(config, run(config, "all").stdout)
    assert run(config, "all", "--strict").exit_code == 0
    data = json.loads(run(config, "all", "--json").stdout)["checks"]
    assert [one["reason"] for one in data["routes"]["accepted"]] == ["as it must be"]
    assert {one["subject"].removeprefix(":") for one in data["ast"]["accepted"]} == {*OWN}
    file = samples.folder / f"{samples.names[1]}.py"
    file.write_text(file.read_text().replace("router.put", "router.patch"))
    again = configured_anew(samples, config)
    done = run(again, "routes", "--strict")
    assert done.exit_code == 1
    assert "candidate PATCH" in done.stdout
    assert "which is not there (any more)" in done.stdout


def configured_anew(samples: Samples, config: Path) -> Path:
    """The same configuration for the changed sources under new names: modules are imported once."""
    before = samples.names
    samples.port = (samples.folder / f"{before[1]}.py").read_text()
    samples.write()
    text = config.read_text()
    for old, new in zip(before, samples.names, strict=True):
        text = text.replace(old, new)
    config.write_text(text)
    return config


def test_all_ends_with_one_table(samples: Samples) -> None:
    lines = run(configured(samples), "all").stdout.splitlines()[-5:]
    assert [line.split()[0] for line in lines] == ["check", "routes", "ast", "html", "metadata"]
    assert [line.split()[-1] for line in lines] == ["said", "clean", "open", "clean", "clean"]


def test_the_command_line_names_another_application(samples: Samples) -> None:
    config = configured(samples)
    samples.change("port", '@router.post("/save")', '@router.put("/save")').write()
    named = ("--primary", f"{samples.names[0]}:main", "--candidate", f"{samples.names[1]}:main")
    assert run(config, "routes", "--strict").exit_code == 0
    assert run(config, "routes", "--strict", *named).exit_code == 1


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("primary", "no_such_module:main", "[parity] primary: 'no_such_module:main' cannot be had: No module named"),
        ("candidate", "sample_asks:missing", "has no attribute 'missing'"),
        ("candidate", "sample_asks:NOTHING", "cannot be called"),
        ("requests", "sample_asks:none", "[parity] requests: there are none"),
        ("requests", "sample_asks:twice", "two requests are called 'notes'"),
        ("primary_templates", "nowhere", "is no folder of templates"),
    ],
)
def test_a_wrong_setting_is_told(samples: Samples, setting: str, value: str, told: str) -> None:
    config = configured(samples)
    lines = [line for line in config.read_text().splitlines() if not line.startswith(f"{setting} =")]
    at = lines.index("[parity]") + 1
    config.write_text("\n".join([*lines[:at], f'{setting} = "{value}"', *lines[at:]]))
    with pytest.raises(ConfigError) as caught:
        run(config, "all")
    assert told in str(caught.value)


def test_a_dotted_name_that_is_none_is_wrong_use(samples: Samples) -> None:
    with pytest.raises(ConfigError, match="--primary: 'nonsense' is not a dotted name"):
        run(configured(samples), "routes", "--primary", "nonsense")


def test_without_the_section_every_missing_application_is_told(tmp_path: Path) -> None:
    config = tmp_path / "shadow.toml"
    config.write_text('[primary]\nlive = "http://127.0.0.1:1"\n[candidate]\nlive = "http://127.0.0.1:2"\n')
    with pytest.raises(ConfigError) as caught:
        run(config, "all")
    assert [mistake.split(":")[0] for mistake in caught.value.mistakes] == [
        "[parity] primary is missing",
        "[parity] candidate is missing",
    ]


def test_what_is_printed_to_be_copied_can_be_read(samples: Samples) -> None:
    config = configured(samples.change("port", '@router.post("/save")', '@router.put("/save")'))
    text = run(config, "routes").stdout
    table = text[text.index("[[parity.accepted]]") :].split("\n\n")[0]
    assert tomllib.loads(table)["parity"]["accepted"][0].keys() == {"check", "subject", "digest", "reason"}
    signed(config, text)
    assert load(config, {}).parity.accepted[0].check == "routes"
