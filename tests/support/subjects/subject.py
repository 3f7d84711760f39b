"""What the driver needs to know of an application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from shadow.exchange import Exchange
from shadow.routes import RouteTable
from tests.support.subjects import (
    board,
    board_candidate,
    board_primary,
    meters,
    meters_candidate,
    meters_primary,
    shop,
    shop_candidate,
    shop_primary,
)
from tests.support.subjects.conversation import Browser, Script, converse
from tests.support.subjects.source import Source
from tests.support.subjects.wire import Serve


@dataclass(frozen=True, eq=False)
class Subject:
    """An application: its state (`world`), its two spellings, its routes, and its clients."""

    name: str
    world: Callable[[Source], Any]
    primary: Callable[[Any], Serve]
    candidate: Callable[[Any], Serve]
    routes: RouteTable
    client_key: tuple[str, ...]
    clients: Mapping[str, Callable[[Browser, Random], Script]]

    def fresh(self, seed: str) -> Any:
        """A world as it is before the first request: the seeded things are the same in each, what comes is its own."""
        world = self.world(Source("seeded"))
        world.source = Source(seed)
        return world

    def conversation(self, count: int, seed: str) -> list[Exchange]:
        """So many exchanges as the primary serves them in the live world."""
        world = self.fresh(f"{seed} live")
        return converse(
            self.primary(world),
            world.source,
            self.clients,
            routes=self.routes,
            client_key=self.client_key,
            count=count,
            seed=seed,
        )


BOARD = Subject(
    "board", board.Board, board_primary.serve, board_candidate.serve, board.ROUTES, board.CLIENT_KEY, board.CLIENTS
)
SHOP = Subject("shop", shop.Shop, shop_primary.serve, shop_candidate.serve, shop.ROUTES, shop.CLIENT_KEY, shop.CLIENTS)
METERS = Subject(
    "meters",
    meters.Meters,
    meters_primary.serve,
    meters_candidate.serve,
    meters.ROUTES,
    meters.CLIENT_KEY,
    meters.CLIENTS,
)
SUBJECTS = (BOARD, SHOP, METERS)
