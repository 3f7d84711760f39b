"""What the environment decides: read once, frozen, handed to everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROLES = ("owner", "standby")
FLUSHES = ("behind", "through")
SWITCH = ("0", "1")
# Public: the provider's own key for trying out, at which nobody is asked anything.
CAPTCHA_TEST_KEY = "6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ_MXjiZKhI"


class SettingsError(ValueError):
    """An environment variable holds a value that cannot be used."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One server's configuration.

    ``role`` says who keeps the runs in memory: an *owner* caches them, hands out tasks and writes them; a *standby*
    reads the database every time and never writes a run. ``flush`` says when an owner writes a changed run:
    ``behind`` (one dirty run each second) or ``through`` (before the call that changed it returns). ``offline``:
    neither GitHub nor any name server is ever asked. ``nets``: the folder of the networks' files, one for each world.
    ``coins``: servers with the same text here throw the same coins in tuning; empty, each throws its own.
    """

    db_url: str = "mongodb://127.0.0.1:27017"
    db_name: str = "fishtest_new"
    port: int | None = None
    primary_port: int | None = None
    role: str = "owner"
    flush: str = "behind"
    authentication_secret: str = ""
    nn_url: str = ""
    nets: Path = Path("/var/www/fishtest/nn")
    url: str = ""
    build: str = ""
    offline: bool = False
    coins: str = ""
    github_url: str = "https://api.github.com"
    github_token: str = ""
    captcha_secret: str = ""
    captcha_site_key: str = CAPTCHA_TEST_KEY
    captcha_url: str = "https://www.google.com/recaptcha/api/siteverify"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read the ``FISHTEST_*`` variables; raise SettingsError that names the variable and its choices."""
        defaults = cls()
        return cls(
            db_url=environ.get("FISHTEST_DB_URL") or defaults.db_url,
            db_name=environ.get("FISHTEST_DB") or defaults.db_name,
            port=_port(environ, "FISHTEST_PORT"),
            primary_port=_port(environ, "FISHTEST_PRIMARY_PORT"),
            role=_choice(environ, "FISHTEST_ROLE", ROLES),
            flush=_choice(environ, "FISHTEST_FLUSH", FLUSHES),
            authentication_secret=environ.get("FISHTEST_AUTHENTICATION_SECRET", ""),
            nn_url=environ.get("FISHTEST_NN_URL", "").rstrip("/"),
            nets=Path(environ.get("FISHTEST_NETS") or defaults.nets),
            url=environ.get("FISHTEST_URL", "").rstrip("/"),
            build=environ.get("FISHTEST_BUILD", ""),
            offline=_choice(environ, "FISHTEST_OFFLINE", SWITCH) == "1",
            coins=environ.get("FISHTEST_COINS", ""),
            github_url=environ.get("FISHTEST_GITHUB_URL", "").rstrip("/") or defaults.github_url,
            github_token=environ.get("GH_TOKEN", ""),
            captcha_secret=environ.get("FISHTEST_CAPTCHA_SECRET", ""),
            captcha_site_key=environ.get("FISHTEST_CAPTCHA_SITE_KEY") or defaults.captcha_site_key,
            captcha_url=environ.get("FISHTEST_CAPTCHA_URL") or defaults.captcha_url,
        )

    def __repr__(self) -> str:
        """Everything but what could be a secret (the database URL may hold a password)."""
        return f"Settings(db_name={self.db_name!r}, port={self.port}, role={self.role!r}, flush={self.flush!r})"

    @property
    def starts_as_owner(self) -> bool:
        """Owner by role, and on the primary port where both ports are given (both unset counts as primary)."""
        return self.role == "owner" and self.port_is_primary

    @property
    def port_is_primary(self) -> bool:
        """The rule of the original: own port equals primary port; unset ports never exclude."""
        return self.primary_port is None or self.port is None or self.port == self.primary_port


def _port(environ: Mapping[str, str], name: str) -> int | None:
    text = environ.get(name, "").strip()
    if not text:
        return None
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise SettingsError(f"{name} is {text!r}: give a port number from 1 to 65535, or leave it unset")


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """The first choice is the default."""
    text = environ.get(name, "").strip() or choices[0]
    if text in choices:
        return text
    raise SettingsError(f"{name} is {text!r}: it must be {' or '.join(choices)}")
