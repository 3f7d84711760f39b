"""Soak of the guard: a candidate that is down is found out by its third failure, and all proxies leave it at once."""

from __future__ import annotations

import itertools
import time
from contextlib import closing
from typing import Any

import httpx

from shadow.store import open_store
from shadow.words import Side, World
from tests.soak.journal import lines
from tests.soak.load import PAGES
from tests.soak.proof import percentile
from tests.soak.site import PROXIES, SoakSite

FAILURES = 3
_PATIENCE = 10.0


def soak(site: SoakSite, breaches: int) -> float:
    """Promote a page whose candidate is dead, ask three times, wait for the guard: again and again.

    The longest time from the guard's decision to the rollback in all proxies (s). No client may notice.
    """
    site.applications[Side.CANDIDATE, World.LIVE].stop()
    decided, followed = [], []
    client = httpx.Client(base_url=site.console, headers=site.bearer(), trust_env=False, verify=False)
    with client as console, closing(open_store(f"sqlite:///{site.folder}/shadow.db")) as store:
        for unit, _ in zip(itertools.cycle(PAGES), range(breaches), strict=False):
            _post(console, "promote", unit, force=True)
            _followed(site, store.version())
            asked = [httpx.get(site.proxy + PAGES[unit], trust_env=False, verify=False) for _ in range(FAILURES)]
            failed = time.time()
            assert [one.status_code for one in asked] == [200] * FAILURES
            entry = _entry(site, console, "rollback", unit)
            assert (entry["who"], entry["forced"]) == ("guard", False)
            assert f"the candidate failed {FAILURES} times" in entry["reason"]
            breach = [line for line in lines(site.log) if line.event == "guard.breach"][-1]
            decided.append(breach.at - failed)
            followed.append(_followed(site, store.version()) - breach.at)
            _post(console, "release", unit)
    print(
        f"{breaches} breaches by {FAILURES} failures each; decided within {1000 * max(decided):.0f} ms of the third "
        f"(median {1000 * percentile(decided, 0.5):.0f}), in all {PROXIES} proxies {1000 * max(followed):.0f} ms later "
        f"at most (median {1000 * percentile(followed, 0.5):.0f})"
    )
    return max(followed)


def _post(console: httpx.Client, action: str, unit: str, **more: bool) -> None:
    answer = console.post(f"/api/{action}", json={"name": unit, "reason": "soak", **more})
    assert answer.status_code == 200, answer.text


def _entry(site: SoakSite, console: httpx.Client, action: str, unit: str) -> dict[str, Any]:
    """The ledger's last entry, once it is this one."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        last: dict[str, Any] = console.get("/api/ledger", params={"limit": 1}).json()[0]
        if (last["action"], last["name"]) == (action, unit):
            return last
        time.sleep(0.02)
    raise AssertionError(
        f"no {action} of {unit} within {_PATIENCE} s; the log ends with {site.log.read_text()[-2000:]}"
    )


def _followed(site: SoakSite, version: int) -> float:
    """When the last proxy had this stage map, or a newer one (unix s)."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if len(found := _first_maps(site, version)) == PROXIES:
            return max(found.values())
        time.sleep(0.02)
    raise AssertionError(f"{PROXIES - len(found)} proxies have no stage map {version}")


def _first_maps(site: SoakSite, version: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for line in lines(site.log):
        if line.event == "switchboard.map" and int(line.fields["version"]) >= version:
            found.setdefault(line.fields["proxy"], line.at)
    return found
