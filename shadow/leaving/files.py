"""The files of a graduation, rendered from the templates beside this module with the configuration's addresses."""

from __future__ import annotations

import math
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from shadow.config import Config
from shadow.errors import StartError
from shadow.leaving.bypass import Bypass
from shadow.units import Address

# What a socket is bound to when it is open to all, and where it is reached then.
_REACHED = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
_environment = Environment(
    loader=PackageLoader("shadow.leaving"),
    autoescape=False,  # noqa: S701 (no HTML: configuration and Markdown)
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_NGINX = {"nginx/shadow.conf": "nginx.conf.j2", "README.md": "README.md.j2"}
_SYSTEMD = {f"systemd/shadow-front.{kind}": f"shadow-front.{kind}.j2" for kind in ("socket", "service")}
_COMPOSE = {"compose/compose.yaml": "compose.yaml.j2", "compose/shadow.conf": "nginx.conf.j2"}


def files(
    config: Config, hooks: Iterable[tuple[str, str]], *, past: Bypass | None = None, unmatched: int = 0
) -> dict[str, str]:
    """Path to text: all that takes the harness out, or with `past` what lets the routes that are done go past it."""
    candidate = urlsplit(config.candidate.live)
    contained = not _is_address(candidate.hostname or "")
    names = dict(_NGINX)
    if past is None:
        names |= _COMPOSE if contained else _SYSTEMD
    values = {
        "past": past,
        "candidate": _server(config.candidate.live),
        "primary": _server(config.primary.live),
        "harness": _harness(config.listen.proxy),
        "listen": str(config.listen.proxy),
        "port": config.listen.proxy.port,
        "hooks": sorted({path for _, path in hooks}),
        "two_worlds": config.two_worlds,
        "trusted_hops": config.proxy.trusted_hops,
        "contained": contained,
        "unmatched": unmatched,
        "connect_timeout": math.ceil(config.proxy.connect_timeout),
        "timeout": math.ceil(config.proxy.timeout),
    }
    return {
        name: _environment.get_template(template).render(values, in_compose=name.startswith("compose/"))
        for name, template in names.items()
    }


def write(folder: Path, texts: dict[str, str]) -> list[str]:
    """Write the files; their paths. StartError where the folder cannot be written."""
    try:
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as error:
        raise StartError(f"{folder}: cannot be written ({error.strerror}). Next: name another folder with -o") from None
    return [str(folder / name) for name in texts]


def _server(url: str) -> str:
    """An upstream's address as nginx writes it."""
    parts = urlsplit(url)
    return parts.netloc if parts.port else f"{parts.netloc}:80"


def _harness(address: Address) -> str:
    return str(Address(_REACHED.get(address.host, address.host), address.port))


def _is_address(host: str) -> bool:
    """True for an IP address or this machine; any other name is taken for a service of a compose file."""
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True
