"""Full pages: Jinja2, set up so that nothing undefined or unescaped slips through, and the common layout's values."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from starlette.responses import Response

from domain import formatting
from new_server.http.boundary import Call
from new_server.http.compiler import Templates
from new_server.http.static import static_url

HTML = "text/html; charset=UTF-8"

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

environment = Templates(
    # A template is compiled once; nobody changes one under a running server.
    auto_reload=False,
    loader=FileSystemLoader(Path(__file__).resolve().parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEXTS = "date datetime_text diff_url mailto path_segment repository_name result_box run_row time_ago"
for _name in _TEXTS.split():
    environment.globals[_name] = getattr(formatting, _name)


class Layout:
    """The values behind base.j2 for one request, computed only when a template asks for them.

    A fragment without the layout must not read the session: reading alone can send the cookie anew (spec ui §1).
    """

    def __init__(self, call: Call) -> None:
        self.call = call

    @property
    def csrf_token(self) -> str:
        return self.call.session.csrf_token()

    @property
    def username(self) -> str | None:
        return self.call.username

    @property
    def theme(self) -> str:
        """``dark`` when the cookie says so, else empty: nothing else changes the page."""
        return "dark" if self.call.cookies.get("theme") == "dark" else ""

    @property
    def pending_users(self) -> int:
        return len(self.call.fishtest.users.pending())

    def rooms(self) -> tuple[tuple[str, str], ...]:
        """Where this visitor may go."""
        is_approver = self.call.fishtest.users.is_approver(self.username)
        return ROOMS + APPROVERS_ROOMS if is_approver else ROOMS

    def is_here(self, path: str) -> bool:
        return bool(self.call.path_info == path)

    def flashes(self) -> list[tuple[str, str]]:
        """Take the waiting messages: (class, text). Popping marks the session as changed, so look first."""
        session = self.call.session
        return [
            (kind, message)
            for queue, kind in FLASH_QUEUES
            if session.peek_flash(queue)
            for message in session.pop_flash(queue)
        ]

    def static_url(self, path: str) -> str:
        return static_url(self.call, path)

    def is_open(self, toggle: str, default: bool) -> bool:
        """Whether a panel is unfolded: its cookie names the button that it would show (``Hide`` or ``Show``).

        Its scripts store the cookie under the path of the page, so a browser can send two; the first one counts.
        """
        name = f"{toggle}_state"
        state = next((value for key, value in self.call.all_cookies if key == name), "")
        return {"Hide": True, "Show": False}.get(state, default)


def page(
    call: Call,
    name: str,
    context: Mapping[str, Any] = MappingProxyType({}),
    status: int = 200,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """The template `name` as a full page."""
    text = environment.get_template(f"{name}.j2").render(layout=Layout(call), **context)
    return Response(text, status, {**headers, "content-type": HTML})
