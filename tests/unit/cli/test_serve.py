"""What `shadow serve` says of its upstreams when it starts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from structlog.testing import capture_logs

from shadow.cli.serve import tell_silent
from shadow.config import Upstream
from tests.support import upstreams
from tests.support.mirrors import a_config


def test_each_upstream_that_is_not_there_is_one_line_of_the_log(tmp_path: Path) -> None:
    with upstreams.Upstream(upstreams.answering(b"")) as there:
        primary = Upstream(live=there.url, shadow="http://127.0.0.1:9")
        candidate = Upstream(live="http://127.0.0.1:9", shadow=there.url)
        config = replace(a_config(tmp_path), primary=primary, candidate=candidate)
        with capture_logs() as told:
            asyncio.run(tell_silent(config))
    assert [(one["event"], one["upstream"], one["url"]) for one in told] == [
        ("serve.upstream_silent", "primary shadow", "http://127.0.0.1:9"),
        ("serve.upstream_silent", "candidate live", "http://127.0.0.1:9"),
    ]
