"""Mirrored sessions work on and on, although the two stacks name and form their cookies differently."""

from __future__ import annotations

import random
from dataclasses import replace

from shadow.config import Proxy
from shadow.exchange import Request, Response
from shadow.proxy.client_key import ClientKeys
from tests.support.builders import an_exchange
from tests.support.members import Browser, Members
from tests.support.mirrors import a_config, mirrored, outcomes, record
from tests.support.upstreams import Upstream

KEYS = ("cookie:sid", "cookie:session", "header:authorization")


def lives(browsers: list[Browser], numbers: random.Random, steps: int) -> list[tuple[Request, Response]]:
    """What these clients do, interleaved: they look, sign in, keep notes by form and by script, and use the API."""
    done = []
    for step in range(steps):
        browser = numbers.choice(browsers)
        act = numbers.randrange(6)
        if not browser.csrf or act < 3:
            done.append(browser.get())
        elif act == 3:
            done.append(browser.post("/login", f"user=user-{step}"))
        elif act == 4:
            done.append(browser.post("/note", "text=hi", by_header=bool(numbers.randrange(2))))
        else:
            done.append(browser.api() if browser.bearer else browser.api_login(f"user-{step}"))
    return done


def mirror(folder, done: list[tuple[Request, Response]], shadow: Members, *, restarts: int = 1):
    """Record all of it and mirror it to the shadow world's site, which is behind a real socket."""
    config = replace(a_config(folder), proxy=Proxy(client_key=KEYS))
    keys = ClientKeys(KEYS, b"salt", trusted_hops=0)
    exchanges = [
        an_exchange(request, answer, began=float(number), ended=number + 0.5, client_key=keys.key_of(request))
        for number, (request, answer) in enumerate(done, 1)
    ]
    share = len(exchanges) // restarts
    with Upstream(shadow.serve) as upstream:
        config = replace(config, candidate=replace(config.candidate, shadow=upstream.url))
        for part in range(restarts):
            mine = exchanges[part * share :] if part == restarts - 1 else exchanges[part * share : (part + 1) * share]
            record(config, *mine, writer=f"w{part}")
            wanted = part * share + len(mine)
            store = mirrored(config, lambda store: sum(one.count for one in store.counts()) == wanted, seconds=60)  # noqa: B023
            if part < restarts - 1:
                store.close()
    return store


def test_sessions_with_rotating_cookies_work_for_long_and_over_restarts_of_the_mirror(tmp_path):
    live, other = Members("sid", long=False), Members("sid", long=True)
    done = lives([Browser(live) for _ in range(12)], random.Random(4), 1200)
    store = mirror(tmp_path, done, other, restarts=3)
    assert store.findings() == []
    assert set(outcomes(store)) <= {("match", ""), ("noise", "")}
    assert (live.refused, other.refused, store.world().tainted) == (0, 0, "")
    store.close()


def test_sessions_work_when_the_stacks_call_their_cookies_by_two_names(tmp_path):
    """The names themselves are a difference that clients can see, and the only one."""
    live, shadow = Members("sid", long=False), Members("session", long=True)
    store = mirror(tmp_path, lives([Browser(live) for _ in range(8)], random.Random(5), 300), shadow)
    assert {(one.kind, one.place) for one in store.findings()} == {
        ("missing", "cookie:sid"), ("extra", "cookie:session")
    }  # fmt: skip
    assert (live.refused, shadow.refused) == (0, 0)
    assert {outcome for outcome, _ in outcomes(store)} <= {"match", "noise", "mismatch"}
    store.close()


def test_clients_behind_one_address_have_sessions_of_their_own_by_a_cookie_that_no_client_key_names(tmp_path):
    live, shadow = Members("JSESSIONID", long=False), Members("JSESSIONID", long=True)
    store = mirror(tmp_path, lives([Browser(live) for _ in range(50)], random.Random(6), 400), shadow)
    assert store.findings() == []
    assert set(outcomes(store)) <= {("match", ""), ("noise", "")}
    assert (live.refused, shadow.refused) == (0, 0)
    store.close()


def test_a_session_that_the_shadow_world_does_not_have_is_skipped_and_no_finding(tmp_path):
    """It set no cookie in the first answer, so whatever that client does later cannot be mirrored."""

    class Forgetful(Members):
        def answer(self, request: Request) -> Response:
            answer = super().answer(request)
            return replace(answer, headers=answer.headers.without(b"set-cookie")) if not self.tokens else answer

    live, shadow = Members("sid", long=False), Forgetful("sid", long=False)
    browser = Browser(live)
    done = [browser.get(), browser.get(), browser.post("/login", "user=ann"), browser.get()]
    store = mirror(tmp_path, done, shadow)
    assert outcomes(store) == {("mismatch", ""): 1, ("skipped", "session"): 3}
    (finding,) = store.findings()
    assert (finding.kind, finding.place, finding.count) == ("missing", "cookie:sid", 1)
    assert store.world().tainted.endswith(f"went without its session (finding {finding.id})")
    store.close()


def test_an_older_or_forged_cookie_is_refused_in_both_worlds(tmp_path):
    """The copy must not be better off than its client: the present session in place of an old one would let it in."""
    live, shadow = Members("sid", long=False), Members("sid", long=True)
    browser = Browser(live)
    done = [browser.get()]
    old = dict(browser.jar)
    done += [browser.post("/login", "user=ann"), browser.get()]
    for jar in (old, {"sid": "forged"}):
        thief = Browser(live, jar=jar, csrf=browser.csrf)
        done += [thief.post("/note", "text=mine"), browser.post("/note", "text=hi"), browser.get()]
    store = mirror(tmp_path, done, shadow)
    assert store.findings() == []
    assert (live.refused, shadow.refused, store.world().tainted) == (2, 2, "")
    store.close()
