"""Games and networks to take home; no ranges, no validators, and any method."""

from __future__ import annotations

import re

from pyramid.httpexceptions import HTTPBadRequest, HTTPFound
from pyramid.response import Response
from pyramid.view import view_config

from legacy_pyramid.api.answers import ApiView

GZIP = "application/gzip"


class Downloads(ApiView):
    """Files out of the database, and the way to those that lie elsewhere."""

    @view_config(route_name="api_pgn")
    def pgn(self) -> Response:
        """The games of one task; the coding has clients unpack them."""
        name = self.request.matchdict["id"]
        games = self.fishtest.pgns.get(name.partition(".")[0])
        if games is None:
            raise self.not_found(f"No data found for {name}")
        return Response(
            body=games["pgn_zip"],
            content_type=GZIP,
            content_encoding="gzip",
            content_disposition=f'attachment; filename="{name}"',
            content_length=games["size"],
        )

    @view_config(route_name="api_run_pgns")
    def run_pgns(self) -> Response:
        """The games of a whole run, sent while they are read."""
        name = self.request.matchdict["id"]
        if not re.fullmatch(r"[a-zA-Z0-9]+\.pgn\.gz", name):
            raise self.refused(HTTPBadRequest, f"Invalid filename format for {name}")
        games = self.fishtest.pgns.of_run(name.partition(".")[0])
        if games is None:
            raise self.not_found(f"No data found for {name}")
        return Response(
            app_iter=games.blocks,
            content_type=GZIP,
            content_disposition=f'attachment; filename="{name}"',
            content_length=games.size,
        )

    @view_config(route_name="api_nn")
    def nn(self) -> Response:
        """Counted here, fetched from the server that keeps the networks."""
        name = self.request.matchdict["id"]
        if self.fishtest.nets.get(name) is None:
            raise self.not_found(f"The network {name} does not exist")
        self.fishtest.nets.count_download(name)
        base = self.fishtest.settings.nn_url or self.request.host_url
        return HTTPFound(location=f"{base}/nn/{name}")
