"""A client that signs in on one stack stays signed in on pages of the other, though they share no session."""

from __future__ import annotations

import random
import threading
import time

import pytest

from tests.support.club import DOOR, EVERYTHING, NOTES, PASSWORDS, Club, Database
from tests.support.visitors import Site, Visitor, a_site, wait_for


@pytest.fixture(params=[NOTES, (*DOOR, "home", "upload", "api.notes")], ids=["login-on-primary", "login-on-candidate"])
def site(request):
    """Half of the routes moved: the door with one half, the notes with the other."""
    with a_site() as site:
        site.promote(*request.param)
        yield site


def on_the_other(site: Site) -> Club:
    """The stack that serves the notes."""
    return site.candidate if "notes" in site.proxy.switch.directions else site.primary


def test_a_login_on_one_stack_holds_on_the_other_and_back(site):
    ann = site.visitor()
    assert ann.login().status == 303
    assert [ann.greeted(page) for page in ("/home", "/notes", "/home", "/notes")] == ["ann"] * 4
    assert ann.post("/notes", "text=hello").status == 303
    assert site.primary.database.notes == [("ann", "hello")]
    assert (site.primary.refused, site.candidate.refused) == (0, 0)


def test_the_client_never_sees_the_cookie_of_the_other_stack_nor_the_stack_the_clients(site):
    ann = site.visitor()
    ann.login()
    ann.greeted("/home")
    mine = dict(ann.jar)
    assert len(mine) == 1
    answer = ann.get("/notes")
    assert answer.all("set-cookie") == []
    assert ann.jar == mine
    seen = on_the_other(site).seen[-1]
    assert seen.path == b"/notes"
    (value,) = mine.values()
    assert value not in seen.headers.text("cookie")


def test_a_form_of_one_stack_can_be_sent_to_the_other(site):
    ann = site.visitor()
    ann.login()
    ann.get("/notes")
    ann.get("/home")
    assert ann.post("/notes", "text=a%2Bb+c&more=%C3%BC").status == 303
    ann.get("/notes")
    assert ann.upload("/upload", b"\x00\xff" * 50_000).status == 303
    assert ann.post_json("/api/notes", f'{{"text": "by body",  "csrf_token": "{ann.token}"}}').status == 303
    assert ann.post_json("/api/notes", '{"text": "by header"}', **{"X-CSRF-Token": ann.token}).status == 303
    texts = [text for _, text in site.primary.database.notes]
    assert [texts[0], *texts[2:]] == ["a+b c", "by body", "by header"]
    assert (site.primary.refused, site.candidate.refused) == (0, 0)


def test_a_form_that_was_open_while_its_route_moved_is_accepted_there_and_after_the_way_back():
    with a_site() as site:
        ann = site.visitor()
        ann.login()
        ann.get("/notes")
        site.promote(*EVERYTHING)
        assert ann.post("/notes", "text=moved").status == 303
        ann.get("/notes")
        site.promote()
        assert ann.post("/notes", "text=back").status == 303
        assert site.primary.database.notes == [("ann", "moved"), ("ann", "back")]


def test_a_token_that_no_stack_gave_this_client_stays_forged(site):
    """Only a token that was good may be replaced, or the harness would undo the protection against forged forms."""
    ann, bob = site.visitor(), site.visitor("bob")
    for visitor in (ann, bob):
        visitor.login()
        visitor.get("/notes")
        visitor.get("/home")
    assert ann.post("/notes", "text=forged", token="x" * 40).status == 400
    assert ann.post("/notes", "text=stolen", token=bob.token).status == 400
    assert ann.post("/notes", "text=none", token="").status == 400
    assert site.primary.database.notes == []


def test_a_cookie_from_before_the_login_is_nobodys(site):
    """Who planted it in the browser must not be signed in when its owner is."""
    ann, other = site.visitor(), site.visitor()
    ann.get("/login")
    other.jar = dict(ann.jar)
    ann.login()
    assert [ann.greeted(page) for page in ("/home", "/notes")] == ["ann", "ann"]
    assert [other.greeted(page) for page in ("/home", "/notes")] == ["nobody", "nobody"]


def test_a_failed_login_makes_no_twin(site):
    ann = site.visitor()
    assert ann.login("wrong").status == 200
    assert ann.greeted("/notes") == "nobody"
    assert [user for club in (site.primary, site.candidate) for user, _ in club.logins] == ["ann"]
    assert len(site.proxy.register) == 0
    ann.login()
    assert ann.greeted("/notes") == "ann"


def test_the_login_on_the_other_stack_is_marked_as_a_copy_and_touches_session_routes_only(site):
    ann = site.visitor()
    ann.login()
    ann.greeted("/notes")
    copies = [one for one in on_the_other(site).seen if one.headers.get(b"x-shadow-request")]
    assert [(one.method, one.path) for one in copies] == [("GET", b"/login"), ("POST", b"/login"), ("GET", b"/home")]
    assert copies[1].headers.text("x-forwarded-for") == "127.0.0.1"


@pytest.mark.parametrize("door", [(), DOOR], ids=["on-primary", "on-candidate"])
@pytest.mark.parametrize("home", [(), ("home",)], ids=["home-on-primary", "home-on-candidate"])
def test_a_logout_on_either_stack_ends_both_sessions(door, home):
    """The login is served by one stack; the logout by the same, or by the other after a promotion or a rollback."""
    with a_site() as site:
        site.promote(*NOTES, *door)
        ann = site.visitor()
        ann.login()
        ann.get("/notes")
        site.promote(*NOTES, *home, *(() if door and home else ("logout",)))
        mine = set(ann.jar)
        assert ann.post("/logout", "").status == 303
        assert not mine & set(ann.jar)
        wait_for(lambda: all(not one.user for club in (site.primary, site.candidate) for one in club.sessions.values()))
        assert (ann.greeted("/home"), ann.greeted("/notes")) == ("nobody", "nobody")
        assert len(site.proxy.register) == 0


def test_a_session_that_its_own_stack_ends_is_forgotten_on_the_other():
    """By whatever route: here it is one that is not declared to sign anybody out."""
    with a_site(logout=()) as site:
        site.promote(*NOTES)
        ann = site.visitor()
        ann.login()
        assert ann.greeted("/notes") == "ann"
        old = dict(ann.jar)
        ann.get("/home")
        ann.post("/logout", "")
        assert (ann.greeted("/notes"), len(site.proxy.register)) == ("nobody", 0)
        ann.jar = old
        assert ann.greeted("/notes") == "nobody"


def test_a_twin_that_lay_idle_is_forgotten():
    with a_site(idle=0.2) as site:
        site.promote(*NOTES)
        ann = site.visitor()
        ann.login()
        assert ann.greeted("/notes") == "ann"
        wait_for(lambda: time.time() - next(iter(site.proxy.register._twins.values())).used > 0.25)
        assert (ann.greeted("/notes"), ann.greeted("/home")) == ("nobody", "ann")
        assert len(site.proxy.register) == 0


def test_stacks_that_call_their_cookie_by_one_name_do_not_sign_a_client_out():
    database = Database()
    clubs = {"primary": Club(database, "session"), "candidate": Club(database, "session", long=True)}
    with a_site(**clubs, primary_cookies=("session",)) as site:
        site.promote(*NOTES)
        ann = site.visitor()
        ann.login()
        assert [ann.greeted(page) for page in ("/home", "/notes") * 3] == ["ann"] * 6
        assert ann.post("/notes", "text=hello").status == 303


def test_sessions_that_change_with_every_answer_stay_one_session_on_both_stacks():
    database = Database()
    clubs = {"primary": Club(database, rotating=True), "candidate": Club(database, "session", long=True, rotating=True)}
    with a_site(**clubs) as site:
        site.promote(*NOTES)
        ann = site.visitor()
        ann.login()
        assert [ann.greeted(page) for page in ("/home", "/notes", "/notes", "/home") * 5] == ["ann"] * 20
        assert (site.primary.refused, site.candidate.refused) == (0, 0)


def test_a_token_that_is_looked_for_at_home_costs_nobody_the_session_there():
    """The page that shows it changes the cookie, as every page of this stack does."""
    with a_site(primary=Club(Database(), rotating=True)) as site:
        site.promote("notes")
        ann = site.visitor()
        ann.login()
        ann.get("/notes")
        assert ann.post("/notes", "text=hello").status == 303
        assert (ann.greeted("/home"), site.primary.refused) == ("ann", 0)


def test_who_has_signed_in_again_as_another_is_that_other_on_both_stacks():
    with a_site() as site:
        site.promote(*NOTES)
        browser = site.visitor("ann")
        browser.login()
        assert browser.greeted("/notes") == "ann"
        browser.user = "bob"
        site.promote(*NOTES, *DOOR)
        assert browser.login().status == 303
        assert [browser.greeted(page) for page in ("/home", "/notes")] == ["bob", "bob"]
        assert len(site.proxy.register) == 1


def test_who_signs_in_on_the_other_stack_too_is_signed_out_on_both_by_one_logout():
    """Where sessions are all in their cookies, what the first login gave is good for ever: the second one takes it."""
    clubs = {"primary": Club(Database(), signed=True), "candidate": Club(Database(), "session", long=True, signed=True)}
    with a_site(**clubs) as site:
        ann = site.visitor()
        ann.login()
        site.promote(*DOOR)
        assert ann.login().status == 303
        assert (ann.greeted("/home"), set(ann.jar)) == ("ann", {"session"})
        assert ann.post("/logout", "").status == 303
        assert (ann.greeted("/home"), ann.greeted("/notes")) == ("nobody", "nobody")


def test_a_request_that_no_twin_concerns_is_forwarded_as_it_came():
    with a_site() as site:
        site.promote(*NOTES)
        stranger = site.visitor()
        stranger.jar = {"sid": "f" * 40, "theme": "dark", "session": "g" * 40}
        assert stranger.greeted("/notes") == "nobody"
        seen = site.candidate.seen[-1]
        assert seen.headers.text("cookie") == f"sid={'f' * 40}; theme=dark; session={'g' * 40}"


def test_cookies_that_are_no_session_pass_on_both_ways(site):
    ann = site.visitor()
    ann.login()
    ann.jar["theme"] = "dark"
    ann.get("/notes")
    assert "theme=dark" in on_the_other(site).seen[-1].headers.text("cookie")


def test_clients_are_never_mixed_however_they_come_and_go():
    """Twelve browsers at once, each as somebody of its own: looking, writing, leaving, coming back as another."""
    with a_site() as site:
        site.promote(*NOTES)
        wrong: list[str] = []
        threads = [threading.Thread(target=live, args=(site, number, wrong)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert len(site.primary.database.notes) > 10
        assert all(text == user for user, text in site.primary.database.notes)


def live(site: Site, seed: int, wrong: list[str]) -> None:
    """What one browser does; whatever is not as it must be goes to `wrong`."""
    dice, browser, user = random.Random(seed), Visitor(site.proxy), ""
    try:
        for _ in range(30):
            act = dice.randrange(6)
            if not user or act == 0:
                user = browser.user = dice.choice([*PASSWORDS])
                told = browser.login().status == 303
            elif act == 1:
                browser.get(dice.choice(["/home", "/notes"]))
                told, user = browser.post("/logout", "").status == 303, ""
            elif act == 2:
                browser.get("/home")
                told = browser.post("/notes", f"text={user}").status == 303
            else:
                page = dice.choice(["/home", "/notes"])
                told = browser.greeted(page) == user
            if not told:
                wrong.append(f"browser {seed} as {user!r}: act {act}")
    except BaseException as error:
        wrong.append(f"browser {seed}: {error!r}")
        raise
    finally:
        browser.close()


def test_nobody_is_signed_out_while_half_of_the_routes_move_to_and_fro_under_load():
    with a_site() as site:
        wrong: list[str] = []
        browsers = [site.visitor(f"user-{number}") for number in range(6)]
        for number, browser in enumerate(browsers):
            site.promote(*(DOOR if number % 2 else ()))
            assert browser.login().status == 303
        threads = [threading.Thread(target=stay, args=(browser, wrong)) for browser in browsers]
        for thread in threads:
            thread.start()
        halves = [NOTES, (), (*DOOR, "home"), EVERYTHING, ("notes.add", "upload"), NOTES]
        while any(thread.is_alive() for thread in threads):
            site.promote(*random.Random(len(site.proxy.exchanges)).choice(halves))
            threads[0].join(0.05)
        for thread in threads:
            thread.join()
        assert wrong == []
        assert (site.primary.refused, site.candidate.refused) == (0, 0)
        assert {str(one.serving) for one in site.proxy.exchanges} == {"primary", "candidate"}


def stay(browser: Visitor, wrong: list[str]) -> None:
    """Look and write for a while, signed in."""
    for step in range(60):
        page = "/notes" if step % 2 else "/home"
        if browser.greeted(page) != browser.user:
            wrong.append(f"signed out on {page}")
        if step % 5 == 4 and browser.post("/notes", f"text={browser.user}").status != 303:
            wrong.append("form refused")


def test_a_login_at_one_proxy_process_is_known_to_the_others_and_so_is_its_end(tmp_path):
    with a_site(proxies=2, store=str(tmp_path / "shadow.db")) as site:
        site.promote(*NOTES)
        first, second = site.proxies
        ann = site.visitor()
        ann.login()
        wait_for(lambda: len(second.register) == 1)
        assert ann.through(second).greeted("/notes") == "ann"
        ann.get("/home")
        assert ann.post("/notes", "text=hello").status == 303
        assert ann.post("/logout", "").status == 303
        wait_for(lambda: len(first.register) == 0)
        assert ann.through(first).greeted("/notes") == "nobody"


def test_a_login_under_way_is_waited_for_at_every_proxy_process(tmp_path):
    with a_site(proxies=2, store=str(tmp_path / "shadow.db")) as site:
        site.promote(*NOTES)
        answer, going_on, greeted = site.candidate.answer, threading.Event(), []

        def slow(request):
            return answer(request) if request.path == b"/notes" or going_on.wait(10) else None

        site.candidate.answer = slow
        ann = site.visitor()
        assert ann.login().status == 303
        wait_for(lambda: len(site.proxies[1].register) == 1)
        ann.through(site.proxies[1])
        waiting = threading.Thread(target=lambda: greeted.append(ann.greeted("/notes")))
        waiting.start()
        waiting.join(0.1)
        assert greeted == []
        going_on.set()
        waiting.join()
        assert greeted == ["ann"]


def test_an_upgrade_carries_the_session_of_the_stack_that_it_goes_to_and_gives_none():
    with a_site(candidate=Club(Database(), "session", long=True, rotating=True)) as site:
        site.promote(*NOTES)
        ann = site.visitor()
        ann.login()
        assert ann.greeted("/notes") == "ann"
        upgrade = (
            f"GET /notes HTTP/1.1\r\nHost: club.example\r\nCookie: sid={ann.jar['sid']}\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        answer = site.proxy.ask(upgrade.encode())
        assert (b"<h1>ann</h1>" in answer.body, answer.all("set-cookie")) == (True, [])
        assert ann.greeted("/notes") == "ann"
        assert site.proxy.endpoint.skipped_upgrades == 1


def test_twins_outlive_the_proxy_and_are_sealed_where_they_are_kept(tmp_path):
    store = tmp_path / "shadow.db"
    database = Database()
    clubs = {"primary": Club(database), "candidate": Club(database, "session", long=True)}
    with a_site(**clubs, store=str(store)) as site:
        site.promote(*NOTES)
        ann = site.visitor()
        ann.login()
        ann.greeted("/notes")
        jar = ann.jar
    with a_site(**clubs, store=str(store)) as site:
        site.promote(*NOTES)
        again = site.visitor()
        again.jar = jar
        assert again.greeted("/notes") == "ann"
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.suffix != ".key")
    secrets = [
        *jar.values(),
        *clubs["candidate"].sessions,
        *(one.token for one in clubs["candidate"].sessions.values()),
    ]
    assert len(secrets) > 2
    assert [one for one in (*secrets, PASSWORDS["ann"], "a%2Bb%26c") if one.encode() in written] == []
