"""Clients are followed through their cookies; two clients never share a jar."""

from __future__ import annotations

import pytest

from shadow.mirror.jars import Client, Clients
from tests.support.builders import a_request, an_answer, an_exchange

KEYS = ("cookie:session", "json:worker_info.unique_key")


def visit(clients: Clients, cookie: str = "", given: str = "", shadow: str = "", key: str = "addr:1"):
    """One exchange of a client and what both worlds gave it; returns the client."""
    request = a_request(cookie=cookie) if cookie else a_request()
    answer = an_answer(Set_Cookie=given) if given else an_answer()
    client = clients.of(an_exchange(request, answer, client_key=key))
    client.answered(answer, an_answer(Set_Cookie=shadow) if shadow else an_answer())
    return client


def test_a_client_stays_itself_through_rotating_cookies() -> None:
    clients = Clients(KEYS)
    first = visit(clients, given="session=v1; Path=/", shadow="session=s1; Path=/")
    second = visit(clients, "session=v1", given="session=v2; Path=/", shadow="session=s2; Path=/")
    third = visit(clients, "theme=dark; session=v2")
    assert first.id == second.id == third.id
    cookies = third.cookies_for(a_request(cookie="theme=dark; session=v2"))
    assert cookies.line == b"theme=dark; session=s2"


def test_two_clients_behind_one_address_have_their_own_jars() -> None:
    clients = Clients(KEYS)
    one = visit(clients, given="session=aaaa", shadow="session=for-one")
    two = visit(clients, given="session=bbbb", shadow="session=for-two")
    assert one.id != two.id
    assert one.cookies_for(a_request(cookie="session=aaaa")).line == b"session=for-one"
    assert two.cookies_for(a_request(cookie="session=bbbb")).line == b"session=for-two"


def test_a_cookie_that_only_the_live_world_gave_is_left_out_and_told() -> None:
    clients = Clients(KEYS)
    client = visit(clients, given="session=v1", shadow="session=s1")
    client.answered(an_answer(Set_Cookie="auth=t1"), an_answer())
    cookies = client.cookies_for(a_request(cookie="session=v1; auth=t1"))
    assert cookies.line == b"session=s1"
    assert cookies.lost == ("auth",)


def test_a_preference_that_only_the_live_world_gave_goes_along_with_its_live_value() -> None:
    clients = Clients(KEYS)
    client = visit(clients, given="session=v1", shadow="session=s1")
    client.answered(an_answer(Set_Cookie="theme=dark; Path=/"), an_answer(), exchange="01X")
    cookies = client.cookies_for(a_request(cookie="session=v1; theme=dark"))
    assert (cookies.line, cookies.lost) == (b"session=s1; theme=dark", ())
    assert client.cause_of(("theme",)) == ""


def test_a_preference_that_only_the_live_world_changed_is_not_sent_as_it_was() -> None:
    clients = Clients(KEYS)
    client = visit(clients, given="theme=dark", shadow="theme=dark")
    client.answered(an_answer(Set_Cookie="theme=light"), an_answer())
    assert client.cookies_for(a_request(cookie="theme=light")).line == b"theme=light"
    client.answered(an_answer(Set_Cookie="theme=blue"), an_answer(Set_Cookie="theme=green"))
    assert client.cookies_for(a_request(cookie="theme=blue")).line == b"theme=green"


def test_a_cookie_by_which_clients_are_known_is_never_a_preference() -> None:
    clients = Clients(("cookie:visitor",))
    client = visit(clients, given="visitor=ann")
    client.answered(an_answer(Set_Cookie="visitor=ann"), an_answer())
    assert client.cookies_for(a_request(cookie="visitor=ann")).lost == ("visitor",)
    again = Clients(("cookie:visitor",))
    again.load([(client.id, client.as_json())])
    found = again.of(an_exchange(a_request(cookie="visitor=ann")))
    assert found.cookies_for(a_request(cookie="visitor=ann")).lost == ("visitor",)


def test_a_deleted_cookie_is_gone_from_the_jar() -> None:
    clients = Clients(KEYS)
    client = visit(clients, given="session=v1", shadow="session=s1")
    client.answered(an_answer(Set_Cookie="auth=t1"), an_answer(Set_Cookie="auth=t2"))
    gone = "auth=; Max-Age=0; Path=/"
    client.answered(an_answer(Set_Cookie=gone), an_answer(Set_Cookie="auth=; expires=Wed, 31-Dec-97 23:59:59 GMT"))
    assert "auth" not in client.live
    assert "auth" not in client.shadow


def test_a_cookie_from_before_the_recording_passes_through() -> None:
    clients = Clients(KEYS)
    client = visit(clients, "session=from-before")
    assert client.cookies_for(a_request(cookie="session=from-before")).line == b"session=from-before"


def test_workers_are_known_by_their_key() -> None:
    clients = Clients(KEYS)
    assert visit(clients, key="json:k1").id == visit(clients, key="json:k1").id == "json:k1"


def test_jars_survive_a_restart() -> None:
    clients = Clients(KEYS)
    client = visit(clients, given="session=v1", shadow="session=s1")
    again = Clients(KEYS)
    again.load([(one.id, one.as_json()) for one in clients.changed()])
    assert visit(again, "session=v1").id == client.id
    assert list(again.changed())


def test_the_clients_unseen_for_longest_are_forgotten() -> None:
    clients = Clients(KEYS, limit=2)
    visit(clients, given="session=a", shadow="session=sa")
    visit(clients, given="session=b", shadow="session=sb")
    visit(clients, given="session=c", shadow="session=sc")
    assert len(clients) == 2
    assert visit(clients, "session=a").cookies_for(a_request(cookie="session=a")).line == b"session=a"


def test_a_copy_that_was_not_sent_makes_an_older_cookie_of_the_shadow_world_void() -> None:
    clients = Clients(KEYS)
    client = visit(clients, given="session=v1", shadow="session=s1")
    client.answered(an_answer(Set_Cookie="session=v2"), None)
    request = a_request(cookie="session=v2")
    assert client.cookies_for(request).lost == ("session",)
    assert client.cookies_for(request, one_world=True).line == b"session=v2"


def test_two_stacks_may_call_one_cookie_by_two_names() -> None:
    clients = Clients(("cookie:sid",))
    client = visit(clients, given="sid=v1", shadow="session=s1")
    again = visit(clients, "sid=v1; theme=dark", given="sid=v2", shadow="session=s2")
    assert again is client
    cookies = client.cookies_for(a_request(cookie="sid=v2; theme=dark"))
    assert (cookies.line, cookies.lost) == (b"session=s2; theme=dark", ())
    client.answered(an_answer(Set_Cookie="sid=; Max-Age=0"), an_answer(Set_Cookie="session=; Max-Age=0"))
    assert (client.live, client.shadow) == ({}, {})


def test_cookies_are_paired_by_name_only_where_there_is_no_choice() -> None:
    client = Client("c")
    client.answered(an_answer(Set_Cookie=["sid=1", "auth=2"]), an_answer(Set_Cookie="session=s1"))
    assert client.partners == {}
    assert client.cookies_for(a_request(cookie="sid=1; auth=2")).lost == ("sid", "auth")


def test_several_cookies_are_paired_by_what_they_are_for_and_how_they_are_set() -> None:
    """And a token that a script sends in a field besides its cookie is the other world's there too."""
    ours = ["sessionid=0123456789abcdef0123456789abcdef; HttpOnly", "csrftoken=fedcba9876543210fedcba9876543210"]
    theirs = ["csrf_tok=00112233445566778899aabbccddeeff", "appsession=ffeeddccbbaa99887766554433221100; HttpOnly"]
    for shadow in (theirs, theirs[::-1]):
        client = Client("c")
        client.answered(an_answer(Set_Cookie=ours), an_answer(Set_Cookie=shadow))
        assert client.partners == {"sessionid": "appsession", "csrftoken": "csrf_tok"}
        sent = {"csrftoken": "fedcba9876543210fedcba9876543210", "sessionid": "0123456789abcdef0123456789abcdef"}
        request = a_request(cookie="; ".join(f"{k}={v}" for k, v in sent.items()), X_CSRFToken=sent["csrftoken"])
        cookies = client.cookies_for(request)
        assert cookies.lost == ()
        assert cookies.tokens == ((sent["csrftoken"], "00112233445566778899aabbccddeeff"),)


def test_a_bearer_token_belongs_to_the_client_that_it_was_handed_out_to() -> None:
    """The login comes without a token and what follows with nothing else: both are one client."""
    clients = Clients(("cookie:session", "header:authorization"))
    token = an_answer(
        200, b'{"access_token": "q9w8e7r6t5y4u3i2o1p0", "expires_in": 60}', Content_Type="application/json"
    )
    logged_in = clients.of(an_exchange(a_request("POST", "/login"), token, client_key="addr:1"))
    later = a_request(Authorization="Bearer q9w8e7r6t5y4u3i2o1p0")
    assert clients.of(an_exchange(later, client_key="token:1")) is logged_in
    other = a_request(Authorization="Bearer 00000000001111111111")
    assert clients.of(an_exchange(other, client_key="token:2")) is not logged_in


def test_partners_and_what_was_lost_survive_a_restart() -> None:
    clients = Clients(("cookie:sid",))
    client = visit(clients, given="sid=v1", shadow="session=s1")
    client.answered(an_answer(Set_Cookie="auth=t1"), an_answer(), exchange="01X")
    again = Clients(("cookie:sid",))
    again.load([(client.id, client.as_json())])
    found = again.of(an_exchange(a_request(cookie="sid=v1")))
    assert found.cookies_for(a_request(cookie="sid=v1")).line == b"session=s1"
    assert found.cause_of(("auth",)) == "01X"


def test_what_an_answer_brought_is_kept_however_long_ago_its_request_was_read() -> None:
    """The mirror reads ahead: it has saved the client before the copy is answered."""
    clients = Clients(KEYS)
    client = visit(clients, given="session=v1", shadow="session=s1")
    assert list(clients.changed()) == [client]
    assert list(clients.changed()) == []
    client.answered(an_answer(Set_Cookie="session=v2"), an_answer(Set_Cookie="session=s2"))
    assert list(clients.changed()) == [client]


def test_a_client_is_known_by_its_latest_cookies_only() -> None:
    clients = Clients(KEYS)
    client = visit(clients, given="session=v0", shadow="session=s0")
    for number in range(100):
        assert visit(clients, f"session=v{number}", given=f"session=v{number + 1}", shadow="session=s") is client
    assert len(client.keys) == 32
    assert clients.of(an_exchange(a_request(cookie="session=v100"))) is client
    assert clients.of(an_exchange(a_request(cookie="session=v0"))) is not client


def test_an_older_cookie_is_an_older_one_in_the_copy_too() -> None:
    """A session from before the login stays signed out in both worlds, however well the present one is."""
    clients = Clients(KEYS)
    client = visit(clients, given="session=v1", shadow="session=s1")
    visit(clients, "session=v1", given="session=v2", shadow="session=s2")
    assert client.cookies_for(a_request(cookie="session=v1")).line == b"session=s1"
    assert client.cookies_for(a_request(cookie="session=v2")).line == b"session=s2"
    again = Clients(KEYS)
    again.load([(client.id, client.as_json())])
    assert again.of(an_exchange(a_request(cookie="session=v1"))).cookies_for(a_request(cookie="session=v1")).sent == (
        ("session", "s1"),
    )


def test_a_cookie_that_nobody_gave_stays_what_it_is() -> None:
    """A forged CSRF cookie must not become a good one."""
    clients = Clients(KEYS)
    client = visit(clients, given="session=v1", shadow="session=s1")
    client.answered(an_answer(Set_Cookie="csrf=c1"), an_answer(Set_Cookie="csrf=d1"))
    assert client.cookies_for(a_request(cookie="session=v1; csrf=forged")).line == b"session=s1; csrf=forged"
    assert client.cookies_for(a_request(cookie="session=v1; csrf=forged")).lost == ()


def test_a_forged_cookie_goes_by_the_name_that_the_shadow_world_reads() -> None:
    clients = Clients(("cookie:sid",))
    client = visit(clients, given="sid=v1", shadow="session=s1")
    assert client.cookies_for(a_request(cookie="sid=forged")).line == b"session=forged"


def test_two_cookies_of_one_name_for_two_paths_are_two() -> None:
    client = Client("c")
    client.answered(an_answer(Set_Cookie="tok=a1; Path=/a"), an_answer(Set_Cookie="tok=a2; Path=/a"))
    client.answered(an_answer(Set_Cookie="tok=b1; Path=/b"), an_answer(Set_Cookie="tok=b2; Path=/b"))
    assert client.cookies_for(a_request(cookie="tok=a1")).line == b"tok=a2"
    assert client.cookies_for(a_request(cookie="tok=b1; tok=a1")).line == b"tok=b2; tok=a2"


def test_one_answer_may_set_two_cookies_of_one_name() -> None:
    client = Client("c")
    client.answered(
        an_answer(Set_Cookie=["tok=a1; Path=/a", "tok=b1; Path=/b"]),
        an_answer(Set_Cookie=["tok=a2; Path=/a", "tok=b2; Path=/b"]),
    )
    assert client.cookies_for(a_request(cookie="tok=b1; tok=a1")).line == b"tok=b2; tok=a2"


def test_an_older_cookie_that_the_shadow_world_never_gave_is_lost() -> None:
    client = Client("c")
    client.answered(an_answer(Set_Cookie="auth=t1"), an_answer())
    client.answered(an_answer(Set_Cookie="auth=t2"), an_answer(Set_Cookie="auth=u2"))
    assert client.cookies_for(a_request(cookie="auth=t1")).lost == ("auth",)
    assert client.cookies_for(a_request(cookie="auth=t1"), one_world=True).line == b"auth=t1"


def test_of_cookies_from_long_ago_it_is_known_that_they_were_given_and_no_more() -> None:
    client = Client("c")
    for number in range(50):
        client.answered(an_answer(Set_Cookie=f"auth=t{number}"), an_answer(Set_Cookie=f"auth=u{number}"))
    assert client.cookies_for(a_request(cookie="auth=t45")).line == b"auth=u45"
    assert client.cookies_for(a_request(cookie="auth=t30")).lost == ("auth",)
    assert len(client.given) == 32


NAMES = ["sessionid", "PHPSESSID", "JSESSIONID", "connect.sid", "laravel_session", "ASP.NET_SessionId", "visitor"]


@pytest.mark.parametrize("name", NAMES)
def test_clients_behind_one_address_are_told_apart_by_cookies_that_no_client_key_names(name: str) -> None:
    clients = Clients(KEYS)
    one = visit(clients, given=f"{name}=a1b2c3d4e5f6a7b8", shadow=f"{name}=for-one")
    two = visit(clients, given=f"{name}=b1b2c3d4e5f6a7b8", shadow=f"{name}=for-two")
    assert one is not two
    assert visit(clients, f"theme=dark; {name}=a1b2c3d4e5f6a7b8") is one
    again = Clients(KEYS)
    again.load([(client.id, client.as_json()) for client in (one, two)])
    assert visit(again, f"{name}=b1b2c3d4e5f6a7b8").id == two.id


def test_what_two_clients_were_given_alike_tells_neither() -> None:
    clients = Clients(KEYS)
    both = ["build=3f2a9c3f2a9c3f2a9c3f2a9c3f2a9c3f", "theme=dark"]
    found = []
    for number in range(2):
        answer = an_answer(Set_Cookie=[*both, f"visitor={number}1b2c3d4e5f6a7b8"])
        found.append(clients.of(an_exchange(a_request(), answer)))
    for number, client in enumerate(found):
        sent = f"{both[0]}; theme=dark; visitor={number}1b2c3d4e5f6a7b8"
        assert clients.of(an_exchange(a_request(cookie=sent))) is client
    assert clients.of(an_exchange(a_request(cookie=both[0]))).id == "addr:1"


def test_a_login_keeps_the_client_that_its_page_was_given_a_token_as() -> None:
    """The token of the page is that client's, and the form needs it in the same words."""
    clients = Clients(KEYS)
    page = visit(clients, given="csrftoken=a1b2c3d4e5f6a7b8", shadow="csrftoken=c1b2c3d4e5f6a7b8")
    login = visit(clients, "csrftoken=a1b2c3d4e5f6a7b8", given="sessionid=a2", shadow="sessionid=c2")
    assert login is page is visit(clients, "csrftoken=a1b2c3d4e5f6a7b8; sessionid=a2")


def test_who_has_something_of_the_client_key_is_known_by_that_alone() -> None:
    clients = Clients(KEYS)
    visit(clients, given="visitor=a1b2c3d4e5f6a7b8", shadow="visitor=x")
    assert visit(clients, "visitor=a1b2c3d4e5f6a7b8", key="json:k1").id == "json:k1"
