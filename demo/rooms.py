"""What there is to see: the rooms behind the navigation, the parts of one test, what members may change."""

from __future__ import annotations

from demo.browser import Browser, Page
from demo.cast import BLOCKED, FINISHED_BY, MACHINES_OWNER, STEWARD, STOPPER, person

# Route, address, and what a person would miss on the page.
PUBLIC = (
    ("tests.finished", "/tests/finished", "table"),
    ("tests.finished", "/tests/finished?success_only=1", "h1"),
    ("contributors", "/contributors", "table tbody tr"),
    ("contributors.monthly", "/contributors/monthly", "h1"),
    # Only what one machine did, one thing after another: which of two events at once came first is nobody's to know.
    ("event_log", f"/actions?user={STOPPER}", "h1"),
    ("event_log", f"/actions?user={STOPPER}&action=stop_run&max_actions=50", "h1"),
    # Not those that are downloaded meanwhile: a download is a read that counts.
    ("nets.list", f"/nns?user={STEWARD}", "h1"),
    ("sprt_calc", "/sprt_calc", "form"),
    ("rate_limits", "/rate_limits", "h1"),
    ("workers", "/workers/show", "h1"),
)
FRAGMENTS = (("tests.machines", "/tests/machines"),)


async def for_everybody(browser: Browser) -> None:
    """All rooms that need no login, in any order, and the fragment behind a button of the list."""
    for route, target, wanted in browser.random.sample(PUBLIC, len(PUBLIC)):
        page = await browser.page(route, target)
        browser.expect(page.count(wanted) > 0, route, f"{target} shows no {wanted}")
    for route, target in FRAGMENTS:
        await browser.send(route, "GET", target, 200)
    theirs = (await browser.page("tests.user", f"/tests/user/{FINISHED_BY}")).links("/tests/view/")
    await of_a_test(browser, browser.random.choice(theirs))


async def of_a_test(browser: Browser, path: str) -> None:
    """One test and what its page loads or links to."""
    page = await browser.page("tests.view", path)
    run_id = path.rpartition("/")[2]
    browser.expect(page.count("h1") == 1, "tests.view", f"{path} has no heading")
    if browser.chance(0.6):
        await browser.send("tests.tasks", "GET", f"/tests/tasks/{run_id}", 200)
    if browser.chance(0.7):
        await browser.page("tests.stats", f"/tests/stats/{run_id}")
    if page.links(f"/tests/live_elo/{run_id}"):
        await browser.page("tests.live_elo", f"/tests/live_elo/{run_id}")


async def refused_sign_up(browser: Browser) -> None:
    """A form that nobody could accept: it comes again and says so."""
    page = await browser.page("signup", "/signup")
    fields = page.fields("main form") | {
        "username": browser.account,
        "password": "12345",
        "password2": "54321",
        "email": "nobody",
        "csrf_token": page.token,
    }
    again = Page((await browser.send("signup", "POST", "/signup", 200, data=fields)).text)
    browser.expect(again.count(".flash") >= 2, "signup", f"the form says {again.flash!r} only")


async def of_a_member(browser: Browser) -> None:
    """The own profile and machine, the form of a new test; each now and then."""
    if browser.chance(0.5):
        page = await browser.page("users.profile", "/user")
        fields = page.fields("main form") | {"user": browser.account, "old_password": "forgotten"}
        await browser.redirected("users.profile", "POST", "/user", to="/tests", data=fields)
        told = (await browser.page("tests.list", "/tests")).flash
        browser.expect("Invalid password" in told, "users.profile", f"told {told!r}")
    if browser.chance(0.3):
        await block_own_machine(browser)
    if browser.chance(0.2):
        await browser.redirected("users.view", "GET", f"/user/{BLOCKED}", to="/tests")
    if browser.chance(0.2):
        await browser.redirected("users.manage", "GET", "/user_management", to="/tests")
    if browser.chance(0.2):
        await browser.page("nets.upload", "/upload")


async def block_own_machine(browser: Browser) -> None:
    """A machine that takes no part in the demo is kept out by its owner, or let in again."""
    if browser.account != MACHINES_OWNER:
        await browser.page("workers", f"/workers/{MACHINES_OWNER}-4cores-0ff1ce00")
        return
    target = f"/workers/{MACHINES_OWNER}-4cores-0ff1ce00"
    page = await browser.page("workers", target)
    fields = page.fields("main form") | {"submit": "Submit", "message": "It loses on time."}
    if fields.pop("blocked", None) is None:
        fields["blocked"] = "1"
    await browser.redirected("workers", "POST", target, to="/workers/show", data=fields)


async def of_an_approver(browser: Browser) -> None:
    """Who is there, and what is known of one of them."""
    page = await browser.page("users.manage", "/user_management")
    names = page.links("/user/")
    browser.expect(bool(names), "users.manage", "nobody is listed")
    page = await browser.page("users.view", f"/user/{person(BLOCKED).name}")
    browser.expect(page.count("main form") > 0, "users.view", "no form to decide with")
