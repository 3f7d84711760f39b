"""Accounts from their owners' side: sign-up and profile."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from tests.parity.rows.row import FORM, HTTPS, Row

STRONG = "plum7 trolley9 Quartz"
NEW = {
    "username": "ada",
    "password": STRONG,
    "password2": STRONG,
    "email": "ada@example.org",
    "tests_repo": "https://github.com/ada/Stockfish",
}
MULTIPART = ("Content-Type", "multipart/form-data; boundary=XX")


def rows() -> Iterator[Row]:
    yield from sign_up_form()
    yield from sign_up_faults()
    yield from accounts()
    yield from strangers()
    yield from profile_page()
    yield from profile_changes()
    yield from changes_half_way()


def a_form(fields: dict[str, str]) -> str:
    """The fields as a browser writes them; what stands for a token stays."""
    return urlencode(fields, safe="$")


def parts(fields: dict[str, str]) -> str:
    """The same as multipart/form-data."""
    head = '--XX\r\nContent-Disposition: form-data; name="'
    return "".join(f'{head}{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()) + "--XX--\r\n"


def sees_a_form(browser: str) -> Row:
    note = {f"{browser}_token": r'name="csrf-token" content="([0-9a-f]{40})"'}
    return Row(f"{browser} opens the site", "GET", "/login", browser=browser, note=note)


def enters(browser: str, username: str, password: str = "") -> Iterator[Row]:
    """A browser of its own logs a user in; the token is then known as BROWSER_token."""
    yield sees_a_form(browser)
    fields = {"csrf_token": f"${browser}_token", "username": username, "password": password or f"pw-{username}"}
    yield Row(f"{browser} tries to log in as {username}", "POST", "/login", a_form(fields), (FORM,), browser)


# Sign-up


def signs_up(name: str, fields: dict[str, str], *headers: tuple[str, str], query: str = "") -> Row:
    sent = {"csrf_token": "$applicant_token", **fields}
    return Row(f"sign-up {name}", "POST", f"/signup{query}", a_form(sent), (FORM, *headers), "applicant")


def sign_up_form() -> Iterator[Row]:
    yield sees_a_form("applicant")
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE"):
        yield Row(f"{method} of the sign-up form", method, "/signup", browser="applicant")
    yield Row("sign-up with a slash", "GET", "/signup/")
    for accept in ("", "text/html", "application/json"):
        headers = (FORM, ("Accept", accept)) if accept else (FORM,)
        yield Row(f"sign-up without a token as {accept}", "POST", "/signup", a_form(NEW), headers, "applicant")
    yield Row("sign-up with a wrong token", "POST", "/signup", "csrf_token=0", (FORM,), "applicant")
    yield Row(
        "sign-up with the token in the query", "POST", "/signup?csrf_token=$applicant_token", "", (FORM,), "applicant"
    )
    token = (FORM, ("X-CSRF-Token", "$applicant_token"))
    for name, headers in (
        ("no origin", ()),
        ("the right origin", (("Origin", "https://fishtest.example"),)),
        ("another origin", (("Origin", "https://evil.example"),)),
    ):
        yield Row(f"sign-up over https with {name}", "POST", "/signup", "", (*token, HTTPS, *headers), "applicant")


def sign_up_faults() -> Iterator[Row]:
    yield signs_up("with nothing", {})
    for name, changes in (
        ("without a password", {"password": "", "password2": ""}),
        ("with a name as password", {"password": "ada12", "password2": "ada12"}),
        ("with a common password", {"password": "password", "password2": "password"}),
        ("with keys in a row", {"password": "qwertyuiop", "password2": "qwertyuiop"}),
        ("with too long a password", {"password": "x" * 73, "password2": "x" * 73}),
        ("with two passwords", {"password2": "other"}),
        ("without an address", {"email": ""}),
        ("with half an address", {"email": "ada@"}),
        ("with markup as an address", {"email": "<b>&@x.org"}),
        ("with a reserved domain", {"email": "ada@example.invalid"}),
        ("with blanks in the address", {"email": "a da@example.org"}),
        ("without a name", {"username": "   "}),
        ("with a mark in the name", {"username": "ada_l"}),
        ("with markup as a name", {"username": "<b>'\"&"}),
        ("with one letter", {"username": "a"}),
        ("with a name in Cyrillic", {"username": "адам"}),
        ("with another host", {"tests_repo": "https://gitlab.com/ada/Stockfish"}),
        ("with an owner only", {"tests_repo": "https://github.com/ada"}),
        ("with a script as repository", {"tests_repo": "javascript:alert(1)"}),
        ("with a name that is taken", {"username": "ella"}),
        ("with an address that is taken", {"email": "ella@example.org"}),
    ):
        yield signs_up(name, NEW | changes)
    wrong = {"username": "<i>", "password": "x", "password2": "y", "email": "z", "tests_repo": "q"}
    yield signs_up("with every fault", wrong)
    yield signs_up("with its fields in the query", {}, query=f"?{a_form(NEW)}")
    yield Row(
        "sign-up that is no UTF-8", "POST", "/signup", "csrf_token=$applicant_token&username=%ff", (FORM,), "applicant"
    )


def accounts() -> Iterator[Row]:
    yield signs_up("with all that is needed", NEW | {"username": "  ada ", "email": " ada@EXAMPLE.org "})
    yield Row("the way to the login tells it", "GET", "/login", browser="applicant")
    yield signs_up("a second time", NEW)
    yield from enters("newcomer", "ada", STRONG)
    doubled = (
        a_form({"csrf_token": "$applicant_token", **NEW}) + "&username=berta&email=berta%40example.org&tests_repo="
    )
    yield Row("sign-up with doubled fields", "POST", "/signup", doubled, (FORM,), "applicant")
    again = parts({"csrf_token": "$applicant_token", **NEW, "username": "clara", "email": "clara@example.org"})
    yield Row("sign-up as multipart", "POST", "/signup", again, (MULTIPART,), "applicant")
    yield from enters("ella", "ella")
    yield Row("sign-up form for a member", "GET", "/signup", browser="ella")
    yield Row("sign-up by a member", "POST", "/signup", a_form(NEW | {"csrf_token": "$ella_token"}), (FORM,), "member")
    yield Row("sign-up by a member without a token", "POST", "/signup", a_form(NEW), (FORM,), "ella")


# Profile


def strangers() -> Iterator[Row]:
    """Nobody sees a profile without a login, and the way back is kept."""
    for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
        yield Row(f"{method} of a stranger's profile", method, "/user", browser="applicant")
    for target in ("/user/ella", "/user/nobody", "/user/ella?a=1&b=%C3%BC", "/user/j%C3%BCrgen", "/user/a%20b?x=+"):
        yield Row(f"a stranger looks at {target}", "GET", target, browser="applicant")
    yield Row("a stranger reads the flashes", "GET", "/login", browser="applicant")
    yield Row("a profile with a slash", "GET", "/user/")
    yield Row("a profile that is no UTF-8", "GET", "/user/%ff")
    yield Row("a stranger changes a profile", "POST", "/user/ella", a_form({"user": "ella"}), (FORM,))


def profile_page() -> Iterator[Row]:
    for method in ("GET", "HEAD", "PUT", "OPTIONS"):
        yield Row(f"{method} of a profile", method, "/user", browser="ella")
        yield Row(f"{method} of a profile by name", method, "/user/ella", browser="ella")
    for target in ("/user/carol", "/user/nobody", "/user/ELLA", "/user/%3Cb%3E", "/user/j%C3%BCrgen"):
        yield Row(f"a member looks at {target}", "GET", target, browser="ella")
    yield Row("a member is told", "GET", "/nope", browser="ella")
    yield Row("a member changes another user", "POST", "/user/carol", "user=carol&blocked=1", (FORM,), "ella")


def changes(name: str, fields: dict[str, str], target: str = "/user", browser: str = "ella") -> Row:
    return Row(f"profile {name}", "POST", target, a_form(fields), (FORM,), browser)


def profile_changes() -> Iterator[Row]:
    ella = {"user": "ella", "old_password": "pw-ella", "email": "ella@example.org", "tests_repo": ""}
    yield changes("without its mark", {"old_password": "pw-ella", "email": "x"})
    yield changes("with its mark in the query", ella | {"user": ""}, "/user?user=ella")
    yield changes("with the mark in the query only", {"email": "x"}, "/user?user=ella")
    yield changes("with the mark alone", {"user": ""})
    yield changes("with a wrong password", ella | {"old_password": "wrong"})
    yield changes("with another case", ella | {"old_password": "PW-ELLA"})
    yield changes("with blanks around the old password", ella | {"old_password": " pw-ella "})
    yield changes("with a block of oneself", ella | {"old_password": "", "blocked": "1"})
    yield changes("with two passwords", ella | {"password": STRONG, "password2": "x"})
    yield changes("with one password", ella | {"password": STRONG})
    yield changes("with the second password only", ella | {"password2": STRONG})
    yield changes("with a weak password", ella | {"password": "ella1", "password2": "ella1"})
    yield changes("with too long a password", ella | {"password": "x" * 73, "password2": "x" * 73})
    yield changes("with a wrong repository", ella | {"tests_repo": "https://github.com/ella"})
    yield changes("with a wrong address", ella | {"email": "<b>"})
    yield changes("with a reserved domain", ella | {"email": "ella@example.invalid"})
    yield changes("unchanged", ella)
    yield changes(
        "with blanks", ella | {"tests_repo": " https://github.com/ella/Stockfish ", "email": " e@example.org "}
    )
    yield Row("profile after the change", "GET", "/user", browser="ella")
    yield changes("with a query that wins", ella | {"old_password": "wrong"}, "/user?old_password=pw-ella&tests_repo=")
    yield changes("with a query that loses", ella, "/user?old_password=wrong")
    doubled = f"{a_form(ella)}&old_password=wrong"
    yield Row("profile with a doubled field", "POST", "/user", doubled, (FORM,), "ella")
    yield Row("profile as multipart", "POST", "/user/ella", parts(ella), (MULTIPART,), "ella")
    yield Row("profile by PUT", "PUT", "/user", a_form(ella), (FORM,), "ella")
    yield Row("profile in JSON", "POST", "/user", '{"user": "ella"}', (("Content-Type", "application/json"),), "ella")
    yield changes("with a repository", ella | {"tests_repo": "https://github.com/ella/Stock<b>fish"})
    yield Row("the flashes of all that", "GET", "/user/ella", browser="ella")


def changes_half_way() -> Iterator[Row]:
    """The record that the process shares changes check by check, and is stored after the last one."""
    felix = {"user": "felix", "old_password": "pw-felix", "email": "felix@example.org", "password": STRONG}
    yield from enters("careful", "felix")
    yield changes(
        "with a password before a wrong address", felix | {"password2": STRONG, "email": "x"}, browser="careful"
    )
    yield from enters("early", "felix", STRONG)
    yield from enters("late", "felix")
    yield changes("with the old password again", felix | {"password2": STRONG}, browser="careful")
    stored = {"user": "felix", "old_password": STRONG, "email": "felix@example.org"}
    yield changes("with the password that holds now", stored, browser="careful")
    yield from enters("later", "felix", STRONG)
