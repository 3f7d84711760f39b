"""Twins: one session on each stack for a client, where the stacks do not share cookies (docs/sessions.md).

`places.py` and `held.py` are pure: where tokens stand, what a stack gave a client. `signing.py` signs in and out on a
stack. `twin.py` and `register.py` know the clients, `sessions.py` and `visits.py` are what the proxy calls for each
request, `sharing.py` shows the twins to the other proxies. `mirror/counterparts.py` does the same for copies.
"""
