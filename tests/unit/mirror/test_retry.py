"""Trying a finding again on real sockets: where the request goes, in which names, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from shadow.config import Config, Upstream
from shadow.errors import NotFound, ShadowError, StartError
from shadow.judgement import Difference
from shadow.mirror.retry import Retried, Retry
from shadow.recording.seal import Sealer
from shadow.routes import Route, RouteTable
from shadow.store import open_store
from shadow.store.base import Store
from shadow.words import Side, Stage
from tests.support import upstreams
from tests.support.builders import a_request, an_answer, an_exchange
from tests.support.judgements import a_mismatch
from tests.support.mirrors import a_config, mirrored, record

LIVE_ID, SHADOW_ID = "65f0a1b2c3d4e5f601234567", "75f0a1b2c3d4e5f60123456f"
JSON = {"Content_Type": "application/json"}


def json_bytes(text: str) -> bytes:
    body = text.encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@pytest.fixture
def sides() -> Iterator[dict[str, upstreams.Upstream]]:
    """Both stacks in both worlds; what they answer is set by each test."""
    with ExitStack() as stack:
        names = ("primary live", "candidate live", "primary shadow", "candidate shadow")
        yield {name: stack.enter_context(upstreams.Upstream(upstreams.answering(json_bytes("{}")))) for name in names}


def configured(folder: Path, sides: dict[str, upstreams.Upstream], *, two_worlds: bool = True) -> Config:
    def upstream(side: str) -> Upstream:
        return Upstream(live=sides[f"{side} live"].url, shadow=sides[f"{side} shadow"].url if two_worlds else None)

    return replace(a_config(folder), primary=upstream("primary"), candidate=upstream("candidate"))


def stored_finding(
    config: Config,
    method: str = "GET",
    target: str = f"/page?{LIVE_ID}",
    cookie: str = "",
    serving: Side = Side.PRIMARY,
) -> Store:
    """A store with one finding (`n` is 1 here and 2 there) that a real mirror made, and the alias of an id."""
    fields = {"Cookie": cookie} if cookie else {}
    exchanges = [
        an_exchange(
            a_request("POST", "/notes", b"x"),
            an_answer(200, b'{"id": "%s"}' % LIVE_ID.encode(), **JSON),
            route="notes",
            serving=serving,
        ),
        an_exchange(
            a_request(method, target, **fields),
            an_answer(200, b'{"n": 1}', **JSON),
            route="page",
            began=3.0,
            ended=4.0,
            serving=serving,
        ),
    ]
    answers = (json_bytes(f'{{"id": "{SHADOW_ID}"}}'), json_bytes('{"n": 2}'))
    with upstreams.Upstream(upstreams.answering(*answers)) as away:
        there = replace(config, candidate=Upstream(live="http://127.0.0.1:9", shadow=away.url))
        there = replace(there, primary=Upstream(live="http://127.0.0.1:9", shadow=away.url))
        record(there, *exchanges)
        mirrored(there, lambda store: sum(one.count for one in store.counts()) == 2).close()
    return open_store(config.store.url)


@pytest.fixture
def a_finding() -> Iterator[Callable[..., Store]]:
    """Makes stores as `stored_finding` does; they are closed after the test."""
    with ExitStack() as stack:
        yield lambda *args, **kwargs: stack.enter_context(closing(stored_finding(*args, **kwargs)))


def retried(config: Config, store: Store, *, force: bool = False) -> Retried:
    sealer = Sealer.load(config.recording.key, (), create=False)
    (finding,) = store.findings()
    return asyncio.run(Retry(config, store, sealer).again(finding.id, force=force))


def test_a_read_goes_to_the_serving_side_as_it_was_and_translated_to_the_other_world(
    tmp_path, sides, a_finding
) -> None:
    config = configured(tmp_path, sides)
    found = retried(config, a_finding(config))
    assert found.equal
    assert not found.tainted
    (sample,) = found.judgement.samples
    assert (sample.primary_answer["status"], sample.candidate_answer["status"]) == (200, 200)
    assert sides["primary live"].request().target == f"/page?{LIVE_ID}".encode()
    assert sides["candidate shadow"].request().target == f"/page?{SHADOW_ID}".encode()
    assert sides["candidate live"].seen.empty()
    assert sides["primary shadow"].seen.empty()


@pytest.mark.parametrize(
    ("stage", "served", "asked"),
    [
        (Stage.CANARY, Side.CANDIDATE, ("candidate live", "primary shadow")),
        (Stage.CANARY, Side.PRIMARY, ("primary live", "candidate shadow")),
        (Stage.SHADOW, Side.CANDIDATE, ("primary live", "candidate shadow")),
        (Stage.PROMOTED, Side.PRIMARY, ("candidate live", "primary shadow")),
    ],
)
def test_a_client_of_a_canary_is_served_as_it_was_and_others_as_the_stage_says(
    tmp_path, sides, a_finding, stage, served, asked
) -> None:
    config = configured(tmp_path, sides)
    config = replace(config, routes=RouteTable([Route("notes", "/notes"), Route("page", "/page", stage=stage)]))
    found = retried(config, a_finding(config, serving=served))
    assert found.equal
    live, shadow = (sides[name].request().target.decode() for name in asked)
    assert (live, shadow) == (f"/page?{LIVE_ID}", f"/page?{SHADOW_ID}")
    assert [name for name, side in sides.items() if not side.seen.empty()] == []


def test_the_newest_of_the_kept_samples_is_sent(tmp_path, sides, a_finding) -> None:
    config = configured(tmp_path, sides)
    store = a_finding(config)
    (finding,), (sample,) = store.findings(), store.samples(store.findings()[0].id)
    newer = replace(sample, exchange="newer", request={**sample.request, "target": "/page?newer"})
    difference = Difference(finding.layer, finding.kind, finding.place, "1", "2")
    judgement = a_mismatch(1, epoch=store.epoch(), route="page", differences=(difference,), samples=(newer,))
    store.record([replace(judgement, writer="w2")], checkpoint={"w2": 1})
    retried(config, store)
    assert sides["primary live"].request().target == b"/page?newer"


def test_what_differs_still_is_told_and_whether_it_is_the_same(tmp_path, sides, a_finding) -> None:
    config = configured(tmp_path, sides)
    store = a_finding(config)
    sides["primary live"].script = upstreams.answering(json_bytes('{"n": 1}'))
    sides["candidate shadow"].script = upstreams.answering(json_bytes('{"n": 2}'))
    found = retried(config, store)
    assert (found.equal, found.still) == (False, True)
    sides["candidate shadow"].script = upstreams.answering(json_bytes('{"n": 1, "m": 1}'))
    found = retried(config, store)
    assert (found.equal, found.still) == (False, False)


def test_a_write_goes_to_the_shadow_world_only_and_taints_it(tmp_path, sides, a_finding) -> None:
    config = configured(tmp_path, sides)
    store = a_finding(config, method="PUT")
    assert retried(config, store, force=True).tainted
    assert sides["primary shadow"].request().target == f"/page?{SHADOW_ID}".encode()
    assert sides["candidate shadow"].request().target == f"/page?{SHADOW_ID}".encode()
    assert sides["primary live"].seen.empty()
    assert sides["candidate live"].seen.empty()
    assert "tried again with a write" in store.world().tainted


def test_with_two_worlds_too_a_write_is_refused_unless_it_is_forced(tmp_path, sides, a_finding) -> None:
    """A tainted shadow world keeps every route from being promoted."""
    config = configured(tmp_path, sides)
    store = a_finding(config, method="PUT")
    with pytest.raises(ShadowError, match=r"is a write \(PUT\).*tainted.*--force, and shadow resync"):
        retried(config, store)
    assert all(side.seen.empty() for side in sides.values())
    assert not store.world().tainted


def test_with_one_world_a_write_is_refused_unless_it_is_forced(tmp_path, sides, a_finding) -> None:
    two, one = configured(tmp_path, sides), configured(tmp_path, sides, two_worlds=False)
    store = a_finding(two, method="PUT")
    with pytest.raises(ShadowError, match=r"is a write \(PUT\).*Next: shadow findings retry .* --force"):
        retried(one, store)
    assert all(side.seen.empty() for side in sides.values())
    assert retried(one, store, force=True).equal
    assert sides["primary live"].request().target == sides["candidate live"].request().target
    assert not store.world().tainted


def test_secrets_come_back_for_the_request_and_stay_sealed_in_the_result(tmp_path, sides, a_finding) -> None:
    config = configured(tmp_path, sides)
    store = a_finding(config, cookie="session=long-secret-of-alice")
    sides["candidate shadow"].script = upstreams.answering(json_bytes('{"n": 2}'))
    found = retried(config, store)
    assert sides["primary live"].request().get("cookie") == b"session=long-secret-of-alice"
    assert found.judgement.samples
    assert "long-secret-of-alice" not in str(found.judgement)


def test_a_side_that_is_away_proves_nothing(tmp_path, sides, a_finding) -> None:
    config = configured(tmp_path, sides)
    store = a_finding(config)
    away = replace(config, candidate=Upstream(live="http://127.0.0.1:1", shadow="http://127.0.0.1:1"))
    with pytest.raises(StartError, match="the candidate does not answer"):
        retried(away, store)


def test_an_unknown_finding_is_told(tmp_path, sides, a_finding) -> None:
    config = configured(tmp_path, sides)
    store = a_finding(config)
    with pytest.raises(NotFound):
        asyncio.run(Retry(config, store, Sealer.load(config.recording.key, (), create=False)).again("nonsense"))
