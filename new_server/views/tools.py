"""Pages that compute in the browser."""

from new_server.views.routing import page_router

router = page_router()
