"""Networks: the list, and the upload."""

from new_server.views.routing import page_router

router = page_router()
