"""The one place that knows every part: builds proxy, mirror and console from a Config and owns their lives."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Mapping, Sequence

import structlog

from shadow import clock
from shadow.config import Config
from shadow.console.operators import Operators, folder_of
from shadow.console.token import token
from shadow.cutover.auto import AutoPromotion
from shadow.cutover.moves import Moves
from shadow.cutover.patrol import Patrol
from shadow.cutover.switchboard import Switchboard
from shadow.desk import StoreDesk
from shadow.errors import ShadowError, StartError, StoreError
from shadow.http.pool import UpstreamPool
from shadow.judgement import Judgement
from shadow.mirror.assembly import assemble
from shadow.mirror.copying import Keep
from shadow.mirror.kept import Kept
from shadow.mirror.lock import alone
from shadow.mirror.loop import Mirror
from shadow.proxy.client_key import ClientKeys
from shadow.proxy.endpoint import Endpoint
from shadow.proxy.server import run, serve_asgi, serve_endpoint
from shadow.recording.key import refuse_inside
from shadow.recording.reader import Follower
from shadow.recording.seal import Sealer
from shadow.recording.writer import RecordingWriter
from shadow.store import open_store
from shadow.store.base import Store
from shadow.store.values import Heartbeat
from shadow.tasks import spawn, stop
from shadow.twin.register import Register
from shadow.twin.sessions import TwinSessions, asking
from shadow.twin.sharing import Sharing
from shadow.units import Address
from shadow.webhooks.delivery import Webhooks, secret
from shadow.words import Side, World

_log = structlog.get_logger("shadow.app")
_BACKLOG = 2048
_RECOVER_EVERY = 0.5


def preflight(config: Config) -> None:
    """Raise what would keep the harness from working as configured; makes what is missing."""
    check_files(config)
    check_store(config)


def check_files(config: Config) -> None:
    """Raise what keeps every part from working: the recording's folder, the key, the tokens and secrets."""
    folder = config.recording.path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StartError(
            f"recording folder {folder}: cannot be written ({error.strerror}). Next: make it writable, or set "
            "[recording] path"
        ) from None
    _sealer(config)
    token(config.console.token_file)
    for hook in config.webhooks:
        secret(hook)


def check_store(config: Config) -> None:
    """Raise what keeps all parts but the proxy from working: StoreError."""
    store = open_store(config.store.url)
    try:
        store.register(config.routes)
    finally:
        store.close()


def bind(address: Address, name: str) -> socket.socket:
    """A listening socket; StartError when the port is in use."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((address.host, address.port))
        found.listen(_BACKLOG)
    except OSError as error:
        found.close()
        raise StartError(
            f"[listen] {name.removeprefix('listen.')}: cannot listen on {address} ({error.strerror}). Next: stop what "
            "is there, or choose another port"
        ) from None
    found.set_inheritable(True)
    return found


def console_url(config: Config) -> str:
    """The address that signs an operator in."""
    return f"http://{config.listen.console}/login?token={token(config.console.token_file)}"


def run_proxy(config: Config, listening: socket.socket, name: str = "") -> None:
    """Serve clients on this socket until SIGTERM or SIGINT, under a name that no process had before."""
    run(_proxy(config, listening, name or f"{os.getpid()}-{clock.new_id()}"))


def say_goodbye(config: Config, proxy: str) -> None:
    """For a proxy process that died before it could: no handover waits until its last heartbeat is old."""
    # With the store away there is no handover either.
    with contextlib.suppress(StoreError), contextlib.closing(open_store(config.store.url)) as store:
        store.beat(Heartbeat(proxy, 0.0))


async def _proxy(config: Config, listening: socket.socket, name: str) -> None:
    sealer = _sealer(config)
    # By its name a restarted process is another writer, so its sequence may begin at 1.
    writer = RecordingWriter(
        config.recording.path,
        writer=name,
        sealer=sealer,
        segment=config.recording.segment,
        max_bytes=config.recording.max_bytes,
        queue=config.recording.queue,
    )
    switchboard = Switchboard(lambda: open_store(config.store.url), config.routes, proxy=name)
    upstreams = _pools(config, World.LIVE, timeout=config.proxy.timeout)
    sharing, sessions = _twins(config, sealer, upstreams) if config.twins else (None, None)
    endpoint = Endpoint(
        routes=config.routes,
        switch=switchboard,
        upstreams=upstreams,
        append=writer.append,
        client_keys=ClientKeys(config.proxy.client_key, sealer.salt, trusted_hops=config.proxy.trusted_hops),
        config=config,
        writer=name,
        hooks=hook_paths(config),
        sessions=sessions,
    )
    await switchboard.start()
    if sharing:
        await sharing.start()
    try:
        await serve_endpoint(endpoint, listening)
    finally:
        await switchboard.close()
        if sharing:
            await sharing.close()
        for pool in upstreams.values():
            await pool.close()
        await asyncio.to_thread(writer.close)


def _twins(config: Config, sealer: Sealer, upstreams: Mapping[Side, UpstreamPool]) -> tuple[Sharing, TwinSessions]:
    """The sessions that clients have on both stacks, and what shows them to the other proxy processes."""
    twin = config.twin
    register = Register(limit=twin.limit, idle=twin.idle)
    sharing = Sharing(lambda: open_store(config.store.url), sealer, register, idle=twin.idle)
    limit, hops = config.recording.capture, config.proxy.trusted_hops
    ask = asking(upstreams, timeout=twin.timeout, limit=limit, trusted_hops=hops)
    return sharing, TwinSessions(config, register, ask)


def run_mirror(config: Config) -> None:
    """Mirror what the recording holds until SIGTERM or SIGINT; StartError when another process does."""
    with alone(config.recording.path):
        run(_mirror(config))


async def _mirror(config: Config) -> None:
    store = open_store(config.store.url)
    try:
        store.register(config.routes)
        sealer, settings = _sealer(config), config.recording
        kept = Kept(settings.path, sealer, settings) if settings.keep_mirrored else None
        pending = StoreDesk(config, store).pending
        moves = Moves(config, store, pending=pending)
        patrol = Patrol(config, store, moves, Follower(settings.path, sealer, store.checkpoint()))
        mirror = create_mirror(config, store, keep=kept, tell=patrol.judged)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, mirror.stop)
        beside = [spawn(_recover_handovers(moves), name="recover handovers")]
        beside.append(spawn(AutoPromotion(config, store, pending=pending).run(), name="auto"))
        beside.append(spawn(Webhooks(config, store, pending=pending).run(), name="webhooks"))
        if config.guard.enabled:
            beside.append(spawn(patrol.run(), name="guard"))
        await mirror.run()
        for task in beside:
            await stop(task)
        if kept:
            await asyncio.to_thread(kept.close)
    finally:
        store.close()


def create_mirror(
    config: Config,
    store: Store,
    *,
    keep: Keep | None = None,
    tell: Callable[[Sequence[Judgement]], None] | None = None,
) -> Mirror:
    """The mirror of the configured recording, going on where the store says that it ended; `keep` gets each pair."""
    upstreams = _pools(config, World.SHADOW, timeout=config.mirror.timeout)
    return assemble(config, store, _sealer(config), upstreams, keep=keep, tell=tell)


async def _recover_handovers(moves: Moves) -> None:
    """Clear handovers that nobody ends, as long as this process lives; what is in the way is told once."""
    told = ""
    while True:
        try:
            await moves.recover()
            told = ""
        except ShadowError as error:
            if str(error) != told:
                told = str(error)
                _log.error("handover.not_recovered", error=told)
        await asyncio.sleep(_RECOVER_EVERY)


def run_console(config: Config, listening: socket.socket) -> None:
    """Serve the console on this socket until SIGTERM or SIGINT."""
    # A web framework: the other parts start quicker and stay smaller without it.
    from shadow.console.app import create_console

    store = open_store(config.store.url)
    try:
        store.register(config.routes)
        file = config.console.token_file
        operators = Operators(token(file), folder_of(file))
        app = create_console(StoreDesk(config, store), config.listen.console, operators)
        run(serve_asgi(app, listening))
    finally:
        store.close()


def hook_paths(config: Config) -> frozenset[tuple[str, str]]:
    """Method and path of every handover hook: nobody reaches them through the proxy."""
    hooks = [hook for group in config.groups.values() for hook in (group.leave, group.enter) if hook]
    return frozenset((hook.split(" ", 1)[0], hook.split(" ", 1)[1]) for hook in hooks)


def _sealer(config: Config) -> Sealer:
    sealer = Sealer.load(config.recording.key, config.recording.seal, create=True)
    refuse_inside(config.recording.path, sealer.key)
    return sealer


def _pools(config: Config, world: World, *, timeout: float) -> Mapping[Side, UpstreamPool]:
    return {
        side: UpstreamPool(
            config.upstream(side).in_world(world),
            connect_timeout=config.proxy.connect_timeout,
            timeout=timeout,
            connections=config.proxy.connections,
        )
        for side in Side
    }
