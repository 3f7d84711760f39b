"""How a page's routes are declared."""

from operator import attrgetter

from fastapi import APIRouter

from new_server.http.route import CallRoute

# An empty list lets any method through: of the pages only a few ever looked at it.
ANY: list[str] = []


def page_router() -> APIRouter:
    """FastAPI names a route after its first method by default, and most pages have none."""
    return APIRouter(route_class=CallRoute, generate_unique_id_function=attrgetter("name"))
