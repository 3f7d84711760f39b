"""Call an application's handover hook (docs/handover.md): `POST /path`, answered by 2xx and `{"ok": true}`."""

from __future__ import annotations

import httpx

from shadow.errors import ShadowError


class HookFailed(ShadowError):
    """A hook did not prove success: what was called, and what came back."""


async def call_hook(base: str, hook: str, *, timeout: float) -> dict[str, object]:
    """Call `hook` (`POST /path`) at `base` within `timeout` seconds; the answer's JSON, or HookFailed."""
    method, _, path = hook.partition(" ")
    where = f"{method} {base}{path}"
    # For plain HTTP no certificates are loaded: that takes 20 ms of CPU, in which clients are held.
    secure = base.startswith("https:")
    try:
        async with httpx.AsyncClient(timeout=timeout, trust_env=False, verify=secure) as client:
            answer = await client.request(method, base + path)
    except httpx.HTTPError as error:
        raise HookFailed(f"{where} gave no answer within {timeout:g} s ({type(error).__name__})") from None
    try:
        value = answer.json()
    except ValueError:
        value = None
    if not answer.is_success or not isinstance(value, dict) or value.get("ok") is not True:
        raise HookFailed(f'{where} answered {answer.status_code} without {{"ok": true}}')
    return value
