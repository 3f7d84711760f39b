"""What the common layout of all pages needs, computed only when a template asks for it.

A fragment without the layout must not read the session: reading alone can send the cookie anew (spec ui §1).
"""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.csrf import get_csrf_token
from pyramid.events import BeforeRender
from pyramid.request import Request
from webob.cookies import parse_cookie

from legacy_pyramid.static import static_url

# The session's queues in the order in which a page shows them, with the class of each.
FLASH_QUEUES = (("error", "error"), ("warning", "warning"), ("", "success"))

# The rooms of the site: path and name. Those of approvers come last.
ROOMS = (
    ("/tests", "Tests"),
    ("/tests/finished", "Finished"),
    ("/tests/run", "New test"),
    ("/contributors", "Contributors"),
    ("/actions", "Event log"),
    ("/nns", "Nets"),
    ("/workers/show", "Workers"),
    ("/sprt_calc", "SPRT calculator"),
    ("/rate_limits", "Rate limits"),
)
APPROVERS_ROOMS = (("/user_management", "Users"),)


class Layout:
    """The values behind base.mak for one request."""

    def __init__(self, request: Request) -> None:
        self.request = request

    @property
    def csrf_token(self) -> str:
        return get_csrf_token(self.request)

    @property
    def username(self) -> str | None:
        return self.request.authenticated_userid

    @property
    def theme(self) -> str:
        """``dark`` when the cookie says so, else empty: nothing else changes the page."""
        return "dark" if self.request.cookies.get("theme") == "dark" else ""

    @property
    def pending_users(self) -> int:
        return len(self.request.fishtest.users.pending())

    def rooms(self) -> tuple[tuple[str, str], ...]:
        """Where this visitor may go."""
        is_approver = self.request.fishtest.users.is_approver(self.username)
        return ROOMS + APPROVERS_ROOMS if is_approver else ROOMS

    def is_here(self, path: str) -> bool:
        return bool(self.request.path_info == path)

    def flashes(self) -> list[tuple[str, str]]:
        """Take the waiting messages: (class, text). Popping marks the session as changed, so look first."""
        session = self.request.session
        return [
            (kind, message)
            for queue, kind in FLASH_QUEUES
            if session.peek_flash(queue)
            for message in session.pop_flash(queue)
        ]

    def static_url(self, path: str) -> str:
        return static_url(self.request, path)

    def is_open(self, toggle: str, default: bool) -> bool:
        """Whether a panel is unfolded: its cookie names the button that it would show (``Hide`` or ``Show``).

        Its scripts store the cookie under the path of the page, so a browser can send two; the first one counts.
        """
        name = f"{toggle}_state".encode()
        sent = parse_cookie(self.request.headers.get("Cookie", ""))
        state = next((value for key, value in sent if key == name), b"")
        return {b"Hide": True, b"Show": False}.get(state, default)


def add_layout(event: BeforeRender) -> None:
    if event["renderer_name"].endswith(".mak"):
        event["layout"] = Layout(event["request"])


def includeme(config: Configurator) -> None:
    config.add_subscriber(add_layout, BeforeRender)
