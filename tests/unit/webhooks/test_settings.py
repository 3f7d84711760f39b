"""`[[webhooks]]`: every mistake is told at load, the key is looked at before the start, and nothing shows it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shadow.app import preflight
from shadow.config import Webhook
from shadow.config_file import load
from shadow.errors import ConfigError, StartError
from shadow.words import Event

SMALLEST = """
[primary]
live = "http://127.0.0.1:6543"
[candidate]
live = "http://127.0.0.1:8000"
"""
KEY = "a-key-that-nobody-may-see"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shadow.toml"


def test_an_address_is_enough_and_the_path_of_the_key_counts_from_the_folder_of_the_file(file, tmp_path):
    file.write_text(
        SMALLEST
        + '[[webhooks]]\nurl = "https://hooks.example/a?b=c"\n'
        + '[[webhooks]]\nurl = "http://127.0.0.1:9"\nevents = ["promoted"]\nsecret_file = "var/key"\n'
    )
    assert load(file, {}).webhooks == (
        Webhook("https://hooks.example/a?b=c", tuple(Event)),
        Webhook("http://127.0.0.1:9", (Event.PROMOTED,), tmp_path / "var" / "key"),
    )


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("", "[[webhooks]] number 1: 'url' is missing"),
        ('url = "ftp://h/x"', "[[webhooks]] number 1 url: not an address such as 'https://hooks.example/cutover'"),
        ('url = "https://ann:pass-word@h/x"', "number 1 url: not an address such as"),
        ('url = "https://h/x#y"', "number 1 url: not an address such as"),
        ('url = "https://h/a b"', "number 1 url: not an address such as"),
        ('url = "http://h"\nevents = ["promote"]', "events: 'promote' is unknown; did you mean 'promoted'?"),
        ('url = "http://h"\nevents = []', "number 1 events: no event at all"),
        ('url = "http://h"\nevents = "promoted"', "number 1 events: 'promoted' is not a list of texts"),
        ('url = "http://h"\nsecret = "x"', "number 1: setting 'secret' is unknown; did you mean 'secret_file'?"),
        ('url = "http://h"\nsecret_file = 5', "[[webhooks]] number 1 secret_file: "),
        ('url = "http://h"\n[[webhooks]]\nurl = "http://h"', "[[webhooks]] number 2 url: the same address"),
    ],
)
def test_each_mistake_is_told_with_its_place_and_without_a_password(file, table, told):
    file.write_text(f"{SMALLEST}[[webhooks]]\n{table}\n")
    with pytest.raises(ConfigError) as error:
        load(file, {})
    (line,) = error.value.mistakes
    assert told in line
    assert "pass-word" not in line


@pytest.mark.parametrize(("text", "told"), [(None, "No such file"), ("short", "shorter than 16 characters")])
def test_a_key_that_is_none_stops_the_start_and_says_how_to_make_one(file, tmp_path, text, told):
    file.write_text(SMALLEST + '[[webhooks]]\nurl = "http://127.0.0.1:9"\nsecret_file = "key"\n')
    if text:
        (tmp_path / "key").write_text(text)
    with pytest.raises(StartError, match=rf"webhook secret .*{told}.* Next: openssl rand -hex 32"):
        preflight(load(file, {}))


def test_the_effective_configuration_names_the_file_and_not_the_key(file, tmp_path):
    (tmp_path / "key").write_text(KEY)
    file.write_text(SMALLEST + '[[webhooks]]\nurl = "http://127.0.0.1:9"\nsecret_file = "key"\n')
    for more in ([], ["--json"]):
        command = [sys.executable, "-m", "shadow", "config", "--config", str(file), *more]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "rolled_back" in done.stdout
        assert str(tmp_path / "key") in done.stdout
        assert KEY not in done.stdout + done.stderr
