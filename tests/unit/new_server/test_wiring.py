"""What the application is made of, without starting it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from jinja2 import UndefinedError

from domain.scheduler import MAX_WAITING
from new_server.app import THREADS
from new_server.http.static import ROOT, find_file
from new_server.http.templates import environment


def test_the_port_needs_nothing_of_the_legacy_framework() -> None:
    """When every route is promoted, Pyramid can be taken off the machine."""
    names = ("pyramid", "webob", "waitress", "mako", "legacy_pyramid")
    program = f"import sys, new_server.__main__; print([name for name in {names!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout == "[]\n"


def test_the_scheduler_cannot_take_all_threads() -> None:
    assert THREADS > MAX_WAITING


def test_a_template_with_an_unknown_name_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment.from_string("{{ nothing }}").render()


def test_a_template_escapes_what_it_prints() -> None:
    assert environment.from_string("{{ text }}").render(text="<&\"'>") == "&lt;&amp;&#34;&#39;&gt;"


def test_files_are_found_below_the_static_folder() -> None:
    assert find_file("css/site.css") == ROOT / "css" / "site.css"


@pytest.mark.parametrize(
    "path", ["", "css", "css/", "../pyproject.toml", "css/../../pyproject.toml", "/etc/passwd", "nope", "css/\0", "."]
)
def test_what_is_no_file_below_the_static_folder_is_not_found(path: str) -> None:
    assert find_file(path) is None
