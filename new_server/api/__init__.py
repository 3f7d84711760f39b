"""Everything under `/api`: the worker protocol, the public calls, the downloads; in the order of the route list."""

from new_server.api import downloads, public, worker

ROUTERS = (worker.router, public.router, downloads.router)
